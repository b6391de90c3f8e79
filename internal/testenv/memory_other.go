//go:build !linux

package testenv

// memory returns a folder for the files of databases, "" for the usual one.
func memory() string { return "" }

//go:build !linux

package testenv

// memory is a folder for the files of databases, "" for the usual one.
func memory() string { return "" }

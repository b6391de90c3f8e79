//go:build !linux

package testenv

// memory returns a folder for the files of databases: "", which is the usual one.
func memory() string { return "" }

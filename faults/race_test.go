//go:build race

package faults

// buildFlags has the servers look for races when the tests do.
var buildFlags = []string{"-buildvcs=false", "-race"}

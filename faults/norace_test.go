//go:build !race

package faults

var buildFlags = []string{"-buildvcs=false"}

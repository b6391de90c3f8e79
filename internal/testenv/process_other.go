//go:build !linux

package testenv

import "syscall"

// Elsewhere a killed test process leaves its servers running, and stopping or killing PostgreSQL reaches its first
// process only.

const stopped, ended = "", ""

func endWithParent(*syscall.SysProcAttr, syscall.Signal) {}

func children(int) []int { return nil }

func awaitState([]int, string) error { return nil }

//go:build !linux

package testenv

import "syscall"

// On systems that are not Linux, a killed test process leaves its servers running, and a signal to stop or kill
// PostgreSQL reaches only its first process.

const stopped, ended = "", ""

func endWithParent(*syscall.SysProcAttr, syscall.Signal) {}

func children(int) []int { return nil }

func awaitState([]int, string) error { return nil }

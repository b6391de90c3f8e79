package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// tick is the unit of times in /proc/PID/stat: Linux shows 100 a second to programs on every architecture of Go.
const tick = 10 * time.Millisecond

// stat is what proc(5) says of a process.
type stat struct {
	parent int
	own    time.Duration // processor time, in the program and in the kernel for it
	buried time.Duration // that of children which ended and were waited for
}

func statOf(pid int) (stat, error) {
	raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return stat{}, err
	}

	fields := strings.Fields(string(raw[bytes.LastIndexByte(raw, ')')+1:])) // the name before it may hold anything
	if len(fields) < 15 {
		return stat{}, fmt.Errorf("/proc/%d/stat is not as proc(5) says: %s", pid, raw)
	}

	n := func(field int) int { // numbered as in proc(5); the first two are cut off
		value, _ := strconv.Atoi(fields[field-3])
		return value
	}
	return stat{n(4), time.Duration(n(14)+n(15)) * tick, time.Duration(n(16)+n(17)) * tick}, nil
}

func parentOf(pid int) (int, error) {
	s, err := statOf(pid)
	return s.parent, err
}

// cpuOf returns the processor time that a process has used.
func cpuOf(pid int) (time.Duration, error) {
	s, err := statOf(pid)
	return s.own, err
}

// cpuOfFamily returns the processor time of a process and of its children, the dead ones too.
func cpuOfFamily(pid int) (time.Duration, error) {
	head, err := statOf(pid)
	if err != nil {
		return 0, err
	}

	sum := head.own + head.buried
	all, _ := filepath.Glob("/proc/[0-9]*") // fails for bad patterns only

	for _, path := range all {
		id, _ := strconv.Atoi(filepath.Base(path))
		if child, err := statOf(id); err == nil && child.parent == pid { // an error: it has just ended
			sum += child.own
		}
	}

	return sum, nil
}

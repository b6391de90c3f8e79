package testenv

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// These are states of a process, in the letters of proc(5). X also stands for a process of which there is no trace.
const (
	stopped = "Tt"
	ended   = "ZX"
)

// endWithParent makes the kernel send signal to the program when this process ends, even if it is killed.
func endWithParent(attr *syscall.SysProcAttr, signal syscall.Signal) { attr.Pdeathsig = signal }

// children returns the processes that pid has started and whose end it has not noticed. A stopped pid cannot start
// more.
func children(pid int) []int {
	all, _ := filepath.Glob("/proc/[0-9]*") // fails for bad patterns only

	var found []int
	for _, path := range all {
		child, err := strconv.Atoi(filepath.Base(path))
		if _, parent := status(child); err == nil && parent == pid {
			found = append(found, child)
		}
	}
	return found
}

// awaitState waits until each process is in one of the states.
func awaitState(pids []int, states string) error {
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	late := time.After(patience)

	for {
		waiting := slices.ContainsFunc(pids, func(pid int) bool {
			state, _ := status(pid)
			return !strings.Contains(states, state)
		})

		if !waiting {
			return nil
		}

		select {
		case <-tick.C:
		case <-late:
			return fmt.Errorf("processes %v are not in state %s", pids, states)
		}
	}
}

// status returns the state and the parent of pid.
func status(pid int) (state string, parent int) {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return "X", 0
	}

	name := bytes.LastIndexByte(stat, ')') // the end of the name, in which any sign may be
	if _, err := fmt.Sscan(string(stat[name+1:]), &state, &parent); err != nil {
		panic(fmt.Sprintf("testenv: /proc/%d/stat is not as proc(5) says: %s", pid, stat))
	}
	return state, parent
}

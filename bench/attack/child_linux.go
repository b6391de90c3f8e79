package main

import (
	"errors"
	"fmt"
	"os"
	"strconv"
	"syscall"
)

// endWithParent has the kernel kill a process when the thread that started it ends.
func endWithParent() *syscall.SysProcAttr { return &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL} }

// lowest is the priority of those who attack: somebody honest, who shares their processors, does not wait for them.
const lowest = 19

// giveWay has all threads of this process run only when nobody else wants their processors. A thread that begins
// meanwhile has the priority of the one that starts it, so it looks until there are no new ones.
func giveWay() error {
	for seen := map[string]bool{}; ; {
		threads, err := os.ReadDir("/proc/self/task")
		if err != nil {
			return err
		}
		before := len(seen)
		for _, thread := range threads {
			id, _ := strconv.Atoi(thread.Name())
			err := syscall.Setpriority(syscall.PRIO_PROCESS, id, lowest)
			if err != nil && !errors.Is(err, syscall.ESRCH) {
				return fmt.Errorf("lower the priority of those who attack: %w", err)
			}
			seen[thread.Name()] = true
		}
		if len(seen) == before {
			return nil
		}
	}
}

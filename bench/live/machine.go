package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"strings"
	"time"
)

// cores say which processors the servers under test get, and which everything else; empty where there is one only.
type cores struct{ servers, rest string }

// share gives the servers the first processor, and takes this process, and so what it starts, off it.
func share(ctx context.Context) (cores, error) {
	n := runtime.NumCPU()
	if n < 2 {
		return cores{}, nil
	}

	c := cores{servers: "0", rest: "1"}
	if n > 2 {
		c.rest = "1-" + strconv.Itoa(n-1)
	}

	taskset := exec.CommandContext(ctx, "taskset", "-a", "-c", "-p", c.rest, strconv.Itoa(os.Getpid()))
	output, err := taskset.CombinedOutput()
	if err != nil {
		return c, fmt.Errorf("taskset: %w: %s", err, output)
	}

	return c, nil
}

func (c cores) String() string {
	if c.servers == "" {
		return "one core for everything"
	}
	return fmt.Sprintf(
		"servers under test on core %s, PostgreSQL, Redis, clients and the producer on core %s", c.servers, c.rest,
	)
}

// tick is the unit of times in /proc/PID/stat: Linux shows 100 a second to programs on every architecture of Go.
const tick = 10 * time.Millisecond

// cpuOf returns the processor time that a process has used, in itself and in the kernel.
func cpuOf(pid int) (time.Duration, error) {
	raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0, err
	}
	fields := strings.Fields(string(raw[bytes.LastIndexByte(raw, ')')+1:])) // the name before it may hold anything
	if len(fields) < 13 {
		return 0, fmt.Errorf("/proc/%d/stat is not as proc(5) says: %s", pid, raw)
	}
	user, _ := strconv.Atoi(fields[11])
	kernel, _ := strconv.Atoi(fields[12])
	return time.Duration(user+kernel) * tick, nil
}

// memoryOf returns the memory that a process holds, in bytes: what proc(5) calls its resident set.
func memoryOf(pid int) (float64, error) {
	raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0, err
	}
	for line := range strings.Lines(string(raw)) {
		if value, found := strings.CutPrefix(line, "VmRSS:"); found {
			kb, err := strconv.ParseFloat(strings.TrimSuffix(strings.TrimSpace(value), " kB"), 64)
			return kb * 1024, err
		}
	}
	return 0, fmt.Errorf("/proc/%d/status says nothing of VmRSS", pid)
}

// sum adds what each process has used.
func sum[T time.Duration | float64](pids []int, of func(int) (T, error)) (total T, err error) {
	for _, pid := range pids {
		one, err := of(pid)
		if err != nil {
			return total, err
		}
		total += one
	}
	return total, nil
}

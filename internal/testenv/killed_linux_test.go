package testenv

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// A test process that is killed has no time to stop its servers, so the kernel ends them.
func TestServersEndWithAKilledProcess(t *testing.T) {
	if os.Getenv("TESTENV_KILL_ME") != "" {
		startAndWait(t)
		return
	}

	files := t.TempDir() // the kernel does not remove them
	must(t, os.Chmod(filepath.Dir(files), 0o711))

	child := rerun(t, t.Name(), "TESTENV_KILL_ME=1", "TMPDIR="+files)
	output, err := child.StdoutPipe()
	must(t, err)
	_, err = child.StdinPipe() // it stays open as long as we live
	must(t, err)
	must(t, child.Start())

	pids := readPids(t, output)
	must(t, child.Process.Kill())
	_ = child.Wait()

	if len(pids) < 3 {
		t.Fatalf("found processes %v, want PostgreSQL with children, and Redis", pids)
	}
	must(t, awaitState(pids, ended))
}

// startAndWait prints the processes it started, on a line that begins with pids, and waits for ever.
func startAndWait(t *testing.T) {
	_, postgres, err := startPostgres()
	must(t, err)
	_, redis, err := startRedis()
	must(t, err)
	pids := append(children(postgres.running.Pid), postgres.running.Pid, redis.running.Pid)
	fmt.Println("pids", strings.Trim(fmt.Sprint(pids), "[]"))
	_, _ = io.Copy(io.Discard, os.Stdin)
}

// readPids returns the processes that startAndWait prints.
func readPids(t *testing.T, output io.Reader) []int {
	t.Helper()
	lines := bufio.NewScanner(output)
	for lines.Scan() {
		list, found := strings.CutPrefix(lines.Text(), "pids ")
		if !found {
			continue
		}

		var pids []int
		for _, field := range strings.Fields(list) {
			var pid int
			_, err := fmt.Sscan(field, &pid)
			must(t, err)
			pids = append(pids, pid)
		}
		return pids
	}
	t.Fatalf("the child said nothing: %v", lines.Err())
	return nil
}

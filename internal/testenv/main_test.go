package testenv

import (
	"os"
	"os/exec"
	"testing"
)

func TestMain(m *testing.M) { Main(m) }

// rerun returns a command that runs one test of this binary in a process of its own.
func rerun(t *testing.T, test string, env ...string) *exec.Cmd {
	t.Helper()
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(program, "-test.run=^"+test+"$", "-test.v")
	cmd.Env = append(os.Environ(), env...)
	return cmd
}

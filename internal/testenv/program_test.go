package testenv

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// A program has the environment that it is given and none of ours, and can be killed and started again.
func TestProgram(t *testing.T) {
	t.Setenv("OURS", "ours")
	ready := filepath.Join(t.TempDir(), "ready")

	s := Program(t, []string{"READY=" + ready}, []string{"sh", "-c", `echo "[$OURS]"; echo >"$READY"; exec sleep 600`},
		func(context.Context) error {
			_, err := os.Stat(ready)
			return err
		})

	s.Kill()
	if err := os.Remove(ready); err != nil {
		t.Fatal(err)
	}
	s.Start()

	if log := s.Log(); log != "[]\n[]\n" {
		t.Errorf("it wrote %q", log)
	}
}

// Build builds a program once.
func TestBuild(t *testing.T) {
	program := Build(t, "ensemble/internal/testenv/testdata/hello")
	if again := Build(t, "ensemble/internal/testenv/testdata/hello"); again != program {
		t.Errorf("it was built twice: %s, %s", program, again)
	}
	if output, err := exec.Command(program).Output(); err != nil || string(output) != "hello\n" {
		t.Errorf("it wrote %q (%v)", output, err)
	}
}

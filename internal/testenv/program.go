package testenv

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
)

// Program starts a program of t's own: a command with its environment, in a folder of its own. ready returns nil once
// the program answers. The Server's URL is empty.
func Program(t testing.TB, env, command []string, ready func(ctx context.Context) error) *Server {
	t.Helper()
	home, err := newFolder("", os.Getuid(), os.Getgid())
	must(t, err)

	p := &process{
		command: command, env: env, folder: home, quit: syscall.SIGTERM, abort: syscall.SIGKILL,
		ready: func(ctx context.Context, _ int) error { return ready(ctx) },
	}

	if err := p.start(); err != nil {
		must(t, errors.Join(err, home.remove()))
	}
	return own(t, "", p)
}

// Log returns all that the server has written so far.
func (s *Server) Log() string {
	s.t.Helper()
	log, err := os.ReadFile(s.process.logFile())
	must(s.t, err)
	return string(log)
}

// builds has what makes each program that was asked for, by its package and flags. It builds once.
var builds struct {
	sync.Mutex
	done map[string]func() (string, error)
}

// Build returns the program that go build makes of a package of this module, once per test process. The result of the
// test depends on the program's files: go test does not answer from its cache when one of them has changed.
func Build(t testing.TB, pkg string, flags ...string) string {
	t.Helper()
	key := strings.Join(append(flags, pkg), " ")

	builds.Lock()
	if builds.done == nil {
		builds.done = map[string]func() (string, error){}
	}

	once := builds.done[key]
	if once == nil {
		once = sync.OnceValues(func() (string, error) { return build(pkg, flags) })
		builds.done[key] = once
	}
	builds.Unlock()

	program, err := once()
	must(t, err)

	return program
}

// build builds a program in a folder that is removed when the test process ends.
func build(pkg string, flags []string) (string, error) {
	home, err := newFolder("", os.Getuid(), os.Getgid())
	if err != nil {
		return "", err
	}
	atExit(func() { _ = home.remove() })

	if err := dependOn(pkg); err != nil {
		return "", err
	}

	program := filepath.Join(home.path, filepath.Base(pkg))
	args := append(append([]string{"build"}, flags...), "-o", program, pkg)
	if output, err := exec.Command("go", args...).CombinedOutput(); err != nil {
		return "", fmt.Errorf("go %s: %w\n%s", strings.Join(args, " "), err, output)
	}

	return program, nil
}

// dependOn looks at each file that pkg is built from. go test notes that, and runs the test again when one has changed.
func dependOn(pkg string) error {
	const form = `{{if not .Standard}}{{$dir := .Dir}}{{range .GoFiles}}{{$dir}}/{{.}}
{{end}}{{range .EmbedFiles}}{{$dir}}/{{.}}
{{end}}{{end}}`

	files, err := exec.Command("go", "list", "-deps", "-f", form, pkg).Output()
	if err != nil {
		return fmt.Errorf("go list %s: %w", pkg, err)
	}

	for file := range strings.Lines(string(files)) {
		if file = strings.TrimSpace(file); file != "" {
			if _, err := os.Stat(file); err != nil {
				return err
			}
		}
	}

	return nil
}

package database

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"testing"

	"ensemble/internal/testenv"
)

// migrateURL is the environment variable that turns this test binary into a program that migrates.
const migrateURL = "DATABASE_TEST_MIGRATE"

// migrateInThisProcess waits until its standard input ends, so that several start together, and prints how many
// migrations it applied.
func migrateInThisProcess(url string) {
	_, _ = io.Copy(io.Discard, os.Stdin)
	n, err := openAndMigrate(context.Background(), url)
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	fmt.Printf("applied %d", n)
}

// When two processes migrate a database at once, each migration is applied once, and the other process waits.
func TestMigrateOnceFromTwoProcesses(t *testing.T) {
	testenv.EachDialect(t, func(t *testing.T, url string) {
		s := open(t, url) // this process has the database open too

		one, other := startMigrating(t, url), startMigrating(t, url)
		one.start()
		other.start()

		said := one.wait() + ", " + other.wait()
		if said != "applied 3, applied 0" && said != "applied 0, applied 3" {
			t.Errorf("they %s", said)
		}

		if names := applied(t, s); names != "1 init, 2 trigger, 3 rebuild" {
			t.Errorf("recorded: %s", names)
		}
	})
}

// child is a process that waits to be told to start.
type child struct {
	t      *testing.T
	cmd    *exec.Cmd
	stdin  io.Closer
	output *strings.Builder
}

// startMigrating starts a process that waits to be told to migrate.
func startMigrating(t *testing.T, url string) *child {
	t.Helper()
	p := &child{t: t, cmd: exec.Command(os.Args[0]), output: new(strings.Builder)}
	p.cmd.Env = append(os.Environ(), migrateURL+"="+url)
	p.cmd.Stdout, p.cmd.Stderr = p.output, p.output
	var err error
	if p.stdin, err = p.cmd.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	return p
}

// start tells the process to begin.
func (p *child) start() {
	if err := p.stdin.Close(); err != nil {
		p.t.Error(err)
	}
}

// wait waits for the end of the process, and returns what it printed.
func (p *child) wait() string {
	if err := p.cmd.Wait(); err != nil {
		p.t.Errorf("%v: %s", err, p.output)
	}
	return p.output.String()
}

package testenv

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"time"
)

// patience bounds each wait for a server. It is far longer than a wait takes, so that only a broken server meets it.
const patience = 30 * time.Second

// process is a server program, which can be started again after it has ended. It is not safe for concurrent use.
type process struct {
	command []string
	folder  *folder                                  // it runs there, and may write to it
	env     []string                                 // its whole environment: nothing of ours is handed on
	account *account                                 // who it runs as; nil is us
	quit    syscall.Signal                           // ends it in good order, without waiting for clients
	abort   syscall.Signal                           // ends it at once, for data that nobody needs any more
	ready   func(ctx context.Context, pid int) error // returns nil once it answers

	running *os.Process   // the one that was started last; nil before the first
	ended   chan struct{} // closed when running has ended
}

// start runs the program and returns when it is ready.
func (p *process) start() error {
	if p.alive() {
		return fmt.Errorf("%s is running already", p.command[0])
	}

	log, err := os.OpenFile(p.logFile(), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer log.Close()

	cmd := exec.Command(p.command[0], p.command[1:]...)
	cmd.Dir, cmd.Stdout, cmd.Stderr = p.folder.path, log, log
	cmd.Env = append([]string{"LC_ALL=C"}, p.env...) // and not ours: servers read PGPORT, TZ and more
	cmd.SysProcAttr = attributesOf(p.account)
	endWithParent(cmd.SysProcAttr, p.abort)

	started, ended := make(chan error), make(chan struct{})
	go run(cmd, started, ended)
	if err := <-started; err != nil {
		return err
	}

	p.running, p.ended = cmd.Process, ended
	if err := p.awaitReady(); err != nil {
		return errors.Join(err, p.end(syscall.SIGKILL))
	}

	return nil
}

// run starts cmd and waits for its end on a thread of its own: Linux sends a child the signal of its parent's death
// when the thread that started it ends (go.dev/issue/27505).
func run(cmd *exec.Cmd, started chan<- error, ended chan<- struct{}) {
	runtime.LockOSThread()
	defer close(ended)
	err := cmd.Start()
	started <- err
	if err == nil {
		_ = cmd.Wait() // its log says how it ended
	}
}

// awaitReady waits until the program answers. It returns an error when the program ends instead.
func (p *process) awaitReady() error {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()

	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()

	for {
		err := p.ready(ctx, p.running.Pid)
		if err == nil {
			return nil
		}

		select {
		case <-p.ended:
			return fmt.Errorf("%s ended instead of starting:\n%s", p.command[0], p.logTail())
		case <-ctx.Done():
			return fmt.Errorf("%s does not answer: %w\n%s", p.command[0], err, p.logTail())
		case <-tick.C:
		}
	}
}

// end sends a signal that ends the program, and waits until it has ended. It does nothing when it has ended before.
func (p *process) end(signal syscall.Signal) error {
	if !p.alive() {
		return nil
	}

	if err := p.running.Signal(signal); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return err
	}

	select {
	case <-p.ended:
		return nil
	case <-time.After(patience):
		return fmt.Errorf("%s does not end on signal %d (%s):\n%s", p.command[0], signal, signal, p.logTail())
	}
}

// alive says whether the program runs. It does not before the first start, nor once it has ended, when its number may
// be that of another process.
func (p *process) alive() bool {
	if p.running == nil {
		return false
	}
	select {
	case <-p.ended:
		return false
	default:
		return true
	}
}

// logFile returns the file to which the program writes what it says.
func (p *process) logFile() string { return filepath.Join(p.folder.path, "log") }

// logTail returns the last lines that the program wrote.
func (p *process) logTail() string {
	log, err := os.ReadFile(p.logFile())
	if err != nil {
		return err.Error()
	}
	lines := strings.Split(strings.TrimSpace(string(log)), "\n")
	return strings.Join(lines[max(0, len(lines)-20):], "\n")
}

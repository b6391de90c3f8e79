package testenv

import (
	"errors"
	"fmt"
	"syscall"
)

// PostgreSQL is a family of processes: one for each connection and several for all of them, each in a process group of
// its own. What is done to all of them is done to their parent first, which then starts no more.

// pause freezes the family, and returns its children when all of it stands still.
func (p *process) pause() ([]int, error) {
	if !p.alive() {
		return nil, fmt.Errorf("%s is not running", p.command[0])
	}

	// Stop the parent first, so that it starts no more children.
	pid := p.running.Pid
	if err := signalAll([]int{pid}, freeze); err != nil {
		return nil, err
	}
	if err := awaitState([]int{pid}, stopped+ended); err != nil {
		return nil, err
	}

	family := children(pid)
	if err := signalAll(family, freeze); err != nil {
		return nil, err
	}

	return family, awaitState(family, stopped+ended)
}

// resume undoes pause. It does nothing to a family that is not paused.
func (p *process) resume() error {
	if !p.alive() {
		return nil
	}
	pid := p.running.Pid
	return signalAll(append(children(pid), pid), thaw)
}

// kill ends the family as a crash does. It returns when nothing of it is left, so that the server can be started again.
func (p *process) kill() error {
	if !p.alive() {
		return nil
	}

	family, err := p.pause()
	if err != nil {
		return err
	}

	return errors.Join(
		signalAll(family, syscall.SIGKILL),
		p.end(syscall.SIGKILL),
		awaitState(family, ended),
	)
}

// stop asks the parent to end the family, whether it runs or is paused.
func (p *process) stop(signal syscall.Signal) error {
	return errors.Join(p.resume(), p.end(signal))
}

// discard ends the family and removes its files.
func (p *process) discard() error {
	return errors.Join(p.stop(p.abort), p.folder.remove())
}

// signalAll sends a signal to processes, except to those that have ended meanwhile.
func signalAll(pids []int, s syscall.Signal) error {
	for _, pid := range pids {
		if err := signal(pid, s); err != nil {
			return fmt.Errorf("signal process %d: %w", pid, err)
		}
	}
	return nil
}

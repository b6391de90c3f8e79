//go:build unix

package testenv

import (
	"errors"
	"os"
	"syscall"
)

// account is who a server runs as.
type account = syscall.Credential

// attributesOf returns the attributes of a process that runs as somebody, or as us when as is nil.
func attributesOf(as *account) *syscall.SysProcAttr { return &syscall.SysProcAttr{Credential: as} }

const (
	freeze = syscall.SIGSTOP
	thaw   = syscall.SIGCONT
)

// signal sends a signal to a process. It does nothing when the process has ended meanwhile.
func signal(pid int, s syscall.Signal) error {
	if err := syscall.Kill(pid, s); !errors.Is(err, syscall.ESRCH) {
		return err
	}
	return nil
}

// lock takes the lock of a file, and fails when somebody else has it.
func lock(file *os.File) error { return syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB) }

//go:build !unix

package testenv

import (
	"errors"
	"os"
	"syscall"
)

// On systems that are not Unix there are no servers: only tests that need none can run.

type account struct {
	Uid, Gid    uint32
	NoSetGroups bool
}

func attributesOf(*account) *syscall.SysProcAttr { return &syscall.SysProcAttr{} }

const freeze, thaw = syscall.SIGKILL, syscall.SIGKILL

func signal(int, syscall.Signal) error { return errors.ErrUnsupported }

func lock(*os.File) error { return nil }

package parking

import (
	"syscall"
	"testing"
	"time"
)

// GiveUpAfter sets the time in the kernel. We ask the kernel for it, because a client that vanishes without a word
// would need another machine.
func TestGiveUpAfter(t *testing.T) {
	_, conn := connected(t)
	GiveUpAfter(conn, 90*time.Second)

	raw, err := conn.SyscallConn()
	if err != nil {
		t.Fatal(err)
	}

	var milliseconds int
	controlled := raw.Control(func(fd uintptr) {
		milliseconds, err = syscall.GetsockoptInt(int(fd), syscall.IPPROTO_TCP, userTimeout)
	})
	if controlled != nil || err != nil {
		t.Fatal(controlled, err)
	}

	if milliseconds != 90_000 {
		t.Errorf("the kernel gives up after %d ms", milliseconds)
	}
}

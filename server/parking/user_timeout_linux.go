package parking

import (
	"net"
	"syscall"
	"time"
)

const userTimeout = 0x12 // TCP_USER_TIMEOUT, in milliseconds

// GiveUpAfter asks the kernel to end a connection when nothing that was sent has been acknowledged for the time d.
// Nobody else would notice that, when the socket is parked and its client never says anything. Without this option the
// kernel tries for a quarter of an hour. Older kernels do not have it: then GiveUpAfter does nothing.
func GiveUpAfter(c *net.TCPConn, d time.Duration) {
	if raw, err := c.SyscallConn(); err == nil {
		_ = raw.Control(func(fd uintptr) {
			_ = syscall.SetsockoptInt(int(fd), syscall.IPPROTO_TCP, userTimeout, int(d.Milliseconds()))
		})
	}
}

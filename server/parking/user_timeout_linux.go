package parking

import (
	"net"
	"syscall"
	"time"
)

const userTimeout = 0x12 // TCP_USER_TIMEOUT, in milliseconds

// GiveUpAfter has the kernel end a connection when for that long nothing that was sent has been acknowledged, as nobody
// else would notice for a socket that is parked and whose client never says anything. Left to itself the kernel tries
// for a quarter of an hour. Where it has no such option, nothing is done.
func GiveUpAfter(c *net.TCPConn, d time.Duration) {
	if raw, err := c.SyscallConn(); err == nil {
		_ = raw.Control(func(fd uintptr) {
			_ = syscall.SetsockoptInt(int(fd), syscall.IPPROTO_TCP, userTimeout, int(d.Milliseconds())) // older kernels have no such option
		})
	}
}

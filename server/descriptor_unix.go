//go:build unix

package server

import (
	"net"
	"syscall"
)

// rawConn returns access to a connection's descriptor, or nil when it has none of its own, as under TLS.
func rawConn(c net.Conn) syscall.RawConn {
	if tcp, ok := c.(*net.TCPConn); ok {
		if raw, err := tcp.SyscallConn(); err == nil {
			return raw
		}
	}
	return nil
}

// descriptor returns what the kernel calls the connection.
func descriptor(raw syscall.RawConn) (fd int) {
	if raw != nil {
		_ = raw.Control(func(is uintptr) { fd = int(is) }) // fails only when closed
	}
	return fd
}

// writeNow returns how much the kernel takes at once, maybe nothing. Descriptors of connections do not block.
func writeNow(fd int, b []byte) int {
	for {
		n, err := syscall.Write(fd, b)
		if err != syscall.EINTR {
			return max(n, 0)
		}
	}
}

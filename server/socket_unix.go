//go:build unix

package server

import (
	"net"
	"syscall"
)

// rawConn gives access to a connection's file descriptor; nil when it has none of its own, as under TLS.
func rawConn(c net.Conn) syscall.RawConn {
	if tcp, ok := c.(*net.TCPConn); ok {
		if raw, err := tcp.SyscallConn(); err == nil {
			return raw
		}
	}
	return nil
}

// once writes what the kernel takes now, maybe nothing, and never has the runtime wait for more room.
func (w *writer) once(fd uintptr) bool {
	for {
		n, err := syscall.Write(int(fd), w.out)
		if err == syscall.EINTR {
			continue
		}
		w.sent = max(n, 0)
		return true
	}
}

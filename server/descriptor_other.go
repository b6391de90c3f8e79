//go:build !unix

package server

import (
	"net"
	"syscall"
)

// rawConn returns nil: here a socket has no descriptor to write to without waiting, so a goroutine writes everything.
func rawConn(net.Conn) syscall.RawConn { return nil }

// descriptor returns 0; nothing is written to it.
func descriptor(syscall.RawConn) int { return 0 }

// writeNow takes nothing: what is to be written waits for the goroutine that may wait.
func writeNow(int, []byte) int { return 0 }

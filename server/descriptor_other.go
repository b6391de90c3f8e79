//go:build !unix

package server

import (
	"net"
	"syscall"
)

func rawConn(net.Conn) syscall.RawConn { return nil }

func descriptor(syscall.RawConn) int { return 0 }

func writeNow(int, []byte) int { return 0 }

//go:build !unix

package server

import (
	"net"
	"syscall"
)

func rawConn(net.Conn) syscall.RawConn { return nil }

func (w *writer) once(uintptr) bool { return true }

package server

import (
	"net"
	"syscall"
	"testing"
	"time"
)

// The kernel is asked for the time itself: a client that vanishes without a word needs another machine.
func TestGiveUpAfter(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = listener.Close() }()
	conn, err := net.Dial("tcp", listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	giveUpAfter(&socket{Conn: conn}, 90*time.Second)
	raw, err := tcpOf(conn).SyscallConn()
	if err != nil {
		t.Fatal(err)
	}
	var milliseconds int
	if controlled := raw.Control(func(fd uintptr) { milliseconds, err = syscall.GetsockoptInt(int(fd), syscall.IPPROTO_TCP, userTimeout) }); controlled != nil || err != nil {
		t.Fatal(controlled, err)
	}
	if milliseconds != 90_000 {
		t.Errorf("the kernel gives up after %d ms", milliseconds)
	}
}

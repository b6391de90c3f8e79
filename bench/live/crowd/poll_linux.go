package crowd

import (
	"errors"
	"net/netip"
	"syscall"
	"time"
)

var (
	errAgain   = syscall.EAGAIN
	errRefused = syscall.ECONNREFUSED
)

const (
	manyReady        = 512
	bindAddressFirst = 24 // IP_BIND_ADDRESS_NO_PORT: the port is chosen when connecting
)

// poller tells which sockets have something to read.
type poller struct {
	fd     int
	events [manyReady]syscall.EpollEvent
	ready  [manyReady]int
}

func newPoller() (*poller, error) {
	fd, err := syscall.EpollCreate1(syscall.EPOLL_CLOEXEC)
	return &poller{fd: fd}, err
}

func (p *poller) add(fd int) error {
	return syscall.EpollCtl(p.fd, syscall.EPOLL_CTL_ADD, fd,
		&syscall.EpollEvent{Events: syscall.EPOLLIN, Fd: int32(fd)})
}

// wait returns sockets that are ready; the next call overwrites them.
func (p *poller) wait(timeout time.Duration) ([]int, error) {
	n, err := syscall.EpollWait(p.fd, p.events[:], int(timeout.Milliseconds()))
	if errors.Is(err, syscall.EINTR) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	for i := range n {
		p.ready[i] = int(p.events[i].Fd)
	}
	return p.ready[:n], nil
}

// dial connects from an address to another, both IPv4.
func dial(from, to netip.AddrPort) (fd int, err error) {
	fd, err = syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM|syscall.SOCK_CLOEXEC, 0)
	if err != nil {
		return 0, err
	}

	defer func() {
		if err != nil {
			_ = syscall.Close(fd)
		}
	}()

	if err := syscall.SetsockoptInt(fd, syscall.IPPROTO_IP, bindAddressFirst, 1); err != nil {
		return 0, err
	}

	if err := syscall.Bind(fd, &syscall.SockaddrInet4{Addr: from.Addr().As4()}); err != nil {
		return 0, err
	}

	if err := syscall.SetsockoptInt(fd, syscall.IPPROTO_TCP, syscall.TCP_NODELAY, 1); err != nil {
		return 0, err
	}

	if err := syscall.Connect(fd, &syscall.SockaddrInet4{Addr: to.Addr().As4(), Port: int(to.Port())}); err != nil {
		return 0, err
	}

	return fd, syscall.SetNonblock(fd, true)
}

func read(fd int, b []byte) (int, error)  { return syscall.Read(fd, b) }
func write(fd int, b []byte) (int, error) { return syscall.Write(fd, b) }

// cut closes a socket at once, with a reset, so that its port is free again.
func cut(fd int) {
	_ = syscall.SetsockoptLinger(fd, syscall.SOL_SOCKET, syscall.SO_LINGER, &syscall.Linger{Onoff: 1})
	_ = syscall.Close(fd)
}

package server

import (
	"fmt"
	"log/slog"
	"os"
	"sync"
	"syscall"
	"time"
)

// epoll parks sockets in the kernel: while a client is silent, its socket has no goroutine and no stack. Each wait is
// for one readiness (EPOLLONESHOT), so one goroutine at a time reads a socket.
type epoll struct {
	file   *os.File // the epoll descriptor, which Go's own poller waits for
	logger *slog.Logger
	done   chan struct{}

	mu     sync.Mutex
	parked map[int32]parked // by file descriptor
}

func newParking(logger *slog.Logger) parking {
	e, err := newEpoll(logger)
	if err != nil {
		logger.Warn("sockets are not parked", slog.Any("error", err))
		return inGoroutines{}
	}
	return e
}

func newEpoll(logger *slog.Logger) (*epoll, error) {
	fd, err := syscall.EpollCreate1(syscall.EPOLL_CLOEXEC)
	if err != nil {
		return nil, fmt.Errorf("make an epoll descriptor: %w", err)
	}
	if err := syscall.SetNonblock(fd, true); err != nil {
		_ = syscall.Close(fd)
		return nil, fmt.Errorf("make the epoll descriptor non-blocking: %w", err)
	}
	e := &epoll{file: os.NewFile(uintptr(fd), "epoll"), logger: logger, done: make(chan struct{}), parked: map[int32]parked{}}
	go e.wait()
	return e, nil
}

// park implements parking.
func (e *epoll) park(c parked) {
	k := c.base()
	if k.raw == nil {
		inGoroutines{}.park(c)
		return
	}
	err := k.raw.Control(func(fd uintptr) { e.arm(c, int32(fd)) })
	switch {
	case err != nil:
		c.end() // closed meanwhile
	case k.isClosed():
		e.forget(c) // in the midst of it
	}
}

// arm waits for the next thing to read. Closing the descriptor ends the wait, as the kernel then forgets it.
func (e *epoll) arm(c parked, fd int32) {
	e.mu.Lock()
	e.parked[fd], c.base().fd = c, fd
	e.mu.Unlock()
	event := &syscall.EpollEvent{Events: syscall.EPOLLIN | syscall.EPOLLRDHUP | syscall.EPOLLONESHOT, Fd: fd}
	err := e.control(syscall.EPOLL_CTL_MOD, fd, event)
	if err == syscall.ENOENT {
		err = e.control(syscall.EPOLL_CTL_ADD, fd, event)
	}
	if err != nil {
		e.take(fd)
		inGoroutines{}.park(c)
	}
}

func (e *epoll) control(op int, fd int32, event *syscall.EpollEvent) error {
	raw, err := e.file.SyscallConn()
	if err != nil {
		return err
	}
	failed := raw.Control(func(epfd uintptr) { err = syscall.EpollCtl(int(epfd), op, int(fd), event) })
	if failed != nil {
		return failed
	}
	return err
}

// wait runs until close.
func (e *epoll) wait() {
	defer close(e.done)
	raw, err := e.file.SyscallConn()
	if err != nil {
		e.logger.Error("wait for sockets", slog.Any("error", err))
		return
	}
	var events [128]syscall.EpollEvent
	for {
		n := 0
		closed := raw.Read(func(epfd uintptr) bool {
			for n, err = -1, syscall.EINTR; err == syscall.EINTR; {
				n, err = syscall.EpollWait(int(epfd), events[:], 0)
			}
			return n != 0
		})
		if closed != nil {
			return
		}
		for _, ready := range events[:max(n, 0)] {
			if c := e.take(ready.Fd); c != nil {
				go e.read(c)
			}
		}
	}
}

func (e *epoll) take(fd int32) parked {
	e.mu.Lock()
	defer e.mu.Unlock()
	c := e.parked[fd]
	delete(e.parked, fd)
	return c
}

// forget implements parking: the kernel has forgotten a closed descriptor.
func (e *epoll) forget(c parked) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if fd := c.base().fd; e.parked[fd] == c {
		delete(e.parked, fd)
	}
}

func (e *epoll) read(c parked) {
	if c.receive() {
		e.park(c)
	}
}

func (e *epoll) close() {
	_ = e.file.Close()
	<-e.done
}

const userTimeout = 0x12 // TCP_USER_TIMEOUT, in milliseconds

// giveUpAfter has the kernel end a connection when for that long nothing that was sent has been acknowledged. Left to
// itself it tries for a quarter of an hour.
func giveUpAfter(k *socket, d time.Duration) {
	tcp := tcpOf(k.Conn)
	if tcp == nil {
		return
	}
	if raw, err := tcp.SyscallConn(); err == nil {
		_ = raw.Control(func(fd uintptr) {
			_ = syscall.SetsockoptInt(int(fd), syscall.IPPROTO_TCP, userTimeout, int(d.Milliseconds())) // older kernels have no such option
		})
	}
}

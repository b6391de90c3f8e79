package parking

import (
	"fmt"
	"log/slog"
	"os"
	"sync"
	"syscall"
)

// epoll parks sockets in the kernel: while a client is silent, its socket has no goroutine and no stack. Each wait is
// for one readiness (EPOLLONESHOT), so one goroutine at a time reads a socket.
type epoll struct {
	file   *os.File // the epoll descriptor, which Go's own poller waits for
	logger *slog.Logger
	done   chan struct{}

	mu     sync.Mutex
	parked map[int32]Socket // by file descriptor
}

// New returns the best Lot that there is here. If the kernel has no epoll for us, that is logged and a goroutine waits
// for each socket.
func New(logger *slog.Logger) Lot {
	e, err := newEpoll(logger)
	if err != nil {
		logger.Warn("sockets are not parked", slog.Any("error", err))
		return Goroutines{}
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

	e := &epoll{
		file: os.NewFile(uintptr(fd), "epoll"), logger: logger, done: make(chan struct{}), parked: map[int32]Socket{},
	}
	go e.wait()
	return e, nil
}

// Park implements Lot.
func (e *epoll) Park(s Socket) {
	space := s.Space()
	if space.Raw == nil {
		Goroutines{}.Park(s)
		return
	}

	err := space.Raw.Control(func(fd uintptr) { e.arm(s, int32(fd)) })
	switch {
	case err != nil:
		s.End() // closed meanwhile
	case s.IsClosed():
		e.Forget(s) // in the midst of it
	}
}

// arm waits for the next thing to read. Closing the descriptor ends the wait, as the kernel then forgets it.
func (e *epoll) arm(s Socket, fd int32) {
	// It is noted before the kernel is asked: the answer may come at once.
	e.mu.Lock()
	e.parked[fd], s.Space().fd = s, fd
	e.mu.Unlock()

	event := &syscall.EpollEvent{Events: syscall.EPOLLIN | syscall.EPOLLRDHUP | syscall.EPOLLONESHOT, Fd: fd}
	err := e.control(syscall.EPOLL_CTL_MOD, fd, event)
	if err == syscall.ENOENT {
		err = e.control(syscall.EPOLL_CTL_ADD, fd, event)
	}
	if err != nil {
		e.take(fd)
		Goroutines{}.Park(s)
	}
}

// control changes what epoll waits for.
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

// wait waits until Close for sockets that can be read, and starts a reader for each of them.
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
			if s := e.take(ready.Fd); s != nil {
				go e.read(s)
			}
		}
	}
}

// take returns the socket that is parked under a descriptor, and removes it; nil when there is none.
func (e *epoll) take(fd int32) Socket {
	e.mu.Lock()
	defer e.mu.Unlock()
	s := e.parked[fd]
	delete(e.parked, fd)
	return s
}

// Forget implements Lot. The kernel has forgotten a closed descriptor, and may have given its number to another socket.
func (e *epoll) Forget(s Socket) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if fd := s.Space().fd; e.parked[fd] == s {
		delete(e.parked, fd)
	}
}

func (e *epoll) read(s Socket) {
	if s.Receive() {
		e.Park(s)
	}
}

// Close implements Lot.
func (e *epoll) Close() {
	_ = e.file.Close()
	<-e.done
}

package testenv

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// redisMissing says how to get Redis.
const redisMissing notInstalled = "redis-server is not on the PATH: install it (apt-get install redis-server, " +
	"brew install redis), or set ENSEMBLE_TEST_REDIS to the URL of a server for tests"

// Redis returns the URL of a server that all tests of the process share, so each test needs a prefix for its keys and
// channels. ENSEMBLE_TEST_REDIS names another server to use.
func Redis(t testing.TB) string {
	t.Helper()
	if url := os.Getenv("ENSEMBLE_TEST_REDIS"); url != "" {
		return url
	}
	url, err := sharedRedis()
	must(t, err)
	return url
}

// RedisServer returns a server of t's own, which keeps nothing on disk. args are added to its arguments; when the first
// of them has no dash, it is the path of a file of settings.
func RedisServer(t testing.TB, args ...string) *Server {
	t.Helper()
	url, p, err := startRedis(args...)
	must(t, err)
	return own(t, url, p)
}

// sharedRedis is the server that all tests of the process share.
var sharedRedis = sync.OnceValues(func() (string, error) {
	url, p, err := startRedis()
	if err == nil {
		atExit(func() { _ = p.discard() })
	}
	return url, err
})

// startRedis starts a server on a free port. It tries a few, since another program may take one before the server does.
func startRedis(args ...string) (url string, p *process, err error) {
	program, err := exec.LookPath("redis-server")
	if err != nil {
		return "", nil, redisMissing
	}

	home, err := newFolder("", os.Getuid(), os.Getgid())
	if err != nil {
		return "", nil, err
	}

	for range 5 {
		address := FreeAddress()
		p = redisProcess(program, home, address, args)
		if err = p.start(); err == nil {
			return "redis://" + address, p, nil
		}
	}

	return "", nil, errors.Join(err, home.remove())
}

// redisProcess returns a server that keeps nothing on disk.
func redisProcess(program string, home *folder, address string, args []string) *process {
	host, port, _ := strings.Cut(address, ":")

	command := []string{program}
	if len(args) > 0 && !strings.HasPrefix(args[0], "-") {
		command, args = append(command, args[0]), args[1:]
	}

	settings := []string{"--bind", host, "--port", port, "--save", "", "--appendonly", "no"}
	return &process{
		command: slices.Concat(command, settings, args),
		folder:  home,
		quit:    syscall.SIGTERM,
		abort:   syscall.SIGKILL,
		ready:   func(ctx context.Context, pid int) error { return askRedis(ctx, address, pid) },
	}
}

// askRedis asks the server at address which process it is, and fails unless it is pid: another may have taken the port.
func askRedis(ctx context.Context, address string, pid int) error {
	conn, err := new(net.Dialer).DialContext(ctx, "tcp", address)
	if err != nil {
		return err
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(time.Second))

	if _, err := fmt.Fprint(conn, "INFO server\r\n"); err != nil {
		return err
	}

	answer := bufio.NewScanner(conn)
	for answer.Scan() {
		name, value, _ := strings.Cut(answer.Text(), ":")
		if name == "process_id" && value == strconv.Itoa(pid) {
			return nil
		}
		if name == "process_id" || strings.HasPrefix(name, "-") {
			break
		}
	}

	return fmt.Errorf("%s answers %q (%v)", address, answer.Text(), answer.Err())
}

// FreeAddress returns a loopback port that nobody listens on. It is below those that the kernel lends to outgoing
// connections, so that a server that is stopped for a while finds it free again.
func FreeAddress() string {
	for {
		address := net.JoinHostPort("127.0.0.1", strconv.Itoa(16384+rand.IntN(16384)))
		listener, err := net.Listen("tcp", address)
		if err == nil {
			listener.Close()
			return address
		}
	}
}

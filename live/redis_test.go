package live

import (
	"net"
	"os"
	"os/exec"
	"syscall"
	"testing"

	"github.com/redis/go-redis/v9"
)

// redisServer is a Redis of one test's own, which can be killed and come back at the same address.
type redisServer struct {
	t    testing.TB
	dir  string
	port string
	cmd  *exec.Cmd
}

// startRedis needs the redis-server program; without it the test is skipped, in CI it fails.
func startRedis(t testing.TB) *redisServer {
	t.Helper()
	if _, err := exec.LookPath("redis-server"); err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal("redis-server is not installed")
		}
		t.Skip("needs redis-server: apt-get install redis-server")
	}
	r := &redisServer{t: t, dir: t.TempDir(), port: freePort(t)}
	t.Cleanup(r.kill)
	r.start()
	return r
}

func freePort(t testing.TB) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	_, port, _ := net.SplitHostPort(l.Addr().String())
	return port
}

func (r *redisServer) url() string { return "redis://127.0.0.1:" + r.port }

// start returns when the server answers.
func (r *redisServer) start() {
	r.t.Helper()
	r.cmd = exec.Command("redis-server", "--bind", "127.0.0.1", "--port", r.port, "--dir", r.dir,
		"--save", "", "--appendonly", "no", "--logfile", "redis.log")
	if err := r.cmd.Start(); err != nil {
		r.t.Fatal(err)
	}
	client := r.client()
	defer client.Close()
	eventually(r.t, "Redis answers", func() bool { return client.Ping(r.t.Context()).Err() == nil })
}

func (r *redisServer) kill() {
	if r.cmd != nil {
		_ = r.cmd.Process.Kill()
		_ = r.cmd.Wait()
	}
	r.cmd = nil
}

// freeze makes the server deaf and mute with its connections open, as a network that swallows packets does.
func (r *redisServer) freeze() { r.signal(syscall.SIGSTOP) }
func (r *redisServer) thaw()   { r.signal(syscall.SIGCONT) }

func (r *redisServer) signal(s syscall.Signal) {
	r.t.Helper()
	if err := r.cmd.Process.Signal(s); err != nil {
		r.t.Fatal(err)
	}
}

func (r *redisServer) client() *redis.Client {
	return redis.NewClient(&redis.Options{
		Addr: "127.0.0.1:" + r.port, Protocol: 2, MaxRetries: -1, DialerRetries: 1, PoolSize: 1000,
	})
}

// broker makes the Broker of another process, more patient than usual with a machine that is busy testing.
func (r *redisServer) broker(t testing.TB, options ...RedisOption) *RedisBroker {
	t.Helper()
	b, err := NewRedisBroker(r.url(), quiet, append([]RedisOption{RedisTimeout(patient)}, options...)...)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

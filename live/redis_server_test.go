package live

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"

	"github.com/redis/go-redis/v9"
)

// redisServer is a Redis of one test's own, which can be killed and come back at the same address.
type redisServer struct {
	t    testing.TB
	dir  string
	port string
	args []string
	cmd  *exec.Cmd
}

// startRedis needs the redis-server program; without it the test is skipped, in CI it fails. The arguments are added
// to those of a server that keeps nothing on disk.
func startRedis(t testing.TB, args ...string) *redisServer {
	t.Helper()
	if _, err := exec.LookPath("redis-server"); err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal("redis-server is not installed")
		}
		t.Skip("needs redis-server: apt-get install redis-server")
	}
	r := &redisServer{t: t, dir: t.TempDir(), port: freePort(t)}
	r.args = append([]string{"--bind", "127.0.0.1", "--port", r.port, "--dir", r.dir, "--logfile", "redis.log",
		"--save", "", "--appendonly", "no", "--repl-diskless-sync-delay", "0"}, args...)
	t.Cleanup(r.kill)
	r.start()
	return r
}

// freePort is below the ports that the kernel lends to outgoing connections: a server that is gone for a while finds
// it free again.
func freePort(t testing.TB) string {
	t.Helper()
	for range 100 {
		port := strconv.Itoa(16384 + rand.IntN(16384))
		l, err := net.Listen("tcp", "127.0.0.1:"+port)
		if err == nil {
			l.Close()
			return port
		}
	}
	t.Fatal("no free port")
	return ""
}

func (r *redisServer) addr() string { return "127.0.0.1:" + r.port }
func (r *redisServer) url() string  { return "redis://" + r.addr() }

// start returns when the server answers.
func (r *redisServer) start() {
	r.t.Helper()
	r.cmd = exec.Command("redis-server", r.args...)
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
func (r *redisServer) freeze() { r.signal("STOP") }
func (r *redisServer) thaw()   { r.signal("CONT") }

func (r *redisServer) signal(name string) {
	r.t.Helper()
	if output, err := exec.Command("sh", "-c", fmt.Sprintf("kill -%s %d", name, r.cmd.Process.Pid)).CombinedOutput(); err != nil {
		r.t.Fatalf("%v: %s", err, output)
	}
}

func (r *redisServer) client() *redis.Client {
	return redis.NewClient(&redis.Options{
		Addr: r.addr(), Protocol: 2, MaxRetries: -1, DialerRetries: 1, PoolSize: 1000,
	})
}

// do sends one command, given as words, and fails unless the server does it.
func (r *redisServer) do(words string) any {
	r.t.Helper()
	client := r.client()
	defer client.Close()
	var args []any
	for word := range strings.FieldsSeq(words) {
		args = append(args, word)
	}
	answer, err := client.Do(context.Background(), args...).Result()
	if err != nil {
		r.t.Fatalf("%s: %v", words, err)
	}
	return answer
}

// says waits until a command's answer, as INFO gives one, has all the lines.
func (r *redisServer) says(words string, lines ...string) {
	r.t.Helper()
	eventually(r.t, words+" says "+strings.Join(lines, ", "), func() bool {
		answer, _ := r.do(words).(string)
		for _, line := range lines {
			if !strings.Contains("\n"+answer, "\n"+line) {
				return false
			}
		}
		return true
	})
}

// broker makes the Broker of another process.
func (r *redisServer) broker(t testing.TB, options ...RedisOption) *RedisBroker {
	t.Helper()
	return newPatientBroker(t, r.url(), options...)
}

// process is broker as testFault wants it.
func (r *redisServer) process(t *testing.T, options ...RedisOption) *RedisBroker {
	return r.broker(t, options...)
}

// newPatientBroker waits longer than usual for a machine that is busy testing.
func newPatientBroker(t testing.TB, url string, options ...RedisOption) *RedisBroker {
	t.Helper()
	b, err := NewRedisBroker(url, quiet, append([]RedisOption{RedisTimeout(patient)}, options...)...)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

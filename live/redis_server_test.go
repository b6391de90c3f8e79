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

// startRedis starts a server that keeps nothing on disk. args are further arguments. Without the program redis-server
// the test is skipped; in CI it fails.
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

// freePort returns a port that is free. It is below the ports that the kernel lends to outgoing connections, so that a
// server which is gone for a while finds it free again.
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

// start starts the server and returns when it answers.
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

// kill ends the server at once. It does nothing when the server is gone.
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

// signal sends the server a signal.
func (r *redisServer) signal(name string) {
	r.t.Helper()
	command := fmt.Sprintf("kill -%s %d", name, r.cmd.Process.Pid)
	if output, err := exec.Command("sh", "-c", command).CombinedOutput(); err != nil {
		r.t.Fatalf("%v: %s", err, output)
	}
}

// client returns a client that tries everything once.
func (r *redisServer) client() *redis.Client {
	return redis.NewClient(&redis.Options{
		Addr: r.addr(), Protocol: 2, MaxRetries: -1, DialerRetries: 1, PoolSize: 1000,
	})
}

// do sends one command, given as words, and returns its answer. It fails the test when the server refuses.
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

// says waits until the answer to a command, which is a text as that of INFO, has all these lines.
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

// broker returns the Broker of another process.
func (r *redisServer) broker(t testing.TB, options ...RedisOption) *RedisBroker {
	t.Helper()
	return newPatientBroker(t, r.url(), options...)
}

// process is broker with the parameters that testFault wants.
func (r *redisServer) process(t *testing.T, options ...RedisOption) *RedisBroker {
	return r.broker(t, options...)
}

// newPatientBroker returns a Broker that waits longer than usual, because a machine that tests is busy.
func newPatientBroker(t testing.TB, url string, options ...RedisOption) *RedisBroker {
	t.Helper()
	b, err := NewRedisBroker(url, quiet, append([]RedisOption{RedisTimeout(patient)}, options...)...)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

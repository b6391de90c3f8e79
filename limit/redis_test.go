package limit

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"ensemble/internal/testenv"
)

// hundred are the budgets of these tests.
var (
	background = context.Background()
	quiet      = slog.New(slog.DiscardHandler)
	hundred    = map[string]Budget{PersonWrites: {100, time.Hour}, AccountSignIns: {3, time.Hour}}
)

// go-redis prints nothing, since these tests break its connections on purpose.
func init() { redis.SetLogger(silence{}) }

// silence is a log of go-redis that does not print that it cannot connect.
type silence struct{}

// Printf prints nothing.
func (silence) Printf(context.Context, string, ...any) {}

// process returns the limits of one process on a Redis.
func process(t *testing.T, options *redis.UniversalOptions) *Limits {
	t.Helper()
	l := New(hundred)
	if err := l.Share(options, "the secret of the site", quiet); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	return l
}

// at returns how a process reaches a Redis.
func at(t *testing.T, server *testenv.Server) *redis.UniversalOptions {
	t.Helper()
	return &redis.UniversalOptions{Addrs: []string{strings.TrimPrefix(server.URL, "redis://")}}
}

// eventually waits until something is true, for at most a minute.
func eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()

	for !holds() {
		select {
		case <-tick.C:
		case <-ctx.Done():
			t.Fatalf("never: %s", what)
		}
	}
}

// answers waits until a process shares what it counts, since a busy machine may keep Redis from answering in time.
func answers(t *testing.T, l *Limits) {
	t.Helper()
	n := 0
	eventually(t, "Redis answers", func() bool {
		n++
		l.Take(t.Context(), AccountSignIns, fmt.Sprint("nobody ", n), 1)
		return l.Shared()
	})
}

// spend takes writes one after the other, in turns from the processes, until one is refused. It returns how many it
// got. Each write is taken from a process that shares.
func spend(t *testing.T, who string, all ...*Limits) (got int) {
	t.Helper()
	for n := 0; ; n++ {
		l := all[n%len(all)]
		answers(t, l)
		if _, ok := l.Take(t.Context(), PersonWrites, who, 1); !ok {
			return got
		}
		if got++; got > 1000 {
			t.Fatal("it never ends")
		}
	}
}

// Two processes on one Redis give together what one gives alone. A process with another secret is of another site.
func TestShared(t *testing.T) {
	server := testenv.RedisServer(t)
	one, two := process(t, at(t, server)), process(t, at(t, server))

	// One or two more are given if Redis was late for one.
	if got := spend(t, "x", one, two); got < 100 || got > 102 {
		t.Errorf("two processes gave %d of 100", got)
	}

	b := two.Spend(t.Context(), PersonWrites, "x", 1)
	if b.OK || b.Wait <= 0 || b.Wait > time.Minute || b.Left != 0 || b.FullIn < 59*time.Minute {
		t.Errorf("%+v", b)
	}

	stranger := New(hundred)
	if err := stranger.Share(at(t, server), "another secret", quiet); err != nil {
		t.Fatal(err)
	}
	defer stranger.Close()
	if _, ok := stranger.Take(t.Context(), PersonWrites, "x", 1); !ok {
		t.Error("another site is refused for this one")
	}

	client := redis.NewUniversalClient(at(t, server))
	defer client.Close()
	for _, key := range client.Keys(t.Context(), "*").Val() {
		if left := client.TTL(t.Context(), key).Val(); left <= 0 || left > time.Hour {
			t.Errorf("%s is kept for %s", key, left)
		}
	}
}

// What Redis refuses is not taken from the process's own budget: as soon as Redis has some again, it can be had.
func TestRefusedElsewhere(t *testing.T) {
	server := testenv.RedisServer(t)
	one, two := process(t, at(t, server)), process(t, at(t, server))

	spend(t, "x", one)
	for range 50 {
		answers(t, two)
		two.Take(t.Context(), PersonWrites, "x", 1)
	}

	if b := two.local.take(two.keyOf(PersonWrites, "x"), hundred[PersonWrites], 0); b.Left < 95 {
		t.Errorf("refusals took %d", 100-b.Left)
	}
}

// While Redis is frozen or killed, limits apply as before and nobody waits long. Then they are shared again.
func TestWithoutRedis(t *testing.T) {
	for name, outage := range map[string]struct{ begin, end func(*testenv.Server) }{
		"frozen": {(*testenv.Server).Pause, (*testenv.Server).Resume},
		"killed": {(*testenv.Server).Kill, (*testenv.Server).Start},
	} {
		t.Run(name, func(t *testing.T) {
			server := testenv.RedisServer(t)
			l := process(t, at(t, server))
			for range 60 {
				answers(t, l)
				l.Take(t.Context(), PersonWrites, "x", 1)
			}

			outage.begin(server)
			if given := crowd(l, "x", 20, 50); given > 40 {
				t.Errorf("without Redis %d more were given, of 100 in all", 60+given)
			}

			if given := crowd(l, "y", 20, 50); given != 100 {
				t.Errorf("without Redis somebody new gets %d of 100", given)
			}
			if l.Shared() {
				t.Error("nobody noticed")
			}

			outage.end(server)
			answers(t, l)
			if given := crowd(l, "y", 5, 20); given > 1 {
				t.Errorf("when Redis is back, %d are given again", given)
			}
		})
	}
}

// When there never was a Redis, each process counts for itself.
func TestNoRedis(t *testing.T) {
	l := process(t, &redis.UniversalOptions{Addrs: []string{testenv.FreeAddress()}})
	if given := crowd(l, "x", 10, 20); given != 100 {
		t.Errorf("%d were given of 100", given)
	}
}

// While Redis is away, only one request in a while asks for it.
func TestBreaker(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()

	asked := make(chan struct{}, 1000)
	go func() {
		for {
			c, err := listener.Accept()
			if err != nil {
				return
			}
			asked <- struct{}{}
			defer c.Close() // the connection stays open, and nothing is answered
		}
	}()

	l := process(t, &redis.UniversalOptions{Addrs: []string{listener.Addr().String()}})
	l.Take(t.Context(), PersonWrites, "x", 1)
	for range 50_000 {
		l.Take(t.Context(), PersonWrites, "x", 1)
	}

	if n := len(asked); n == 0 || n > 100 {
		t.Errorf("Redis was asked %d times", n)
	}
}

// In a Redis Cluster each key is where its braces say, and a process with one address finds all of them.
func TestCluster(t *testing.T) {
	server := testenv.RedisServer(t, "--cluster-enabled", "yes")
	address := strings.TrimPrefix(server.URL, "redis://")
	client := redis.NewClient(&redis.Options{Addr: address, Protocol: 2})
	defer client.Close()

	if err := client.ClusterAddSlotsRange(t.Context(), 0, 16383).Err(); err != nil {
		t.Fatal(err)
	}

	eventually(t, "the cluster is whole", func() bool {
		return strings.Contains(client.ClusterInfo(t.Context()).Val(), "cluster_state:ok")
	})

	options := &redis.UniversalOptions{Addrs: []string{address}, IsClusterMode: true}
	one, two := process(t, options), process(t, options)
	if got := spend(t, "x", one, two); got < 100 || got > 102 {
		t.Errorf("two processes gave %d of 100", got)
	}
	if n := client.DBSize(t.Context()).Val(); n == 0 {
		t.Error("nothing is in the cluster")
	}
}

// A process finds the master through its Sentinels.
func TestSentinel(t *testing.T) {
	server := testenv.RedisServer(t)
	host, port, _ := strings.Cut(strings.TrimPrefix(server.URL, "redis://"), ":")
	settings := t.TempDir() + "/sentinel.conf"
	write(t, settings, fmt.Sprintf("sentinel monitor main %s %s 1\n", host, port))
	sentinel := testenv.RedisServer(t, settings, "--sentinel")

	options := &redis.UniversalOptions{
		Addrs: []string{strings.TrimPrefix(sentinel.URL, "redis://")}, MasterName: "main",
	}
	if got := spend(t, "x", process(t, options), process(t, options)); got < 100 || got > 102 {
		t.Errorf("two processes gave %d of 100", got)
	}
}

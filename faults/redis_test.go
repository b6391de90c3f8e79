package faults

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"ensemble/internal/testenv"
)

// init makes the Redis client silent. It would write each failure to connect to standard error, and here they are made
// on purpose.
func init() { redis.SetLogger(silence{}) }

// silence is a logger that writes nothing.
type silence struct{}

// Printf implements the logger of go-redis.
func (silence) Printf(context.Context, string, ...any) {}

// node is a Redis server.
type node struct {
	*testenv.Server
	t *testing.T
}

func (r node) addr() string { return strings.TrimPrefix(r.URL, "redis://") }
func (r node) port() string { return r.addr()[strings.LastIndexByte(r.addr(), ':')+1:] }

// ask sends one command, given as words, and returns its answer.
func (r node) ask(words string) (any, error) {
	client := redis.NewClient(&redis.Options{Addr: r.addr(), Protocol: 2, MaxRetries: -1})
	defer func() { _ = client.Close() }()

	var args []any
	for word := range strings.FieldsSeq(words) {
		args = append(args, word)
	}

	return client.Do(context.Background(), args...).Result()
}

// do sends one command, given as words, and fails the test when the server refuses.
func (r node) do(words string) any {
	r.t.Helper()
	answer, err := r.ask(words)
	if err != nil {
		r.t.Fatalf("%s: %v", words, err)
	}
	return answer
}

// says waits until the answer to a command has all these lines.
func (r node) says(words string, lines ...string) {
	r.t.Helper()
	eventually(r.t, words+" says "+strings.Join(lines, ", "), func() bool {
		answer, _ := r.ask(words)
		text, _ := answer.(string)
		for _, line := range lines {
			if !strings.Contains("\n"+text, "\n"+line) {
				return false
			}
		}
		return true
	})
}

// burst has clients watch on two servers while people write on both, and does harm several times meanwhile.
func (s *site) burst(fault string, rounds int, harm func()) {
	s.t.Helper()
	n := size(s.t)

	c := s.watch(n.clients, s.servers...)
	w := s.write(s.servers...)

	for i := range rounds {
		w.reach(n.events * (i + 1) / (rounds + 1))
		harm()
	}

	w.reach(n.events)
	w.stop()
	c.await()
	c.judge(fault, w, none)
	s.whole()
}

func TestRedisKilled(t *testing.T) {
	s, redis := pair(t)
	rounds := size(t).rounds
	s.burst("Redis killed and started in a burst, "+times(rounds), rounds, func() {
		redis.Kill()
		redis.Start()
	})
}

func TestRedisConnectionsKilled(t *testing.T) {
	s, redis := pair(t)
	rounds := 5 * size(t).rounds
	s.burst("CLIENT KILL TYPE pubsub in a burst, "+times(rounds), rounds, func() {
		node{redis, t}.do("CLIENT KILL TYPE pubsub")
	})
}

// While Redis stands still with its connections open, what is written on one server reaches those who watch on the
// other: the test waits for that before Redis goes on.
func TestRedisFrozen(t *testing.T) {
	n := size(t)
	s, redis := pair(t)
	a, b := s.servers[0], s.servers[1]

	c := s.watch(n.clients, b)
	w := s.write(a)
	w.reach(n.events / 10)
	w.stop()

	redis.Pause()
	before, frozen := s.head(), time.Now()
	waits := 0

	for ; waits == 0 || time.Since(frozen) < n.frozen; waits++ {
		more := s.write(a)
		more.reach(n.events / 20)
		more.stop()
		w.answered, w.resent = append(w.answered, more.answered...), w.resent+more.resent
		c.await()
	}

	if n.frozen > 3*time.Second {
		s.are("degraded") // silence is noticed after three heartbeats
	}
	stood, slowest := time.Since(frozen).Round(time.Second), c.slowest(before).Round(100*time.Millisecond)
	redis.Resume()

	s.whole()
	last := s.write(a)
	last.reach(n.events / 10)
	last.stop()
	w.answered = append(w.answered, last.answered...)
	c.await()

	c.judge(fmt.Sprintf("Redis stopped (SIGSTOP) for %s and resumed; "+
		"meanwhile %d bursts reached the other server's clients, the slowest event after %s",
		stood, waits, slowest), w, none)
}

// Half of the events are committed and published to nobody, as by a server that dies between the two.
func TestPublishLost(t *testing.T) {
	n := size(t)
	s, _ := pair(t)

	c := s.watch(n.clients, s.servers...)

	w := s.write(s.servers...)
	s.whisper(w, n.events/2)
	w.reach(n.events)
	w.stop()
	s.whisper(w, 10) // nobody publishes anything after these

	c.await()
	c.judge(fmt.Sprintf("%d events committed and never published, among others", n.events/2+10), w, none)
}

// Sentinel replaces the master, first because it is asked to, and then because the new master is killed.
func TestSentinelFailover(t *testing.T) {
	s := newSite(t, testenv.Postgres(t))
	first := node{testenv.RedisServer(t, "--repl-diskless-sync-delay", "0"), t}
	second := node{testenv.RedisServer(t,
		"--repl-diskless-sync-delay", "0", "--replicaof", "127.0.0.1", first.port()), t}
	second.says("INFO replication", "master_link_status:up")

	watcher := startSentinel(t, first)
	s.redisURL = "redis://" + watcher.addr() + "?sentinel=main"
	s.serve()
	s.serve()
	s.whole()
	s.pause *= 10 // Sentinel takes its time

	masters, round := []node{first, second}, 0
	s.burst("Sentinel failover in a burst, asked for, then the new master killed", 2, func() {
		next := masters[(round+1)%2]
		if round == 0 {
			eventually(t, "Sentinel agrees to a failover", func() bool {
				_, err := watcher.ask("SENTINEL FAILOVER main")
				return err == nil
			})
		} else {
			next.says("INFO replication", "role:slave", "master_link_status:up")
			watcher.do("SENTINEL SET main down-after-milliseconds 500")
			masters[round%2].Kill()
		}

		watcher.says("INFO sentinel", "master0:name=main,status=ok,address="+next.addr())
		round++
	})
}

// startSentinel has one Sentinel watch a master. It takes a long time before it calls the master dead by itself.
func startSentinel(t *testing.T, master node) node {
	t.Helper()
	config := filepath.Join(t.TempDir(), "sentinel.conf")
	must(t, os.WriteFile(config, []byte(strings.Join([]string{
		"sentinel monitor main 127.0.0.1 " + master.port() + " 1",
		"sentinel down-after-milliseconds main 60000", "sentinel failover-timeout main 5000",
	}, "\n")), 0o600))

	watcher := node{testenv.RedisServer(t, config, "--sentinel"), t}
	watcher.says("INFO sentinel", "master0:name=main,status=ok,address="+master.addr()+",slaves=1")
	return watcher
}

// Every partition of a Cluster moves to the next node, again and again.
func TestClusterSlotsMoved(t *testing.T) {
	s := newSite(t, testenv.Postgres(t))
	nodes := startCluster(t)
	s.redisURL = nodes[0].URL + "?cluster=true"
	s.serve()
	s.serve()
	s.whole()

	rounds := size(t).rounds
	s.burst("each Cluster partition moved to the next node in a burst, "+times(rounds), rounds, func() {
		held := make([][]any, len(nodes))
		for i, from := range nodes {
			held[i] = from.do("PUBSUB SHARDCHANNELS *").([]any)
		}

		for i, channels := range held {
			for _, channel := range channels {
				slot := nodes[0].do(fmt.Sprintf("CLUSTER KEYSLOT %s", channel)).(int64)
				moveSlot(slot, nodes[i], nodes[(i+1)%len(nodes)])
			}
		}

		for i, channels := range held {
			for _, channel := range channels {
				to := nodes[(i+1)%len(nodes)]
				eventually(t, "both servers follow", func() bool {
					return to.do(fmt.Sprintf("PUBSUB SHARDNUMSUB %s", channel)).([]any)[1].(int64) == 2
				})
			}
		}
	})
}

// startCluster starts a Cluster of three masters.
func startCluster(t *testing.T) (nodes []node) {
	t.Helper()
	for i := range 3 {
		_, bus, _ := strings.Cut(testenv.FreeAddress(), ":")
		r := node{testenv.RedisServer(t, "--cluster-enabled", "yes", "--cluster-port", bus,
			"--cluster-node-timeout", "60000", "--cluster-require-full-coverage", "no"), t}

		r.do(fmt.Sprintf("CLUSTER ADDSLOTSRANGE %d %d", i*16384/3, (i+1)*16384/3-1))
		r.do(fmt.Sprintf("CLUSTER SET-CONFIG-EPOCH %d", i+1))

		if nodes = append(nodes, r); i > 0 {
			bus = nodes[0].do("CONFIG GET cluster-port").([]any)[1].(string)
			r.do("CLUSTER MEET 127.0.0.1 " + nodes[0].port() + " " + bus)
		}
	}

	for _, r := range nodes {
		r.says("CLUSTER INFO", "cluster_state:ok", "cluster_slots_assigned:16384", "cluster_known_nodes:3")
	}
	return nodes
}

// moveSlot gives an empty slot to another master, as redis-cli does.
func moveSlot(slot int64, from, to node) {
	id := func(r node) any { return r.do("CLUSTER MYID") }
	to.do(fmt.Sprintf("CLUSTER SETSLOT %d IMPORTING %s", slot, id(from)))
	from.do(fmt.Sprintf("CLUSTER SETSLOT %d MIGRATING %s", slot, id(to)))
	for _, r := range []node{to, from} {
		r.do(fmt.Sprintf("CLUSTER SETSLOT %d NODE %s", slot, id(to)))
	}
}

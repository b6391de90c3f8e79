package live

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// sentinel is a Redis master, its replica, and one Sentinel that watches them and acts alone. It calls nobody dead
// before it is told to be quicker.
type sentinel struct{ master, replica, watcher *redisServer }

// startSentinel starts all three. args are further arguments of the master.
func startSentinel(t *testing.T, args ...string) *sentinel {
	t.Helper()
	s := &sentinel{master: startRedis(t, args...)}
	s.replica = startRedis(t, "--replicaof", "127.0.0.1", s.master.port)
	s.replica.says("INFO replication", "master_link_status:up")

	s.watcher = &redisServer{t: t, dir: t.TempDir(), port: freePort(t)}
	config := filepath.Join(s.watcher.dir, "sentinel.conf")
	lines := []string{
		"bind 127.0.0.1", "port " + s.watcher.port, "dir " + s.watcher.dir, "logfile sentinel.log",
		"sentinel monitor main 127.0.0.1 " + s.master.port + " 1",
		"sentinel down-after-milliseconds main 60000", "sentinel failover-timeout main 5000",
	}
	if err := os.WriteFile(config, []byte(strings.Join(lines, "\n")), 0o600); err != nil {
		t.Fatal(err)
	}

	s.watcher.args = []string{config, "--sentinel"}
	t.Cleanup(s.watcher.kill)
	s.watcher.start()
	s.watcher.says("INFO sentinel", "master0:name=main,status=ok,address="+s.master.addr()+",slaves=1")
	return s
}

// broker returns the Broker of another process, which knows two Sentinels, one of which is gone.
func (s *sentinel) broker(t *testing.T, options ...RedisOption) *RedisBroker {
	t.Helper()
	return newPatientBroker(t, "redis://127.0.0.1:"+freePort(t)+","+s.watcher.addr()+"?sentinel=main", options...)
}

// failOver has Sentinel promote the replica, as soon as it knows the replica well enough.
func (s *sentinel) failOver(t *testing.T) {
	t.Helper()
	client := s.watcher.client()
	defer client.Close()
	eventually(t, "Sentinel agrees to a failover", func() bool {
		return client.Do(t.Context(), "SENTINEL", "FAILOVER", "main").Err() == nil
	})
	s.promoted()
}

// promoted waits until Sentinel names the former replica as the master.
func (s *sentinel) promoted() {
	s.watcher.says("INFO sentinel", "master0:name=main,status=ok,address="+s.replica.addr())
}

func TestRedisSentinelFailover(t *testing.T) {
	s := startSentinel(t)
	testFault(t, s.broker, func() {
		s.failOver(t)
	})
}

func TestRedisSentinelMasterKilled(t *testing.T) {
	s := startSentinel(t)
	testFault(t, s.broker, func() {
		s.watcher.do("SENTINEL SET main down-after-milliseconds 500")
		s.master.kill()
		s.promoted()
	})
}

func TestRedisSentinelMasterFrozen(t *testing.T) {
	s := startSentinel(t)
	testFault(t, s.broker, func() {
		s.watcher.do("SENTINEL SET main down-after-milliseconds 500")
		s.master.freeze()
		s.promoted()
		s.master.thaw()
	})
}

// A master that was replaced and does not know it keeps its connections, and nobody publishes to it any more: they
// are healthy and deaf. Here it does not know the command that would tell it.
func TestRedisSentinelFormerMasterStays(t *testing.T) {
	s := startSentinel(t, "--rename-command", "SLAVEOF", "", "--rename-command", "REPLICAOF", "")
	testFault(t, s.broker, func() {
		s.failOver(t)
	})
	s.master.says("INFO replication", "role:master")
}

// If, besides, Sentinel does not say that it has changed its mind, both ends of our heartbeat stay with the former
// master for a while.
func TestRedisSentinelTellsNobody(t *testing.T) {
	s := startSentinel(t)
	var channel string
	testFault(t, s.broker, func() {
		channel = s.broker(t).channels[0]
		s.replica.do("REPLICAOF NO ONE")
		s.watcher.do("SENTINEL REMOVE main")
		s.watcher.do("SENTINEL MONITOR main 127.0.0.1 " + s.replica.port + " 1")
	})
	if n := s.replica.do("PUBSUB NUMSUB " + channel).([]any)[1].(int64); n != 2 {
		t.Errorf("%d of 2 listen to the new master", n)
	}
}

func TestRedisSentinelRestarted(t *testing.T) {
	s := startSentinel(t)
	testFault(t, s.broker, func() {
		s.watcher.kill()
		s.master.kill()
		s.master.start()
		s.watcher.start()
	})
}

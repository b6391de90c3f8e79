package live

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// cluster is a Redis Cluster of three masters, and a replica of the first. It calls no node dead before it is told to
// be quicker.
type cluster struct {
	t       *testing.T
	masters []*redisServer
	replica *redisServer
}

// startCluster starts four nodes and waits until they are one Cluster.
func startCluster(t *testing.T) *cluster {
	t.Helper()
	c := &cluster{t: t, replica: startNode(t)}
	for i := range 3 {
		node := startNode(t)
		node.do(fmt.Sprintf("CLUSTER ADDSLOTSRANGE %d %d", i*16384/3, (i+1)*16384/3-1))
		node.do(fmt.Sprintf("CLUSTER SET-CONFIG-EPOCH %d", i+1))
		c.masters = append(c.masters, node)
	}

	first := c.masters[0]
	for _, node := range c.nodes() {
		if node != first {
			node.do("CLUSTER MEET 127.0.0.1 " + first.port + " " + first.bus())
		}
	}

	for _, node := range c.nodes() {
		node.says("CLUSTER INFO", "cluster_state:ok", "cluster_slots_assigned:16384", "cluster_known_nodes:4")
	}

	c.replica.do("CLUSTER REPLICATE " + first.id())
	c.replica.says("INFO replication", "role:slave", "master_link_status:up")
	return c
}

// startNode starts a server that belongs to no Cluster yet.
func startNode(t *testing.T) *redisServer {
	t.Helper()
	return startRedis(t, "--cluster-enabled", "yes", "--cluster-port", freePort(t),
		"--cluster-node-timeout", "60000", "--cluster-require-full-coverage", "no",
		"--cluster-replica-validity-factor", "0")
}

func (r *redisServer) bus() string { return r.do("CONFIG GET cluster-port").([]any)[1].(string) }
func (r *redisServer) id() string  { return r.do("CLUSTER MYID").(string) }

func (c *cluster) nodes() []*redisServer { return append([]*redisServer{c.replica}, c.masters...) }

// broker returns the Broker of another process. It knows one node, which is not the one that faults befall.
func (c *cluster) broker(t *testing.T, options ...RedisOption) *RedisBroker {
	t.Helper()
	return newPatientBroker(t, c.masters[2].url()+"?cluster=true", options...)
}

// move gives a slot to another master, as redis-cli does when the slot has no keys.
func (c *cluster) move(slot int64, from, to *redisServer) {
	c.t.Helper()
	to.do(fmt.Sprintf("CLUSTER SETSLOT %d IMPORTING %s", slot, from.id()))
	from.do(fmt.Sprintf("CLUSTER SETSLOT %d MIGRATING %s", slot, to.id()))
	for _, node := range []*redisServer{to, from} {
		node.do(fmt.Sprintf("CLUSTER SETSLOT %d NODE %s", slot, to.id()))
	}
}

// listeners returns how many hear a partition at this node.
func (r *redisServer) listeners(channel string) int64 {
	return r.do("PUBSUB SHARDNUMSUB " + channel).([]any)[1].(int64)
}

// owner returns the master where somebody hears a channel.
func (c *cluster) owner(channel string) *redisServer {
	c.t.Helper()
	for _, node := range c.masters {
		if node.listeners(channel) > 0 {
			return node
		}
	}
	c.t.Fatalf("nobody hears %s", channel)
	return nil
}

// The partitions must be spread, or a Cluster carries no more than one of its nodes. The names decide.
func TestRedisClusterSpreadsPartitions(t *testing.T) {
	node, thirds := startNode(t), map[int64]int{}
	for _, channel := range node.broker(t).channels {
		thirds[node.do("CLUSTER KEYSLOT "+channel).(int64)*3/16384]++
	}
	if len(thirds) != 3 {
		t.Errorf("partitions by thirds of the slots: %v", thirds)
	}
}

// A slot moves there and back again, so that what go-redis remembers is wrong each time.
func TestRedisClusterSlotMoved(t *testing.T) {
	c := startCluster(t)
	testFault(t, c.broker, func() {
		channel := c.broker(t).channels[partition(topicA)]
		from, to := c.owner(channel), c.masters[0]
		if from == to {
			to = c.masters[1]
		}

		slot := from.do("CLUSTER KEYSLOT " + channel).(int64)
		for range 3 {
			c.move(slot, from, to)
			eventually(t, "both follow", func() bool {
				return from.listeners(channel) == 0 && to.listeners(channel) == 2
			})
			from, to = to, from
		}
	})
}

func TestRedisClusterNodeKilled(t *testing.T) {
	c := startCluster(t)
	testFault(t, c.broker, func() {
		for _, node := range c.nodes() {
			node.do("CONFIG SET cluster-node-timeout 1000")
		}
		c.masters[0].kill()
		c.replica.says("INFO replication", "role:master")
	})
}

func TestRedisClusterConnectionsKilled(t *testing.T) {
	c := startCluster(t)
	testFault(t, c.broker, func() {
		for _, node := range c.masters {
			node.do("CLIENT KILL TYPE pubsub")
		}
	})
}

// One frozen node holds up only its own partitions.
func TestRedisClusterNodeFrozen(t *testing.T) {
	c := startCluster(t)
	testFault(t, c.broker, func() {
		b := c.broker(t, RedisHeartbeat(quick))
		l := listen(t, b)
		lost, kept := c.masters[1].topic(t, b), c.masters[2].topic(t, b)

		c.masters[1].freeze()
		eventually(t, "the broker notices", func() bool { return b.State() != StateOK })

		log := newMemoryLog()
		for range 3 {
			_ = b.Publish(t.Context(), log.commit(lost))
			_ = b.Publish(t.Context(), log.commit(kept))
		}

		for n := 0; n < 3; {
			if e := take(t, l.events, 1)[0]; e.Topic == kept {
				n++
			}
		}

		c.masters[1].thaw()
	})
}

// A process that stops while no node answers does not wait for one after the other.
func TestRedisClusterFrozenAtTheEnd(t *testing.T) {
	c := startCluster(t)
	b := c.broker(t, RedisHeartbeat(quick), RedisTimeout(time.Second))
	l := listen(t, b)

	for _, node := range c.nodes() {
		node.freeze()
	}
	eventually(t, "the broker notices", func() bool { return strings.Contains(b.State(), "16 of 16") })

	for _, e := range newMemoryLog().commitN(topicA, 100) {
		_ = b.Publish(t.Context(), e)
	}

	start := time.Now()
	l.stop()
	if took := time.Since(start); took > 3500*time.Millisecond { // two timeouts, and one for a connection being made
		t.Errorf("Run ended after %v", took)
	}
}

// topic returns a topic whose partition is on this node.
func (r *redisServer) topic(t *testing.T, b *RedisBroker) string {
	t.Helper()
	for i := range 1000 {
		topic := fmt.Sprint("workshop_", i)
		if r.listeners(b.channels[partition(topic)]) > 0 {
			return topic
		}
	}
	t.Fatal("no partition lives on this node")
	return ""
}

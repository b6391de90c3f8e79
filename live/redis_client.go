package live

import (
	"context"
	"crypto/tls"
	"errors"
	"net/url"
	"regexp"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"
)

// This file is all that differs between one Redis server, a master found through Sentinel, and a Cluster: what the
// URL says, and how to connect, subscribe and publish.

var (
	redisURL = regexp.MustCompile(`^(rediss?://(?:[^/?#]*@)?)([^/?#@,]+(?:,[^/?#@,]+)*)(/\d*)?(?:\?([^#]*))?$`)

	// Neither error repeats the URL: in one that is mistyped, the password may be anywhere.
	errRedisURL   = errors.New("want redis://user:password@host:port,host:port/database, or rediss:// for TLS")
	errRedisQuery = errors.New("after the question mark there may be cluster=true, or sentinel=NAME and sentinel_password")
	errClusterDB  = errors.New("a Cluster has no numbered databases")
)

// ParseRedisURL reads the forms that NewRedisBroker describes, for it and for all others who store something in Redis.
func ParseRedisURL(raw string) (*redis.UniversalOptions, error) {
	part := redisURL.FindStringSubmatch(raw)
	if part == nil {
		return nil, errRedisURL
	}

	o := &redis.UniversalOptions{}

	for host := range strings.SplitSeq(part[2], ",") {
		one, err := redis.ParseURL(part[1] + host + part[3])
		if err != nil {
			return nil, errRedisURL
		}
		o.Addrs, o.Username, o.Password, o.DB = append(o.Addrs, one.Addr), one.Username, one.Password, one.DB
		if one.TLSConfig != nil {
			o.TLSConfig = &tls.Config{MinVersion: tls.VersionTLS12} // no name: that of the address dialed
		}
	}

	if err := readQuery(part[4], o); err != nil {
		return nil, err
	}

	o.IsClusterMode = o.IsClusterMode || len(o.Addrs) > 1 && o.MasterName == ""
	if o.IsClusterMode && o.DB != 0 {
		return nil, errClusterDB
	}

	return o, nil
}

// readQuery sets in o what comes after the question mark: a Cluster, or a master by its name.
func readQuery(query string, o *redis.UniversalOptions) error {
	values, err := url.ParseQuery(query)
	if err != nil {
		return errRedisQuery
	}

	for name, value := range values {
		switch last := value[len(value)-1]; {
		case name == "cluster" && last == "true":
			o.IsClusterMode = true
		case name == "sentinel" && last != "":
			o.MasterName = last
		case name == "sentinel_password":
			o.SentinelPassword = last
		default:
			return errRedisQuery
		}
	}

	if o.IsClusterMode && o.MasterName != "" || o.SentinelPassword != "" && o.MasterName == "" {
		return errRedisQuery
	}

	return nil
}

// tighten sets limits fit for hints: give up soon, and do not send again what may have been sent, except that a Cluster
// may say once that another node has the partition. And ask again now and then where to send: otherwise we could stay
// with a former master that does not know of the new one, and that carries our own heartbeats and nothing else.
func tighten(o *redis.UniversalOptions, timeout, beat time.Duration) {
	o.DialTimeout, o.ReadTimeout, o.WriteTimeout = timeout, timeout, timeout
	o.ContextTimeoutEnabled = true
	o.MaxRetries, o.DialerRetries, o.MaxRedirects = -1, 1, 1
	o.ConnMaxLifetime = lastingBeats * beat
	o.Protocol = 2 // Pub/Sub needs nothing of RESP3
}

// newLinks returns one link for all partitions, or in a Cluster one for each.
func newLinks(b *RedisBroker) []*link {
	if !b.options.IsClusterMode {
		return []*link{newLink(b, 0, b.channels)}
	}
	links := make([]*link, partitions)
	for p := range links {
		links[p] = newLink(b, p, b.channels[p:p+1])
	}
	return links
}

// redisClient is a connection pool to one of the three, for the links of one Run. It is safe for concurrent use.
type redisClient struct {
	redis.UniversalClient
	cluster *redis.ClusterClient // the same, or nil if it is no Cluster
}

// connect returns at once; connections are made when they are needed.
func connect(o *redis.UniversalOptions) redisClient {
	c := redis.NewUniversalClient(o)
	cluster, _ := c.(*redis.ClusterClient)
	return redisClient{c, cluster}
}

// subscribe asks for channels on a connection of their own, which the caller closes. In a Cluster they must be in one
// slot: go-redis connects to the owner of the first, and follows it nowhere.
func (r redisClient) subscribe(ctx context.Context, channels []string) (sub *redis.PubSub, err error) {
	if r.cluster != nil {
		sub = r.SSubscribe(ctx)
		err = sub.SSubscribe(ctx, channels...)
	} else {
		sub = r.Subscribe(ctx)
		err = sub.Subscribe(ctx, channels...)
	}

	if err != nil {
		sub.Close()
		return nil, err
	}
	return sub, nil
}

// publish sends a batch in one round trip.
func (r redisClient) publish(ctx context.Context, batch []message) error {
	_, err := r.Pipelined(ctx, func(p redis.Pipeliner) error {
		for _, m := range batch {
			if r.cluster != nil {
				p.SPublish(ctx, m.channel, m.payload)
			} else {
				p.Publish(ctx, m.channel, m.payload)
			}
		}
		return nil
	})
	return err
}

// lost is called when a connection failed: perhaps its partition lives elsewhere now. go-redis asks a Cluster by itself
// only when a command went to the wrong node, which a subscription is not, or after a minute; Sentinels it asks
// whenever it connects.
func (r redisClient) lost(ctx context.Context) {
	if r.cluster != nil {
		r.cluster.ReloadState(ctx) // in the background, at most five times a second
	}
}

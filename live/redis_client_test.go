package live

import (
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
)

// A URL is read with all its parts: one server, a Cluster, or Sentinels; and with TLS the same.
func TestRedisURL(t *testing.T) {
	for _, c := range []struct {
		url  string
		want redis.UniversalOptions
	}{
		{"redis://h", redis.UniversalOptions{Addrs: []string{"h:6379"}}},
		{"redis://u:p%40@h:1/2", redis.UniversalOptions{Addrs: []string{"h:1"}, Username: "u", Password: "p@", DB: 2}},
		{"redis://:p@[::1]:1/", redis.UniversalOptions{Addrs: []string{"[::1]:1"}, Password: "p"}},
		{"redis://h?cluster=true", redis.UniversalOptions{Addrs: []string{"h:6379"}, IsClusterMode: true}},
		{"redis://u:p@h:1,[::1],i:2", redis.UniversalOptions{
			Addrs: []string{"h:1", "[::1]:6379", "i:2"}, Username: "u", Password: "p", IsClusterMode: true}},
		{"redis://h:1,i:2/3?sentinel=main&sentinel_password=s", redis.UniversalOptions{
			Addrs: []string{"h:1", "i:2"}, DB: 3, MasterName: "main", SentinelPassword: "s"}},
	} {
		got, err := ParseRedisURL(c.url)
		if err != nil {
			t.Errorf("%s: %v", c.url, err)
			continue
		}

		if !sameServers(got, &c.want) {
			t.Errorf("%s: got %+v", c.url, got)
		}

		secure, err := ParseRedisURL("rediss" + strings.TrimPrefix(c.url, "redis"))
		if err != nil || !sameServers(secure, &c.want) || secure.TLSConfig == nil || secure.TLSConfig.ServerName != "" {
			t.Errorf("with TLS, %s: got %+v, %v", c.url, secure, err)
		}
	}
}

// sameServers reports whether a and b lead to the same servers, with the same user and mode.
func sameServers(a, b *redis.UniversalOptions) bool {
	return strings.Join(a.Addrs, " ") == strings.Join(b.Addrs, " ") && a.Username == b.Username &&
		a.Password == b.Password && a.DB == b.DB && a.IsClusterMode == b.IsClusterMode &&
		a.MasterName == b.MasterName && a.SentinelPassword == b.SentinelPassword
}

// The error goes to the log, so it must not show the password, however it was mistyped.
func TestRedisURLRefused(t *testing.T) {
	for _, url := range []string{
		"", "secret", "http://u:secret@h", "redis://", "redis://u:secret@",
		"redis://u:sec/ret@h", "redis://u:sec?ret@h",
		"redis://u:sec#ret@h", "redis://u:secret@h:port", "redis://u:secret@h,,i", "redis://u:secret@h/x",
		"redis://u:secret@h/0?cluster", "redis://u:secret@h?cluster=false", "redis://u:secret@h?sentinel=",
		"redis://u:secret@h?secret=1", "redis://u:secret@h?cluster=true&sentinel=main", "redis://u:secret@h,i/1",
		"redis://u:secret@h?sentinel_password=secret", "redis://u:secret@h?%zz", "redis://u:%zzsecret@h",
	} {
		_, err := NewRedisBroker(url, quiet)
		if err == nil {
			t.Errorf("%s was accepted", url)
		} else if strings.Contains(err.Error(), "ret") {
			t.Errorf("%s: %v", url, err)
		}
	}
}

// Whatever Redis does, connecting and sending end within the timeout, and nothing is tried twice.
func TestRedisLimits(t *testing.T) {
	for _, url := range []string{"redis://h", "redis://h?sentinel=main", "redis://h?cluster=true"} {
		b, err := NewRedisBroker(url, quiet, RedisTimeout(time.Minute))
		if err != nil {
			t.Fatal(err)
		}
		o := b.options
		if o.DialTimeout != time.Minute || o.ReadTimeout != time.Minute || o.MaxRetries != -1 ||
			!o.ContextTimeoutEnabled {
			t.Errorf("%s: %+v", url, o)
		}
	}
}

package testenv

import (
	"context"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
)

// All tests of a process share a server.
func TestRedis(t *testing.T) {
	url := Redis(t)
	if url != Redis(t) {
		t.Error("the tests of a process do not share a server")
	}

	if err := redisClient(t, url).Set(t.Context(), "testenv", "here", time.Minute).Err(); err != nil {
		t.Error(err)
	}
}

// A server can be stopped, killed and restarted, and keeps its URL.
func TestRedisServerKeepsItsURL(t *testing.T) {
	s := RedisServer(t)
	client := redisClient(t, s.URL)

	for name, end := range map[string]func(){"Stop": s.Stop, "Kill": s.Kill} {
		if err := client.Ping(t.Context()).Err(); err != nil {
			t.Errorf("before %s: %v", name, err)
		}

		end()
		if err := client.Ping(t.Context()).Err(); err == nil {
			t.Errorf("answers after %s", name)
		}

		s.Start()
	}

	s.Restart()
	if err := client.Ping(t.Context()).Err(); err != nil {
		t.Errorf("after Restart: %v", err)
	}
}

// A paused server answers nothing until it is resumed.
func TestPausedRedisAnswersAfterResume(t *testing.T) {
	s := RedisServer(t)
	client := redisClient(t, s.URL)

	s.Pause()
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if err := client.Ping(ctx).Err(); err == nil {
		t.Error("a paused server answers")
	}

	s.Resume()
	if err := client.Ping(t.Context()).Err(); err != nil {
		t.Errorf("after Resume: %v", err)
	}
}

// Two servers have two addresses.
func TestRedisServersDoNotMeet(t *testing.T) {
	one, other := RedisServer(t), RedisServer(t)
	if one.URL == other.URL {
		t.Errorf("both are %s", one.URL)
	}
}

// redisClient returns a client that tries each thing once.
func redisClient(t *testing.T, url string) *redis.Client {
	t.Helper()
	options, err := redis.ParseURL(url)
	if err != nil {
		t.Fatal(err)
	}

	options.MaxRetries = -1 // none
	options.DialerRetries = 1
	options.ContextTimeoutEnabled = true

	client := redis.NewClient(options)
	t.Cleanup(func() { _ = client.Close() })
	return client
}

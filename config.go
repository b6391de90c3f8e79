package main

import (
	"fmt"
	"net"
	"net/url"
	"os"
	"strconv"
	"time"
)

// Config is every setting. Settings are environment variables with the prefix ENSEMBLE_, all optional: the
// README has the table.
type Config struct {
	Addr        string        // ADDR: where the API listens
	AdminAddr   string        // ADMIN_ADDR: profiles and the like; empty: nowhere
	DatabaseURL string        // DATABASE_URL: sqlite:FILE or postgres://…
	RedisURL    string        // REDIS_URL: redis://… or empty: events stay in this process
	BaseURL     *url.URL      // BASE_URL: how people reach the site; decides about secure cookies
	DrainTime   time.Duration // DRAIN_SECONDS: how long requests under way may take when the process stops
	Unlimited   bool          // LIMITS=off: no caps on sockets and what they do, for load tests
}

// readConfig reads the environment. The demo listens on loopback unless told otherwise: its passwords are known.
func readConfig(demo bool) (Config, error) {
	addr := ":8080"
	if demo {
		addr = "127.0.0.1:8080"
	}
	c := Config{
		Addr:        setting("ADDR", addr),
		AdminAddr:   setting("ADMIN_ADDR", "127.0.0.1:8081"),
		DatabaseURL: setting("DATABASE_URL", "sqlite:ensemble.db"),
		RedisURL:    setting("REDIS_URL", ""),
	}
	var err error
	if c.BaseURL, err = url.Parse(setting("BASE_URL", "http://localhost:8080")); err != nil || c.BaseURL.Host == "" {
		return c, fmt.Errorf("ENSEMBLE_BASE_URL: not an absolute URL")
	}
	seconds, err := strconv.ParseUint(setting("DRAIN_SECONDS", "10"), 10, 16)
	if err != nil {
		return c, fmt.Errorf("ENSEMBLE_DRAIN_SECONDS: not a number of seconds")
	}
	c.DrainTime = time.Duration(seconds) * time.Second
	switch setting("LIMITS", "on") {
	case "on":
	case "off":
		c.Unlimited = true
	default:
		return c, fmt.Errorf("ENSEMBLE_LIMITS: neither on nor off")
	}
	if _, _, err := net.SplitHostPort(c.Addr); err != nil {
		return c, fmt.Errorf("ENSEMBLE_ADDR: %w", err)
	}
	if c.Unlimited {
		c.Addr = onLoopback(c.Addr)
	}
	return c, nil
}

// onLoopback is the same port, for this machine only.
func onLoopback(addr string) string {
	host, port, _ := net.SplitHostPort(addr) // it was read before
	if ip := net.ParseIP(host); ip != nil && ip.IsLoopback() {
		return addr
	}
	return net.JoinHostPort("127.0.0.1", port)
}

// setting is an environment variable, or what holds when it is not set.
func setting(name, otherwise string) string {
	if value, ok := os.LookupEnv("ENSEMBLE_" + name); ok {
		return value
	}
	return otherwise
}

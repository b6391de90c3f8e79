package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"ensemble/bench/live/producer"
)

// peer is a kind of server that is measured.
type peer struct {
	name     string
	about    string
	hears    producer.Target
	sameID   bool // it writes the same bytes to all
	signedIn bool // each subscriber is another person
	start    func(ctx context.Context, b *bench, at addresses) (*running, error)
}

func (p peer) named() string { return p.name }

var allPeers = []peer{
	{"ensemble", "Ensemble as `ensemble serve`", producer.Ensemble, false, false, startEnsemble},
	{"signed", "the same, every subscriber signed in as another person",
		producer.Ensemble, false, true, startEnsemble},
	{"against", "Ensemble of another commit", producer.Ensemble, false, false, startOther},
	{"stock", "the same schema and database on gqlgen's WebSocket transport, with gorilla/websocket",
		producer.Reference, false, false, role("stock")},
	{"raw", "gorilla/websocket, a ready frame, one write per event and socket, a goroutine per reader",
		producer.Reference, true, false, role("raw")},
	{"coalesce", "the same, all waiting events in one write",
		producer.Reference, true, false, role("coalesce")},
	{"node", "graphql-yoga, graphql-ws, ws and graphql-redis-subscriptions, nothing read from a database",
		producer.Reference, false, false, startNode},
}

// running is a server under test.
type running struct {
	addresses
	pid  int
	stop func() // at once: its clients see the connection cut
}

// role starts this program once more.
func role(name string) func(context.Context, *bench, addresses) (*running, error) {
	return func(ctx context.Context, b *bench, _ addresses) (*running, error) {
		program, err := os.Executable()
		if err != nil {
			return nil, err
		}
		return b.serve(ctx, name, program, name, b.redisURL, b.databaseURL)
	}
}

func startNode(ctx context.Context, b *bench, _ addresses) (*running, error) {
	return b.serve(ctx, "node", "node", "--expose-gc", filepath.Join(b.root, nodeFolder, "server.mjs"), b.redisURL)
}

// serve starts a server that says where it listens.
func (b *bench) serve(ctx context.Context, name string, command ...string) (*running, error) {
	c, err := b.child(ctx, b.cores.servers, name, nil, command...)
	if err != nil {
		return nil, err
	}
	r := &running{pid: c.pid(), stop: c.kill}
	if err := c.hear(&r.addresses); err != nil {
		c.kill()
		return nil, c.blame(err)
	}
	return r, nil
}

// startEnsemble runs the program as an operator would, where it ran before if at says so.
func startEnsemble(ctx context.Context, b *bench, at addresses) (*running, error) {
	return b.startSite(ctx, b.program, at)
}

// startOther does so with the program of another commit.
func startOther(ctx context.Context, b *bench, at addresses) (*running, error) {
	return b.startSite(ctx, b.against, at)
}

func (b *bench) startSite(ctx context.Context, program string, at addresses) (*running, error) {
	if at.Addr == "" {
		if err := at.pick(); err != nil {
			return nil, err
		}
	}

	c, err := b.child(ctx, b.cores.servers, "ensemble", []string{
		"ENSEMBLE_ADDR=" + at.Addr, "ENSEMBLE_ADMIN_ADDR=" + at.Admin, "ENSEMBLE_LIMITS=off",
		"ENSEMBLE_DATABASE_URL=" + b.databaseURL, "ENSEMBLE_REDIS_URL=" + b.redisURL,
	}, program, "serve")
	if err != nil {
		return nil, err
	}

	r := &running{addresses: at, pid: c.pid(), stop: c.kill}
	if err := ready(ctx, at.Addr); err != nil {
		c.kill()
		return nil, c.blame(err)
	}

	return r, nil
}

// ready waits until a server can do what it is there for, Redis included.
func ready(ctx context.Context, addr string) error {
	late := time.Now().Add(startTime)
	for {
		body, err := get(ctx, "http://"+addr+"/readyz")
		var state struct{ Status string }
		if err == nil && json.Unmarshal(body, &state) == nil && state.Status == "ok" {
			return nil
		}

		if time.Now().After(late) {
			return errors.Join(fmt.Errorf("not ready after %s: %s", startTime, body), err)
		}

		if err := sleep(ctx, 20*time.Millisecond); err != nil {
			return err
		}
	}
}

const startTime = 30 * time.Second

// pick takes two loopback ports that were free a moment ago.
func (at *addresses) pick() error {
	for _, to := range []*string{&at.Addr, &at.Admin} {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return err
		}
		defer func() { _ = l.Close() }()
		*to = l.Addr().String()
	}
	return nil
}

const nodeFolder = "bench/live/node"

// buildEnsemble makes the program that is measured.
func buildEnsemble(ctx context.Context, root, program string) error {
	cmd := exec.CommandContext(ctx, "go", "build", "-trimpath", "-o", program, ".")
	cmd.Dir, cmd.Env = root, append(os.Environ(), "CGO_ENABLED=0")
	if output, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("build ensemble: %w\n%s", err, output)
	}
	return nil
}

// installNode fetches what the Node server needs, unless it is there.
func installNode(ctx context.Context, root string) error {
	folder := filepath.Join(root, nodeFolder)
	lock, err := os.Stat(filepath.Join(folder, "package-lock.json"))
	if err != nil {
		return err
	}

	done, err := os.Stat(filepath.Join(folder, "node_modules", ".package-lock.json"))
	if err == nil && !done.ModTime().Before(lock.ModTime()) {
		return nil
	}

	cmd := exec.CommandContext(ctx, "npm", "ci", "--no-audit", "--no-fund")
	cmd.Dir = folder
	if output, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("npm ci: %w\n%s", err, output)
	}

	return nil
}

// collect has a server collect its garbage and give back what is free; twice, since pools keep things for one round.
func (r *running) collect(ctx context.Context) error {
	for range 2 {
		if _, err := get(ctx, "http://"+r.Admin+"/debug/gc"); err != nil {
			return err
		}
	}
	return nil
}

var client = http.Client{Timeout: time.Minute}

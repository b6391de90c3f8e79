package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"ensemble/bench/live/producer"
)

// bench is what all measurements share.
type bench struct {
	*services
	settings
	cores    cores
	root     string // of the module
	program  string // Ensemble
	logs     string // folder
	world    *producer.World
	producer *producer.Producer
	children int // how many processes there have been
}

func measure(ctx context.Context, s settings, out io.Writer) error {
	chosen, err := choose(s)
	if err != nil {
		return err
	}

	b := &bench{settings: s}
	finish, err := b.prepare(ctx, chosen)
	defer finish()
	if err != nil {
		return err
	}

	fmt.Fprintf(out, "%s; %d rounds; figures are medians (least–most)\n", b.cores, s.rounds)
	for _, p := range allPeers {
		if slices.ContainsFunc(chosen, func(c scenario) bool { return slices.Contains(c.peers, p.name) }) {
			fmt.Fprintf(out, "%-9s %s\n", p.name, p.about)
		}
	}

	results := map[string]*result{}
	for _, c := range chosen {
		r, err := b.run(ctx, c)
		if err != nil {
			return fmt.Errorf("%s: %w", c.name, err)
		}
		results[c.name] = r
		r.print(out)
	}

	printTargets(out, results)
	return nil
}

// choose applies the flags.
func choose(s settings) (chosen []scenario, err error) {
	for _, name := range s.peers {
		if !slices.Contains(names(allPeers), name) {
			return nil, fmt.Errorf("there is no peer %q", name)
		}
	}
	for _, name := range s.scenarios {
		if !slices.Contains(names(scenarios(false)), name) {
			return nil, fmt.Errorf("there is no scenario %q", name)
		}
	}

	for _, c := range scenarios(s.quick) {
		if s.scenarios != nil && !slices.Contains(s.scenarios, c.name) {
			continue
		}
		if s.against != "" {
			c.peers = []string{"ensemble", "against"}
		}
		if s.peers != nil {
			c.peers = slices.DeleteFunc(c.peers, func(name string) bool { return !slices.Contains(s.peers, name) })
		}
		if len(c.peers) > 0 {
			chosen = append(chosen, c)
		}
	}

	if len(chosen) == 0 {
		return nil, errors.New("nothing to measure")
	}

	return chosen, nil
}

// prepare builds, installs and starts what every measurement needs. What it returns undoes that, also after an error.
func (b *bench) prepare(ctx context.Context, chosen []scenario) (finish func(), err error) {
	var undo []func()
	finish = func() {
		for _, f := range slices.Backward(undo) {
			f()
		}
	}

	folder, err := os.MkdirTemp("", "ensemble-bench-")
	if err != nil {
		return finish, err
	}
	undo = append(undo, func() { _ = os.RemoveAll(folder) })

	b.program, b.logs = filepath.Join(folder, "ensemble"), folder
	if b.keep != "" {
		b.logs = b.keep
		if err := os.MkdirAll(b.logs, 0o755); err != nil {
			return finish, err
		}
	}

	if err := b.build(ctx, chosen); err != nil {
		return finish, err
	}

	if b.cores, err = share(ctx); err != nil {
		return finish, err
	}

	if b.services, err = startServices(ctx); err != nil {
		return finish, err
	}
	undo = append(undo, b.stop)

	topics, people := 1, 0
	for _, c := range chosen {
		topics = max(topics, c.topics)
		if slices.Contains(c.peers, "signed") {
			people = max(people, c.subscribers)
		}
	}

	if b.world, err = producer.Fill(ctx, b.databaseURL, topics, people); err != nil {
		return finish, fmt.Errorf("fill: %w", err)
	}

	if b.producer, err = producer.New(ctx, b.world, b.databaseURL, b.redisURL); err == nil {
		undo = append(undo, b.producer.Close)
	}

	return finish, err
}

func (b *bench) build(ctx context.Context, chosen []scenario) error {
	module, err := exec.CommandContext(ctx, "go", "env", "GOMOD").Output()
	if err != nil {
		return fmt.Errorf("go env: %w", err)
	}

	b.root = filepath.Dir(strings.TrimSpace(string(module)))
	if err := buildEnsemble(ctx, b.root, b.program); err != nil {
		return err
	}

	if slices.ContainsFunc(chosen, func(c scenario) bool { return slices.Contains(c.peers, "node") }) {
		return installNode(ctx, b.root)
	}

	return nil
}

// child starts a process; what it writes to its standard error goes to a file of its own.
func (b *bench) child(ctx context.Context, cpus, name string, env []string, command ...string) (*child, error) {
	b.children++
	return startChild(ctx, cpus, filepath.Join(b.logs, fmt.Sprintf("%03d-%s.log", b.children, name)), env, command...)
}

func get(ctx context.Context, url string) ([]byte, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return nil, err
	}

	response, err := client.Do(r)
	if err != nil {
		return nil, err
	}
	defer func() { _ = response.Body.Close() }()

	body, err := io.ReadAll(response.Body)
	if err == nil && response.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s: %s", url, response.Status)
	}

	return body, err
}

func sleep(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(d):
		return nil
	}
}

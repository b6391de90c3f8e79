package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"
)

// bench is what all measurements share.
type bench struct {
	settings
	world    *world
	folder   string // for what goes when the bench ends
	program  string
	database string
	servers  int // how many there have been
}

// prepare builds the program and fills a database. What it returns undoes that, also after an error.
func prepare(ctx context.Context, s settings, out io.Writer) (b *bench, finish func(), err error) {
	began := time.Now()
	b = &bench{settings: s, database: s.database}
	if b.folder, err = os.MkdirTemp("", "ensemble-attack-"); err != nil {
		return b, func() {}, err
	}
	finish = func() { _ = os.RemoveAll(b.folder) }

	root, err := moduleRoot(ctx)
	if err != nil {
		return b, finish, err
	}
	b.program = filepath.Join(b.folder, "ensemble")
	build := exec.CommandContext(ctx, "go", "build", "-trimpath", "-o", b.program, ".")
	build.Dir, build.Env = root, append(os.Environ(), "CGO_ENABLED=0")
	if output, err := build.CombinedOutput(); err != nil {
		return b, finish, fmt.Errorf("build ensemble: %w\n%s", err, output)
	}

	if b.database == "" {
		b.database = "sqlite:" + filepath.Join(b.folder, "ensemble.db")
	}
	if b.world, err = fill(ctx, b.database, s.scale); err != nil {
		return b, finish, fmt.Errorf("fill: %w", err)
	}

	if err := b.moveAside(ctx); err != nil {
		return b, finish, err
	}
	fmt.Fprintf(out, "ready after %.0f s; the server has %s\n", time.Since(began).Seconds(), b.share())
	return b, finish, nil
}

// moduleRoot returns the folder of go.mod.
func moduleRoot(ctx context.Context) (string, error) {
	module, err := exec.CommandContext(ctx, "go", "env", "GOMOD").Output()
	if err != nil {
		return "", fmt.Errorf("go env: %w", err)
	}
	return filepath.Dir(strings.TrimSpace(string(module))), nil
}

// share says which processors the server has.
func (b *bench) share() string {
	if b.cores == 0 {
		return "no processor to itself"
	}
	return fmt.Sprintf("%d of the processors to itself", b.cores)
}

// serverCores returns how many processors the server has.
func (b *bench) serverCores() int {
	if b.cores == 0 {
		return runtime.NumCPU()
	}
	return b.cores
}

// start runs a server over the database, with nothing in its memory yet.
func (b *bench) start(ctx context.Context) (*server, error) {
	b.servers++
	folder := b.folder
	if b.keep != "" {
		if err := os.MkdirAll(b.keep, 0o755); err != nil {
			return nil, err
		}
		folder = b.keep
	}
	return b.startServer(ctx, filepath.Join(folder, fmt.Sprintf("server%d.log", b.servers)))
}

// attackAll plays the attacks that were chosen, one after the other, on one server.
func (b *bench) attackAll(ctx context.Context, out io.Writer) error {
	chosen := slices.DeleteFunc(b.attacks(), func(a attack) bool { return !b.isChosen(a.name) })
	if len(chosen) == 0 {
		return fmt.Errorf("no attack begins with %q", b.only)
	}

	s, err := b.start(ctx)
	if err != nil {
		return err
	}
	defer s.stop()

	h, err := startHonest(ctx, s.addr, b.world)
	if err != nil {
		return err
	}
	defer h.stop()
	if err := giveWay(); err != nil { // those who have started already do not
		return err
	}

	t := &table{cores: b.serverCores()}
	if t.calm, err = h.alone(ctx); err != nil {
		return err
	}
	for i, a := range chosen {
		row, err := b.measure(ctx, s, h, a, i)
		if err != nil {
			return s.blame(fmt.Errorf("%s: %w", a.name, err))
		}
		t.rows = append(t.rows, row)
		fmt.Fprintf(out, "%2d of %d  %s\n", i+1, len(chosen), a.name)
	}

	t.print(out)
	return nil
}

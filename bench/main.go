// Bench measures what Ensemble costs beside the same answers written by hand.
//
// It starts a private PostgreSQL, fills it, and runs two servers over it, each in a process of its own: Ensemble as
// `ensemble serve` runs it, and one of net/http and pgx alone (raw.go). Both must give equal answers before anything is
// measured (check.go). Then each is asked the same thing for some seconds, in turns; what counts are the ratios within
// a round, since the speed of a shared machine drifts from minute to minute. Nothing here fails for being slow.
//
//	go run ./bench [-seconds 5] [-rounds 3] [-concurrency 16] [-commitments 300] [-only page] [-profile folder]
//
// With -against PROGRAM, which is this bench built from another commit, Ensemble is compared with the Ensemble of that
// commit instead: for changes that should cost nothing.
//
//	go run ./bench search
//
// prints instead how long searches take over a large demo, in both databases.
//
// It reads the processors' time from /proc, so it needs Linux.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"
)

// settings are what the flags say.
type settings struct {
	seconds     float64
	rounds      int
	concurrency int
	commitments int
	only        string
	profile     string
	against     string // a program; empty: the servers written by hand
}

// demoScale makes some 1,000 commitments with 17,000 amendments and comments, as `ensemble demo -scale` does.
const demoScale = 106

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Args[1:], os.Stdout); err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// run measures, or is one of the servers that are measured: see children.
func run(ctx context.Context, args []string, out io.Writer) error {
	if len(args) == 3 && args[0] == "serve" {
		return children[args[1]](ctx, args[2])
	}

	if len(args) == 1 && args[0] == "search" {
		return searchTimes(ctx, demoScale, out)
	}

	var s settings
	flags := flag.NewFlagSet("bench", flag.ContinueOnError)
	flags.Float64Var(&s.seconds, "seconds", 5, "how long to ask one server one thing, after a second of warming up")
	flags.IntVar(&s.rounds, "rounds", 3, "how often to ask each")
	flags.IntVar(&s.concurrency, "concurrency", 16, "connections, each with one request under way")
	flags.IntVar(&s.commitments, "commitments", 300, "how many commitments to fill the database with")
	flags.StringVar(&s.only, "only", "", "measure only the loads whose name begins so")
	flags.StringVar(&s.against, "against", "", "this bench of another commit, whose Ensemble to compare with")
	flags.StringVar(&s.profile, "profile", "", "a folder for profiles of Ensemble under each load")

	if err := flags.Parse(args); err != nil {
		return err
	}

	if flags.NArg() > 0 || s.seconds <= 0 || s.rounds < 1 || s.concurrency < 1 || s.commitments < 1 {
		flags.Usage()
		return errors.New("every number must be positive")
	}
	return measure(ctx, s, out)
}

func measure(ctx context.Context, s settings, out io.Writer) error {
	began := time.Now()

	db, err := startPostgres(ctx)
	if err != nil {
		return err
	}
	defer db.stop()

	w, err := fill(ctx, db.url, s.commitments)
	if err != nil {
		return fmt.Errorf("fill: %w", err)
	}

	program, err := os.Executable()
	if err != nil {
		return err
	}
	ours, err := startChild(ctx, program, "ensemble", db.url)
	if err != nil {
		return err
	}
	defer ours.stop()

	if s.against != "" {
		older, err := startChild(ctx, s.against, "ensemble", db.url)
		if err != nil {
			return err
		}
		defer older.stop()
		fmt.Fprintf(out, "%d commitments; ready after %.0f s\n", s.commitments, time.Since(began).Seconds())
		return s.show(ctx, against(loads(w, ours, ours), older), db, ours, out)
	}

	raw, err := startChild(ctx, program, "raw", db.url)
	if err != nil {
		return err
	}
	defer raw.stop()

	// What answers otherwise is not compared.
	if err := check(ctx, w, db, ours, raw); err != nil {
		return fmt.Errorf("the answers differ: %w", err)
	}
	fmt.Fprintf(out, "%d commitments; all answers are equal; ready after %.0f s\n", s.commitments,
		time.Since(began).Seconds())
	return s.show(ctx, loads(w, ours, raw), db, ours, out)
}

// show measures the loads that were chosen and prints what came out of each.
func (s settings) show(ctx context.Context, all []load, db *postgres, ours *child, out io.Writer) error {
	for _, l := range all {
		if !strings.HasPrefix(l.name, s.only) {
			continue
		}
		if err := l.show(ctx, s, db, ours, out); err != nil {
			return fmt.Errorf("%s: %w", l.name, err)
		}
	}
	return nil
}

// show measures one load and prints what came out.
func (l load) show(ctx context.Context, s settings, db *postgres, ours *child, out io.Writer) error {
	table, err := l.run(ctx, s, db)
	if err != nil {
		return err
	}
	table.print(out)
	if s.profile == "" {
		return nil
	}
	return l.profile(ctx, s, ours, out)
}

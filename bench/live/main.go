// Live measures what a live event costs Ensemble beside servers that do as little as possible, or what others do.
//
// Each server is a process of its own, and so is each part of the crowd that watches it; PostgreSQL and Redis are
// private. Events are real: comments posted by the rules of package consultation, committed, logged and published;
// every server hears of them through Redis. The peers take turns within each round. What counts are the ratios within a
// round, since the speed of a shared machine drifts from minute to minute. Nothing fails for being slow; an event that
// is lost, repeated or out of order is shown and fails the line it belongs to.
//
//	go run ./bench/live [-rounds 3] [-scenarios burst,idle] [-peers ensemble,raw] [-quick] [-keep folder]
//
// With -against PROGRAM, which is Ensemble built from another commit, Ensemble is compared with that program alone: for
// changes that should cost nothing.
//
// It needs Linux (epoll, /proc, taskset), PostgreSQL, redis-server and, for the Node peer, npm. One process may have to
// open 20,000 files: ulimit -n.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime"
	"strings"
	"syscall"
)

// settings are what the flags say.
type settings struct {
	rounds    int
	quick     bool
	scenarios []string
	peers     []string
	keep      string
	against   string // a program; empty: the other peers
}

func main() {
	runtime.LockOSThread() // children end with the thread that started them: see endWithParent
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Args[1:], os.Stdout); err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "bench/live:", err)
		os.Exit(1)
	}
}

// run measures, or is one of the processes that the measuring one starts: see roles.
func run(ctx context.Context, args []string, out io.Writer) error {
	if len(args) > 0 && roles[args[0]] != nil {
		return roles[args[0]](ctx, args[1:])
	}

	s := settings{}
	var only, peers string
	flags := flag.NewFlagSet("live", flag.ContinueOnError)
	flags.IntVar(&s.rounds, "rounds", 0, "how often to measure each peer; 0: 3, or 1 when quick")
	flags.BoolVar(&s.quick, "quick", false, "few subscribers, to see that everything works")
	flags.StringVar(&only, "scenarios", "", "some of: "+strings.Join(names(scenarios(false)), ","))
	flags.StringVar(&peers, "peers", "", "some of: "+strings.Join(names(allPeers), ","))
	flags.StringVar(&s.against, "against", "", "Ensemble of another commit, a program, to compare with")
	flags.StringVar(&s.keep, "keep", "", "a folder for what the processes write to their standard error")

	if err := flags.Parse(args); err != nil {
		return err
	}

	s.scenarios, s.peers = list(only), list(peers)
	if s.rounds == 0 {
		s.rounds = 3
		if s.quick {
			s.rounds = 1
		}
	}

	if flags.NArg() > 0 || s.rounds < 1 {
		flags.Usage()
		return errors.New("these flags make no sense")
	}

	return measure(ctx, s, out)
}

// list splits a flag at its commas.
func list(flag string) []string {
	if flag == "" {
		return nil
	}
	return strings.Split(flag, ",")
}

type named interface{ named() string }

func names[T named](all []T) []string {
	var names []string
	for _, one := range all {
		names = append(names, one.named())
	}
	return names
}

// Attack plays attacks against a server of its own, with the limits that a site usually has, and prints what each cost
// the server, and those who only read, write and watch meanwhile.
//
// It fills a database with the sample of the demo and with texts that take long, builds the program, and runs it in a
// process of its own. Each attack comes from addresses of its own, for some seconds; somebody honest comes from another
// one all the time. Afterwards the server has a minute to give back what memory it took: what is measured then is how
// long that took. Everything stays on loopback: any other address is refused. Nothing here fails for being slow.
//
//	go run ./bench/attack [-seconds 5] [-settle 60s] [-only answers,work] [-minute] [-scale 5] [-keep folder]
//
//	go run ./bench/attack -prices
//
// prints instead what a unit of cost takes of the processor, for each field whose price is not 1 and each kind of list.
//
// It reads processor time and memory from /proc, and comes from all over 127.0.0.0/8, so it needs Linux.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/netip"
	"os"
	"os/signal"
	"runtime"
	"strings"
	"syscall"
	"time"
)

// settings are what the flags say.
type settings struct {
	seconds  float64
	settle   time.Duration
	minute   bool
	prices   bool
	only     string // beginnings of names, with commas between them
	addr     string
	database string // empty: a SQLite file in a temporary folder
	scale    int
	cores    int
	keep     string
}

func main() {
	runtime.LockOSThread() // the server ends with the thread that started it
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Args[1:], os.Stdout); err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "bench/attack:", err)
		os.Exit(1)
	}
}

// honestRole is what this program is started as by itself, to be somebody honest.
const honestRole = "honest"

func run(ctx context.Context, args []string, out io.Writer) error {
	if len(args) == 1 && args[0] == honestRole {
		return serveHonest(ctx, os.Stdin, out)
	}

	var s settings
	flags := flag.NewFlagSet("attack", flag.ContinueOnError)
	flags.Float64Var(&s.seconds, "seconds", 5, "how long each attack lasts, 15 at most; the worst allowed one three times")
	flags.DurationVar(&s.settle, "settle", time.Minute, "how long the server may take to give memory back")
	flags.BoolVar(&s.minute, "minute", false, "have the worst that is allowed last a whole minute")
	flags.BoolVar(&s.prices, "prices", false, "measure what a unit of cost takes, instead of attacks")
	flags.StringVar(&s.only, "only", "", "play only attacks, or measure only fields, whose names begin so: answers,work/merge")
	flags.StringVar(&s.addr, "addr", "127.0.0.1:0", "where the server listens; on loopback, 0: any port")
	flags.StringVar(&s.database, "database", "", "an empty database of your own, postgres://…; otherwise a SQLite file")
	flags.IntVar(&s.scale, "scale", 5, "how many times the sample of the demo the database has")
	flags.IntVar(&s.cores, "cores", runtime.NumCPU()/2,
		"how many processors the server has to itself; 0: it shares all of them with its clients")
	flags.StringVar(&s.keep, "keep", "", "a folder for the server's log")

	if err := flags.Parse(args); err != nil {
		return err
	}
	if err := s.check(flags.NArg()); err != nil {
		flags.Usage()
		return err
	}

	b, finish, err := prepare(ctx, s, out)
	defer finish()
	switch {
	case err != nil:
		return err
	case s.prices:
		return b.showPrices(ctx, out)
	}
	return b.attackAll(ctx, out)
}

// check refuses what makes no sense, and whatever is not on this machine alone.
func (s settings) check(rest int) error {
	at, err := netip.ParseAddrPort(s.addr)
	switch {
	case err != nil || !at.Addr().Is4() || !at.Addr().IsLoopback():
		return fmt.Errorf("%s is not an address of 127.0.0.0/8 with a port: nothing else is attacked", s.addr)
	case s.seconds <= 0 || s.seconds > 15 || s.settle < 0 || s.scale < 1 || rest > 0:
		return errors.New("these flags make no sense")
	case s.cores < 0 || s.cores > 0 && s.cores >= runtime.NumCPU():
		return errors.New("the server and its clients need a processor each")
	}
	return nil
}

// isChosen says whether a name begins with one of those asked for.
func (s settings) isChosen(name string) bool {
	for beginning := range strings.SplitSeq(s.only, ",") {
		if strings.HasPrefix(name, beginning) {
			return true
		}
	}
	return false
}

func sleep(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(d):
		return nil
	}
}

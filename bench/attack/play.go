package main

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"time"
)

// attack is something that a stranger does to a server.
type attack struct {
	name      string // group/what
	about     string
	atOnce    int // how many do it at the same time, each again and again
	most      int // tries in all; 0: as many as there is time for
	addresses int // that they come from; 0: one
	longer    bool
	try       func(ctx context.Context, c *caller, n int)
}

// row is what an attack gave.
type row struct {
	attack
	elapsed, cpu        time.Duration
	others              time.Duration // of the server's processors, that went elsewhere
	outcomes, refusals  map[string]int
	before, peak, after float64 // megabytes that the server held
	settled             time.Duration
	honest              *samples
}

// mayKeep is how many megabytes more than before an attack the server may hold in the end.
const mayKeep = 100

// measure plays an attack and looks what it costs.
func (b *bench) measure(ctx context.Context, s *server, h *honestProcess, a attack, number int) (r row, err error) {
	r.attack = a
	refused, err := s.refusals(ctx)
	if err != nil {
		return r, err
	}
	if err := s.forgetPeak(); err != nil {
		return r, err
	}
	if r.before, _, err = s.memory(); err != nil {
		return r, err
	}

	if _, err := h.next(); err != nil { // what came before
		return r, err
	}
	if err := r.spend(s, b.serverCores(), func() { r.outcomes = a.play(ctx, s.addr, number, b.lasts(a)) }); err != nil {
		return r, err
	}
	if r.honest, err = h.next(); err != nil {
		return r, err
	}
	if r.refusals, err = s.refusals(ctx); err != nil {
		return r, err
	}
	for name := range r.refusals {
		if r.refusals[name] -= refused[name]; r.refusals[name] == 0 {
			delete(r.refusals, name)
		}
	}
	return r, r.settle(ctx, s, b.settings.settle)
}

// spend plays, and looks what the server's processors did meanwhile.
func (r *row) spend(s *server, cores int, play func()) error {
	cpuBefore, err := s.cpu()
	if err != nil {
		return err
	}
	busyBefore, err := busy(cores)
	if err != nil {
		return err
	}

	began := time.Now()
	play()
	r.elapsed = time.Since(began)

	cpuAfter, err := s.cpu()
	if err != nil {
		return err
	}
	busyAfter, err := busy(cores)
	r.cpu = cpuAfter - cpuBefore
	r.others = max(0, busyAfter-busyBefore-r.cpu)
	return err
}

// lasts returns how long an attack lasts.
func (b *bench) lasts(a attack) time.Duration {
	switch usual := time.Duration(b.seconds * float64(time.Second)); {
	case a.longer && b.minute:
		return time.Minute
	case a.longer:
		return min(3*usual, 15*time.Second)
	default:
		return usual
	}
}

// settle waits until the server holds little more memory than before, for as long as it may take.
func (r *row) settle(ctx context.Context, s *server, most time.Duration) (err error) {
	began := time.Now()
	for {
		r.settled = time.Since(began)
		if r.after, r.peak, err = s.memory(); err != nil {
			return err
		}
		if r.kept() <= mayKeep && r.settled >= min(most, shortest) || r.settled >= most {
			return ctx.Err()
		}
		if err := sleep(ctx, 100*time.Millisecond); err != nil {
			return err
		}
	}
}

// shortest is how long there is quiet after each attack, so that none of it goes on in the next one.
const shortest = 2 * time.Second

// kept returns how many megabytes the server holds more than before.
func (r *row) kept() float64 { return r.after - r.before }

// play has everybody try, each from one of the attack's addresses, and returns how often what came of it. Each attack
// has addresses of its own, so that what one has used up is not missing to the next.
func (a attack) play(ctx context.Context, server string, number int, lasts time.Duration) map[string]int {
	ctx, end := context.WithCancel(ctx)
	defer time.AfterFunc(lasts, end).Stop() // not a deadline: dialing fails at those before ctx has ended
	defer end()

	counts, callers := newTally(), make([]*caller, max(1, a.addresses))
	for i := range callers {
		callers[i] = newCaller(server, fmt.Sprintf("127.1.%d.%d", number+1, i+1), counts)
		defer callers[i].close()
	}

	var tries atomic.Int64
	var over sync.WaitGroup
	for worker := range a.atOnce {
		over.Go(func() {
			for ctx.Err() == nil {
				n := int(tries.Add(1)) - 1
				if a.most > 0 && n >= a.most {
					return
				}
				a.try(ctx, callers[worker%len(callers)], n)
			}
		})
	}
	over.Wait()
	return counts.counts
}

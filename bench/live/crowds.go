package main

import (
	"context"
	"fmt"
	"os"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"

	"ensemble/bench/live/crowd"
)

// crowdSize is how many subscribers one process has at most: each is an open file.
const crowdSize = 10_000

// crowds are the subscribers of a measurement, in several processes.
type crowds struct {
	children    []*child
	subscribers int
}

// gather starts the crowds of a scenario, as many for each server.
func (b *bench) gather(ctx context.Context, s scenario, p peer, servers []*running) (*crowds, error) {
	all := &crowds{}
	program, err := os.Executable()
	if err != nil {
		return all, err
	}

	for i, server := range servers {
		left := s.subscribers/s.servers + min(max(s.subscribers%s.servers-i, 0), 1)
		for left > 0 {
			n := min(left, crowdSize)
			left -= n

			c, err := b.child(ctx, b.cores.rest, "crowd", nil, program, "crowd")
			if err != nil {
				return all, err
			}

			var tokens []string
			if p.signedIn {
				tokens = b.world.People[all.subscribers : all.subscribers+n]
			}

			all.children = append(all.children, c)
			all.subscribers += n

			if err := c.tell(crowd.Plan{
				Addr: server.Addr, Source: b.source(), Count: n, Topics: b.world.Commitments[:s.topics],
				Events: s.events + s.away, SameID: p.sameID, Tokens: tokens,
			}); err != nil {
				return all, c.blame(err)
			}
		}
	}

	return all, nil
}

// source returns a loopback address for the child started last: ports that earlier ones used may not be free yet.
func (b *bench) source() string { return fmt.Sprintf("127.1.%d.%d", b.children/250, 1+b.children%250) }

func (c *crowds) kill() {
	for _, child := range c.children {
		child.kill()
	}
}

// ask gives all crowds an order at once and adds up their states.
func (c *crowds) ask(order crowd.Order) (all crowd.State, err error) {
	states := make([]crowd.State, len(c.children))
	if err := askAll(c, order, states); err != nil {
		return all, err
	}

	for _, s := range states {
		all.Subscribed += s.Subscribed
		all.Probed += s.Probed
		all.Probes += s.Probes
		all.Deliveries += s.Deliveries
		all.Bytes += s.Bytes
		all.Closed += s.Closed
		all.Last = max(all.Last, s.Last)
		if all.Trouble == "" {
			all.Trouble = s.Trouble
		}
	}

	return all, nil
}

func askAll[T any](c *crowds, order crowd.Order, answers []T) error {
	var g errgroup.Group
	for i, child := range c.children {
		g.Go(func() error {
			if err := child.tell(order); err != nil {
				return child.blame(err)
			}
			return child.hear(&answers[i])
		})
	}
	return g.Wait()
}

// report adds up what arrived; the latencies are sorted.
func (c *crowds) report(commits []int64) (all crowd.Report, err error) {
	reports := make([]crowd.Report, len(c.children))
	if err := askAll(c, crowd.Order{Do: "report", Commits: commits}, reports); err != nil {
		return all, err
	}

	for _, r := range reports {
		all.Lost += r.Lost
		all.Repeated += r.Repeated
		all.Disordered += r.Disordered
		all.Resets += r.Resets
		all.Latencies = append(all.Latencies, r.Latencies...)
	}

	slices.Sort(all.Latencies)
	return all, nil
}

const (
	glance   = 50 * time.Millisecond // between two looks at the crowds
	standing = 30 * time.Second      // without an event: no more will come
)

// await looks at the crowds until they are as wanted, or nothing has come for too long.
func (c *crowds) await(
	ctx context.Context, patience time.Duration, wanted func(crowd.State) bool,
) (crowd.State, error) {
	var before crowd.State
	moved := time.Now()

	for {
		now, err := c.ask(crowd.Order{Do: "state"})
		if err != nil || wanted(now) {
			return now, err
		}

		if now != before {
			before, moved = now, time.Now()
		}

		if time.Since(moved) > patience {
			return now, nil
		}

		if err := sleep(ctx, glance); err != nil {
			return now, err
		}
	}
}

func (c *crowds) pids() []int {
	var pids []int
	for _, child := range c.children {
		pids = append(pids, child.pid())
	}
	return pids
}

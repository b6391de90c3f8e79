package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"time"

	"ensemble/bench/live/crowd"
	"ensemble/bench/live/producer"
)

// figures are what one measurement of one peer gave, by the names of columns.
type figures map[string]float64

// result is what a scenario gave: per peer, figures per round.
type result struct {
	scenario
	figures  map[string][]figures
	troubles []string
}

// run measures the peers of a scenario in turns; each round begins with another one.
func (b *bench) run(ctx context.Context, s scenario) (*result, error) {
	r := &result{scenario: s, figures: map[string][]figures{}}
	for round := range b.rounds {
		for turn := range s.peers {
			name := s.peers[(round+turn)%len(s.peers)]
			p := allPeers[slices.IndexFunc(allPeers, func(p peer) bool { return p.name == name })]
			fmt.Fprintf(os.Stderr, "%s, round %d: %s\n", s.name, round+1, name)

			m := &measurement{bench: b, scenario: s, peer: p, figures: figures{}}
			err := m.run(ctx)
			switch {
			case ctx.Err() != nil:
				return nil, ctx.Err()
			case err != nil: // the others go on
				m.trouble, m.figures = err.Error(), figures{failed: 1}
			default:
				m.figures[failed] = 0
			}

			r.figures[name] = append(r.figures[name], m.figures)
			if m.trouble != "" {
				r.troubles = append(r.troubles, fmt.Sprintf("%s, round %d: %s", name, round+1, m.trouble))
			}
		}
	}
	return r, nil
}

// measurement is one turn of one peer.
type measurement struct {
	*bench
	scenario
	peer
	servers []*running
	crowds  *crowds
	figures figures
	trouble string // what a client did not expect
}

// run starts the servers of a peer, connects its subscribers, and takes the figures of what the scenario does.
func (m *measurement) run(ctx context.Context) error {
	if err := m.clean(ctx); err != nil {
		return err
	}
	defer func() {
		for _, server := range m.servers {
			server.stop()
		}
	}()

	for range m.scenario.servers {
		server, err := m.peer.start(ctx, m.bench, addresses{})
		if err != nil {
			return err
		}
		m.servers = append(m.servers, server)
	}

	empty, err := m.collected(ctx)
	if err != nil {
		return err
	}

	m.crowds, err = m.gather(ctx, m.scenario, m.peer, m.servers)
	defer m.crowds.kill()
	if err != nil {
		return err
	}
	if err := m.open(ctx); err != nil {
		return err
	}

	waiting, err := m.collected(ctx)
	if err != nil {
		return err
	}
	m.figures[memoryIdle] = (waiting - empty) / float64(m.subscribers) / 1024
	return m.steps()(ctx)
}

// steps returns what happens once all have subscribed.
func (m *measurement) steps() func(context.Context) error {
	switch m.mode {
	case together:
		return m.burst
	case resumed:
		return m.resume
	case idle:
		return m.count
	}
	return m.mutate
}

// pids returns the process ids of the servers.
func (m *measurement) pids() []int {
	var pids []int
	for _, server := range m.servers {
		pids = append(pids, server.pid)
	}
	return pids
}

// collected returns the memory that the servers hold once they have collected their garbage.
func (m *measurement) collected(ctx context.Context) (float64, error) {
	for _, server := range m.servers {
		if err := server.collect(ctx); err != nil {
			return 0, err
		}
	}
	return sum(m.pids(), memoryOf)
}

const (
	probes = 20
	quiet  = time.Second // without a probe: all that were sent have arrived
)

// open has all subscribe, and sends events that do not count until each subscriber has received one: there is no other
// way to see that a subscription is open.
func (m *measurement) open(ctx context.Context) error {
	start := time.Now()
	state, err := m.crowds.ask(crowd.Order{Do: "connect"})
	if err != nil {
		return err
	}
	m.figures[connectTime] = time.Since(start).Seconds()

	for i := range probes {
		topics := m.world.Commitments[:m.topics]
		if _, err := m.producer.Burst(ctx, m.hears, topics, crowd.ProbeMark, i, 1, nothing); err != nil {
			return err
		}
		if state, err = m.settle(ctx); err != nil {
			return err
		}
		if state.Probed == m.subscribers {
			return nil
		}
	}
	return fmt.Errorf("%d of %d subscribers hear nothing: %s", m.subscribers-state.Probed, m.subscribers, state.Trouble)
}

// settle waits until nothing more comes.
func (m *measurement) settle(ctx context.Context) (crowd.State, error) {
	return m.crowds.await(ctx, quiet, func(crowd.State) bool { return false })
}

func nothing() error { return nil }

// burst measures events that are committed together.
func (m *measurement) burst(ctx context.Context) error {
	var before time.Duration
	begin := func() (err error) {
		before, err = sum(m.pids(), cpuOf)
		return err
	}
	topics := m.world.Commitments[:m.topics]
	committed, err := m.producer.Burst(ctx, m.hears, topics, crowd.EventMark, 0, m.events, begin)
	if err != nil {
		return err
	}
	return m.received(ctx, before, slices.Repeat([]int64{committed.UnixNano()}, m.events))
}

// mutate measures events that are committed one by one.
func (m *measurement) mutate(ctx context.Context) error {
	before, err := sum(m.pids(), cpuOf)
	if err != nil {
		return err
	}

	url := ""
	if m.hears == producer.Ensemble {
		url = "http://" + m.servers[0].Addr + "/graphql"
	}

	times, err := m.producer.Mutations(ctx, url, m.world.Commitments[0], m.events, m.every)
	if err != nil {
		return err
	}
	return m.received(ctx, before, times)
}

// received waits for the events and takes the figures.
func (m *measurement) received(ctx context.Context, before time.Duration, commits []int64) error {
	all := m.subscribers * m.events
	state, err := m.crowds.await(ctx, standing, func(s crowd.State) bool { return s.Deliveries >= all })
	if err != nil {
		return err
	}

	after, err := sum(m.pids(), cpuOf)
	if err != nil {
		return err
	}
	memory, err := sum(m.pids(), memoryOf)
	if err != nil {
		return err
	}

	if state, err = m.settle(ctx); err != nil { // events that come twice
		return err
	}

	took := time.Duration(state.Last - commits[0])
	m.figures[rate] = float64(state.Deliveries) / took.Seconds()
	m.figures[cpu] = float64((after - before).Microseconds()) / float64(max(state.Deliveries, 1))
	m.figures[memoryAfter] = memory / (1 << 20)
	m.figures[frameSize] = float64(state.Bytes) / float64(max(state.Deliveries, 1))
	return m.faults(commits, true)
}

// count takes the figures of a scenario without events.
func (m *measurement) count(context.Context) error { return m.faults(nil, false) }

// faults counts what should not have happened and, if latencies make sense, takes them.
func (m *measurement) faults(commits []int64, timed bool) error {
	report, err := m.crowds.report(commits)
	if err != nil {
		return err
	}
	state, err := m.crowds.ask(crowd.Order{Do: "state"})
	if err != nil {
		return err
	}

	if timed && len(report.Latencies) > 0 {
		m.figures[p50], m.figures[p99] = quantile(report.Latencies, 0.50), quantile(report.Latencies, 0.99)
	}

	used, err := sum(m.crowds.pids(), cpuOf)
	if err != nil {
		return err
	}

	m.figures[clientCPU] = used.Seconds()
	m.figures[lost], m.figures[repeated] = float64(report.Lost), float64(report.Repeated)
	m.figures[disordered], m.figures[resets] = float64(report.Disordered), float64(report.Resets)
	m.figures[cut], m.trouble = float64(state.Closed), state.Trouble
	return nil
}

// quantile returns a latency in milliseconds.
func quantile(sorted []int32, q float64) float64 {
	return float64(sorted[int(q*float64(len(sorted)-1))]) / 1000
}

var errRestart = errors.New("only one server can be restarted")

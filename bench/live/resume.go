package main

import (
	"context"
	"slices"
	"time"

	"ensemble/bench/live/crowd"
)

// statsTime is how long PostgreSQL takes to count what a connection that is cut has read.
const statsTime = time.Second

// resume measures how all come back at once: the server is killed, events are committed that nobody hears of, the
// server starts again, and every client subscribes behind the last event it has seen.
func (m *measurement) resume(ctx context.Context) error {
	if len(m.servers) != 1 {
		return errRestart
	}

	topics := m.world.Commitments[:m.topics]
	if _, err := m.producer.Burst(ctx, m.hears, topics, crowd.EventMark, 0, m.events, nothing); err != nil {
		return err
	}
	seen := m.subscribers * m.events
	if _, err := m.crowds.await(ctx, standing, func(s crowd.State) bool { return s.Deliveries >= seen }); err != nil {
		return err
	}

	at := m.servers[0].addresses
	m.servers[0].stop()
	m.servers = nil
	if _, err := m.crowds.ask(crowd.Order{Do: "drop"}); err != nil {
		return err
	}

	// Nobody hears of these: they are read from the log afterwards.
	if _, err := m.producer.Burst(ctx, m.hears, topics, crowd.EventMark, m.events, m.away, nothing); err != nil {
		return err
	}

	// What is read from the log from here on, those who come back have caused.
	reads, err := m.readsNow(ctx)
	if err != nil {
		return err
	}
	server, err := m.peer.start(ctx, m.bench, at)
	if err != nil {
		return err
	}
	m.servers = append(m.servers, server)

	if err := m.comeBack(ctx); err != nil {
		return err
	}

	if n, told := server.metric(ctx, logReadsMetric); told {
		m.figures[readsTold] = n
	}
	server.stop()
	m.servers = nil

	all, err := m.readsNow(ctx)
	m.figures[logReads] = float64(all - reads)
	m.figures[readsEach] = float64(all-reads) / float64(m.subscribers)
	return err
}

// comeBack measures from the first connection to the last event that was missed.
func (m *measurement) comeBack(ctx context.Context) error {
	start := time.Now()
	before, err := sum(m.pids(), cpuOf)
	if err != nil {
		return err
	}

	if _, err := m.crowds.ask(crowd.Order{Do: "resume"}); err != nil {
		return err
	}
	m.figures[connectTime] = time.Since(start).Seconds()

	missed := m.subscribers * m.away
	all := missed + m.subscribers*m.events
	state, err := m.crowds.await(ctx, standing, func(s crowd.State) bool { return s.Deliveries >= all })
	if err != nil {
		return err
	}

	after, err := sum(m.pids(), cpuOf)
	if err != nil {
		return err
	}
	if state, err = m.settle(ctx); err != nil {
		return err
	}

	took := time.Duration(state.Last - start.UnixNano())
	m.figures[caughtUp] = took.Seconds()
	m.figures[rate] = float64(missed) / took.Seconds()
	m.figures[cpu] = float64((after - before).Microseconds()) / float64(missed)
	return m.faults(slices.Repeat([]int64{0}, m.events+m.away), false)
}

// readsNow returns how often the log was read so far, by connections that are closed.
func (m *measurement) readsNow(ctx context.Context) (int, error) {
	if err := sleep(ctx, statsTime); err != nil {
		return 0, err
	}
	return m.countReads(ctx)
}

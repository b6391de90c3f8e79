package server

import (
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"ensemble/live"
)

// Metrics counts what sockets do: WebSockets and streams of server-sent events.
type Metrics struct {
	Sockets    atomic.Int64 // open now
	Lagging    atomic.Int64 // of these, those that do not take what is sent
	Stalled    atomic.Int64 // closed for that, since the start
	Writes     atomic.Int64 // to sockets, of events
	Deliveries atomic.Int64 // of events to subscribers

	age atomic.Pointer[prometheus.Histogram]

	refusals refusals
}

// refusals counts what limits refused, by their names.
type refusals struct {
	mu    sync.Mutex
	count map[string]int64
}

// limited counts one refusal of the limit with this name.
func (m *Metrics) limited(limit string) {
	m.refusals.mu.Lock()
	defer m.refusals.mu.Unlock()
	if m.refusals.count == nil {
		m.refusals.count = map[string]int64{}
	}
	m.refusals.count[limit]++
}

// Refused returns how often a limit refused something, since the start.
func (m *Metrics) Refused(limit string) int64 {
	m.refusals.mu.Lock()
	defer m.refusals.mu.Unlock()
	return m.refusals.count[limit]
}

// delivered counts what one write had for a subscription. Ages are those of events since it began: older ones were not
// late, it was away.
func (m *Metrics) delivered(answers []live.Answer, since int64) {
	n := int64(0)
	var oldest time.Time

	for _, a := range answers {
		if a.Payload == nil {
			continue
		}

		if n == 0 {
			oldest = a.Event.At
		}

		n++
	}

	if n == 0 {
		return
	}

	m.Deliveries.Add(n)
	m.Writes.Add(1)

	if age := m.age.Load(); age != nil && oldest.UnixNano() >= since {
		(*age).Observe(time.Since(oldest).Seconds())
	}
}

// ages are the upper bounds of the buckets of event ages, in seconds.
var ages = []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 60}

// metricsHandler answers Prometheus. docs/live.md has the table of what is counted.
func (s *Server) metricsHandler() http.Handler {
	r := prometheus.NewRegistry()
	r.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))

	s.Metrics.registerAge(r)
	s.registerLive(r)
	s.registerLimits(r)

	return promhttp.HandlerFor(r, promhttp.HandlerOpts{})
}

// registerAge registers the ages of events, which are measured from now on: without it nobody would read them.
func (m *Metrics) registerAge(r *prometheus.Registry) {
	age := prometheus.NewHistogram(prometheus.HistogramOpts{
		Name: "ensemble_live_event_age_seconds", Buckets: ages,
		Help: "Time from an event to its write to a socket; of several in one write, the oldest.",
	})
	r.MustRegister(age)
	m.age.Store(&age)
}

// registerLive registers the numbers of sockets, of subscriptions and of what they are sent.
func (s *Server) registerLive(r *prometheus.Registry) {
	m, hub := &s.Metrics, s.Hub

	gauge := func(name, help string, value func() int64) {
		opts := prometheus.GaugeOpts{Name: "ensemble_live_" + name, Help: help}
		r.MustRegister(prometheus.NewGaugeFunc(opts, float(value)))
	}
	counter := func(name, help string, value func() int64) {
		opts := prometheus.CounterOpts{Name: "ensemble_live_" + name, Help: help}
		r.MustRegister(prometheus.NewCounterFunc(opts, float(value)))
	}

	gauge("sockets", "Sockets open: WebSockets and streams of server-sent events.", m.Sockets.Load)
	gauge("sockets_lagging", "Sockets that do not take what is sent.", m.Lagging.Load)
	counter("sockets_stalled_total", "Sockets and large answers cut because they took nothing, or too much waited for them.", m.Stalled.Load)

	gauge("backlog_bytes", "Memory of what waits for clients that do not take what is sent.", s.backlog.size)

	gauge("subscriptions", "Subscriptions that run.", func() int64 { return int64(hub.Subscriptions()) })
	gauge("groups", "Distinct questions among the subscriptions.", func() int64 { return int64(hub.Groups()) })
	gauge("answer_bytes", "Memory of answers kept for those who are a little behind.", hub.Bytes)
	gauge("event_bytes", "Memory of events kept until everybody has been told of them.", hub.EventBytes)

	counter("executions_total", "Executions: one for each event and group.", hub.Metrics.Rendered.Load)
	counter("deliveries_total", "Events written to subscribers.", m.Deliveries.Load)
	counter("writes_total", "Writes of events to sockets; deliveries beyond them shared a write.", m.Writes.Load)
	counter("replays_total", "Reads of the event log for subscribers that are behind.", hub.Metrics.Replays.Load)
	counter("put_off_total", "Times that answers waited, since nobody who asks for them has cost left.",
		hub.Metrics.PutOff.Load)
	counter("readings_total", "Readings of the numbers that pulses tell.", hub.Metrics.Measured.Load)

	gauge("broker_ok", "1 while events reach and leave this process at once, 0 while they come late.",
		func() int64 { return oneIf(s.Broker.State() == live.StateOK) })
}

// registerLimits registers how often each limit refused something, and whether budgets are shared.
func (s *Server) registerLimits(r *prometheus.Registry) {
	for _, name := range limitNames() {
		opts := prometheus.CounterOpts{
			Name: "ensemble_limit_refusals_total", Help: "Refusals, by the limit that was met.",
			ConstLabels: prometheus.Labels{"limit": name},
		}
		r.MustRegister(prometheus.NewCounterFunc(opts, float(func() int64 { return s.Metrics.Refused(name) })))
	}

	opts := prometheus.GaugeOpts{
		Name: "ensemble_limit_shared", Help: "1 while budgets are shared with other processes, 0 while this one counts alone.",
	}
	r.MustRegister(prometheus.NewGaugeFunc(opts, float(func() int64 { return oneIf(s.Limits.Shared()) })))
}

// oneIf returns 1 for true and 0 for false.
func oneIf(is bool) int64 {
	if is {
		return 1
	}
	return 0
}

// float makes a count what Prometheus asks for.
func float(value func() int64) func() float64 { return func() float64 { return float64(value()) } }

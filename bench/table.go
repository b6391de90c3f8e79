package main

import (
	"fmt"
	"io"
	"slices"
	"text/tabwriter"
	"time"
)

// table is what a load gave: per peer, a sample per round.
type table struct {
	load
	samples [][]sample
}

// column is a figure of a sample.
type column struct {
	title string
	of    func(sample) float64
}

var columns = []column{
	{"requests/s", sample.rate},
	{"p50 ms", func(s sample) float64 { return s.quantile(0.50) }},
	{"p99 ms", func(s sample) float64 { return s.quantile(0.99) }},
	{"server CPU µs", func(s sample) float64 { return s.each(s.server) }},
	{"PostgreSQL CPU µs", func(s sample) float64 { return s.each(s.postgres) }},
}

// ratios are the columns that are compared, and what both processes use together.
var ratios = []column{
	columns[0], columns[3], columns[4],
	{"both CPUs", func(s sample) float64 { return s.each(s.server + s.postgres) }},
}

// rate returns how many requests were answered in a second.
func (s sample) rate() float64 { return float64(len(s.latencies)) / s.elapsed.Seconds() }

// each returns a time per request, in microseconds.
func (s sample) each(d time.Duration) float64 {
	return float64(d.Microseconds()) / float64(max(len(s.latencies), 1))
}

// quantile returns a latency in milliseconds.
func (s sample) quantile(q float64) float64 {
	if len(s.latencies) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(s.latencies))
	return float64(sorted[int(q*float64(len(sorted)-1))].Microseconds()) / 1000
}

// print writes medians over the rounds with the least and the most, then the ratios within each round.
func (t table) print(out io.Writer) {
	fmt.Fprintf(out, "\n%s: %s\n", t.name, t.about)

	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	header(w, columns)
	for i, p := range t.peers {
		fmt.Fprint(w, p.name)
		for _, c := range columns {
			var values []float64
			for _, s := range t.samples[i] {
				values = append(values, c.of(s))
			}
			fmt.Fprint(w, "\t"+spread(values))
		}
		fmt.Fprintln(w)
	}
	_ = w.Flush()

	header(w, ratios)
	for i, p := range t.peers[1:] {
		fmt.Fprint(w, "Ensemble / "+p.name)
		for _, c := range ratios {
			var values []float64
			for round, s := range t.samples[i+1] {
				values = append(values, c.of(t.samples[0][round])/c.of(s))
			}
			fmt.Fprint(w, "\t"+spread(values))
		}
		fmt.Fprintln(w)
	}
	_ = w.Flush()
}

// header writes the titles of the columns.
func header(w io.Writer, columns []column) {
	for _, c := range columns {
		fmt.Fprint(w, "\t"+c.title)
	}
	fmt.Fprintln(w)
}

// spread returns median (least–most).
func spread(values []float64) string {
	slices.Sort(values)
	n := len(values)
	median := (values[(n-1)/2] + values[n/2]) / 2
	return fmt.Sprintf("%s (%s–%s)", number(median), number(values[0]), number(values[n-1]))
}

// number writes three digits that count.
func number(v float64) string {
	switch {
	case v >= 100:
		return fmt.Sprintf("%.0f", v)
	case v >= 10:
		return fmt.Sprintf("%.1f", v)
	}
	return fmt.Sprintf("%.2f", v)
}

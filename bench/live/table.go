package main

import (
	"fmt"
	"io"
	"slices"
	"text/tabwriter"
)

// Columns of the tables.
const (
	rate        = "deliveries/s"
	cpu         = "server CPU µs/delivery" // the same number as seconds for a million deliveries
	p50         = "p50 ms"                 // from commit to receipt
	p99         = "p99 ms"
	memoryIdle  = "idle KB/subscriber" // what the server holds more than before they came, garbage collected
	memoryAfter = "after MB"           // what it holds in all right after the last event, nothing collected
	frameSize   = "bytes/frame"
	connectTime = "connect s"
	caughtUp    = "caught up s"
	logReads    = "log reads" // as PostgreSQL counts them
	readsEach   = "log reads/client"
	readsTold   = "log reads, told" // as the server's metrics do
	clientCPU   = "client CPU s"
	lost        = "lost"
	repeated    = "repeated"
	disordered  = "out of order"
	resets      = "resets"
	cut         = "cut"    // sockets that the server closed
	failed      = "failed" // measurements that gave no figures
)

var columns = []string{
	rate, cpu, p50, p99, memoryIdle, memoryAfter, caughtUp, logReads, readsEach, readsTold, frameSize, connectTime,
	clientCPU, lost, repeated, disordered, resets, cut, failed,
}

// print writes a table: a row per peer, a column per figure that there is.
func (r *result) print(out io.Writer) {
	fmt.Fprintf(out, "\n%s\n", r.scenario)
	shown := slices.DeleteFunc(slices.Clone(columns), func(c string) bool { return !r.has(c) })

	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	for _, c := range shown {
		fmt.Fprint(w, "\t"+c)
	}
	fmt.Fprintln(w)

	for _, peer := range r.peers {
		fmt.Fprint(w, peer)
		for _, c := range shown {
			fmt.Fprint(w, "\t"+spread(r.values(peer, c)))
		}
		fmt.Fprintln(w)
	}
	_ = w.Flush()

	for _, trouble := range r.troubles {
		fmt.Fprintln(out, trouble)
	}
}

// has reports whether any peer has a figure for the column.
func (r *result) has(column string) bool {
	return slices.ContainsFunc(r.peers, func(peer string) bool { return len(r.values(peer, column)) > 0 })
}

// values returns a peer's figures for a column, round by round.
func (r *result) values(peer, column string) (values []float64) {
	for _, f := range r.figures[peer] {
		if v, taken := f[column]; taken {
			values = append(values, v)
		}
	}
	return values
}

// spread returns median (least–most).
func spread(values []float64) string {
	if len(values) == 0 {
		return "-"
	}
	least, most := number(slices.Min(values)), number(slices.Max(values))
	if least == most {
		return least
	}
	return fmt.Sprintf("%s (%s–%s)", number(median(values)), least, most)
}

func median(values []float64) float64 {
	sorted := slices.Sorted(slices.Values(values))
	n := len(sorted)
	return (sorted[(n-1)/2] + sorted[n/2]) / 2
}

// number writes three digits that count.
func number(v float64) string {
	switch {
	case v >= 100 || v == 0:
		return fmt.Sprintf("%.0f", v)
	case v >= 10:
		return fmt.Sprintf("%.1f", v)
	}
	return fmt.Sprintf("%.2f", v)
}

package main

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"text/tabwriter"
	"time"
)

// table is what the attacks gave, beside what is usual without any.
type table struct {
	cores int // of the server
	calm  *samples
	rows  []row
}

// nearly is how many times as long as usual somebody honest may wait while others attack.
const nearly = 3

// print writes what attacks cost the server, then what they cost others, then what came of them.
func (t *table) print(out io.Writer) {
	fmt.Fprintf(out, "\nThe server, and what else was done on its processors. Kept: how much more memory it holds than before, and "+
		"after how long; %s above %d MB.\n", bad, mayKeep)
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "attack\tCPU s\tof the time\tothers\tpeak MB\tkept MB\tafter s\t")
	for _, r := range t.rows {
		fmt.Fprintf(w, "%s\t%.1f\t%s\t%s\t%.0f\t%+.0f\t%.0f\t%s\n", r.name, r.cpu.Seconds(), t.share(r, r.cpu),
			t.share(r, r.others), r.peak, r.kept(), r.settled.Seconds(), mark(r.kept() > mayKeep))
	}
	_ = w.Flush()
	t.warn(out)

	fmt.Fprintf(out, "\nSomebody honest, from another address: p50 / p99 in ms (times as long as without attack); %s above %d times.\n",
		bad, nearly)
	fmt.Fprintln(w, "attack\tpage\tcomment\tevent after its comment\tfailed\t")
	t.honest(w, "none", t.calm)
	for _, r := range t.rows {
		t.honest(w, r.name, r.honest)
	}
	_ = w.Flush()

	fmt.Fprintln(out, "\nWhat the attacks did, what they were told, and which limits refused them.")
	for _, r := range t.rows {
		fmt.Fprintf(out, "%s: %s\n    told: %s; limits: %s\n", r.name, r.about, list(r.outcomes), list(r.refusals))
	}
}

// crowded is which part of the server's processors others may take before latencies say little.
const crowded = 0.2

// warn says when others took so much of the server's processors that what somebody honest saw is not the attacks' doing
// alone.
func (t *table) warn(out io.Writer) {
	var others, all float64
	for _, r := range t.rows {
		others += r.others.Seconds()
		all += r.elapsed.Seconds() * float64(t.cores)
	}
	if others > crowded*all {
		fmt.Fprintf(out, "\nOther programs took %.0f %% of the server's processors: what follows says little. Run it on a quiet machine.\n",
			100*others/all)
	}
}

// share writes how much of the server's processors something took during an attack.
func (t *table) share(r row, cpu time.Duration) string {
	return fmt.Sprintf("%.0f %%", 100*cpu.Seconds()/r.elapsed.Seconds()/float64(t.cores))
}

// honest writes a line of what somebody honest saw.
func (t *table) honest(w io.Writer, name string, s *samples) {
	fmt.Fprint(w, name)
	slow := false
	for _, of := range []func(*samples) []time.Duration{
		func(s *samples) []time.Duration { return s.Page },
		func(s *samples) []time.Duration { return s.Write },
		func(s *samples) []time.Duration { return s.Event },
	} {
		cell, slower := compare(of(s), of(t.calm))
		slow = slow || slower
		fmt.Fprint(w, "\t"+cell)
	}
	fmt.Fprintf(w, "\t%d\t%s\n", s.Failed, mark(slow || s.Failed > 0))
}

// compare writes p50 and p99 of times, each beside its ratio to what is usual, and says whether one is too large.
func compare(times, usual []time.Duration) (cell string, slow bool) {
	if len(times) == 0 || len(usual) == 0 {
		return "-", true
	}
	var parts []string
	for _, q := range []float64{0.5, 0.99} {
		is, was := quantile(times, q), quantile(usual, q)
		ratio := max(is, shortestTime) / max(was, shortestTime)
		parts = append(parts, fmt.Sprintf("%s (%.1f)", number(is), ratio))
		slow = slow || ratio > nearly
	}
	return strings.Join(parts, " / "), slow
}

// shortestTime is what a shorter time counts as when it is compared, in milliseconds: an event often comes before the
// answer to the comment that it tells of.
const shortestTime = 1

// quantile returns a time in milliseconds.
func quantile(times []time.Duration, q float64) float64 {
	sorted := slices.Sorted(slices.Values(times))
	return float64(sorted[int(q*float64(len(sorted)-1))].Microseconds()) / 1000
}

const bad = "!!"

// mark marks what should not be.
func mark(isBad bool) string {
	if isBad {
		return bad
	}
	return ""
}

// list writes counts, the largest first.
func list(counts map[string]int) string {
	names := slices.SortedFunc(maps.Keys(counts), func(a, b string) int {
		if counts[a] != counts[b] {
			return counts[b] - counts[a]
		}
		return strings.Compare(a, b)
	})
	if len(names) == 0 {
		return "none"
	}
	for i, name := range names {
		names[i] = fmt.Sprintf("%s %d", name, counts[name])
	}
	return strings.Join(names, ", ")
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

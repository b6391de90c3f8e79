package main

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"text/tabwriter"
)

// target is a figure of Ensemble that we want, as a ratio to a peer's in the same round, or as it is where no peer is
// named.
type target struct {
	scenario string
	column   string
	peer     string
	atMost   bool
	bound    float64
	note     string
}

// targets are the figures to reach.
var targets = []target{
	{"burst", rate, "stock", false, 15, ""},
	{"burst", rate, "coalesce", false, 0.3, ""},
	{"paced", cpu, "raw", true, 1.2, ""},
	{"paced", p99, "raw", true, 1.3, ""},
	{"idle", memoryIdle, "raw", true, 1.25, ""},
	{"idle", memoryIdle, "raw", true, 0.5, "with parked sockets"},
	{"idle", memoryIdle, "signed", false, 0.667, "who is signed in costs at most half as much again"},
	{"wide", memoryAfter, "stock", true, 0.2, ""},
	{"topics", rate, "stock", false, 2, ""},
	{"full", lost, "", true, 0, "all connected, every event delivered"},
	{"three", lost, "", true, 0, "all connected, every event delivered"},
	{"resume", lost, "", true, 0, "all caught up"},
	{"resume", readsEach, "", true, 0.01, "one log read for each group and range, not for each client"},
}

// printTargets says which of the targets that were measured are met, and shows every other ratio to Ensemble.
func printTargets(out io.Writer, results map[string]*result) {
	measured := func(r *result) bool { return slices.Contains(r.peers, "ensemble") }
	if !slices.ContainsFunc(slices.Collect(maps.Values(results)), measured) {
		return
	}

	fmt.Fprint(out, "\nFigures to reach\n")
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "scenario\twhat\tmeasured\twanted\t\t")

	for _, t := range targets {
		r := results[t.scenario]
		if r == nil {
			continue
		}
		values := t.values(r)
		if len(values) == 0 {
			continue
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\n",
			t.scenario, t.what(), spread(values), t.wanted(), t.verdict(r, values), t.note)
	}

	_ = w.Flush()
	printRatios(out, results)
}

// what names the figure.
func (t target) what() string {
	if t.peer == "" {
		return t.column
	}
	return t.column + ", ensemble / " + t.peer
}

// wanted writes the bound of the target.
func (t target) wanted() string {
	if t.atMost {
		return fmt.Sprintf("≤ %g", t.bound)
	}
	return fmt.Sprintf("≥ %g", t.bound)
}

// values returns what was measured for the target, round by round.
func (t target) values(r *result) []float64 {
	if t.peer == "" {
		return r.values("ensemble", t.column)
	}
	return r.ratios(t.column, t.peer)
}

// verdict compares the median with the bound, and every round with what must never happen.
func (t target) verdict(r *result, values []float64) string {
	m := median(values)
	met := t.atMost && m <= t.bound || !t.atMost && m >= t.bound
	for _, column := range faults {
		for _, v := range r.values("ensemble", column) {
			met = met && v == 0
		}
	}
	if met {
		return "pass"
	}
	return "MISS"
}

// faults are the columns that must be 0 in every round.
var faults = []string{lost, repeated, disordered, resets, cut, failed}

// ratios returns Ensemble's figures divided by a peer's, round by round.
func (r *result) ratios(column, peer string) (ratios []float64) {
	for round, ours := range r.figures["ensemble"] {
		theirs := r.figures[peer]
		if round >= len(theirs) || theirs[round][column] == 0 {
			continue
		}
		if v, taken := ours[column]; taken {
			ratios = append(ratios, v/theirs[round][column])
		}
	}
	return ratios
}

// printRatios shows how Ensemble compares in everything that peers have in common.
func printRatios(out io.Writer, results map[string]*result) {
	compared := []string{rate, cpu, p50, p99, memoryIdle, memoryAfter}
	fmt.Fprint(out, "\nRatios, ensemble / peer, within each round\n")

	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprint(w, "scenario\tpeer")
	for _, c := range compared {
		fmt.Fprint(w, "\t"+c)
	}
	fmt.Fprintln(w)

	for _, s := range scenarios(false) {
		r := results[s.name]
		if r == nil || !slices.Contains(r.peers, "ensemble") {
			continue
		}
		for _, peer := range r.peers {
			if peer == "ensemble" {
				continue
			}
			fmt.Fprintf(w, "%s\t%s", s.name, peer)
			for _, c := range compared {
				fmt.Fprint(w, "\t"+spread(r.ratios(c, peer)))
			}
			fmt.Fprintln(w)
		}
	}

	_ = w.Flush()
}

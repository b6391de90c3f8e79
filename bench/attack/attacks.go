package main

import (
	"fmt"
	"slices"
	"strings"
)

// attacks returns all attacks, in the order in which they are played.
func (b *bench) attacks() []attack {
	w := b.world
	return slices.Concat(answers(w), work(w), documents(), puzzles(), subscriptions(w), rawBytes(), places(w), []attack{worst(w)})
}

// aliases writes a field several times, each under another name.
func aliases(count int, field string) string {
	var s strings.Builder
	for i := range count {
		fmt.Fprintf(&s, "a%d: %s ", i, field)
	}
	return s.String()
}

// find returns the place of a kind.
func (w *world) find(kind string) place {
	return w.places[slices.IndexFunc(w.places, func(p place) bool { return p.kind == kind })]
}

// slow are the places whose texts take long to compare.
func (w *world) slow() []place {
	return slices.DeleteFunc(slices.Clone(w.places), func(p place) bool { return strings.HasPrefix(p.kind, "all ") })
}

// pick returns the n-th of all, and begins again behind the last.
func pick[T any](all []T, n int) T { return all[n%len(all)] }

// some returns count of all, from the n-th on, and begins again behind the last.
func some[T any](all []T, n, count int) (chosen []T) {
	for i := range count {
		chosen = append(chosen, pick(all, n+i))
	}
	return chosen
}

// allAmendments returns the amendments of places.
func allAmendments(places []place) (ids []string) {
	for _, p := range places {
		ids = append(ids, p.amendments...)
	}
	return ids
}

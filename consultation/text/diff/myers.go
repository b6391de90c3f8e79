package diff

import (
	"context"
	"slices"

	"ensemble/heavy"
)

// maxEdits is how many pieces a search removes or adds before it accepts the best path so far and starts again from its
// end. It bounds the work: the time grows with the length of the texts times maxEdits, and a search takes half a
// megabyte (2 bytes times the square). After so many edits in a row the match may be shorter than the longest.
const maxEdits = 500

// longest finds the longest sequence that a and b have in common.
func longest(ctx context.Context, a, b []int) Matching {
	m := slices.Repeat(Matching{None}, len(a))
	for x, y := 0, 0; x < len(a) && y < len(b); {
		s := search{a: a[x:], b: b[y:]}
		d, r := s.run(ctx)
		s.walkBack(d, r, func(i, j int) { m[x+i] = y + j })
		x, y = x+int(s.reach[d][r]), y+int(s.reach[d][r])-offset(d, r)
	}
	return m
}

// search is the greedy algorithm of E. W. Myers ("An O(ND) Difference Algorithm and Its Variations", 1986). It is
// written here because no library has the bound above, and because none of the usual ones compares slices well: go-diff
// works on characters, go-difflib and gotextdiff are no longer maintained, and go-difflib leaves out frequent words in
// long texts.
//
// After d edits, r of them removals, the best path has reached the index reach[d][r] in a, and the same index less
// offset(d, r) in b. It is -1 when the texts are too short for these edits.
type search struct {
	a, b  []int
	reach [][]int32
}

// offset returns how much further a path is in a than in b: one more for each removal, one less for each addition.
func offset(d, r int) int { return r - (d - r) }

// editsBetween is how many edits are tried between two pauses. One takes up to 10 µs.
const editsBetween = 8

// run extends all paths, edit by edit, and returns the d and r of one that has read both texts, or the most of them.
func (s *search) run(ctx context.Context) (d, r int) {
	for d := 0; d <= min(len(s.a)+len(s.b), maxEdits); d++ {
		if d%editsBetween == 0 {
			heavy.Pause(ctx)
		}
		s.reach = append(s.reach, make([]int32, d+1))
		for r := range d + 1 {

			x, _ := s.edit(d, r)
			x = s.follow(x, x-offset(d, r))
			s.reach[d][r] = int32(x)
			if x == len(s.a) && x-offset(d, r) == len(s.b) {
				return d, r
			}
		}
	}
	return s.furthest()
}

// edit returns where the best path of d edits and r removals is right after the last of them, and whether that is a
// removal. Of two equally good paths it takes the addition, so that removals come first in the result.
func (s *search) edit(d, r int) (x int, removal bool) {
	if d == 0 {
		return 0, false
	}

	x = -1
	if r < d {
		if from := int(s.reach[d-1][r]); from >= 0 && from-offset(d-1, r) < len(s.b) {
			x = from
		}
	}

	if r > 0 {
		if from := int(s.reach[d-1][r-1]); from >= 0 && from < len(s.a) && from+1 > x {
			x, removal = from+1, true
		}
	}
	return x, removal
}

// follow continues from x in a and y in b as long as they match, and returns where it stops in a.
func (s *search) follow(x, y int) int {
	for x >= 0 && x < len(s.a) && y < len(s.b) && s.a[x] == s.b[y] {
		x, y = x+1, y+1
	}
	return x
}

// furthest finds, among the paths that ran out of edits, the one that has read most of both texts.
func (s *search) furthest() (d, r int) {
	d = len(s.reach) - 1
	read := func(r int) int { return 2*int(s.reach[d][r]) - offset(d, r) }
	for other, x := range s.reach[d] {
		if x >= 0 && (s.reach[d][r] < 0 || read(other) > read(r)) {
			r = other
		}
	}
	return d, r
}

// walkBack calls matched for each match of the path that ends at reach[d][r], from the last to the first.
func (s *search) walkBack(d, r int, matched func(i, j int)) {
	for x := int(s.reach[d][r]); ; d-- {
		start, removal := s.edit(d, r)
		for x > start {
			x--
			matched(x, x-offset(d, r))
		}

		if d == 0 {
			return
		}
		if removal {
			x, r = x-1, r-1
		}
	}
}

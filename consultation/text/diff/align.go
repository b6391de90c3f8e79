package diff

import (
	"context"

	"ensemble/heavy"
)

// shape says how many old paragraphs became how many new ones, and how similar they must be for that: least is the part
// of the letters of both that must be in words that both have.
type shape struct {
	old, new int
	least    float32
}

// shapes lists what can become of a few paragraphs. One that was reworded can grow to four times its length: below
// 0.4, what was removed and then what was added is easier to read than words of both in turns. Joining and splitting
// leave most words alone. Where two shapes explain as much, the first counts.
var shapes = []shape{{1, 1, 0.4}, {2, 1, 0.6}, {1, 2, 0.6}, {3, 1, 0.6}, {1, 3, 0.6}, {1, 0, 0}, {0, 1, 0}}

// reworded are the shapes of paragraphs that are neither joined nor split.
var reworded = []shape{{1, 1, 0.4}, {1, 0, 0}, {0, 1, 0}}

// Of the paragraphs between two that did not change, each old one is compared with each new one. These bounds count the
// words that are read then, for one shape. Beyond the first, paragraphs that were joined or split are not looked for;
// beyond the second all count as removed and added. Five hundred list items, all reworded, stay below that.
const (
	maxShaped   = 500_000
	maxReworded = 5_000_000
	maxPairs    = 1 << 18 // of an old and a new one, whatever words they have: the table takes 5 bytes for each
)

// Align returns which paragraphs of old became which of new, in order: equal ones, and between them similar ones. A
// paragraph that is in no stretch was removed or added. It panics when ctx ends: see heavy.Pause.
func Align(ctx context.Context, old, new []Piece) []Stretch {
	var groups []Stretch
	m := match(ctx, old, new)

	for _, s := range m.stretches(len(new)) {
		if !s.matched {
			groups = append(groups, alike(ctx, old, new, s)...)
			continue
		}

		for i := s.Old; i < s.OldEnd; i++ {
			groups = append(groups, Stretch{true, i, i + 1, m[i], m[i] + 1})
		}
	}
	return groups
}

// alike groups the paragraphs between two equal ones in the way for which the sum of the groups' likenesses is largest.
func alike(ctx context.Context, old, new []Piece, within Stretch) []Stretch {
	old, new = old[within.Old:within.OldEnd], new[within.New:within.NewEnd]
	if len(old)*len(new) > maxPairs {
		return nil
	}

	v := make(vocabulary)
	e := explanation{old: newWindows(old, v), new: newWindows(new, v), shapes: shapes}
	switch n := e.reading(); {
	case n > maxReworded:
		return nil
	case n > maxShaped:
		e.shapes = reworded
	}
	e.explain(ctx)

	var groups []Stretch
	for i, j := 0, 0; i < len(old) || j < len(new); {
		s := e.shapes[e.next[i][j]]
		if s.old > 0 && s.new > 0 {
			o, n := within.Old+i, within.New+j
			groups = append(groups, Stretch{true, o, o + s.old, n, n + s.new})
		}
		i, j = i+s.old, j+s.new
	}
	return groups
}

// explanation has, for the paragraphs from i in old and from j in new, the best way to group them: next[i][j] is the
// number of the first shape, best[i][j] the sum of all likenesses.
type explanation struct {
	old, new windows
	shapes   []shape
	next     [][]int8
	best     [][]float32
}

// reading returns how many words are read when each old paragraph is compared with each new one.
func (e *explanation) reading() int {
	return len(e.old[1])*e.new.words() + len(e.new[1])*e.old.words()
}

// explain fills in the whole table, from the end of both texts to their beginning.
func (e *explanation) explain(ctx context.Context) {
	old, new := len(e.old[1]), len(e.new[1])
	e.next, e.best = make([][]int8, old+1), make([][]float32, old+1)

	for i := old; i >= 0; i-- {
		heavy.Pause(ctx)
		e.next[i], e.best[i] = make([]int8, new+1), make([]float32, new+1)
		for j := new; j >= 0; j-- {
			e.choose(i, j)
		}
	}
}

// choose fills in the place i, j when all places after it are known.
func (e *explanation) choose(i, j int) {
	sum := float32(-1)
	for n, s := range e.shapes {
		if i+s.old >= len(e.best) || j+s.new >= len(e.best[i]) {
			continue
		}

		like := e.old.at(i, s.old).likeness(e.new.at(j, s.new), s.least)
		if total := like + e.best[i+s.old][j+s.new]; like >= s.least && total > sum {
			sum, e.next[i][j] = total, int8(n)
		}
	}

	e.best[i][j] = max(sum, 0)
}

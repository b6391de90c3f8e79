package diff

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

// maxPairs bounds the comparison of paragraphs that changed between two that did not: if there are more pairs of an old
// and a new one, all count as removed and added. Five hundred list items, all reworded, stay below.
const maxPairs = 1 << 18

// Align returns which paragraphs of old became which of new, in order: equal ones, and between them similar ones. A
// paragraph that is in no stretch was removed or added.
func Align(old, new []Piece) []Stretch {
	var groups []Stretch
	m := match(old, new)

	for _, s := range m.stretches(len(new)) {
		if !s.matched {
			groups = append(groups, alike(old, new, s)...)
			continue
		}

		for i := s.Old; i < s.OldEnd; i++ {
			groups = append(groups, Stretch{true, i, i + 1, m[i], m[i] + 1})
		}
	}
	return groups
}

// alike groups the paragraphs between two equal ones in the way for which the sum of the groups' likenesses is largest.
func alike(old, new []Piece, within Stretch) []Stretch {
	old, new = old[within.Old:within.OldEnd], new[within.New:within.NewEnd]
	if len(old)*len(new) > maxPairs {
		return nil
	}

	e := explain(old, new)
	var groups []Stretch
	for i, j := 0, 0; i < len(old) || j < len(new); {
		s := shapes[e.next[i][j]]
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
	next     [][]int8
	best     [][]float32
}

// explain fills in the whole table, from the end of both texts to their beginning.
func explain(old, new []Piece) explanation {
	v := make(vocabulary)
	e := explanation{newWindows(old, v), newWindows(new, v), make([][]int8, len(old)+1), make([][]float32, len(old)+1)}

	for i := len(old); i >= 0; i-- {
		e.next[i], e.best[i] = make([]int8, len(new)+1), make([]float32, len(new)+1)
		for j := len(new); j >= 0; j-- {
			e.choose(i, j)
		}
	}
	return e
}

// choose fills in the place i, j when all places after it are known.
func (e *explanation) choose(i, j int) {
	sum := float32(-1)
	for n, s := range shapes {
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

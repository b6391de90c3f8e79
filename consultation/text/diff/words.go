package diff

import (
	"context"
	"slices"
)

// MatchWords matches the words of two paragraphs, and the white space beside them. It panics when ctx ends: see
// heavy.Pause.
func MatchWords(ctx context.Context, old, new []Piece) Matching {
	oldWords, oldAt := withoutSpace(old)
	newWords, newAt := withoutSpace(new)

	m := slices.Repeat(Matching{None}, len(old))
	for i, j := range withoutIslands(match(ctx, oldWords, newWords), oldWords, newWords) {
		if j != None {
			m[oldAt[i]] = newAt[j]
		}
	}

	m.addSpace(old, new)
	return m
}

// withoutSpace returns the pieces that are not white space, and where they were. White space takes no part in the
// search: it is everywhere, and would decide it.
func withoutSpace(pieces []Piece) (words []Piece, at []int) {
	for i, p := range pieces {
		if p.Key != space {
			words, at = append(words, p), append(at, i)
		}
	}
	return words, at
}

// addSpace matches the white space after a word that matches or, if there is none, before one.
func (m Matching) addSpace(old, new []Piece) {
	last := None // where the matches so far end in new
	for i, p := range old {
		if p.Key == space && (i == 0 || m[i-1] != None) && isSpace(new, last+1) {
			m[i] = last + 1
		} else if p.Key == space && i+1 < len(old) && m[i+1]-1 > last && isSpace(new, m[i+1]-1) {
			m[i] = m[i+1] - 1
		}
		last = max(last, m[i])
	}
}

func isSpace(pieces []Piece, i int) bool { return i < len(pieces) && pieces[i].Key == space }

// withoutIslands unmatches words that match between two changes and have no more letters than either of these. Without
// this, a new sentence would be many small changes around every "the" that it has in common with the old one by
// chance; and a merge would take such a word for one that nobody changed.
func withoutIslands(m Matching, old, new []Piece) Matching {
	list := m.stretches(len(new))
	before := 0 // letters of the change before an island, with the islands in it that were unmatched already

	for i, s := range list {
		island := Letters(old[s.Old:s.OldEnd])
		switch {
		case !s.matched:
			before += changed(old, new, s)
		case i > 0 && i < len(list)-1 && island <= min(before, changed(old, new, list[i+1])):
			before += island
			copy(m[s.Old:s.OldEnd], slices.Repeat(Matching{None}, s.OldEnd-s.Old))
		default:
			before = 0
		}
	}
	return m
}

// changed returns how many letters were removed, or how many were added, whichever is more.
func changed(old, new []Piece, s Stretch) int {
	return max(Letters(old[s.Old:s.OldEnd]), Letters(new[s.New:s.NewEnd]))
}

func Letters(pieces []Piece) int {
	n := 0
	for _, p := range pieces {
		n += p.Letters()
	}
	return n
}

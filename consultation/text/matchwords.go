package text

import "slices"

// matchWords matches the words of two paragraphs, and the white space beside them.
func matchWords(old, new []piece) matching {
	oldWords, oldAt := withoutSpace(old)
	newWords, newAt := withoutSpace(new)
	m := slices.Repeat(matching{none}, len(old))
	for i, j := range withoutIslands(match(oldWords, newWords), oldWords, newWords) {
		if j != none {
			m[oldAt[i]] = newAt[j]
		}
	}
	m.addSpace(old, new)
	return m
}

// withoutSpace returns the pieces that are not white space, and where they were. White space takes no part in the
// search: it is everywhere, and would decide it.
func withoutSpace(pieces []piece) (words []piece, at []int) {
	for i, p := range pieces {
		if p.key != space {
			words, at = append(words, p), append(at, i)
		}
	}
	return words, at
}

// addSpace matches the white space after a word that matches or, if there is none, before one.
func (m matching) addSpace(old, new []piece) {
	last := none // where the matches so far end in new
	for i, p := range old {
		if p.key == space && (i == 0 || m[i-1] != none) && isSpace(new, last+1) {
			m[i] = last + 1
		} else if p.key == space && i+1 < len(old) && m[i+1]-1 > last && isSpace(new, m[i+1]-1) {
			m[i] = m[i+1] - 1
		}
		last = max(last, m[i])
	}
}

func isSpace(pieces []piece, i int) bool { return i < len(pieces) && pieces[i].key == space }

// withoutIslands lets go of words that match between two changes and have no more letters than either. Without
// this, a sentence written anew shows as confetti around every "the" it happens to share with the old one; and a merge
// would take such a word for one that was left alone.
func withoutIslands(m matching, old, new []piece) matching {
	list := m.stretches(len(new))
	before := 0 // letters of the change before an island, islands already let go included
	for i, s := range list {
		island := letters(old[s.old:s.oldEnd])
		switch {
		case !s.matched:
			before += changed(old, new, s)
		case i > 0 && i < len(list)-1 && island <= min(before, changed(old, new, list[i+1])):
			before += island
			copy(m[s.old:s.oldEnd], slices.Repeat(matching{none}, s.oldEnd-s.old))
		default:
			before = 0
		}
	}
	return m
}

// changed is the letters of what was removed or of what was added, whichever is more.
func changed(old, new []piece, s stretch) int {
	return max(letters(old[s.old:s.oldEnd]), letters(new[s.new:s.newEnd]))
}

func letters(pieces []piece) int {
	n := 0
	for _, p := range pieces {
		n += p.letters()
	}
	return n
}

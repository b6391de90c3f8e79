package diff

import "slices"

// A text is often amended by joining two paragraphs or splitting one. If the two halves were compared separately, half
// of the words would count as removed here and added there, and a merge could make both additions. So paragraphs are
// fused, in the old text and the new one, until each corresponds to one or to none.

// Starts returns where the fused paragraphs of an old text of size paragraphs begin, in order: those that one of the
// alignments has in one group become one. The last value is size.
func Starts(size int, alignments ...[]Stretch) []int {
	inside := make([]bool, size+1)
	for _, groups := range alignments {
		for _, g := range groups {
			for i := g.Old + 1; i < g.OldEnd; i++ {
				inside[i] = true
			}
		}
	}

	var list []int
	for i := range inside {
		if !inside[i] {
			list = append(list, i)
		}
	}
	return list
}

// FuseOld joins the paragraphs of an old text so that they begin at starts.
func FuseOld(old []Piece, starts []int) []Piece {
	var fused []Piece
	for i, end := range starts[1:] {
		fused = append(fused, AsParagraph(Joined(old[starts[i]:end])))
	}
	return fused
}

// FuseNew joins the paragraphs of new that correspond to the same paragraph of FuseOld, and returns which paragraph of
// FuseOld matches which of the result.
func FuseNew(new []Piece, starts []int, groups []Stretch) ([]Piece, Matching) {
	var fused []Piece
	m := slices.Repeat(Matching{None}, len(starts)-1)
	done := 0 // paragraphs of new that are in fused

	for i, end := range starts[1:] {
		n := 0 // groups within this old paragraph
		for n < len(groups) && groups[n].Old < end {
			n++
		}
		if n == 0 {
			continue
		}

		first, last := groups[0].New, groups[n-1].NewEnd
		fused = append(fused, new[done:first]...)
		m[i] = len(fused)
		fused = append(fused, AsParagraph(Joined(new[first:last])))

		done, groups = last, groups[n:]
	}
	return append(fused, new[done:]...), m
}

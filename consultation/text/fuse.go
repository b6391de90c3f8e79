package text

import "slices"

// A text is often amended by joining two paragraphs or splitting one. If the words on either side of such a joint were
// compared apart, half of them would count as removed here and added there, and a merge could make both additions.
// So paragraphs are fused, in the old text and the new one, until each corresponds to one or to none.

// starts returns where the paragraphs of an old text of size paragraphs begin, in order, once those that one of the
// alignments takes together are one; the last value is size.
func starts(size int, alignments ...[]stretch) []int {
	inside := make([]bool, size+1)
	for _, groups := range alignments {
		for _, g := range groups {
			for i := g.old + 1; i < g.oldEnd; i++ {
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

// fuseOld joins paragraphs so that they begin at starts.
func fuseOld(old []piece, starts []int) []piece {
	var fused []piece
	for i, end := range starts[1:] {
		fused = append(fused, paragraph(joined(old[starts[i]:end])))
	}
	return fused
}

// fuseNew joins the paragraphs of new that correspond to one of those that fuseOld made, and matches these with those.
func fuseNew(new []piece, starts []int, groups []stretch) ([]piece, matching) {
	var fused []piece
	m := slices.Repeat(matching{none}, len(starts)-1)
	done := 0 // paragraphs of new that are in fused
	for i, end := range starts[1:] {
		n := 0 // groups within this old paragraph
		for n < len(groups) && groups[n].old < end {
			n++
		}
		if n == 0 {
			continue
		}
		first, last := groups[0].new, groups[n-1].newEnd
		fused = append(fused, new[done:first]...)
		m[i] = len(fused)
		fused = append(fused, paragraph(joined(new[first:last])))
		done, groups = last, groups[n:]
	}
	return append(fused, new[done:]...), m
}

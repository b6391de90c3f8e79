package merge

import "ensemble/consultation/text/diff"

// region is a part of three texts. In an agreed region both sides still have every piece of the base, and no other:
// the three have the same number of pieces, but paragraphs may be changed inside. Any other region may have edits of
// both sides.
type region struct {
	agreed             bool
	base, ours, theirs []diff.Piece
}

// regions cuts three texts into regions, in order. Pieces that both sides left in place are an agreed region if
// separates says that they are enough to separate the edit before them from the one after them. Otherwise these edits
// touch, and are in one region with the pieces between them.
func regions(base, ours, theirs []diff.Piece, oursMatch, theirsMatch diff.Matching,
	separates func([]diff.Piece) bool,
) []region {
	var all []region
	b, o, t := 0, 0, 0 // what is already cut
	cut := func(agreed bool, bEnd, oEnd, tEnd int) {
		if bEnd > b || oEnd > o || tEnd > t {
			all = append(all, region{agreed, base[b:bEnd], ours[o:oEnd], theirs[t:tEnd]})
		}
		b, o, t = bEnd, oEnd, tEnd
	}

	for i := 0; i < len(base); i++ {
		n := agreed(oursMatch[i:], theirsMatch[i:])
		if n > 0 && separates(base[i:i+n]) {
			cut(false, i, oursMatch[i], theirsMatch[i])
			cut(true, i+n, oursMatch[i]+n, theirsMatch[i]+n)
		}
		i += max(n-1, 0)
	}

	cut(false, len(base), len(ours), len(theirs))
	return all
}

// agreed returns how many pieces, from the first, both sides have without anything between them.
func agreed(ours, theirs diff.Matching) int {
	n := 0
	for n < len(ours) && ours[n] != diff.None && theirs[n] != diff.None &&
		ours[n] == ours[0]+n && theirs[n] == theirs[0]+n {
		n++
	}
	return n
}

package merge

import "ensemble/consultation/text/diff"

// region is a part of three texts. In an agreed region both sides kept every piece of the base, paragraphs perhaps
// changed inside, and the three have as many; any other may hold edits of both sides.
type region struct {
	agreed             bool
	base, ours, theirs []diff.Piece
}

// regions cuts three texts into regions, in order. Pieces that both sides kept are an agreed region if separates
// says that they keep the edits before and after them apart; otherwise those edits touch, and share a region with them.
func regions(base, ours, theirs []diff.Piece, oursMatch, theirsMatch diff.Matching, separates func([]diff.Piece) bool) []region {
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

// agreed is how many pieces, from the first, both sides kept side by side.
func agreed(ours, theirs diff.Matching) int {
	n := 0
	for n < len(ours) && ours[n] != diff.None && theirs[n] != diff.None && ours[n] == ours[0]+n && theirs[n] == theirs[0]+n {
		n++
	}
	return n
}

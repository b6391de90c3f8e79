package clean

import "unicode/utf8"

// Word is a piece of a text that can be searched: s[Start:End] and its folded form, which has several words where one
// sign means them (½).
type Word struct {
	Start, End int
	Folded     string
}

// Words splits s where no letter, number or mark is. It is for search: what is indexed, asked and highlighted are the
// same pieces.
func Words(s string) []Word {
	var words []Word
	start := -1

	end := func(at int) {
		if start < 0 {
			return
		}
		if folded := Fold(s[start:at]); folded != "" {
			words = append(words, Word{start, at, folded})
		}
		start = -1
	}

	for at, r := range s {
		switch {
		case r == utf8.RuneError || !isOfWord(r) && !ignorable(r):
			end(at)
		case start < 0:
			start = at
		}
	}
	end(len(s))
	return words
}

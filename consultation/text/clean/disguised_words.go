package clean

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// leastApart is the least number of letters of a word that is looked for among letters set apart: shorter words turn up
// by chance, as in “il n’y a d’autre”.
const leastApart = 3

// Wording is a text in which words are found in whatever way they are written: in any case, with any accents, with
// letters that look like others, or with each letter set apart.
type Wording struct {
	folded []string // the texts, between spaces
	words  []worded
	apart  []worded // letters that are each set apart, as one word
}

// worded is a word as it is searched, and as it looks: looks is empty when all its letters are plain.
type worded struct{ folded, looks string }

// NewWording reads texts one after the other: no words are found across two of them.
func NewWording(texts ...string) *Wording {
	w := &Wording{}
	for _, s := range texts {
		w.folded = append(w.folded, " "+Fold(s)+" ")

		pieces := Words(s)
		for _, piece := range pieces {
			w.words = append(w.words, wordedIn(s[piece.Start:piece.End])...)
		}
		w.words = append(w.words, worded{})

		for _, letters := range setApart(s, pieces) {
			folded := Fold(letters)
			w.apart = append(w.apart, worded{folded, looksOf(folded, letters)})
		}
	}
	return w
}

// wordedIn returns the words of a piece without separators: one, except for signs that mean several words.
func wordedIn(piece string) []worded {
	folded := strings.Fields(Fold(piece))
	if len(folded) == 1 {
		return []worded{{folded[0], looksOf(folded[0], piece)}}
	}
	all := make([]worded, len(folded))
	for i, f := range folded {
		all[i] = worded{folded: f}
	}
	return all
}

// looksOf returns what a word looks like if it has letters that are not Latin, or digits among letters, and otherwise
// "". A word in plain letters is not meant to look like another: “lie” is no “île”, although an l looks like an i.
func looksOf(folded, piece string) string {
	digits := strings.ContainsFunc(folded, unicode.IsDigit)
	letters := strings.ContainsFunc(folded, unicode.IsLetter)
	if isASCII(folded) && (!digits || !letters) {
		return ""
	}
	return Skeleton(piece)
}

// setApart finds letters that stand alone one after the other, with one sign between each and the next, and joins them.
func setApart(s string, pieces []Word) []string {
	var all []string
	from := 0
	for i := range pieces {
		if i+1 < len(pieces) && follows(s, pieces[i], pieces[i+1]) {
			continue
		}

		if i+1-from >= leastApart {
			all = append(all, spelt(s, pieces[from:i+1]))
		}
		from = i + 1
	}
	return all
}

// follows says whether two pieces are letters, with one sign between them.
func follows(s string, letter, next Word) bool {
	return isLetter(letter.Folded) && isLetter(next.Folded) && utf8.RuneCountInString(s[letter.End:next.Start]) == 1
}

func spelt(s string, pieces []Word) string {
	var b strings.Builder
	for _, piece := range pieces {
		b.WriteString(s[piece.Start:piece.End])
	}
	return b.String()
}

// isLetter says whether a folded word is one letter.
func isLetter(folded string) bool {
	r, size := utf8.DecodeRuneInString(folded)
	return size == len(folded) && unicode.IsLetter(r)
}

// Says reports whether a word, or words in this order, are in the text.
func (w *Wording) Says(words string) bool {
	folded := Fold(words)
	if folded == "" {
		return false
	}

	plainly := func(text string) bool { return strings.Contains(text, " "+folded+" ") }
	return slices.ContainsFunc(w.folded, plainly) || w.saysDisguised(folded) || w.saysApart(words)
}

// saysDisguised reports whether the text has the folded words, in letters and digits that look like theirs.
func (w *Wording) saysDisguised(folded string) bool {
	var sought []worded
	for word := range strings.FieldsSeq(folded) {
		sought = append(sought, worded{word, Skeleton(word)})
	}

	for i := range w.words {
		if startWith(w.words[i:], sought) {
			return true
		}
	}
	return false
}

// startWith reports whether words begins with the words sought, as they are or as they look.
func startWith(words, sought []worded) bool {
	if len(words) < len(sought) {
		return false
	}
	for i, s := range sought {
		if words[i].folded != s.folded && (words[i].looks == "" || words[i].looks != s.looks) {
			return false
		}
	}
	return true
}

// saysApart reports whether the text has the words with their letters set apart.
func (w *Wording) saysApart(words string) bool {
	whole := worded{strings.ReplaceAll(Fold(words), " ", ""), Skeleton(words)}
	if utf8.RuneCountInString(whole.folded) < leastApart {
		return false
	}

	for _, letters := range w.apart {
		if strings.Contains(letters.folded, whole.folded) {
			return true
		}
		if letters.looks != "" && strings.Contains(letters.looks, whole.looks) {
			return true
		}
	}
	return false
}

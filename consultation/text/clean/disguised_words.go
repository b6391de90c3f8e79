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
// letters that look like others, or with each letter set apart. A text is read once; to find a word in it takes a moment.
type Wording struct {
	words             []worded         // of all texts; an empty one ends each
	folded, looks     map[string][]int // where a word is in words, by either of its forms
	apart, apartLooks strings.Builder  // letters that are each set apart, as one word, in lines
}

// worded is a word as it is searched, and as it looks: looks is empty when all its letters are plain.
type worded struct{ folded, looks string }

// NewWording reads texts one after the other: no words are found across two of them.
func NewWording(texts ...string) *Wording {
	w := &Wording{folded: map[string][]int{}, looks: map[string][]int{}}
	known := map[string][]worded{} // by the piece that they are in: most come again
	for _, s := range texts {
		for folded := range strings.FieldsSeq(Fold(s)) { // a sign that is no piece can mean a word
			w.add(worded{folded: folded})
		}
		w.words = append(w.words, worded{})

		pieces := Words(s)
		for _, piece := range pieces {
			typed := s[piece.Start:piece.End]
			if _, found := known[typed]; !found {
				known[typed] = wordedIn(typed, piece.Folded)
			}
			w.add(known[typed]...)
		}
		w.words = append(w.words, worded{})
		w.addApart(s, pieces)
	}
	return w
}

func (w *Wording) add(words ...worded) {
	for _, word := range words {
		at := len(w.words)
		w.folded[word.folded] = append(w.folded[word.folded], at)
		if word.looks != "" {
			w.looks[word.looks] = append(w.looks[word.looks], at)
		}
		w.words = append(w.words, word)
	}
}

// addApart adds letters that are each set apart, each word once.
func (w *Wording) addApart(s string, pieces []Word) {
	known := map[string]bool{}
	for _, letters := range setApart(s, pieces) {
		if known[letters] {
			continue
		}
		known[letters] = true

		folded := Fold(letters)
		w.apart.WriteString(folded + "\n")
		w.apartLooks.WriteString(looksOf(folded, letters) + "\n")
	}
}

// wordedIn returns the words of a piece without separators: one, except for signs that mean several words.
func wordedIn(piece, folded string) []worded {
	words := strings.Fields(folded)
	if len(words) == 1 {
		return []worded{{folded, looksOf(folded, piece)}}
	}
	all := make([]worded, len(words))
	for i, word := range words {
		all[i] = worded{folded: word}
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
	return folded != "" && (w.saysInOrder(folded) || w.saysApart(folded, Skeleton(words)))
}

// saysInOrder reports whether the text has the folded words, plainly or in letters and digits that look like theirs. It
// looks around the places of the rarest one.
func (w *Wording) saysInOrder(folded string) bool {
	var sought []worded
	for word := range strings.FieldsSeq(folded) {
		sought = append(sought, worded{word, Skeleton(word)})
	}

	places := func(s worded) int { return len(w.folded[s.folded]) + len(w.looks[s.looks]) }
	before := 0 // how many words are before the rarest
	for i := range sought {
		if places(sought[i]) < places(sought[before]) {
			before = i
		}
	}

	is := func(at int) bool { return at >= before && startWith(w.words[at-before:], sought) }
	rarest := sought[before]
	return slices.ContainsFunc(w.folded[rarest.folded], is) || slices.ContainsFunc(w.looks[rarest.looks], is)
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

// saysApart reports whether the text has the words, which look like that, with their letters set apart.
func (w *Wording) saysApart(folded, looks string) bool {
	whole := strings.ReplaceAll(folded, " ", "")
	return utf8.RuneCountInString(whole) >= leastApart &&
		(strings.Contains(w.apart.String(), whole) || looks != "" && strings.Contains(w.apartLooks.String(), looks))
}

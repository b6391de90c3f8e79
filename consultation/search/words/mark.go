package words

import (
	"slices"
	"strings"
	"unicode/utf8"

	"ensemble/consultation/text/clean"
)

// Span is a piece of plain text, marked where the query found it.
type Span struct {
	Text    string
	IsMatch bool
}

// excerptLength is how long an excerpt is, in code points, but for the words at its ends.
const excerptLength = 200

// Mark cuts a text where it matches the query.
func (q Query) Mark(language, s string) []Span { return spans(s, q.matches(language, s)) }

// Excerpt is the part of a text, on one line, where most of what matches stands; its beginning where nothing does.
func (q Query) Excerpt(language, s string) []Span {
	s = strings.Join(strings.Fields(s), " ")
	found := q.matches(language, s)
	from, to := window(s, found)

	cut := spans(s[from:to], within(found, from, to))
	if from > 0 {
		cut = append([]Span{{Text: "…"}}, cut...)
	}
	if to < len(s) {
		cut = append(cut, Span{Text: "…"})
	}
	return joined(cut)
}

// Found counts what matches in a text, and says whether it is all that is wanted.
func (q Query) Found(language string, texts ...string) (count int, all bool) {
	in := tongueOf(language)
	seen := map[int]bool{}

	for _, s := range texts {
		words := split(s)
		for i := range words {
			for n, term := range q.wanted {
				if term.at(in, words, i) > 0 {
					seen[n] = true
					count++
				}
			}
		}
	}

	for n, term := range q.wanted {
		if _, ok := in.stem(term.words[0]); !seen[n] && (ok || term.quoted) {
			return count, false
		}
	}
	return count, true
}

// piece is one folded word and where it stands.
type piece struct {
	start, end int
	word       string
}

func split(s string) []piece {
	var pieces []piece
	for _, w := range clean.Words(s) {
		for word := range strings.FieldsSeq(w.Folded) {
			pieces = append(pieces, piece{w.Start, w.End, word})
		}
	}
	return pieces
}

// at is how many words the term matches at a place: 0 for none.
func (t term) at(in *tongue, words []piece, i int) int {
	if t.quoted {
		if i+len(t.words) > len(words) {
			return 0
		}
		for n, word := range t.words {
			if cut(words[i+n].word) != cut(word) {
				return 0
			}
		}
		return len(t.words)
	}

	wanted, ok := in.stem(t.words[0])
	if !ok {
		return 0
	}

	stem, ok := in.stem(words[i].word)
	if ok && stem == wanted || t.begun && strings.HasPrefix(cut(words[i].word), cut(t.words[0])) {
		return 1
	}
	return 0
}

// matches are the places in s that the query found, in order, none overlapping.
func (q Query) matches(language, s string) [][2]int {
	in, words := tongueOf(language), split(s)

	var found [][2]int
	for i := 0; i < len(words); i++ {
		n := 0
		for _, term := range q.wanted {
			n = max(n, term.at(in, words, i))
		}

		for j := i; j < i+n; j++ {
			if place := [2]int{words[j].start, words[j].end}; len(found) == 0 || found[len(found)-1] != place {
				found = append(found, place)
			}
		}

		i += max(n-1, 0)
	}
	return found
}

// window is the part of s to show: from a word's beginning to a word's end.
func window(s string, found [][2]int) (from, to int) {
	if utf8.RuneCountInString(s) <= excerptLength {
		return 0, len(s)
	}

	best, most := 0, 0
	for _, place := range found {
		end, n := forward(s, place[0], excerptLength*3/4), 0
		for _, other := range found {
			if other[0] >= place[0] && other[1] <= end {
				n++
			}
		}

		if n > most {
			best, most = place[0], n
		}
	}

	from = wordStart(s, backward(s, best, excerptLength/4), best)
	to = wordEnd(s, forward(s, from, excerptLength))
	return from, to
}

// forward and backward are n code points from a place in s, or at its end.
func forward(s string, at, n int) int {
	for ; n > 0 && at < len(s); n-- {
		_, size := utf8.DecodeRuneInString(s[at:])
		at += size
	}
	return at
}

func backward(s string, at, n int) int {
	for ; n > 0 && at > 0; n-- {
		_, size := utf8.DecodeLastRuneInString(s[:at])
		at -= size
	}
	return at
}

// farthest is how far, in bytes, a place is moved to where a word begins or ends: longer "words" are cut.
const farthest = 60

func wordStart(s string, at, limit int) int {
	if at == 0 {
		return 0
	}
	if i := strings.IndexByte(s[at:limit], ' '); i >= 0 && i < farthest {
		return at + i + 1
	}
	return at
}

func wordEnd(s string, at int) int {
	if at == len(s) {
		return at
	}
	if i := strings.LastIndexByte(s[:at], ' '); i >= 0 && at-i < farthest {
		return i
	}
	return at
}

// within are the places inside a part, counted from its start.
func within(found [][2]int, from, to int) [][2]int {
	var inside [][2]int
	for _, place := range found {
		if place[0] >= from && place[1] <= to {
			inside = append(inside, [2]int{place[0] - from, place[1] - from})
		}
	}
	return inside
}

func spans(s string, found [][2]int) []Span {
	all := []Span{}
	at := 0
	for _, place := range found {
		all = append(all, Span{Text: s[at:place[0]]}, Span{s[place[0]:place[1]], true})
		at = place[1]
	}
	return joined(append(all, Span{Text: s[at:]}))
}

// joined leaves out empty spans and joins those of one kind that follow each other.
func joined(all []Span) []Span {
	all = slices.DeleteFunc(all, func(s Span) bool { return s.Text == "" })
	kept := []Span{}
	for _, s := range all {
		if n := len(kept); n > 0 && kept[n-1].IsMatch == s.IsMatch {
			kept[n-1].Text += s.Text
		} else {
			kept = append(kept, s)
		}
	}
	return kept
}

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

// excerptLength is how long an excerpt is at most, in code points. It is a little shorter when its ends would be inside
// words.
const excerptLength = 200

// maxLooked is how much of a text is looked at for an excerpt, in code points: an official text, at most.
const maxLooked = 20_000

// Mark cuts a text into the parts that match the query and those between.
func (q Query) Mark(language, s string) []Span { return spans(s, q.matches(language, s)) }

// Excerpt returns, on one line, the part of a text that has the most matches, or its beginning when nothing matches. It
// looks no further than maxLooked.
func (q Query) Excerpt(language, s string) []Span {
	s = strings.Join(strings.Fields(s[:forward(s, 0, maxLooked)]), " ")
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

// Found counts the places that match in texts of one language. hasAll says whether every term that the query wants is in
// them; words that are in every text do not count.
func (q Query) Found(language string, texts ...string) (count int, hasAll bool) {
	all := q.soughtIn(language)
	for _, s := range texts {
		words := split(s)
		for i := range words {
			if all.at(words, i) > 0 {
				count++
			}
		}
	}
	return count, !slices.Contains(all.seen, false)
}

// piece is one folded word and where it is in the text.
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

// matches returns the places in s that the query found, in order. They do not overlap.
func (q Query) matches(language, s string) [][2]int {
	all, words := q.soughtIn(language), split(s)

	var found [][2]int
	for i := 0; i < len(words); i++ {
		n := all.at(words, i)
		for j := i; j < i+n; j++ {
			if place := [2]int{words[j].start, words[j].end}; len(found) == 0 || found[len(found)-1] != place {
				found = append(found, place)
			}
		}

		i += max(n-1, 0)
	}
	return found
}

// window returns the part of s for an excerpt: from a word's beginning to a word's end.
func window(s string, found [][2]int) (from, to int) {
	if utf8.RuneCountInString(s) <= excerptLength {
		return 0, len(s)
	}

	best, most := 0, 0
	at, end := 0, forward(s, 0, excerptLength*3/4) // what an excerpt can show from a place on
	shown := 0                                     // the matches before end
	for i, place := range found {
		end = forward(s, end, utf8.RuneCountInString(s[at:place[0]]))
		at = place[0]
		for shown < len(found) && found[shown][1] <= end {
			shown++
		}

		if n := shown - i; n > most {
			best, most = at, n
		}
	}

	from = wordStart(s, backward(s, best, excerptLength/4), best)
	to = wordEnd(s, forward(s, from, excerptLength))
	return from, to
}

// forward and backward return the place n code points after or before a place in s, or the end of s on that side.
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

// farthest is how far, in bytes, an excerpt's end may be from the nearest beginning or end of a word: longer "words"
// are cut.
const farthest = 60

// wordStart returns where the first word begins from at on, if that is near and before limit, or else at.
func wordStart(s string, at, limit int) int {
	if at == 0 {
		return 0
	}
	if i := strings.IndexByte(s[at:limit], ' '); i >= 0 && i < farthest {
		return at + i + 1
	}
	return at
}

// wordEnd returns where the last word ends before at, if that is near, or else at.
func wordEnd(s string, at int) int {
	if at == len(s) {
		return at
	}
	if i := strings.LastIndexByte(s[:at], ' '); i >= 0 && at-i < farthest {
		return i
	}
	return at
}

// within returns the places inside a part, counted from its start.
func within(found [][2]int, from, to int) [][2]int {
	var inside [][2]int
	for _, place := range found {
		if place[0] >= from && place[1] <= to {
			inside = append(inside, [2]int{place[0] - from, place[1] - from})
		}
	}
	return inside
}

// spans cuts s into the places that were found and what is between.
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

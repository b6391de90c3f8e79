// Package texttest draws texts for the tests and benchmarks of the packages beside it.
package texttest

import (
	"fmt"
	"slices"
	"strings"

	"pgregory.net/rapid"

	"ensemble/consultation/text/diff"
)

// Texts draws texts of few words and much structure, so that words repeat, paragraphs resemble each other and
// separators vary, as they do in amendments.
var Texts = rapid.Map(rapid.SliceOfN(tokens, 0, 100), func(s []string) string { return strings.Join(s, "") })

var tokens = rapid.SampledFrom([]string{
	"un ", "lieu ", "ouvert ", "à ", "tous ", "l'accès", "e\u0301t", "2,5 ", "字", "👩\u200d🌾",
	", ", ".", " ", "  ", "\u00a0",
	"\n", "\n\n", "\n\n\n", "\n- ", "\n1. ", "\n# ", "\n| ", "numérique ", "inclusion ", "médiation ", "formation ",
})

// Edited draws a text made from base by a few edits.
func Edited(t *rapid.T, base, label string) string {
	for range rapid.IntRange(1, 3).Draw(t, label+" edits") {
		pieces := diff.Words(base)
		at := rapid.IntRange(0, len(pieces)).Draw(t, label+" at")
		// rapid prefers small numbers: without this, both sides would mostly edit the beginning.
		if rapid.Bool().Draw(t, label+" from the end") {
			at = len(pieces) - at
		}

		end := min(len(pieces), at+rapid.IntRange(0, 5).Draw(t, label+" length"))
		insert := strings.Join(rapid.SliceOfN(tokens, 0, 5).Draw(t, label+" insert"), "")
		base = diff.Joined(pieces[:at]) + insert + diff.Joined(pieces[end:])
	}
	return base
}

// Distinct names n words, all different, and different from those of another label.
func Distinct(label string, n int) []string {
	list := make([]string, n)
	for i := range list {
		list[i] = fmt.Sprintf("%s%d", label, i)
	}
	return list
}

// Amended draws a few replacements, removals and additions of words, leaving no word twice.
func Amended(t *rapid.T, base []string, label string) []string {
	list := slices.Clone(base)
	for i := range rapid.IntRange(1, 3).Draw(t, label+" edits") {
		at := rapid.IntRange(0, len(list)).Draw(t, label+" at")
		if rapid.Bool().Draw(t, label+" from the end") {
			at = len(list) - at
		}

		end := min(len(list), at+rapid.IntRange(0, 3).Draw(t, label+" length"))
		added := Distinct(fmt.Sprintf("%s%dx", label, i), rapid.IntRange(0, 2).Draw(t, label+" added"))
		list = slices.Replace(list, at, end, added...)
	}
	return list
}

// Paragraphed writes words as a text with ten words of the base in each paragraph. A word of the base that begins a
// paragraph begins one in every other text, too.
func Paragraphed(list []string) string {
	var s strings.Builder
	for i, word := range list {
		separator := " "
		if strings.HasPrefix(word, "base") && strings.HasSuffix(word, "5") {
			separator = "\n\n"
		}

		if i > 0 {
			s.WriteString(separator)
		}
		s.WriteString(word)
	}
	return s.String()
}

// LetterWords lists the words of texts, without punctuation and white space.
func LetterWords(texts ...string) []string {
	var list []string
	for _, s := range texts {
		for _, p := range diff.Words(s) {
			if p.Letters() > 0 {
				list = append(list, p.Key)
			}
		}
	}
	return list
}

// Counts returns how often each word is in texts.
func Counts(texts ...string) map[string]int {
	n := make(map[string]int)
	for _, word := range LetterWords(texts...) {
		n[word]++
	}
	return n
}

// Only lists the texts of the spans of some kinds.
func Only(changes []diff.Paragraph, kinds ...diff.Kind) []string {
	var list []string
	for _, p := range changes {
		for _, s := range p.Spans {
			if slices.Contains(kinds, s.Kind) {
				list = append(list, s.Text)
			}
		}
	}
	return list
}

// Without returns list without the words of others.
func Without(list, others []string) []string {
	return slices.DeleteFunc(slices.Clone(list), func(word string) bool { return slices.Contains(others, word) })
}

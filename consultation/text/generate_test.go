package text

import (
	"fmt"
	"slices"
	"strings"

	"pgregory.net/rapid"
)

// texts draws texts of few words and much structure, so that words repeat, paragraphs resemble each other and
// separators vary, as they do in amendments.
var texts = rapid.Map(rapid.SliceOfN(tokens, 0, 100), func(s []string) string { return strings.Join(s, "") })

var tokens = rapid.SampledFrom([]string{
	"un ", "lieu ", "ouvert ", "à ", "tous ", "l'accès", "e\u0301t", "2,5 ", "字", "👩\u200d🌾", ", ", ".", " ", "  ", "\u00a0",
	"\n", "\n\n", "\n\n\n", "\n- ", "\n1. ", "\n# ", "\n| ", "numérique ", "inclusion ", "médiation ", "formation ",
})

// edited draws a text made from base by a few edits.
func edited(t *rapid.T, base, label string) string {
	for range rapid.IntRange(1, 3).Draw(t, label+" edits") {
		pieces := words(base)
		at := rapid.IntRange(0, len(pieces)).Draw(t, label+" at")
		if rapid.Bool().Draw(t, label+" from the end") { // rapid prefers small numbers, and both sides would meet there
			at = len(pieces) - at
		}
		end := min(len(pieces), at+rapid.IntRange(0, 5).Draw(t, label+" length"))
		insert := strings.Join(rapid.SliceOfN(tokens, 0, 5).Draw(t, label+" insert"), "")
		base = joined(pieces[:at]) + insert + joined(pieces[end:])
	}
	return base
}

// distinct names n words, all different, and different from those of another label.
func distinct(label string, n int) []string {
	list := make([]string, n)
	for i := range list {
		list[i] = fmt.Sprintf("%s%d", label, i)
	}
	return list
}

// amended draws a few replacements, removals and additions of words, leaving no word twice.
func amended(t *rapid.T, base []string, label string) []string {
	list := slices.Clone(base)
	for i := range rapid.IntRange(1, 3).Draw(t, label+" edits") {
		at := rapid.IntRange(0, len(list)).Draw(t, label+" at")
		if rapid.Bool().Draw(t, label+" from the end") {
			at = len(list) - at
		}
		end := min(len(list), at+rapid.IntRange(0, 3).Draw(t, label+" length"))
		added := distinct(fmt.Sprintf("%s%dx", label, i), rapid.IntRange(0, 2).Draw(t, label+" added"))
		list = slices.Replace(list, at, end, added...)
	}
	return list
}

// paragraphed writes words, ten of the base to a paragraph; what begins a paragraph keeps doing so.
func paragraphed(list []string) string {
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

// letterWords lists the words of texts, without punctuation and white space.
func letterWords(texts ...string) []string {
	var list []string
	for _, s := range texts {
		for _, p := range words(s) {
			if p.letters() > 0 {
				list = append(list, p.key)
			}
		}
	}
	return list
}

// counts tells how often each word is in texts.
func counts(texts ...string) map[string]int {
	n := make(map[string]int)
	for _, word := range letterWords(texts...) {
		n[word]++
	}
	return n
}

// only lists the texts of the spans of some kinds.
func only(diff []Paragraph, kinds ...Kind) []string {
	var list []string
	for _, p := range diff {
		for _, s := range p.Spans {
			if slices.Contains(kinds, s.Kind) {
				list = append(list, s.Text)
			}
		}
	}
	return list
}

// without returns list without the words of others.
func without(list, others []string) []string {
	return slices.DeleteFunc(slices.Clone(list), func(word string) bool { return slices.Contains(others, word) })
}

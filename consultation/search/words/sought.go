package words

import (
	"slices"
	"strings"
)

// sought is what a query wants of the texts in one language, made so that each of their words is looked up: texts have
// thousands, and a query may have dozens.
type sought struct {
	in      *tongue
	stems   map[string]int      // the terms that are single words, by the stem
	begun   string              // the beginning of a word, "" for none
	begins  int                 // the term of begun
	phrases map[string][]phrase // by the first word
	seen    []bool              // whether a term was found
}

// phrase is a term of words in their order, as they are written.
type phrase struct {
	words []string
	term  int
}

// soughtIn returns what is wanted in a language, each term once. What is in every text is not wanted.
func (q Query) soughtIn(language string) *sought {
	all := &sought{in: tongueOf(language), stems: map[string]int{}, phrases: map[string][]phrase{}}
	for _, t := range q.wanted {
		if t.quoted {
			all.addPhrase(t.words)
		} else {
			all.addWord(t)
		}
	}
	return all
}

func (all *sought) addWord(t term) {
	stem, ok := all.in.stem(t.words[0])
	if !ok {
		return
	}
	if _, known := all.stems[stem]; !known {
		all.stems[stem] = all.another()
	}
	if t.begun {
		all.begun, all.begins = cut(t.words[0]), all.stems[stem]
	}
}

func (all *sought) addPhrase(words []string) {
	p := phrase{words: make([]string, len(words))}
	for i, word := range words {
		p.words[i] = cut(word)
	}

	same := func(other phrase) bool { return slices.Equal(other.words, p.words) }
	if first := p.words[0]; !slices.ContainsFunc(all.phrases[first], same) {
		p.term = all.another()
		all.phrases[first] = append(all.phrases[first], p)
	}
}

// another returns the number of another term.
func (all *sought) another() int {
	all.seen = append(all.seen, false)
	return len(all.seen) - 1
}

// at returns how many words the longest term matches from the i-th on; 0 when none matches there. It notes in seen what
// does.
func (all *sought) at(words []piece, i int) (longest int) {
	word := cut(words[i].word)
	if term, found := all.single(words[i].word, word); found {
		all.seen[term], longest = true, 1
	}
	for _, p := range all.phrases[word] {
		if p.begins(words[i:]) {
			all.seen[p.term], longest = true, max(longest, len(p.words))
		}
	}
	return longest
}

// single returns the term that a word, which was cut, matches by itself.
func (all *sought) single(word, cut string) (term int, found bool) {
	if len(all.stems) == 0 {
		return 0, false
	}
	if all.begun != "" && strings.HasPrefix(cut, all.begun) {
		return all.begins, true
	}
	if stem, ok := all.in.stem(word); ok {
		term, found = all.stems[stem]
	}
	return term, found
}

// begins reports whether words begin with the phrase.
func (p phrase) begins(words []piece) bool {
	if len(words) < len(p.words) {
		return false
	}
	for i, word := range p.words {
		if cut(words[i].word) != word {
			return false
		}
	}
	return true
}

package words

import (
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"github.com/blevesearch/snowballstem"
	"github.com/blevesearch/snowballstem/english"
	"github.com/blevesearch/snowballstem/french"

	"ensemble/consultation/text/clean"
)

// tongue is how words of a language are compared. Tokens begin with its name, so that words of a query are compared
// only with words that were stemmed in the same way.
type tongue struct {
	name      string
	stemmer   func(*snowballstem.Env) bool // nil: words are compared as they are written
	stopWords map[string]bool
}

// tongues are all there are. The last one is for every other language.
var tongues = []*tongue{
	{"fr", stemFrench, folded(frenchStopWords)},
	{"en", english.Stem, folded(englishStopWords)},
	{"und", nil, folded(frenchStopWords + englishStopWords)},
}

// stemFrench stems a folded word. It removes one e of -ee first: the stemmer expects -ée, and would leave an e that the
// stems of the same word in -é and -er do not have.
func stemFrench(env *snowballstem.Env) bool {
	word := strings.TrimSuffix(env.Current(), "s")
	if strings.HasSuffix(word, "ee") {
		env.SetCurrent(word[:len(word)-1])
	}
	return french.Stem(env)
}

// tongueOf returns the tongue for a BCP 47 tag.
func tongueOf(language string) *tongue {
	base := Base(language)
	for _, t := range tongues {
		if t.name == base {
			return t
		}
	}
	return tongues[len(tongues)-1]
}

// Base returns the language of a tag, without script and region: fr for fr-CA.
func Base(tag string) string {
	base, _, _ := strings.Cut(strings.ToLower(tag), "-")
	return base
}

func folded(words string) map[string]bool {
	all := map[string]bool{}
	for _, word := range strings.Fields(words) {
		all[clean.Fold(word)] = true
	}
	return all
}

// exact returns the token of a word as it is written.
func (t *tongue) exact(word string) string { return t.name + "=" + cut(word) }

// stem returns the token that all forms of a word share, or false for a word that is in every text.
func (t *tongue) stem(word string) (string, bool) {
	switch {
	case isLetter(word), t.stopWords[word]:
		return "", false
	case t.stemmer == nil:
		return t.exact(word), true
	}
	return t.name + "." + stems.of(t, cut(word)), true
}

// isLetter reports whether a word is a single letter of an alphabet, which is left of an elision: l’accueil. A single
// sign of Chinese is a word.
func isLetter(word string) bool {
	r, size := utf8.DecodeRuneInString(word)
	return size == len(word) && unicode.In(r, unicode.Latin, unicode.Greek, unicode.Cyrillic)
}

// maxWord bounds a token, in code points: what is longer is compared by its beginning.
const maxWord = 40

func cut(word string) string {
	n := 0
	for at := range word {
		if n++; n > maxWord {
			return word[:at]
		}
	}
	return word
}

// stems remembers the stems of words that were met, some ten thousand of each language: a stem takes microseconds, a
// page of results has thousands of words. It forgets all when it is full.
var stems = memory{words: map[[2]string]string{}}

const maxStems = 20_000

type memory struct {
	mu    sync.RWMutex
	words map[[2]string]string
}

// of returns the stem of a word, which it remembers.
func (m *memory) of(t *tongue, word string) string {
	key := [2]string{t.name, word}
	m.mu.RLock()
	stem, known := m.words[key]
	m.mu.RUnlock()
	if known {
		return stem
	}

	env := snowballstem.NewEnv(word)
	t.stemmer(env)
	stem = strings.Clone(env.Current())

	m.mu.Lock()
	defer m.mu.Unlock()
	if len(m.words) >= maxStems {
		clear(m.words)
	}
	m.words[key] = stem
	return stem
}

// named returns the tongues of a filter: one, or all without a filter.
func named(language string) []*tongue {
	if language == "" {
		return tongues
	}
	return []*tongue{tongueOf(language)}
}

package clean

import (
	"errors"
	"slices"
	"strings"
	"unicode"
)

var (
	// ErrMixedScripts says that a word has letters of several scripts, which lets it look like another word.
	ErrMixedScripts = errors.New("a word mixes letters of several scripts")
	// ErrMarks says that a letter has more marks than writing needs: heaps of them cover the lines around a name.
	ErrMarks = errors.New("a letter has too many marks")
)

// Bounds of the marks on one letter, after what NFC joins. Hebrew and the scripts of India write up to four that take
// no space of their own; accents, which belong to no script, are never more than two.
const (
	maxAccents = 2
	maxMarks   = 4
)

// Name does what Line does, and more, for the names of people and bodies, which others must be able to distinguish: it
// drops characters that are not visible (except joiners, in scripts that write with them) and marks of direction, and
// refuses words that mix scripts.
//
// Errors: ErrInvalidUTF8, ErrControl, ErrMixedScripts, ErrMarks.
func Name(s string) (string, error) {
	s, err := Line(s)
	if err != nil {
		return "", err
	}
	if s, err = Line(withoutInvisible(s)); err != nil {
		return "", err
	}

	if heaped(s) {
		return "", ErrMarks
	}
	separates := func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsMark(r) }
	for _, word := range strings.FieldsFunc(s, separates) {
		if mixed(word) {
			return "", ErrMixedScripts
		}
	}
	return s, nil
}

// heaped reports whether a letter has more marks than writing needs.
func heaped(s string) bool {
	accents, marks := 0, 0
	for _, r := range s {
		switch {
		case isAccent(r):
			accents, marks = accents+1, marks+1
		case unicode.In(r, unicode.Mn, unicode.Me):
			marks++
		default:
			accents, marks = 0, 0
		}
		if accents > maxAccents || marks > maxMarks {
			return true
		}
	}
	return false
}

// isAccent reports whether r is a mark that any letter can have, of whatever script.
func isAccent(r rune) bool { return unicode.In(r, unicode.M) && unicode.Is(unicode.Inherited, r) }

// withoutInvisible drops the characters that are drawn as nothing.
func withoutInvisible(s string) string {
	runes := []rune(s)
	var b strings.Builder
	for i, r := range runes {
		joiner := r == '\u200C' || r == '\u200D'
		joins := joiner && i > 0 && i+1 < len(runes) && takesJoiner(runes[i-1]) && takesJoiner(runes[i+1])
		if joins || !ignorable(r) && r != '\u2800' {
			b.WriteRune(r)
		}
	}
	return b.String()
}

// takesJoiner reports whether a joiner may follow or precede r: not in scripts that write letter by letter.
func takesJoiner(r rune) bool {
	return (unicode.IsLetter(r) || unicode.IsMark(r)) && !unicode.In(r, unicode.Latin, unicode.Greek, unicode.Cyrillic)
}

// together are the scripts that one word may mix. Source: Unicode Technical Standard 39 §5.2, "highly restrictive".
var together = [][]*unicode.RangeTable{
	{unicode.Latin, unicode.Han, unicode.Hiragana, unicode.Katakana},
	{unicode.Latin, unicode.Han, unicode.Bopomofo},
	{unicode.Latin, unicode.Han, unicode.Hangul},
}

// mixed reports whether a word has letters of scripts that do not go together.
func mixed(word string) bool {
	var scripts []*unicode.RangeTable
	for _, r := range word {
		if unicode.In(r, scripts...) || unicode.In(r, unicode.Common, unicode.Inherited) {
			continue
		}
		if scripts = append(scripts, scriptOf(r)); len(scripts) > 1 && !goTogether(scripts) {
			return true
		}
	}
	return false
}

// scriptOf returns the script of a letter or mark. Most letters are Latin: only for others all scripts are looked
// through.
func scriptOf(r rune) *unicode.RangeTable {
	if unicode.Is(unicode.Latin, r) {
		return unicode.Latin
	}
	for _, script := range unicode.Scripts {
		if unicode.Is(script, r) {
			return script
		}
	}
	return unicode.Common // there is no letter without a script
}

// goTogether reports whether one word may have letters of all these scripts.
func goTogether(scripts []*unicode.RangeTable) bool {
	return slices.ContainsFunc(together, func(some []*unicode.RangeTable) bool {
		return !slices.ContainsFunc(scripts, func(s *unicode.RangeTable) bool { return !slices.Contains(some, s) })
	})
}

// Skeleton returns what a name looks like at a glance: folded, without what divides it, without accents and signs such
// as ticks and emoji, with Latin letters in place of the digits and the letters of other scripts that look like them, and
// with one letter for those that are easily confused. It is for comparison, and not for people to read.
func Skeleton(s string) string { return strings.Join(Skeletons(s), "") }

// Skeletons returns what each word of a name looks like.
func Skeletons(s string) []string {
	words := strings.Fields(Fold(latin(s)))
	for i, word := range words {
		words[i] = lookalikes.Replace(word)
	}
	return words
}

var lookalikes = strings.NewReplacer(
	"0", "o", "1", "i", "l", "i", "3", "e", "4", "a", "5", "s", "7", "t", "rn", "m", "vv", "w",
)

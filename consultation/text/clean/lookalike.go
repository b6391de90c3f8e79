package clean

import (
	"strings"
	"unicode"

	"go.mau.fi/util/confusable"
	"golang.org/x/text/unicode/norm"
)

// latin replaces letters of other scripts, and rare ones, by the Latin letters that they look like. Case counts: a
// large Greek Ν looks like an N, a small one like a v. A letter that looks like no Latin letter stays. Source: Unicode
// Technical Standard 39 §4.
func latin(s string) string {
	if isASCII(s) {
		return s
	}

	var b strings.Builder
	for _, r := range norm.NFKD.String(s) {
		if isAccent(r) {
			continue
		}
		r = unboxed(r)
		seen := ""
		if r > unicode.MaxASCII {
			seen = smallCapitals.Replace(confusable.GetReplacement(r))
		}
		if !isLatin(seen) {
			seen = string(r)
		}

		b.WriteString(seen)
	}
	return b.String()
}

// unboxed returns the letter in a sign that Unicode does not take apart: white letters on black circles and squares, and
// those that make flags. It returns other signs as they are.
func unboxed(r rune) rune {
	for _, first := range []rune{'\U0001F150', '\U0001F170', '\U0001F1E6'} {
		if first <= r && r < first+26 {
			return 'a' + r - first
		}
	}
	return r
}

// smallCapitals are how the standard draws small Cyrillic and Greek letters that have the form of large Latin ones.
var smallCapitals = strings.NewReplacer("ᴛ", "t", "ĸ", "k", "ʙ", "b", "ʜ", "h", "ʍ", "m", "ᴎ", "n")

// isLatin reports whether s consists of letters of ASCII, at least one.
func isLatin(s string) bool {
	other := func(r rune) bool { return r > unicode.MaxASCII || !unicode.IsLetter(r) }
	return s != "" && !strings.ContainsFunc(s, other)
}

func isASCII(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return r > unicode.MaxASCII })
}

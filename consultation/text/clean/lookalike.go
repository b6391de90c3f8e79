package clean

import (
	"strings"
	"unicode"

	"go.mau.fi/util/confusable"
	"golang.org/x/text/unicode/norm"
)

// latin writes letters of other scripts, and rare ones, as the Latin letters that they are taken for. Case counts: a large
// Greek Ν is taken for an N, a small one for a v. What is taken for no Latin letter stays. Source: Unicode Technical
// Standard 39 §4.
func latin(s string) string {
	if isASCII(s) {
		return s
	}

	var b strings.Builder
	for _, r := range norm.NFKD.String(s) {
		seen := ""
		if r > unicode.MaxASCII {
			seen = smallCapitals.Replace(confusable.GetReplacement(r))
		}
		if seen == "" || strings.ContainsFunc(seen, func(r rune) bool { return r > unicode.MaxASCII || !unicode.IsLetter(r) }) {
			seen = string(r)
		}

		b.WriteString(seen)
	}
	return b.String()
}

// smallCapitals are how the standard draws small Cyrillic and Greek letters that have the form of large Latin ones.
var smallCapitals = strings.NewReplacer("ᴛ", "t", "ĸ", "k", "ʙ", "b", "ʜ", "h", "ʍ", "m", "ᴎ", "n")

func isASCII(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return r > unicode.MaxASCII })
}

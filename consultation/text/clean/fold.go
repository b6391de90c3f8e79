package clean

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// letterForms spells letters the way people search for them, where neither the decomposition of Unicode nor its lower
// case does.
var letterForms = strings.NewReplacer("œ", "oe", "æ", "ae", "ß", "ss", "ø", "o", "ł", "l",
	"đ", "d", "ð", "d", "þ", "th", "ı", "i", "ς", "σ")

// longSigns are the signs of one letter that stand for a sentence, and how people write it in short: in full, one would
// have up to eighteen letters.
var longSigns = strings.NewReplacer("ﷺ", "صلعم", "ﷻ", "جل")

// decomposed takes letters apart from their accents, and signs apart into the letters that they mean: six at most.
func decomposed(s string) string { return norm.NFKD.String(longSigns.Replace(s)) }

// Fold returns the form in which s is searched, and in which nicknames are compared: lower case, without accents, with
// ligatures spelt out, and one space between words. Fold(Fold(s)) is Fold(s).
//
// The result has only letters, numbers, the marks of scripts that need them, and spaces: neither "%" nor "_" can reach
// a LIKE pattern. It is "" for a text of punctuation or emoji. SQLite and PostgreSQL disagree on case and accents, so
// neither folds: the column stores Fold(text), and the pattern is made of Fold(query).
func Fold(s string) string {
	if isASCII(s) { // most words are
		return strings.Join(strings.Fields(strings.Map(foldRune, strings.ToLower(s))), " ")
	}
	s = strings.ToLower(decomposed(s))
	s = norm.NFC.String(letterForms.Replace(strings.Map(foldRune, s)))
	if !strings.Contains(s, " ") { // most are one word
		return s
	}
	return strings.Join(strings.Fields(s), " ")
}

// foldRune returns r when words are made of it (letters, numbers, marks), -1 to drop it (accents, invisible
// characters), and a space for all else. Only the accents of the Latin, Greek and Cyrillic scripts are dropped: in
// Devanagari or Thai the vowels are marks of the same class.
func foldRune(r rune) rune {
	switch {
	case r >= utf8.RuneSelf && ('\u0300' <= r && r <= '\u036F' || ignorable(r)):
		return -1
	case isOfWord(r):
		return r
	}
	return ' '
}

// isOfWord reports whether words are made of r.
func isOfWord(r rune) bool { return unicode.IsLetter(r) || unicode.IsNumber(r) || unicode.IsMark(r) }

// Package message holds what is said to people: English where it is said, with the English as the key of its French, and plurals.
package message

import (
	"slices"

	"golang.org/x/text/language"
	"golang.org/x/text/message"
	"golang.org/x/text/message/catalog"
)

// Messages to people are written in English where they are used and looked up in the catalogue of their language,
// with the English as the key: one map per language (french.go), and what is said of one thing in plural.go.
// A test finds keys without a translation.

// Known are the languages of messages, the fallback first.
var Known = []language.Tag{language.English, language.French}

var (
	Matcher  = language.NewMatcher(Known)
	messages = func() catalog.Catalog {
		b := catalog.NewBuilder(catalog.Fallback(language.English))
		for key, translated := range French {
			if err := b.SetString(language.French, key, translated); err != nil {
				panic("consultation: a message that cannot be read: " + err.Error())
			}
		}
		if err := setPlurals(b); err != nil {
			panic("consultation: a message that cannot be read: " + err.Error())
		}
		return b
	}()
)

// Say formats a message in the first of the reader's languages that messages exist in, else in English.
func Say(reader []language.Tag, format string, args ...any) string {
	return message.NewPrinter(SpokenTo(reader), message.Catalog(messages)).Sprintf(format, args...)
}

// SpokenTo is the first of the reader's languages that messages exist in, as spoken anywhere; else what is nearest to one of
// them: who reads Breton and nothing else is told in French.
func SpokenTo(reader []language.Tag) language.Tag {
	for _, tag := range reader {
		for ; tag != language.Und; tag = tag.Parent() { // fr-CA is served by fr
			if slices.Contains(Known, tag) {
				return tag
			}
		}
	}
	_, i, _ := Matcher.Match(reader...)
	return Known[i]
}

// Spoken is the language that Say uses, "en" or "fr".
func Spoken(reader []language.Tag) string { return SpokenTo(reader).String() }

// Said is a message and what it is about.
type Said struct {
	Message string
	Args    []any
}

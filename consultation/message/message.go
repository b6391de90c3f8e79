// Package message has the words for people in their language. A sentence is written in English in the code that says
// it, and this English is the key of the French one, which is here; plurals are here for both languages.
package message

import (
	"slices"

	"golang.org/x/text/language"
	"golang.org/x/text/message"
	"golang.org/x/text/message/catalog"
)

// Messages to people are written in English where they are used, and are looked up in the catalogue of the reader's
// language with the English as the key. There is one map for each language (french.go); plural.go has what is said of
// one thing only. A test finds keys without a translation.

// Known are the languages in which messages exist. The first is the one for readers of no other.
var Known = []language.Tag{language.English, language.French}

// Matcher finds the nearest of Known. messages is the catalogue, made when the program starts.
var (
	Matcher  = language.NewMatcher(Known)
	messages = func() catalog.Catalog {
		b := catalog.NewBuilder(catalog.Fallback(language.English))
		for key, translated := range French {
			if err := b.SetString(language.French, key, translated); err != nil {
				panic("message: a message that cannot be read: " + err.Error())
			}
		}
		if err := setPlurals(b); err != nil {
			panic("message: a message that cannot be read: " + err.Error())
		}
		return b
	}()
)

// Say returns a message, with its arguments, in the first of the reader's languages that messages exist in, else in the
// nearest: see SpokenTo.
func Say(reader []language.Tag, format string, args ...any) string {
	return message.NewPrinter(SpokenTo(reader), message.Catalog(messages)).Sprintf(format, args...)
}

// SpokenTo returns the first of the reader's languages that messages exist in, without its region; else the language
// that is nearest to one of theirs: somebody who reads Breton and nothing else reads messages in French.
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

// Spoken returns the language in which Say speaks to the reader, "en" or "fr".
func Spoken(reader []language.Tag) string { return SpokenTo(reader).String() }

// Said is a message and its arguments, for a reader who is not known yet.
type Said struct {
	Message string
	Args    []any
}

// Text returns a message and its arguments. A test finds the format in the code: it is a constant.
func Text(format string, args ...any) Said { return Said{Message: format, Args: args} }

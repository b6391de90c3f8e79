package input

import (
	"context"
	"maps"
	"slices"

	"golang.org/x/text/language"

	"ensemble/auth"
	"ensemble/consultation/message"
	"ensemble/consultation/refusal"
)

const maxTag = 35 // bytes of a language tag; source: RFC 5646 §4.4.1

// Tag returns the canonical form of a language tag: "FR-fr" becomes "fr-FR". Errors: BAD_USER_INPUT on the field.
func Tag(field, s string) (string, error) {
	t, ok := ParseTag(s)
	if !ok || t == language.Und {
		return "", refusal.BadInput(field, "This is not a language: use a tag such as fr or en.")
	}
	return t.String(), nil
}

// ParseTag reads a language tag, if it is one.
func ParseTag(s string) (language.Tag, bool) {
	if len(s) > maxTag {
		return language.Und, false
	}
	t, err := language.Parse(s)
	return t, err == nil
}

// InLanguage returns the value of a text to show, and its language: the language asked for, else the first of the
// reader's languages that the text exists in, else the first of the process's languages, else any.
func InLanguage(t Texts, languages []string, asked *string, reader []language.Tag) (value, lang string) {
	lang = pick(t, languages, asked, reader)
	return t[lang], lang
}

// pick returns the language that InLanguage chooses; "" when the text has no value at all.
func pick(t Texts, languages []string, asked *string, reader []language.Tag) string {
	if asked != nil {
		if tag, ok := ParseTag(*asked); ok {
			reader = append([]language.Tag{tag}, reader...)
		}
	}

	for _, tag := range reader {
		for tag != language.Und { // fr-CA is served by fr
			if _, ok := t[tag.String()]; ok {
				return tag.String()
			}
			tag = tag.Parent()
		}
	}

	for _, l := range languages {
		if _, ok := t[l]; ok {
			return l
		}
	}
	for _, l := range slices.Sorted(maps.Keys(t)) {
		return l // a text in languages that the process has dropped since: the same for everybody
	}
	return ""
}

// Narrowing is what is supposed of texts, so that of a reader's languages only some matter. The zero Narrowing supposes
// nothing, and all of them matter. Whoever reads a text has to check it with Fits.
type Narrowing struct {
	Languages []string // texts are in these only
	HaveFirst bool     // all of them exist in the first of these
}

// Of returns the part of a reader's languages that matters for messages and for official texts: readers with the same
// part read the same.
func (n Narrowing) Of(reader []language.Tag) []language.Tag {
	if n.Languages == nil {
		return reader
	}

	var known []language.Tag // of the reader's languages
	found := false           // the first is there: nothing after it is ever looked for
	for _, tag := range reader {
		for ; tag != language.Und && !found; tag = tag.Parent() {
			if slices.Contains(n.Languages, tag.String()) && !slices.Contains(known, tag) {
				known, found = append(known, tag), n.HaveFirst && tag.String() == n.Languages[0]
			}
		}
	}

	// Prefer the shorter list: fewer lists are different then. But messages must stay in the same language.
	shorter := known
	if found {
		shorter = known[:len(known)-1] // texts fall back on it anyway
	}
	for _, list := range [][]language.Tag{shorter, known} {
		if message.SpokenTo(list) == message.SpokenTo(reader) {
			return list
		}
	}
	return reader
}

// Fits reports whether a narrowed list may be used for a text of a process with these languages: whether the reader
// then gets the same value as with the whole list.
func (n Narrowing) Fits(t Texts, languages []string) bool {
	if n.Languages == nil || len(t) <= 1 {
		return true // nothing is left out, or there is nothing to choose
	}

	for l := range t {
		if !slices.Contains(n.Languages, l) {
			return false
		}
	}
	if !n.HaveFirst {
		return true
	}
	_, ok := t[n.Languages[0]]
	return ok && languages[0] == n.Languages[0]
}

// Widened returns what can still be supposed once a text was met that does not fit: that texts are in the languages
// known so far, in those of this text, and in those of messages.
func (n Narrowing) Widened(t Texts) Narrowing {
	all := slices.AppendSeq(slices.Clone(n.Languages), maps.Keys(t))
	for _, tag := range message.Known {
		all = append(all, tag.String())
	}
	slices.Sort(all)
	return Narrowing{Languages: slices.Compact(all)}
}

// Requested returns the language that the request asks for first, or fallback when it asks for none. "Accept-Language:
// *", which some programs send by default, is read as "mul" and asks for none.
func Requested(ctx context.Context, fallback string) string {
	if tags := auth.LanguagesFrom(ctx); len(tags) > 0 && tags[0] != language.Und && tags[0].String() != "mul" {
		return tags[0].String()
	}
	return fallback
}

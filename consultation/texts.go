package consultation

import (
	"errors"
	"fmt"
	"slices"

	"golang.org/x/text/language"

	"ensemble/consultation/text"
)

// Lengths in Unicode code points. Source: docs/decisions/0004; titles and bodies of official texts are bounded
// so that a page stays a page.
const (
	maxTitle  = 200
	maxBody   = 20_000
	maxReason = 5_000
	maxName   = 80
)

// Texts is one official text: a value per language.
type Texts = map[string]string

// TextInput is one value of an official text.
type TextInput struct {
	Language string
	Text     string
}

// line is the cleaned form of a one-line input of 1 to limit code points.
func line(field, s string, limit int) (string, error) {
	s, err := text.CleanLine(s)
	return bounded(field, s, err, 1, limit)
}

// prose is the cleaned form of an input of several lines, least to limit code points.
func prose(field, s string, least, limit int) (string, error) {
	s, err := text.Clean(s)
	return bounded(field, s, err, least, limit)
}

func bounded(field, s string, err error, least, limit int) (string, error) {
	switch n := text.Length(s); {
	case errors.Is(err, text.ErrInvalidUTF8):
		return "", BadInput(field, "This is not valid UTF-8.")
	case err != nil:
		return "", BadInput(field, "Control characters are not allowed.")
	case n < least:
		return "", BadInput(field, "This must not be empty.")
	case n > limit:
		return "", BadInput(field, "This has %d characters; at most %d are allowed.", n, limit)
	}
	return s, nil
}

// tag is the canonical form of a language: "FR-fr" becomes "fr-FR".
func tag(field, s string) (string, error) {
	t, err := language.Parse(s)
	if err != nil || t == language.Und || len(s) > 35 {
		return "", BadInput(field, "This is not a language: use a tag such as fr or en.")
	}
	return t.String(), nil
}

// official checks the values of an official text, each with clean (line or prose), against the languages of
// the process. Absent languages are taken from before; the first language must end up with a value.
func official(field string, in []*TextInput, languages []string, before Texts, clean func(field, s string) (string, error)) (Texts, error) {
	out := make(Texts, len(in))
	for k, v := range before {
		out[k] = v
	}
	seen := map[string]bool{}
	for i, t := range in {
		at := fmt.Sprintf("%s.%d", field, i)
		lang, err := tag(at+".language", t.Language)
		switch {
		case err != nil:
			return nil, err
		case !slices.Contains(languages, lang):
			return nil, BadInput(at+".language", "The process is not in this language.")
		case seen[lang]:
			return nil, BadInput(at+".language", "This language is given twice.")
		}
		seen[lang] = true
		if out[lang], err = clean(at+".text", t.Text); err != nil {
			return nil, err
		}
	}
	if out[languages[0]] == "" {
		return nil, BadInput(field, "The text is missing in the first language of the process, %s.", languages[0])
	}
	return out, nil
}

func titleLine(field, s string) (string, error) { return line(field, s, maxTitle) }
func bodyProse(field, s string) (string, error) { return prose(field, s, 1, maxBody) }

// InLanguage picks the value to show: in the language asked for, else in the first of the reader's that
// exists, else in the first of the process's, else in any.
func InLanguage(t Texts, languages []string, asked *string, reader []language.Tag) (value, lang string) {
	lang = pick(t, languages, asked, reader)
	return t[lang], lang
}

func pick(t Texts, languages []string, asked *string, reader []language.Tag) string {
	if asked != nil {
		if tag, err := language.Parse(*asked); err == nil {
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
	for l := range t {
		return l // a text of one language that the process has dropped since
	}
	return ""
}

// Narrowed is what matters of a reader's languages for messages and for official texts in these languages, all of which
// exist in the first: readers whose lists are the same when narrowed read the same. Whether a text is as supposed must be
// seen when it is read: see Fits.
func Narrowed(reader []language.Tag, languages []string) []language.Tag {
	var known []language.Tag // of the reader's languages
	found := false           // the first is there: nothing after it is ever looked for
	for _, tag := range reader {
		for ; tag != language.Und && !found; tag = tag.Parent() {
			if slices.Contains(languages, tag.String()) && !slices.Contains(known, tag) {
				known, found = append(known, tag), tag.String() == languages[0]
			}
		}
	}
	shorter := known
	if found {
		shorter = known[:len(known)-1] // texts fall back on it anyway
	}
	for _, list := range [][]language.Tag{shorter, known} {
		if spokenTo(list) == spokenTo(reader) {
			return list
		}
	}
	return reader
}

// Fits says whether whoever reads a text of a process with these languages with a list that was narrowed for others reads
// it as with the whole list.
func Fits(t Texts, languages, narrowedFor []string) bool {
	if len(t) <= 1 {
		return true // there is nothing to choose
	}
	for l := range t {
		if !slices.Contains(narrowedFor, l) {
			return false
		}
	}
	_, ok := t[narrowedFor[0]]
	return ok && languages[0] == narrowedFor[0]
}

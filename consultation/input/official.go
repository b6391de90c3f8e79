package input

import (
	"fmt"
	"iter"
	"maps"
	"slices"

	"ensemble/consultation/refusal"
)

// Texts is one official text: a value per language.
type Texts = map[string]string

// TextInput is one value of an official text.
type TextInput struct {
	Language string
	Text     string
}

// Official checks the values of an official text, each with clean (TitleLine or BodyProse), against the languages of
// the process, and returns the text. A language without a new value has its value from before, the text until now. The
// first language must have a value in the end. Errors: BAD_USER_INPUT on the field, or on the value that is wrong.
func Official(field string, in []*TextInput, languages []string, before Texts,
	clean func(field, s string) (string, error),
) (Texts, error) {
	out := make(Texts, len(in))
	for k, v := range before {
		out[k] = v
	}

	seen := map[string]bool{}
	for i, t := range in {
		at := fmt.Sprintf("%s.%d", field, i)
		lang, err := Tag(at+".language", t.Language)
		switch {
		case err != nil:
			return nil, err
		case !slices.Contains(languages, lang):
			return nil, refusal.BadInput(at+".language", "The process is not in this language.")
		case seen[lang]:
			return nil, refusal.BadInput(at+".language", "This language is given twice.")
		}

		seen[lang] = true
		if out[lang], err = clean(at+".text", t.Text); err != nil {
			return nil, err
		}
	}

	if out[languages[0]] == "" {
		return nil, refusal.BadInput(
			field, "The text is missing in the first language of the process, %s.", languages[0],
		)
	}
	return out, nil
}

// TitleLine returns the cleaned form of a title, of 1 to 200 code points. Errors: BAD_USER_INPUT on the field.
func TitleLine(field, s string) (string, error) { return Line(field, s, maxTitle) }

// BodyProse returns the cleaned form of a body, of 1 to 20,000 code points. Errors: BAD_USER_INPUT on the field.
func BodyProse(field, s string) (string, error) { return Prose(field, s, 1, maxBody) }

// With returns a copy of a text with one value replaced or added.
func With(t Texts, language, value string) Texts {
	out := maps.Clone(t)
	out[language] = value
	return out
}

// Languages returns the languages in which a text exists, in no order.
func Languages(t Texts) iter.Seq[string] { return maps.Keys(t) }

package input_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"ensemble/consultation/input"
	"ensemble/consultation/message"
	"ensemble/internal/testsite/scene"
)

// Narrowed leaves of a reader's languages those that decide what is read, in texts of a process and in messages.
func TestNarrowed(t *testing.T) {
	for _, c := range []struct{ languages, reader, want string }{
		// Columns: the languages of the texts, those of the reader, and those of them that are left.
		{"fr en", "fr", "fr"},
		{"fr en", "fr-FR fr", "fr"},
		{"fr en", "fr-FR fr en", "fr"},
		{"fr en", "fr en-US", "fr"},
		{"fr en", "de fr", "fr"},
		{"fr en", "fr mul", "fr"},
		{"fr en", "en", "en"},
		{"fr en", "en-GB en fr", "en"},
		{"fr en", "de en mul", "en"},

		// None of the reader's languages has texts.
		{"fr en", "", ""},
		{"fr en", "mul", ""},
		{"fr en", "de", ""},

		// Texts in other languages, or in the other order.
		{"en fr", "en fr", ""},
		{"en fr", "fr en", "fr"},
		{"fr de", "en-US de", "de"},
		{"de fr", "en-US fr", "en-US fr"}, // texts in French, messages in English
		{"fr de en", "en-US de", "en de"},
		{"de fr", "de", ""},
		{"fr fr-CA", "fr-CA en", "fr-CA"},
	} {

		got := input.Narrowed(scene.Tags(strings.Fields(c.reader)...), strings.Fields(c.languages))
		if !slices.Equal(got, scene.Tags(strings.Fields(c.want)...)) {
			t.Errorf("where texts are in %s, %q becomes %v, want %q", c.languages, c.reader, got, c.want)
		}
	}
}

// TestNarrowedReadsTheSame compares, for many readers, processes and texts, what is read with the whole list of
// languages and with the narrowed one. Texts that do not fit the process are left out.
func TestNarrowedReadsTheSame(t *testing.T) {
	pool := []string{"fr", "fr-CA", "en", "en-GB", "de", "br", "gsw", "mul"}
	readers := [][]string{nil}
	for from := 0; len(readers[from]) < 3; from++ {
		for _, name := range pool {
			readers = append(readers, append(slices.Clone(readers[from]), name))
		}
	}
	processes := [][]string{
		{"fr"}, {"en"}, {"fr", "en"}, {"en", "fr"},
		{"fr", "de", "en"}, {"de", "fr-CA", "fr"}, {"fr-CA", "fr", "en-GB"},
	}
	texts := subsets(pool)
	german := "de"

	compared, unfit := 0, 0
	for _, reader := range readers {
		whole := scene.Tags(reader...)
		for _, languages := range processes {
			narrow := input.Narrowed(whole, languages)
			if a, b := message.Say(whole, "Deleted account"), message.Say(narrow, "Deleted account"); a != b {
				t.Fatalf("%v says %q, %v of it %q", whole, a, narrow, b)
			}

			now := append(slices.Clone(languages), "es") // a language that the process was given meanwhile
			for _, text := range texts {
				if !input.Fits(text, now, languages) {
					unfit++
					continue
				}

				compared++
				for _, asked := range []*string{nil, &german} {
					a, in := input.InLanguage(text, now, asked, whole)
					if b, narrowIn := input.InLanguage(text, now, asked, narrow); a != b || in != narrowIn {
						t.Fatalf("of %v in %v, %v reads %s, and %v of it %s", text, languages,
							whole, in, narrow, narrowIn)
					}
				}
			}
		}
	}

	if compared == 0 || unfit == 0 {
		t.Errorf("%d compared, %d not", compared, unfit)
	}

	if input.Fits(input.Texts{"fr": "a", "en": "b"}, []string{"en", "fr"}, []string{"fr", "en"}) {
		t.Error("a process whose first language is another one is the same")
	}
}

// subsets returns all texts in some of these languages.
func subsets(languages []string) (all []input.Texts) {
	for bits := range 1 << len(languages) {
		text := input.Texts{}
		for i, name := range languages {
			if bits>>i&1 == 1 {
				text[name] = fmt.Sprint("in ", name)
			}
		}
		all = append(all, text)
	}
	return all
}

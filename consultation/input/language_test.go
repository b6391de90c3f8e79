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

// narrowed supposes that texts are in these languages, and all of them in the first.
func narrowed(languages []string) input.Narrowing {
	return input.Narrowing{Languages: languages, HaveFirst: true}
}

// A Narrowing leaves of a reader's languages those that decide what is read, in texts of a process and in messages.
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

		got := narrowed(strings.Fields(c.languages)).Of(scene.Tags(strings.Fields(c.reader)...))
		if !slices.Equal(got, scene.Tags(strings.Fields(c.want)...)) {
			t.Errorf("where texts are in %s, %q becomes %v, want %q", c.languages, c.reader, got, c.want)
		}
	}
}

// Once a text was met in another language, as many of a reader's languages matter as texts may be in, and no more.
func TestWidened(t *testing.T) {
	wider := narrowed([]string{"fr"}).Widened(input.Texts{"de": "a", "fr": "b"})
	for reader, want := range map[string]string{
		"fr": "fr", "fr-CA en-US": "fr en", "it de-CH es": "de", "es fr it": "fr", "en es fr de": "en fr de", "": "",
	} {
		got := wider.Of(scene.Tags(strings.Fields(reader)...))
		if !slices.Equal(got, scene.Tags(strings.Fields(want)...)) {
			t.Errorf("%q becomes %v, want %q", reader, got, want)
		}
	}
	if again := wider.Widened(input.Texts{"es": "c"}).Languages; !slices.Equal(again, []string{"de", "en", "es", "fr"}) {
		t.Errorf("with Spanish: %v", again)
	}
	if whole := scene.Tags("it", "es"); !slices.Equal(input.Narrowing{}.Of(whole), whole) {
		t.Error("where nothing is supposed, not every language matters")
	}
}

// TestNarrowedReadsTheSame compares, for many readers, processes and texts, what is read with the whole list of
// languages and with the narrowed one. Texts that do not fit the process are read with the list that is widened for
// them.
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
			narrowing := narrowed(languages)
			narrow := narrowing.Of(whole)
			if a, b := message.Say(whole, "Deleted account"), message.Say(narrow, "Deleted account"); a != b {
				t.Fatalf("%v says %q, %v of it %q", whole, a, narrow, b)
			}

			now := append(slices.Clone(languages), "es") // a language that the process was given meanwhile
			for _, text := range texts {
				list := narrow
				if !narrowing.Fits(text, now) {
					wider := narrowing.Widened(text)
					if list = wider.Of(whole); !wider.Fits(text, now) {
						t.Fatalf("%v does not fit %v", text, wider)
					}
					unfit++
				}

				compared++
				for _, asked := range []*string{nil, &german} {
					a, in := input.InLanguage(text, now, asked, whole)
					if b, narrowIn := input.InLanguage(text, now, asked, list); a != b || in != narrowIn {
						t.Fatalf("of %v in %v, %v reads %s, and %v of it %s", text, languages,
							whole, in, list, narrowIn)
					}
				}
			}
		}
	}

	if compared == unfit || unfit == 0 {
		t.Errorf("%d compared, %d of them do not fit", compared, unfit)
	}

	if narrowed([]string{"fr", "en"}).Fits(input.Texts{"fr": "a", "en": "b"}, []string{"en", "fr"}) {
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

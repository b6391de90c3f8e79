package document

import (
	"strings"
	"testing"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/parser"
)

// value returns the string that the parser reads of a document in which it is the only argument.
func value(t *testing.T, literal string) (string, error) {
	t.Helper()
	text, wrong := escaped("# \"\\u{1F600} is a comment\r\n{ a(b: " + literal + ") }")
	if wrong != nil {
		return "", wrong
	}
	doc, err := parser.ParseQuery(&ast.Source{Input: text})
	if err != nil {
		return "", err
	}
	return doc.Operations[0].SelectionSet[0].(*ast.Field).Arguments[0].Value.Raw, nil
}

// Escapes are read as the edition of September 2025 says.
// Source: https://spec.graphql.org/September2025/#sec-String-Value.Static-Semantics
func TestUnicodeEscapes(t *testing.T) {
	for literal, want := range map[string]string{
		`"a"`:                        "a",
		`"\u00e9"`:                   "é",
		`"\uD83D\uDE00"`:             "😀",
		`"\ud83d\ude00!"`:            "😀!",
		`"\u{1F600}"`:                "😀",
		`"\u{1f600}"`:                "😀",
		`"\u{0000000000000001F600}"`: "😀",
		`"\u{41}\u0042"`:             "AB",
		`"\u{22}\u{5C}\u0022\u005c"`: `"\"\`,
		`"\u{A}"`:                    "\n",
		`"\u{10FFFF}"`:               "\U0010FFFF",
		`"\u{FFFD}"`:                 "\uFFFD",
		`"\\uD83D"`:                  `\uD83D`,
		`"\\\u{1F600}"`:              `\😀`,
		`"""\u{1F600} \uD83D"""`:     `\u{1F600} \uD83D`,
		`"""a\"""\u{1F600}""" `:      `a"""\u{1F600}`,
		`"" `:                        "",
		`"😀\u{1F600}"`:               "😀😀",
		"\"a\\u{1F600}#\\u{1F600}\"": "a😀#😀",
	} {
		if got, err := value(t, literal); err != nil || got != want {
			t.Errorf("%s is %q, %v; want %q", literal, got, err, want)
		}
	}

	for literal, column := range map[string]int{
		`"\uD83D"`:               9,
		`"a\uDE00"`:              10,
		`"\uDE00\uD83D"`:         9,
		`"\uD83D\u{DE00}"`:       9,
		`"\uD83D a"`:             9,
		`"\u{D83D}"`:             9,
		`"\u{110000}"`:           9,
		`"\u{FFFFFFFFFFFFFFFF}"`: 9,
		`"\u{}"`:                 9,
		`"\u{1F600"`:             9,
		`"\u12G4"`:               9,
		`"é\u{+41}"`:             10,
		`"\u{ 41}"`:              9,
		`"\u12"`:                 9,
	} {
		_, err := value(t, literal)
		if err == nil {
			t.Errorf("%s is read", literal)
			continue
		}
		_, wrong := escaped("# comment\r\n{ a(b: " + literal + ") }")
		if wrong == nil || wrong.Locations[0].Line != 2 || wrong.Locations[0].Column != column {
			t.Errorf("%s: %v, want column %d", literal, wrong, column)
		}
	}
}

// Whatever the text, either it is refused or the parser reads of it what it reads without escapes, and nothing else is
// changed.
func FuzzUnicodeEscapes(f *testing.F) {
	for _, text := range []string{`{a(b:"\u{1F600}")}`, `{a(b:"""\u""")}`, `#\u"` + "\n{a}", `{a(b:"\uD83D\uDE00`, `"\u`} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		got, wrong := escaped(text)
		if wrong != nil {
			return
		}
		if !strings.Contains(text, `\u`) && got != text {
			t.Errorf("%q becomes %q", text, got)
		}
		again, wrong := escaped(got)
		if wrong != nil || again != got {
			t.Errorf("%q becomes %q, and then %q, %v", text, got, again, wrong)
		}
	})
}

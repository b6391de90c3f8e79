package clean

import (
	"errors"
	"strings"
	"testing"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
	"pgregory.net/rapid"
)

// Text returns the one form of a text that the rules see, and refuses control characters and what is not UTF-8.
func TestClean(t *testing.T) {
	for name, c := range map[string]struct {
		in, want string
		err      error
	}{
		// What is made uniform.
		"plain":                      {in: "Un texte.", want: "Un texte."},
		"decomposed":                 {in: "e\u0301te\u0301", want: "été"},
		"line breaks of all systems": {in: "a\r\nb\rc\u2028d\u2029e\u0085f", want: "a\nb\nc\nd\ne\nf"},
		"blank lines around":         {in: "\n \n\t\na\n\nb\n \n\n", want: "a\n\nb"},
		"indentation of the first":   {in: "\n  - a\n  - b", want: "  - a\n  - b"},
		"trailing white space":       {in: "a \nb\t\nc\u00a0", want: "a\nb\nc"},
		"hard break":                 {in: "a     \nb", want: "a  \nb"},
		"hard break before nothing":  {in: "a  \n\nb  ", want: "a\n\nb"},
		"byte order mark":            {in: "\uFEFFe\uFEFF\u0301", want: "é"},

		// What shows nothing.
		"only white space": {in: " \t\r\n\u00a0\u2003", want: ""},
		"only zero width":  {in: "\u200b\u200d\n\u2060\ufe0f\u00ad", want: ""},
		"only fillers":     {in: "\u3164\u2800\u115f", want: ""},

		// Signs that show nothing but are kept, since words need them.
		"zero width joiner in a word": {in: "👩\u200d🌾", want: "👩\u200d🌾"},
		"direction marks":             {in: "שלום\u200f!", want: "שלום\u200f!"},
		"Arabic number sign":          {in: "\u06dd", want: "\u06dd"},
		"empty":                       {},

		// What is refused, written out or as a reference, and references that are not.
		"NUL":                          {in: "a\x00b", err: ErrControl},
		"escape":                       {in: "\x1b[31m", err: ErrControl},
		"C1 control":                   {in: "\u009b", err: ErrControl},
		"bidirectional override":       {in: "a\u202eb", err: ErrControl},
		"bidirectional isolate":        {in: "a\u2066b", err: ErrControl},
		"override as a reference":      {in: "a&#x202E;b", err: ErrControl},
		"control as a reference":       {in: "a&#1;b", err: ErrControl},
		"only zero width references":   {in: "&#8203;\n&nbsp; &zwj;", want: ""},
		"a reference among words":      {in: "a&nbsp;b &amp;#x202E;", want: "a&nbsp;b &amp;#x202E;"},
		"Latin-1":                      {in: "\xe9t\xe9", err: ErrInvalidUTF8},
		"half a surrogate":             {in: "\xed\xa0\x80", err: ErrInvalidUTF8},
		"vertical tab is not accepted": {in: "a\vb", err: ErrControl},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := Text(c.in)
			if got != c.want || !errors.Is(err, c.err) {
				t.Errorf("Text(%q) = %q, %v; want %q, %v", c.in, got, err, c.want, c.err)
			}
		})
	}
}

// Line does what Text does, and returns a single line.
func TestCleanLine(t *testing.T) {
	for name, c := range map[string]struct {
		in, want string
		err      error
	}{
		"title":                 {in: " Des lieux \t pour\r\ntous ", want: "Des lieux pour tous"},
		"single no-break space": {in: "Engagement n°\u00a03 : 10\u202f%", want: "Engagement n°\u00a03 : 10\u202f%"},
		"several of them":       {in: "a\u00a0\u00a0b", want: "a b"},
		"wide space":            {in: "a\u2003b", want: "a b"},
		"invisible":             {in: "\u200b \u200b", want: ""},

		// What is refused.
		"control":   {in: "a\x07", err: ErrControl},
		"not UTF-8": {in: "\xff", err: ErrInvalidUTF8},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := Line(c.in)
			if got != c.want || !errors.Is(err, c.err) {
				t.Errorf("Line(%q) = %q, %v; want %q, %v", c.in, got, err, c.want, c.err)
			}
		})
	}
}

// Length counts code points: neither bytes nor what a reader sees as one character.
func TestLengthCountsCodePoints(t *testing.T) {
	if got := Length("été 👩\u200d🌾"); got != 7 {
		t.Errorf("Length = %d, want 7", got)
	}
}

// Whatever text is drawn, Text and Line do what they promise.
func TestCleanProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) { checkClean(t, rapid.String().Draw(t, "s")) })
}

// Whatever people send as a text, Text and Line do what they promise.
func FuzzClean(f *testing.F) {
	for _, seed := range []string{
		"", "a  \n\nb", "\uFEFFe\uFEFF\u0301", "\u200b \u00a0\n", "\xff", "\u1100\u1161\u11a8", "a \u0301",
	} {
		f.Add(seed)
	}

	f.Fuzz(func(t *testing.T, s string) { checkClean(t, s) })
}

// checkClean checks what Text and Line promise for any s.
func checkClean(t rapid.TB, s string) {
	for name, clean := range map[string]func(string) (string, error){"Text": Text, "Line": Line} {
		once, err := clean(s)
		if err != nil {
			if once != "" {
				t.Fatalf("%s(%q) = %q with %v", name, s, once, err)
			}
			continue
		}

		if twice, err := clean(once); twice != once || err != nil {
			t.Fatalf("%s is not idempotent: %q, %q, %v", name, once, twice, err)
		}

		if !utf8.ValidString(once) || !norm.NFC.IsNormalString(once) || (once != "" && !visible(once)) {
			t.Fatalf("%s(%q) = %q", name, s, once)
		}

		if name == "Line" && strings.ContainsAny(once, "\n\t") {
			t.Fatalf("Line(%q) = %q", s, once)
		}
	}
}

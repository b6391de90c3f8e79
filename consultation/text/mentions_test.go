package text

import (
	"slices"
	"testing"
)

func TestMentions(t *testing.T) {
	for name, c := range map[string]struct {
		md   string
		want []string
	}{
		"none":                 {"Bonjour", nil},
		"one":                  {"Bonjour @marie !", []string{"marie"}},
		"order and repetition": {"@zoe-2, @Adam et @ZOE-2", []string{"zoe-2", "adam"}},
		"all punctuation":      {"(@marie) « @jean_le_bon », **@paul**: *@luc*, _@lou_.", []string{"marie", "jean_le_bon", "paul", "luc", "lou"}},
		"in lists and quotes":  {"> - @marie\n> - @jean", []string{"marie", "jean"}},
		"across a line":        {"@marie\n@jean", []string{"marie", "jean"}},
		"too short, too long":  {"@ab @abcdefghijklmnopqrst @abcdefghijklmnopqrstu", []string{"abcdefghijklmnopqrst"}},
		"e-mail":               {"marie@example.org a@bcd <a@bcd.fr> mailto:a@bcd.fr", nil},
		"account elsewhere":    {"@marie@social.example", nil},
		"letter not in a nick": {"@andré @marieß", nil},
		"inside a word":        {"été@marie example.org/@marie", nil},
		"code":                 {"`@marie` et\n```\n@jean\n```", nil},
		"unclosed code":        {"`@marie", []string{"marie"}},
		"link":                 {"[@marie](https://example.org) https://example.org/@jean [x](https://a.b/@paul) ![@luc](x)", nil},
		"brackets, no link":    {"[@marie]", []string{"marie"}},
		"escaped":              {`\@marie`, nil},
		"two signs":            {"@@marie", nil},
	} {
		t.Run(name, func(t *testing.T) {
			if got := Mentions(c.md); !slices.Equal(got, c.want) {
				t.Errorf("Mentions(%q) = %q, want %q", c.md, got, c.want)
			}
		})
	}
}

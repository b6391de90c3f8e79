package markdown

import (
	"slices"
	"testing"
)

// A mention is the nickname after an @ that does not belong to a word, an address, a link or code.
func TestMentions(t *testing.T) {
	for name, c := range map[string]struct {
		md   string
		want []string
	}{
		"none": {"Bonjour", nil},

		// Mentions.
		"one":                  {"Bonjour @marie !", []string{"marie"}},
		"order and repetition": {"@zoe-2, @Adam et @ZOE-2", []string{"zoe-2", "adam"}},
		"all punctuation": {"(@marie) « @jean_le_bon », **@paul**: *@luc*, _@lou_.",
			[]string{"marie", "jean_le_bon", "paul", "luc", "lou"}},
		"in lists and quotes": {"> - @marie\n> - @jean", []string{"marie", "jean"}},
		"across a line":       {"@marie\n@jean", []string{"marie", "jean"}},
		"too short, too long": {"@ab @abcdefghijklmnopqrst @abcdefghijklmnopqrstu", []string{"abcdefghijklmnopqrst"}},

		"one or the other":     {"@claire/@zoe/@paul, **@luc**/@lou", []string{"claire", "zoe", "paul", "luc"}},
		"one and a path":       {"@claire/a/@zoe claire/@paul /@lou", []string{"claire"}},
		"a hyphen at the end":  {"@claire- et @paul--", []string{"claire-", "paul--"}},
		"in a quotation":       {"> @claire\n\nNon, @zoe", []string{"claire", "zoe"}},
		"a quotation's author": {"> Merci **@claire**/@zoe !\n> - @paul", []string{"claire", "paul"}},

		// What only looks like a mention, and mentions that look like something else.
		"e-mail":               {"marie@example.org a@bcd <a@bcd.fr> mailto:a@bcd.fr", nil},
		"account elsewhere":    {"@marie@social.example", nil},
		"letter not in a nick": {"@andré @marieß", nil},
		"inside a word":        {"été@marie example.org/@marie", nil},
		"code":                 {"`@marie` et\n```\n@jean\n```", nil},
		"unclosed code":        {"`@marie", []string{"marie"}},
		"link": {"[@marie](https://example.org) https://example.org/@jean [x](https://a.b/@paul) ![@luc](x)",
			nil},
		"brackets, no link": {"[@marie]", []string{"marie"}},
		"escaped":           {`\@marie`, nil},
		"two signs":         {"@@marie", nil},
	} {
		t.Run(name, func(t *testing.T) {
			if got := Mentions(c.md); !slices.Equal(got, c.want) {
				t.Errorf("Mentions(%q) = %q, want %q", c.md, got, c.want)
			}
		})
	}
}

// Unmention replaces all mentions of a nickname, and nothing else.
func TestUnmention(t *testing.T) {
	for _, c := range [][3]string{
		{"@marie", "marie", "@…"},
		{"Hello @Marie, and @paul, and @MARIE.", "marie", "Hello @…, and @paul, and @…."},
		{"`@marie` and [@marie](https://example.org) and marie@marie.example", "marie",
			"`@…` and [@…](https://example.org) and marie@marie.example"},
		{"```\n@marie, @paul\n```", "marie", "```\n@…, @paul\n```"},
		{`\@marie and @a\_b\-c`, "marie", `\@… and @a\_b\-c`},
		{`\@marie and @a\_b\-c`, "a_b-c", `\@marie and @…`},
		{"&#64;marie, &#x40;Marie, &commat;MARIE, ＠marie, ﹫ｍａｒｉｅ", "marie", "@…, @…, @…, @…, @…"},
		{"@\u200bmarie, @ma\u00adrie, @&#8203;mari&#101;, @\u2060\ufeffmarie", "marie", "@…, @…, @…, @…"},
		{"@**marie**, @*ma*rie, @`marie`, @@marie, _@marie_, @marie_", "marie", "@…**, @…, @…`, @@…, _@…_, @marie_"},
		{"https://social.example/@marie, x&#64;marie, @marie@social.example, ＠mariette, ＠mariéa", "marie",
			"https://social.example/@marie, x&#64;marie, @marie@social.example, ＠mariette, ＠mariéa"},
		{"@&amp;marie and & @", "marie", "@&amp;marie and & @"},
		{"> *@marie*: @mariette", "marie", "> *@…*: @mariette"},
		{"@marie/@paul, @paul/@marie/@lou", "marie", "@…/@paul, @paul/@…/@lou"},
		{"", "marie", ""},
	} {
		if got := Unmention(c[0], is(c[1])); got != c[2] {
			t.Errorf("%q without %s: %q, want %q", c[0], c[1], got, c[2])
		}
	}
}

// is returns what says whether a nickname is this one.
func is(nickname string) func(string) bool { return func(n string) bool { return n == nickname } }

// Whatever people wrote, nobody is mentioned by the nickname any more, and the others still are.
func FuzzUnmention(f *testing.F) {
	f.Add("Hello @marie and @paul")
	f.Add("[@marie](x) `@marie` \\@marie _@marie_ **@marie**")
	f.Fuzz(func(t *testing.T, md string) {
		want := slices.DeleteFunc(Mentions(md), func(n string) bool { return n == "marie" })
		if got := Mentions(Unmention(md, is("marie"))); !slices.Equal(got, want) {
			t.Errorf("%q: %q are left, want %q", md, got, want)
		}
	})
}

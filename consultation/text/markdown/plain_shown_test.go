package markdown

import "testing"

// Plain text has what the page shows: character references as the characters that they stand for, once.
func TestPlainIsWhatIsShown(t *testing.T) {
	for md, want := range map[string]string{
		"caf&eacute; &#233;t&#xE9; 10&nbsp;% &OElig;uvre": "café été 10\u00a0% Œuvre",
		"AT&amp;T &lt;b&gt; &quot;a&quot;":                `AT&T <b> "a"`,
		"&amp;eacute; &amp;amp; &amp;#233;":               "&eacute; &amp; &#233;",
		`\&eacute; \* \\* &#92;*`:                         `&eacute; * \* \*`,
		"&eacute &nothing; & && R&D;":                     "&eacute &nothing; & && R&D;",
		"`caf&eacute; \\*` **&eacute;**":                  `caf&eacute; \* é`,
		"    caf&eacute;":                                 "caf&eacute;",
		"[&eacute;t&eacute;](https://a.b)":                "été",
		"a&#x202E;b&#1;c":                                 "abc",
		"https://a.b/&eacute;":                            "https://a.b/é",
	} {
		for name, plain := range map[string]func(string) string{"comment": CommentPlain, "official": OfficialPlain} {
			if got := plain(md); got != want {
				t.Errorf("%s: %q is %q, want %q", name, md, got, want)
			}
		}
	}
}

package markdown

import (
	"io"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"unicode"

	"golang.org/x/net/html"
	"pgregory.net/rapid"

	"ensemble/consultation/text/clean"
)

// example is a text, and how it is shown. When want does not end with an element, it is only the beginning.
type example struct{ md, want string }

// wantComments checks how comments are shown, and that nothing is shown that may not be.
func wantComments(t *testing.T, examples map[string]example) {
	t.Helper()
	for name, c := range examples {
		t.Run(name, func(t *testing.T) {
			got := CommentHTML(c.md)
			checkHTML(t, c.md, got)

			flat := strings.ReplaceAll(got, "\n", "")
			if !strings.HasPrefix(flat, c.want) || (strings.HasSuffix(c.want, ">") && flat != c.want) {
				t.Errorf("CommentHTML(%q) = %q, want %q", c.md, flat, c.want)
			}
		})
	}
}

// A comment is shown with the marks that comments may have. All others stay text.
func TestCommentHTML(t *testing.T) {
	wantComments(t, map[string]example{
		// What comments may have.
		"paragraphs and lines": {"Un\ndeux\n\ntrois", "<p>Un<br/>deux</p><p>trois</p>"},
		"emphasis":             {"*un* **deux** _trois_", "<p><em>un</em> <strong>deux</strong> <em>trois</em></p>"},
		"list":                 {"- un\n- deux", "<ul><li>un</li><li>deux</li></ul>"},
		"numbered from 3":      {"3. un", `<ol start="3"><li>un</li></ol>`},
		"nested quotes": {"> un\n>> deux",
			"<blockquote><p>un</p><blockquote><p>deux</p></blockquote></blockquote>"},
		"indented code": {"    <b>", "<pre><code>&lt;b&gt;</code></pre>"},
		"code": {"`<b>` et\n```go\n<i>\n```",
			"<p><code>&lt;b&gt;</code> et</p><pre><code>&lt;i&gt;</code></pre>"},
		"link": {`[un](https://example.org/?a=1&b=2 "titre")`,
			`<p><a href="https://example.org/?a=1&amp;b=2" rel="nofollow noopener ugc">un</a></p>`},
		"bare link": {"voir https://example.org/a.",
			`<p>voir <a href="https://example.org/a" rel="nofollow noopener ugc">https://example.org/a</a>.</p>`},
		"bare host": {"www.example.org",
			`<p><a href="http://www.example.org" rel="nofollow noopener ugc">www.example.org</a></p>`},
		"bare address": {"a@example.org",
			`<p><a href="mailto:a@example.org" rel="nofollow noopener ugc">a@example.org</a></p>`},
		"link in brackets": {"<https://example.org>",
			`<p><a href="https://example.org" rel="nofollow noopener ugc">https://example.org</a></p>`},

		// What stays text.
		"heading stays text":    {"# Un\nDeux\n====", "<p># Un<br/>Deux<br/>====</p>"},
		"rule stays text":       {"---", "<p>---</p>"},
		"table stays text":      {"|a|\n|-|\n|b|", "<p>|a|<br/>|-|<br/>|b|</p>"},
		"definition stays text": {"[a]: https://example.org/ 'b'", "<p>[a]: <a"},
		"mention":               {"_@jean_le_ et @jean_le_bon_", "<p><em>@jean_le</em> et @jean_le_bon_</p>"},
	})
}

// HTML in a comment is shown as text, and a link or an image of a comment does nothing but lead to a page.
func TestCommentHTMLIsHarmless(t *testing.T) {
	wantComments(t, map[string]example{
		// HTML of one's own.
		"raw script": {"<script>alert(1)</script>", "<p>&lt;script&gt;alert(1)&lt;/script&gt;</p>"},
		"raw block":  {"<div onclick=a>\nun\n</div>", "<p>&lt;div onclick=a&gt;<br/>un<br/>&lt;/div&gt;</p>"},
		"comment and CDATA": {"<!-- a --> <![CDATA[b]]> <?php ?>",
			"<p>&lt;!-- a --&gt; &lt;![CDATA[b]]&gt; &lt;?php ?&gt;</p>"},

		// Links that are not to a page or an address.
		"javascript":             {"[un](javascript:alert(1))", "<p>un</p>"},
		"javascript, capitals":   {"[un](JaVaScRiPt:alert(1))", "<p>un</p>"},
		"javascript by entity":   {"[un](javascript&#58;alert(1))", "<p>un</p>"},
		"javascript by tab":      {"[un](java&Tab;script:alert(1))", "<p>un</p>"},
		"javascript by control":  {"[un](&#1;javascript:alert(1))", "<p>un</p>"},
		"javascript in brackets": {"<javascript:alert(1)>", "<p>javascript:alert(1)</p>"},
		"data":                   {"[un](data:text/html;base64,PHNjcmlwdD4=)", "<p>un</p>"},
		"file, ftp, vbscript": {"[a](file:///etc) [b](ftp://a.b) [c](vbscript:a) ftp://a.b/c",
			"<p>a b c ftp://a.b/c</p>"},
		"relative": {"[a](/b) [c](//d.org) [e](#f) [g]()", "<p>a c e g</p>"},

		// Links without a host: browsers take them for pages of the site, or for hosts.
		"one slash":            {"[a](https:/account/export) [b](http:/c)", "<p>a b</p>"},
		"no slash":             {"[a](https:evil.example) [b](HTTPS:evil.example)", "<p>a b</p>"},
		"three slashes":        {"[a](https:///evil.example/b)", "<p>a</p>"},
		"backslashes":          {`[a](https:\\evil.example) [b](https:/\evil.example)`, "<p>a b</p>"},
		"by entity":            {"[a](https:&sol;account) [b](https&colon;evil.example)", "<p>a b</p>"},
		"a port alone":         {"[a](https://:80/b) [c](https://) [d](https://?e)", "<p>a c d</p>"},
		"no host, in brackets": {"<https:/account/export> <http:a>", "<p>https:/account/export http:a</p>"},
		"dots and signs": {"[a](https://./account) [b](https://../x) [c](https://-/x) [d](https://_/) [e](https://&/x)",
			"<p>a b c d e</p>"},
		"signs by their bytes": {"[a](https://%C2%AD/account) [b](https://%E3%80%82/account) [c](https://。/x) [d](https://[::]/)",
			"<p>a b c d</p>"},
		"who asks, not a host": {`[a](https://evil.example\@good.example/) [b](https://a@b.org) [c](https://a:b@c.org/d)`,
			"<p>a b c</p>"},
		"hosts in letters of others": {"[a](https://été.fr/b)",
			`<p><a href="https://%C3%A9t%C3%A9.fr/b" rel="nofollow noopener ugc">a</a></p>`},
		"mail to nobody": {"[a](mailto:) [b](mailto:c) [d](mailto://e@f.org)", "<p>a b d</p>"},

		// Addresses that would break out of their attribute.
		"quote breaks attribute": {`[a](https://b.org/"onclick="c)`,
			`<p><a href="https://b.org/%22onclick=%22c" rel="nofollow noopener ugc">a</a></p>`},
		"angle breaks attribute": {`[a](<https://b.org/"><script>)`, "<p>[a](<a"},

		// Images.
		"image": {"![un *deux*](https://example.org/a.png)", "<p>un <em>deux</em></p>"},
		"image as a link": {"[![un](a.png)](https://example.org)",
			`<p><a href="https://example.org" rel="nofollow noopener ugc">un</a></p>`},

		// Entities, and what is never closed.
		"entity is a character":   {"&lt;b&gt; &amp;lt; &#0; &copy;", "<p>&lt;b&gt; &amp;lt; \ufffd ©</p>"},
		"double escape":           {"&amp;lt;script&amp;gt;", "<p>&amp;lt;script&amp;gt;</p>"},
		"class on code":           {"```x\" onclick=\"y\nz\n```", "<pre><code>z</code></pre>"},
		"empty":                   {"", ""},
		"emphasis never unclosed": {"**un *deux** trois*", ""},
	})
}

// An official text may have headings, tables and rules too.
func TestOfficialHTML(t *testing.T) {
	for name, c := range map[string]struct{ md, want string }{
		"headings": {"# Un\n\nDeux\n----\n\n###### Trois", "<h3>Un</h3><h4>Deux</h4><h6>Trois</h6>"},
		"table": {"|a|b|\n|-|-:|\n|c|*d*|", `<table><thead><tr><th>a</th><th align="right">b</th></tr></thead>` +
			`<tbody><tr><td>c</td><td align="right"><em>d</em></td></tr></tbody></table>`},
		"rule":       {"un\n\n---", "<p>un</p><hr/>"},
		"soft break": {"un\ndeux  \ntrois", "<p>undeux<br/>trois</p>"},
		"definition": {"[a]\n\n[a]: https://example.org",
			`<p><a href="https://example.org" rel="nofollow noopener ugc">a</a></p>`},
		"raw HTML": {"<b>un</b> <script>deux</script>",
			"<p>&lt;b&gt;un&lt;/b&gt; &lt;script&gt;deux&lt;/script&gt;</p>"},
		"javascript": {"[a]\n\n[a]: javascript:b", "<p>a</p>"},
		"no host":    {"[a]\n\n[a]: https:/account/export", "<p>a</p>"},
		"image":      {"![a](https://example.org/b.png)", "<p>a</p>"},
		"no mention": {"@_jean_", "<p>@<em>jean</em></p>"},
		"code":       {"    <b>", "<pre><code>&lt;b&gt;</code></pre>"},
	} {
		t.Run(name, func(t *testing.T) {
			got := OfficialHTML(c.md)
			checkHTML(t, c.md, got)

			if flat := strings.ReplaceAll(got, "\n", ""); flat != c.want {
				t.Errorf("OfficialHTML(%q) = %q, want %q", c.md, flat, c.want)
			}
		})
	}
}

// TestNoLetterIsLost checks that all letters that somebody typed are shown. The texts are drawn without links, entities
// and the name of a language after a fence, which are not shown.
func TestNoLetterIsLost(t *testing.T) {
	typed := rapid.SampledFrom([]string{
		"un", "deux", "@trois", " ", "    ", "\t", "\n", "\n\n", "# ", "- ", "1. ", "> ", "---", "===", "* * *",
		"| ", "|-|\n", "<b>", "<!--", "</b", "*", "**", "_", "`un`", "```\n", "[", "]", "!",
		"\\", "<https", "x@y", "www.",
	})

	rapid.Check(t, func(t *rapid.T) {
		md := strings.Join(rapid.SliceOfN(typed, 0, 20).Draw(t, "md"), "")
		if page := CommentHTML(md); onlyLetters(visibleText(page)) != onlyLetters(md) {
			t.Fatalf("CommentHTML(%q) = %q", md, page)
		}
	})
}

// visibleText returns the text of a page without its elements.
func visibleText(page string) string {
	var text strings.Builder
	for tokens := html.NewTokenizer(strings.NewReader(page)); tokens.Next() != html.ErrorToken; {
		if token := tokens.Token(); token.Type == html.TextToken {
			text.WriteString(token.Data)
		}
	}
	return text.String()
}

// onlyLetters returns s without what is no letter.
func onlyLetters(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) {
			return r
		}
		return -1
	}, s)
}

// Many goroutines may render the same text at once.
func TestRenderingIsConcurrent(t *testing.T) {
	const md = "# Un\n\n- *deux* @trois https://example.org"
	comment, official := CommentHTML(md), OfficialHTML(md)

	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			for range 50 {
				if CommentHTML(md) != comment || OfficialHTML(md) != official || len(Mentions(md)) != 1 {
					t.Error("rendering differs from one goroutine to another")
				}
			}
		})
	}
	group.Wait()
}

// Whatever people write becomes a page that has only what is allowed, and mentions only nicknames that are in the text.
func FuzzCommentHTML(f *testing.F) {
	for _, seed := range []string{
		"# a\n- b\n> c\n```\nd\n```", "[a](javascript&colon;b) ![c](d) <e:f>", "<script>a</script>&#x3c;b",
		"**a _b* c_ @jean_le_bon", "|a|\n|-|\n|b|", "\t- a\n\t\t@jean", "[a]: b\n[a]",
		"www.a.b https://c.d/é\"'> e@f.g",
	} {
		f.Add(seed)
	}

	f.Fuzz(func(t *testing.T, md string) {
		checkHTML(t, md, CommentHTML(md))
		checkHTML(t, md, OfficialHTML(md))
		for _, nickname := range Mentions(md) {
			if len(nickname) < minNickname || len(nickname) > maxNickname ||
				!strings.Contains(strings.ToLower(md), "@"+nickname) {
				t.Fatalf("Mentions(%q) has %q", md, nickname)
			}
		}
	})
}

// allowed lists each element that may be in a page, with the attributes that it may have.
var allowed = map[string][]string{
	"p": nil, "br": nil, "em": nil, "strong": nil, "ul": nil, "ol": {"start"}, "li": nil,
	"blockquote": nil, "code": nil, "pre": nil,
	"a": {"href", "rel"}, "h3": nil, "h4": nil, "h5": nil, "h6": nil, "hr": nil,
	"table": nil, "thead": nil, "tbody": nil, "tr": nil, "th": {"align"}, "td": {"align"},
}

// checkHTML reads page as a browser does, and checks that it has only allowed elements, and that each is closed where
// it must be.
func checkHTML(t *testing.T, md, page string) {
	t.Helper()
	var open []string
	for tokens := html.NewTokenizer(strings.NewReader(page)); ; {
		kind, token := tokens.Next(), tokens.Token()

		switch kind {
		case html.ErrorToken:
			if tokens.Err() != io.EOF || len(open) > 0 {
				t.Fatalf("%q gives %q: %v, still open: %v", md, page, tokens.Err(), open)
			}
			return
		case html.TextToken:
			continue
		case html.StartTagToken:
			open = append(open, token.Data)
		case html.EndTagToken:
			if len(open) == 0 || open[len(open)-1] != token.Data {
				t.Fatalf("%q gives %q: %s closes %v", md, page, token, open)
			}
			open = open[:len(open)-1]
		case html.SelfClosingTagToken:
			if token.Data != "br" && token.Data != "hr" {
				t.Fatalf("%q gives %q with %s", md, page, token)
			}
		default:
			t.Fatalf("%q gives %q with %s", md, page, token)
		}

		checkElement(t, md, token)
	}
}

// checkElement checks that an element is allowed, with these attributes, and that links lead only where they may.
func checkElement(t *testing.T, md string, token html.Token) {
	t.Helper()
	attributes, ok := allowed[token.Data]
	if !ok {
		t.Fatalf("%q gives %s", md, token)
	}

	for _, a := range token.Attr {
		if !slices.Contains(attributes, a.Key) || (a.Key == "rel" && a.Val != linkRel) {
			t.Fatalf("%q gives %s", md, token)
		}
		if u, err := url.Parse(a.Val); a.Key == "href" && (err != nil || !slices.Contains(linkSchemes, u.Scheme)) {
			t.Fatalf("%q gives %s", md, token)
		}
	}

	if token.Data == "a" && token.Type == html.StartTagToken && len(token.Attr) != 2 {
		t.Fatalf("%q gives %s", md, token)
	}
}

// A character that no text may have is not shown when it is written as a reference, neither in text nor in links.
func TestNothingForbiddenIsShown(t *testing.T) {
	for _, reference := range []string{"&#x202E;", "&#8294;", "&#1;", "&#x85;", "&#x9b;", "&#0000008238;"} {
		for name, render := range map[string]func(string) string{"comment": CommentHTML, "official": OfficialHTML} {
			md := "a" + reference + "b [c" + reference + "](https://example.org/" + reference +
				") **d" + reference + "**"
			page := render(md)
			if strings.ContainsFunc(page, clean.Forbidden) || !strings.Contains(page, "<strong>d") {
				t.Errorf("%s: %s shows %q", name, reference, page)
			}
		}
	}
}

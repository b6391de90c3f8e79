package markdown

import (
	"math"
	"regexp"
	"slices"
	"strings"
	"testing"

	"ensemble/consultation/text/texttest"
)

// linkedIn returns the texts of the links in a page.
func linkedIn(page string) []string {
	var all []string
	for _, link := range regexp.MustCompile(`<a href="([^"]*)"[^>]*>([^<]*)</a>`).FindAllStringSubmatch(page, -1) {
		all = append(all, link[2])
	}
	return all
}

// An address that is simply typed is a link, up to its end: not to the middle of a word or of a host, and without the
// punctuation of the sentence around it.
func TestBareLinks(t *testing.T) {
	for _, c := range []struct {
		md   string
		want []string
	}{
		// Letters of all scripts, in paths, queries, fragments and hosts.
		{"https://fr.wikipedia.org/wiki/Démocratie_participative",
			[]string{"https://fr.wikipedia.org/wiki/Démocratie_participative"}},
		{"https://fr.wikipedia.org/wiki/L’Œuvre_(Zola)", []string{"https://fr.wikipedia.org/wiki/L’Œuvre_(Zola)"}},
		{"https://example.org/?q=café&n=1#à-propos", []string{"https://example.org/?q=café&amp;n=1#à-propos"}},
		{"https://xn--80aswg.xn--p1ai/page", []string{"https://xn--80aswg.xn--p1ai/page"}},
		{"https://www.académie-française.fr.", []string{"https://www.académie-française.fr"}},
		{"https://пример.рф/страница", []string{"https://пример.рф/страница"}},
		{"https://ja.wikipedia.org/wiki/民主主義", []string{"https://ja.wikipedia.org/wiki/民主主義"}},
		{"https://www.paral·lel.cat/a", []string{"https://www.paral·lel.cat/a"}},
		{"www.café.fr/menu et WWW.Example.org", []string{"www.café.fr/menu", "WWW.Example.org"}},
		{"Https://example.org/a:8080", []string{"Https://example.org/a:8080"}},
		{"https://example.org:8080/a http://192.0.2.1/b", []string{"https://example.org:8080/a", "http://192.0.2.1/b"}},
		{"https://example.org/a~b|c^d{e}[f]$g@h", []string{"https://example.org/a~b|c^d{e}[f]$g@h"}},

		// Ends.
		{"Voir https://example.org/é, https://example.org/à ; et https://b.org/ç…",
			[]string{"https://example.org/é", "https://example.org/à", "https://b.org/ç"}},
		{"«\u00a0https://example.org/é\u00a0» «https://b.org» “https://c.org/d”",
			[]string{"https://example.org/é", "https://b.org", "https://c.org/d"}},
		{"(https://example.org/a) (https://example.org/a_(b)) https://c.org/(d", []string{"https://example.org/a",
			"https://example.org/a_(b)", "https://c.org/(d"}},
		{"https://example.org/a?b=c&amp; https://example.org/a&nbsp;! https://b.org&nbsp;:",
			[]string{"https://example.org/a?b=c", "https://example.org/a", "https://b.org"}},
		{"https://example.org/a&b; https://example.org/a;", []string{"https://example.org/a", "https://example.org/a"}},
		{"https://example.org/a<b https://example.org<b>", []string{"https://example.org/a", "https://example.org"}},
		{"*https://example.org/a* **www.b.org/c** _https://d.org/e_",
			[]string{"https://example.org/a", "www.b.org/c", "https://d.org/e"}},
		{"https://example.org—voir https://example.org, https://a.org,https://b.org",
			[]string{"https://example.org", "https://example.org", "https://a.org", "https://b.org"}},

		// Hosts that are none, or would go on.
		{"https://a https://localhost/b www.a www. https:// https://.a https://a..b/c", nil},
		{"https://a_b.org https://a.b_c.org https://a.b_c", nil},
		{"https://a_b.example.org/c", []string{"https://a_b.example.org/c"}},
		{"https://a.org@evil.example/ https://a.org:b@evil.example https://a.org!b@evil.example/", nil},
		{"https://a.org%2eevil.example https://www.d&eacute;m.fr https://www.i❤.ws https://a.b\u00adc.org", nil},
		{"https://" + strings.Repeat("a", 300) + ".org", nil},

		// Beginnings.
		{"xhttps://a.org éhttps://a.org 1www.a.org a/www.b.org -www.a.org ftp://www.a.org ésite.www.a.org", nil},
		{"voir\u202fhttps://a.org l’https://b.org lien:https://c.org",
			[]string{"https://a.org", "https://b.org", "https://c.org"}},
		{`https\://a.org www\.a.org`, nil},

		// Mail.
		{"a@b.fr, jean_de.la-rue+b@ville.example.", []string{"a@b.fr", "jean_de.la-rue+b@ville.example"}},
		{"«\u00a0jean_le_bon@b.fr\u00a0» (a@b.fr) *a@c.fr*", []string{"jean_le_bon@b.fr", "a@b.fr", "a@c.fr"}},
		{"rené@mairie.saint-étienne.fr élu.jean@rhône.fr", []string{"rené@mairie.saint-étienne.fr", "élu.jean@rhône.fr"}},
		{"a@b @a.fr a@b.fr- a@b.fr_ a@b.fr@c.fr a@@b.fr /a@b.fr a@b..fr a@b.r❤ " + strings.Repeat("a", 65) + "@b.fr", nil},
	} {
		if got := linkedIn(CommentHTML(c.md)); !slices.Equal(got, c.want) {
			t.Errorf("%q links %q, want %q", c.md, got, c.want)
		}
	}
}

// A link leads where it says, and the text around it stays.
func TestBareLinksLead(t *testing.T) {
	for md, want := range map[string]string{
		"«https://пример.рф/é?à»": `<p>«<a href="https://%D0%BF%D1%80%D0%B8%D0%BC%D0%B5%D1%80.%D1%80%D1%84/%C3%A9?%C3%A0"` +
			` rel="nofollow noopener ugc">https://пример.рф/é?à</a>»</p>` + "\n",
		"_a_ rené_b@x.fr": `<p><em>a</em> <a href="mailto:ren%C3%A9_b@x.fr"` +
			` rel="nofollow noopener ugc">rené_b@x.fr</a></p>` + "\n",
		"a *b_c@x.fr* d": `<p>a <em><a href="mailto:b_c@x.fr"` +
			` rel="nofollow noopener ugc">b_c@x.fr</a></em> d</p>` + "\n",
	} {
		if got := CommentHTML(md); got != want {
			t.Errorf("%q is %q, want %q", md, got, want)
		}
	}
}

// Twice as long a text takes no more than twice the work, and little more, counted by the signs at which rendering pauses.
func TestBareLinksAreBounded(t *testing.T) {
	for _, signs := range []string{
		"https://a", "(https://a", "(https://a.b@", "(www.a.b@(", "www.", "(www.a", "https://a.b ", "https://a.b/", "a.", "a@",
		"a@b.c ", "a@b.c", "_a@b.c", "a_b@", "é@é.é", "://", "@", ":", "(https://a.b/)", "https://a.b/;", "&amp;https://a.b",
	} {
		looks := func(n int) int {
			ctx := &texttest.Counted{Context: t.Context(), Most: math.MaxInt}
			commentDialect.html(ctx, strings.Repeat(signs, n/len(signs)))
			return ctx.Looks
		}
		if half, whole := looks(10_000), looks(20_000); whole > 2*half+20 {
			t.Errorf("%q: %d looks became %d", signs, half, whole)
		}
	}
}

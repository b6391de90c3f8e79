package markdown

import (
	"strings"
	"testing"
)

// As many quotes and lists within each other as allowed are that; what is deeper is text, and nothing of it is lost.
func TestNesting(t *testing.T) {
	for name, c := range map[string]struct{ marker, tag string }{
		"quotes":         {">", "<blockquote>"},
		"quotes, spaced": {"> ", "<blockquote>"},
		"lists":          {"* ", "<ul>"},
		"numbers":        {"1. ", "<ol>"},
		"both":           {"> - ", "<blockquote>"},
	} {
		for within, dialect := range map[bounds]dialect{commentBounds: commentDialect, officialBounds: officialDialect} {
			perMarker := strings.Count(strings.TrimSpace(c.marker), " ") + 1
			allowed := within.nesting / perMarker
			got := dialect.html(t.Context(), strings.Repeat(c.marker, allowed)+"a")
			if strings.Count(got, c.tag) != allowed {
				t.Errorf("%s: %d within each other are %s", name, allowed, got)
			}

			got = dialect.html(t.Context(), strings.Repeat(c.marker, 5_000)+"a")
			if n := strings.Count(got, "<blockquote>") + strings.Count(got, "<li>"); n != within.nesting {
				t.Errorf("%s: %d are within each other", name, n)
			}
			if !strings.Contains(got, "a</p>") && !strings.Contains(got, "a</li>") {
				t.Errorf("%s: the text is gone: …%s", name, got[max(0, len(got)-200):])
			}
		}
	}
}

// The first links of a text are links, as many as there may be. The others are text.
func TestManyLinks(t *testing.T) {
	const one = "[a](https://b.org) "
	for _, n := range []int{1, 100, 101, 500, 501, 5_000} {
		for within, dialect := range map[bounds]dialect{commentBounds: commentDialect, officialBounds: officialDialect} {
			got := dialect.html(t.Context(), strings.Repeat(one, n))
			if links, want := strings.Count(got, ">a</a>"), min(n, within.brackets/2); links != want {
				t.Errorf("of %d links %d are, want %d", n, links, want)
			}
		}
	}
}

// The first words of a paragraph that are emphasized are that, as many as there may be. The others are text, and the next
// paragraph begins anew.
func TestMuchEmphasis(t *testing.T) {
	const one = "*a* "
	for within, dialect := range map[bounds]dialect{commentBounds: commentDialect, officialBounds: officialDialect} {
		allowed := within.emphasis / 2
		for _, n := range []int{1, allowed, allowed + 1, 5_000} {
			got := dialect.html(t.Context(), strings.Repeat(one, n)+"\n\n"+one)
			first, next, _ := strings.Cut(got, "</p>")
			if emphasized := strings.Count(first, "<em>a</em>"); emphasized != min(n, allowed) {
				t.Errorf("of %d words %d are emphasized, want %d", n, emphasized, min(n, allowed))
			}
			if typed := strings.Count(first, "*a*"); typed != max(0, n-allowed) || !strings.Contains(next, "<em>a</em>") {
				t.Errorf("of %d words %d are as typed, and then: %s", n, typed, next)
			}
		}

		// What is opened within the bound and closed beyond it is text as well, and long runs count once.
		got := dialect.html(t.Context(), strings.Repeat("*a_", 5_000))
		if strings.Contains(got, "<em>") || strings.Count(got, "*a_") != 5_000 {
			t.Errorf("unclosed emphasis became %.300s", got)
		}
		if got := dialect.html(t.Context(), strings.Repeat("*", 1_000)+"a"+strings.Repeat("*", 1_000)); strings.Contains(got, "*") {
			t.Errorf("long runs are %.300s", got)
		}
	}
}

// HTML that would be many times as long as its source is not made: the source is shown as it was typed.
func TestGrowth(t *testing.T) {
	for name, c := range map[string]struct {
		md      string
		isTyped bool
	}{
		"addresses":     {strings.Repeat("a@b.c\n", 1_000), true},
		"some":          {strings.Repeat("a@b.c\n", 10), false},
		"quotes":        {strings.Repeat(strings.Repeat(">", 20)+"\n\n", 1_000), true},
		"long and dear": {strings.Repeat("a", 5_000) + strings.Repeat(" a@b.c", 400), false},
	} {
		for _, got := range []string{commentDialect.html(t.Context(), c.md), officialDialect.html(t.Context(), c.md)} {
			if len(got) > maxGrowth*len(c.md)+maxGrown {
				t.Errorf("%s: %d bytes became %d", name, len(c.md), len(got))
			}
			isTyped := !strings.Contains(got, "<a ") && !strings.Contains(got, "<blockquote>")
			if isTyped != c.isTyped {
				t.Errorf("%s: typed is %t: %.300s", name, isTyped, got)
			}
		}
	}
}

// BenchmarkWorst renders what takes longest, each 20,000 signs.
func BenchmarkWorst(b *testing.B) {
	for _, signs := range []string{
		">", "- ", "1. ", "[a](", "![a](", "[", "_a*b", "*_", "*a_", "_a*", "**a_", "*a [b]_ ", "|*a_", "*a_\n\n", "`a``b",
		"a@b.c\n", "http://a.b ",
	} {
		b.Run(strings.TrimSpace(signs), func(b *testing.B) {
			md := strings.Repeat(signs, 20_000/len(signs))
			b.SetBytes(int64(len(md)))
			for b.Loop() {
				officialDialect.html(b.Context(), md)
			}
		})
	}
}

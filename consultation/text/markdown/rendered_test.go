package markdown

import (
	"fmt"
	"strings"
	"sync"
	"testing"
)

// A page that was used lately is kept, one that was not is dropped. The bytes stay below the limit, also when one text
// alone is larger.
func TestRendered(t *testing.T) {
	made := map[string]int{}
	render := func(md string) string {
		made[md]++
		return "<p>" + md + "</p>"
	}

	r := newRendered(2*cost("a", "<p>a</p>") + 1)

	for _, c := range []struct {
		md   string
		made int
	}{{"a", 1}, {"b", 1}, {"a", 1}, {"c", 1}, {"a", 1}, {"b", 2}, {strings.Repeat("x", 1000), 1}, {"a", 2}} {
		if got := r.html(c.md, render); got != "<p>"+c.md+"</p>" || made[c.md] != c.made {
			t.Errorf("%.9q gave %.20q, made %d times, want %d", c.md, got, made[c.md], c.made)
		}
		if r.bytes > r.limit {
			t.Errorf("%d bytes of %d", r.bytes, r.limit)
		}
	}

	for r.texts.Len() > 0 {
		r.texts.RemoveOldest()
	}
	if r.bytes != 0 {
		t.Errorf("%d bytes of nothing", r.bytes)
	}
}

// Many goroutines may use the pages at once, and the bytes are still counted right.
func TestRenderedAtOnce(t *testing.T) {
	r := newRendered(3 * cost("0", "0"))

	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for i := range 1000 {
				md := fmt.Sprint(i % 7)
				if got := r.html(md, func(md string) string { return md }); got != md {
					t.Errorf("%q gave %q", md, got)
				}
			}
		})
	}
	all.Wait()

	if r.bytes != r.texts.Len()*cost("0", "0") || r.bytes > r.limit {
		t.Errorf("%d bytes for %d texts", r.bytes, r.texts.Len())
	}
}

// BenchmarkCommentHTMLAgain asks for a comment that was rendered before.
func BenchmarkCommentHTMLAgain(b *testing.B) {
	md := "Bonjour @marie, *merci* pour [ce texte](https://example.org) :\n\n" +
		strings.Repeat("- un **point** à revoir\n", 20)
	b.SetBytes(int64(len(md)))
	for b.Loop() {
		CommentHTML(md)
	}
}

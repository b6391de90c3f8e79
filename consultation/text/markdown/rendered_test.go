package markdown

import (
	"context"
	"strings"
	"testing"
)

// What was rendered lately is rendered once.
func TestRendered(t *testing.T) {
	made := map[string]int{}
	render := func(_ context.Context, md string) string {
		made[md]++
		return "<p>" + md + "</p>"
	}

	r := newRendered(maxRendered, render)
	for range 3 {
		for _, md := range []string{"a", "b", ""} {
			if got := r.atOnce(md); got != "<p>"+md+"</p>" || made[md] != 1 {
				t.Errorf("%q gave %q, made %d times", md, got, made[md])
			}
		}
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

// Forget forgets what each dialect rendered.
func TestForget(t *testing.T) {
	all := []rendered{commentHTML, officialHTML, commentPlain, officialPlain}
	for _, r := range all {
		r.atOnce("Merci.")
	}
	Forget()
	for i, r := range all {
		if bytes, n := r.Bytes(); n != 0 || bytes != 0 {
			t.Errorf("%d: %d texts in %d bytes are left", i, n, bytes)
		}
	}
}

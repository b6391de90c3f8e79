package markdown

import (
	"context"
	"strings"
	"testing"
)

// BenchmarkCommentHTML renders a comment each time.
func BenchmarkCommentHTML(b *testing.B) {
	md := "Bonjour @marie, *merci* pour [ce texte](https://example.org) :\n\n" +
		strings.Repeat("- un **point** à revoir\n", 20)
	b.SetBytes(int64(len(md)))
	for b.Loop() {
		commentDialect.html(context.Background(), md)
	}
}

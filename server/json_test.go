package server

import (
	"strings"
	"testing"
)

// Brackets count as levels where they are not in a text.
func TestLevels(t *testing.T) {
	for text, want := range map[string]int{
		``: 0, `1`: 0, `{}`: 1, `[{"a":[]}, [], {}]`: 3, `"[[[["`: 0, `{"[[[":"{{{"}`: 1, `["\"[[", "\\", [1]]`: 2,
		`["\\\"[", "x"]`: 1, `"\`: 0, `]]][`: 0,
	} {
		if got := levels(text); got != want {
			t.Errorf("%s: %d, want %d", text, got, want)
		}
	}
}

// What is a hundred levels deep is decoded, and nothing that is deeper.
func TestDecodeLevels(t *testing.T) {
	for n, want := range map[int]bool{maxLevels: true, maxLevels + 1: false} {
		var v any
		if got := decode(strings.Repeat("[", n)+strings.Repeat("]", n), &v); got != want {
			t.Errorf("%d: %t", n, got)
		}
	}
}

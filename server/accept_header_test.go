package server

import (
	"strings"
	"testing"
)

func TestPreferred(t *testing.T) {
	for header, want := range map[string]int{
		"": 0, "fr": 1, "fr, en": 2, "nonsense!!": 0, strings.Repeat("x", 501): 0, strings.Repeat("fr,", 20) + "en": maxLanguages,
	} {
		if got := preferred(header); len(got) != want {
			t.Errorf("%.20q: %v", header, got)
		}
	}
}

package clean

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"pgregory.net/rapid"
)

// Fold drops case, accents and signs, so that what people type finds what others wrote.
func TestFold(t *testing.T) {
	for in, want := range map[string]string{
		// Accents, ligatures and other forms of a letter.
		"Éducation numérique":      "education numerique",
		"E\u0301ducation":          "education",
		"L’ŒUVRE, l'œuf & Læticia": "l oeuvre l oeuf laeticia",
		"STRASSE straße ẞ":         "strasse strasse ss",
		"ﬁn ②  Ｆｕｌｌ":               "fin 2 full",

		// What is no letter.
		"100 %_x":        "100 x",
		"Marie-Dupont_2": "marie dupont 2",
		"Ma\u200brie":    "marie",

		// Other alphabets.
		"İstanbul ıssız":   "istanbul issiz",
		"Łódź, Øre, Đorđe": "lodz ore dorde",
		"ΟΔΟΣ οδός":        "οδοσ οδοσ",
		"हिन्दी":           "हिन्दी",
		"한국어":              "한국어",
		"ﷺ وﷻ":             "صلعم وجل",
		"👍 !":              "",
	} {
		if got := Fold(in); got != want {
			t.Errorf("Fold(%q) = %q, want %q", in, got, want)
		}
	}
}

// No sign becomes more than six letters or two words: what a text folds to is bounded by the text.
func TestFoldIsBounded(t *testing.T) {
	for r := range rune(unicode.MaxRune) {
		folded := Fold(string(r))
		if utf8.RuneCountInString(folded) > 6 || strings.Count(folded, " ") > 1 {
			t.Errorf("%U became %q", r, folded)
		}
	}
}

// Fold changes nothing a second time, leaves no sign and no two spaces, and does not depend on case.
func TestFoldProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.String().Draw(t, "s")
		once := Fold(s)
		if twice := Fold(once); twice != once {
			t.Fatalf("Fold is not idempotent: %q, %q, %q", s, once, twice)
		}

		if strings.ContainsAny(once, "%_\\") || strings.Contains(once, "  ") || strings.TrimSpace(once) != once {
			t.Fatalf("Fold(%q) = %q", s, once)
		}

		if upper := Fold(strings.ToUpper(once)); upper != Fold(strings.ToLower(strings.ToUpper(once))) {
			t.Fatalf("Fold depends on case: %q", once)
		}
	})
}

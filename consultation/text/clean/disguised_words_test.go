package clean

import (
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// Says finds words as people read them: also with other letters that look alike, and with signs between the letters.
func TestWording(t *testing.T) {
	for _, c := range []struct {
		name, text, words string
		says              bool
	}{
		{"as it is", "Viens au casino.", "casino", true},
		{"case and accents", "Viens au CASÌNO !", "Casino", true},
		{"a part of a word", "Les casinos.", "casino", false},
		{"words", "Un pret à… taux", "prêt  à taux", true},
		{"not in this order", "À taux prêt", "prêt à taux", false},
		{"across a line", "un prêt\nà taux", "prêt à taux", true},
		{"nothing", "", "casino", false},
		{"no word", "Viens !", "?!", false},

		{"Cyrillic letters", "Viens au \u0441\u0430sin\u043e !", "casino", true},
		{"large Cyrillic letters", "\u0421\u0410\u0405\u0406NO", "casino", true},
		{"Greek letters", "cas\u03b9n\u03bf", "casino", true},
		{"large Greek letters", "CAS\u0399\u039d\u039f", "casino", true},
		{"an Armenian letter", "casin\u0585", "casino", true},
		{"full width", "ｃａｓｉｎｏ", "casino", true},
		{"letters of mathematics", "𝐜𝐚𝐬𝐢𝐧𝐨", "casino", true},
		{"rare Latin letters", "c\u0251sino", "casino", true},
		{"digits among letters", "ca51n0", "casino", true},
		{"struck through", "c̶a̶s̶i̶n̶o̶", "casino", true},
		{"look-alikes in a phrase", "un pr\u0435t \u0430 taux", "prêt à taux", true},
		{"what looks like another word", "des \u0441asinos", "casino", false},
		{"a Cyrillic word", "Приходи в казино.", "казино", true},
		{"a Cyrillic word with Latin letters", "Приходи в кaзинo.", "казино", true},
		{"plain letters are what they are", "Une île, du lait.", "lie", false},
		{"words that repeat", "un mot un mot un mot rare", "un mot rare", true},
		{"words that repeat apart", "un mot un rare un mot", "un mot rare", false},
		{"the rarest before the text begins", "rare un mot", "un mot rare", false},
		{"numbers are what they are", "Il y en a 150.", "iso", false},

		{"dashes", "c-a-s-i-n-o", "casino", true},
		{"spaces", "Viens au c a s i n o !", "casino", true},
		{"dots", "c.a.s.i.n.o", "casino", true},
		{"signs of Markdown", "c_a*s~i`n|o", "casino", true},
		{"pictures", "c🎰a🎰s🎰i🎰n🎰o", "casino", true},
		{"different signs", "c-a.s i_n*o", "casino", true},
		{"letters before and after", "y a c a s i n o à", "casino", true},
		{"large letters", "C A S I N O", "casino", true},
		{"accents", "c-à-s-ì-n-ô", "casino", true},
		{"look-alikes", "\u0441-\u0430-s-i-n-\u043e", "casino", true},
		{"a phrase", "p r ê t à t a u x", "prêt à taux", true},
		{"words that go on", "Le cas, i no…", "casino", false},
		{"syllables", "ca-si-no", "casino", false},
		{"more than one sign", "c - a - s - i - n - o", "casino", false},
		{"letters with a word between", "c a s un i n o", "casino", false},
		{"short words", "Il n’y a d’autre issue.", "ad", false},
		{"an enumeration", "a, b, c", "abc", false},
		{"a number", "1.5.0", "iso", false},
	} {
		if got := NewWording(c.text).Says(c.words); got != c.says {
			t.Errorf("%s: %q says %q: %t", c.name, c.text, c.words, got)
		}
	}

	if w := NewWording("un prêt", "à taux"); w.Says("prêt à taux") || !w.Says("taux") {
		t.Error("words are found across two texts, or not in the second")
	}
}

// A text says each word that is a whole word in its folded form.
func TestWordingProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s, word := rapid.String().Draw(t, "s"), rapid.StringMatching(`[a-zé0-9]{1,4}( [a-z]{1,3})?`).Draw(t, "word")
		for _, all := range []string{s, s + " " + word, word + "." + s} {
			folded := " " + Fold(all) + " "
			if strings.Contains(folded, " "+Fold(word)+" ") && !NewWording(all).Says(word) {
				t.Fatalf("%q does not say %q", all, word)
			}
		}
	})
}

// Whatever people write says itself, unless nothing is left of it once it is folded.
func FuzzWording(f *testing.F) {
	for _, s := range []string{
		"", "casino", "c a s i n o", "\u0441-\u0430", "½", "a\u0301\u200bb", "\xff a b", "е\u0308",
	} {
		f.Add(s, "casino")
	}

	f.Fuzz(func(t *testing.T, s, words string) {
		NewWording(s, words).Says(words)
		if folded := Fold(words); folded != "" && !NewWording(words).Says(words) {
			t.Errorf("%q does not say itself", words)
		}
	})
}

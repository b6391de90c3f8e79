package text

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/rivo/uniseg"
	"pgregory.net/rapid"
)

// TestDiff writes a diff as one line per paragraph, "=" kept, "+" added, "-" removed, "~" changed, with [-…-] and {+…+}
// around the words that changed.
func TestDiff(t *testing.T) {
	for name, c := range map[string]struct{ old, new, want string }{
		"nothing":       {"", "", ""},
		"same":          {"a\n\nb", "a\n\nb", `=a\n\n` + "\n" + `=b`},
		"from nothing":  {"", "a", "+{+a+}"},
		"to nothing":    {"a", "", "-[-a-]"},
		"one word":      {"Ouvrir dix lieux.", "Ouvrir douze lieux.", "~Ouvrir [-dix-]{+douze+} lieux."},
		"accent":        {"marche à pied", "marché à pied", "~[-marche-]{+marché+} à pied"},
		"word inserted": {"Ouvrir des lieux.", "Ouvrir dix des lieux.", "~Ouvrir {+dix +}des lieux."},
		"neighbours in one go": {
			"Chaque petite commune choisit", "Chaque grande ville choisit",
			"~Chaque [-petite commune-]{+grande ville+} choisit"},
		"no islands": {
			"Ouvrir trois lieux dans la région avant la fin de cette année civile",
			"Former quarante médiatrices de la métropole avant la fin de cette année civile",
			"~[-Ouvrir trois lieux dans la région-]{+Former quarante médiatrices de la métropole+} avant la fin de cette année civile"},
		"list items stand alone": {
			"- un lieu\n- deux lieux\n- trois lieux", "- un lieu\n- trois lieux",
			`=- un lieu\n` + "\n" + `-[-- deux lieux\n-]` + "\n" + `=- trois lieux`},
		"the last is kept when the text goes on": {"a", "a\n\nb", `=a{+\n\n+}` + "\n" + `+{+b+}`},
		"too different to be one paragraph": {
			"Former les agents", "Créer une plateforme nationale",
			"-[-Former les agents-]\n+{+Créer une plateforme nationale+}"},
		"heading and text": {"# Axe 1\nTexte", "# Axe 1\nTexte neuf", `=# Axe 1\n` + "\n" + `~Texte{+ neuf+}`},
		"line broken anew": {"un deux trois", "un deux\ntrois", `~un deux[- -]{+\n+}trois`},
		"two paragraphs joined": {
			"Ouvrir des lieux.\n\nFormer des agents.\n\nFin.", "Ouvrir des lieux. Former des agents.\n\nFin.",
			`~Ouvrir des lieux.[-\n\n-]{+ +}Former des agents.\n\n` + "\n" + `=Fin.`},
		"a paragraph split": {
			"Début.\n\nOuvrir des lieux et former des agents.", "Début.\n\nOuvrir des lieux.\n\nFormer des agents.",
			`=Début.\n\n` + "\n" + `~Ouvrir des lieux[- et former-]{+.\n\nFormer+} des agents.`},
		"an item before one that changes": {
			"- Former les agents publics", "- Former les élus\n- Former tous les agents publics",
			`+{+- Former les élus\n+}` + "\n" + `~- Former {+tous +}les agents publics`},
		"pairs in order": {
			"Le premier lieu ouvre.\n\nLe second lieu ferme.",
			"Préambule.\n\nLe premier lieu rouvre.\n\nLe second lieu referme.",
			`+{+Préambule.\n\n+}` + "\n" + `~Le premier lieu [-ouvre-]{+rouvre+}.\n\n` + "\n" + `~Le second lieu [-ferme-]{+referme+}.`},
	} {
		t.Run(name, func(t *testing.T) {
			if got := written(Diff(c.old, c.new)); got != c.want {
				t.Errorf("Diff(%q, %q):\n%s\nwant\n%s", c.old, c.new, got, c.want)
			}
		})
	}
}

func written(diff []Paragraph) string {
	var lines []string
	for _, p := range diff {
		line := map[Kind]string{Kept: "=", Added: "+", Removed: "-", Changed: "~"}[p.Kind]
		for _, s := range p.Spans {
			format := map[Kind]string{Kept: "%s", Added: "{+%s+}", Removed: "[-%s-]"}[s.Kind]
			line += fmt.Sprintf(format, strings.ReplaceAll(s.Text, "\n", `\n`))
		}
		lines = append(lines, line)
	}
	return strings.Join(lines, "\n")
}

func TestDiffProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		old := texts.Draw(t, "old")
		checkDiff(t, old, edited(t, old, "new"))
		checkDiff(t, old, texts.Draw(t, "other"))
	})
}

func FuzzDiff(f *testing.F) {
	f.Add("", "a")
	f.Add("a b c\n\n- d\n- e", "a c\n\n- d\n- f\n- e\n")
	f.Add("e\u0301 👩\u200d🌾 🇫🇷\n", "e 👩 🇫🇷🇧🇪")
	f.Add("a\r\n \n\xff", "\n\n# a\n| b |")
	f.Fuzz(func(t *testing.T, old, new string) { checkDiff(t, old, new) })
}

// checkDiff holds what Diff promises for any two texts.
func checkDiff(t rapid.TB, old, new string) {
	t.Helper()
	diff := Diff(old, new)
	if got := strings.Join(only(diff, Kept, Removed), ""); got != old {
		t.Fatalf("Diff(%q, %q) gives back the old text %q", old, new, got)
	}
	if got := strings.Join(only(diff, Kept, Added), ""); got != new {
		t.Fatalf("Diff(%q, %q) gives back the new text %q", old, new, got)
	}
	valid := utf8.ValidString(old) && utf8.ValidString(new)
	for _, p := range diff {
		checkSpans(t, p, valid)
	}
	for _, p := range Diff(old, old) {
		if p.Kind != Kept || len(p.Spans) != 1 || p.Spans[0].Kind != Kept {
			t.Fatalf("Diff(%q, itself) has %v", old, p)
		}
	}
}

func checkSpans(t rapid.TB, p Paragraph, valid bool) {
	t.Helper()
	for i, s := range p.Spans {
		if s.Text == "" || s.Kind == Changed || (valid && !utf8.ValidString(s.Text)) {
			t.Fatalf("bad span %v in %v", s, p)
		}
		if i > 0 && p.Spans[i-1].Kind == s.Kind {
			t.Fatalf("two %s spans in a row in %v", s.Kind, p)
		}
		if p.Kind == Kept && s.Kind != Kept && !blank(s.Text) {
			t.Fatalf("words changed in the kept paragraph %v", p)
		}
	}
	if (p.Kind == Added || p.Kind == Removed) && (len(p.Spans) != 1 || p.Spans[0].Kind != p.Kind) {
		t.Fatalf("paragraph is %v", p)
	}
}

func TestDiffPartsNoGrapheme(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		old := texts.Draw(t, "old")
		new := edited(t, old, "new")
		diff := Diff(old, new)
		for kind, whole := range map[Kind]string{Removed: old, Added: new} {
			rest, end := whole, 0
			for _, s := range only(diff, Kept, kind) {
				for end += len(s); len(whole)-len(rest) < end; {
					_, rest, _, _ = uniseg.FirstGraphemeClusterInString(rest, -1)
				}
				if len(whole)-len(rest) != end {
					t.Fatalf("Diff(%q, %q) parts what a reader sees as one character at %q", old, new, s)
				}
			}
		}
	})
}

func TestDiffBeyondItsLimits(t *testing.T) {
	long := strings.Repeat("mot ", 2*maxEdits)
	other := strings.Repeat("autre mot ", 2*maxEdits)
	checkDiff(t, long, other)
	checkDiff(t, strings.Repeat("- un\n", 2000), strings.Repeat("- deux\n", 2000))
}

func TestSearchFindsALongestMatch(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		letter := rapid.SliceOfN(rapid.IntRange(0, 3), 0, 12)
		a, b := letter.Draw(t, "a"), letter.Draw(t, "b")
		m := longest(a, b)
		last, size := none, 0
		for i, j := range m {
			if j == none {
				continue
			}
			if j <= last || a[i] != b[j] {
				t.Fatalf("%v does not match %v with %v", m, a, b)
			}
			last, size = j, size+1
		}
		if want := longestCommon(a, b); size != want {
			t.Fatalf("matched %d of %v and %v, want %d", size, a, b, want)
		}
	})
}

// longestCommon is the textbook recursion, slow and plainly right.
func longestCommon(a, b []int) int {
	row := make([]int, len(b)+1)
	for _, x := range a {
		previous := slices.Clone(row)
		for j, y := range b {
			row[j+1] = max(row[j], previous[j+1])
			if x == y {
				row[j+1] = previous[j] + 1
			}
		}
	}
	return row[len(b)]
}

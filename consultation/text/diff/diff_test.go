package diff_test

import (
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/rivo/uniseg"
	"pgregory.net/rapid"

	"ensemble/consultation/text/diff"
	"ensemble/consultation/text/texttest"
)

// TestDiff writes a diff with one line for each paragraph. It begins with "=" for kept, "+" for added, "-" for removed
// and "~" for changed, and has [-…-] and {+…+} around the words that changed.
func TestDiff(t *testing.T) {
	for name, c := range map[string]struct{ old, new, want string }{
		// Within one paragraph.
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
			"~[-Ouvrir trois lieux dans la région-]{+Former quarante médiatrices de la métropole+}" +
				" avant la fin de cette année civile"},

		// Several items, paragraphs and lines.
		"list items stand alone": {
			"- un lieu\n- deux lieux\n- trois lieux", "- un lieu\n- trois lieux",
			`=- un lieu\n` + "\n" + `-[-- deux lieux\n-]` + "\n" + `=- trois lieux`},
		"the last is kept when the text goes on": {"a", "a\n\nb", `=a{+\n\n+}` + "\n" + `+{+b+}`},
		"too different to be one paragraph": {
			"Former les agents", "Créer une plateforme nationale",
			"-[-Former les agents-]\n+{+Créer une plateforme nationale+}"},
		"heading and text": {"# Axe 1\nTexte", "# Axe 1\nTexte neuf", `=# Axe 1\n` + "\n" + `~Texte{+ neuf+}`},
		"line broken anew": {"un deux trois", "un deux\ntrois", `~un deux[- -]{+\n+}trois`},

		// Which paragraph is compared with which.
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
			`+{+Préambule.\n\n+}` + "\n" + `~Le premier lieu [-ouvre-]{+rouvre+}.\n\n` + "\n" +
				`~Le second lieu [-ferme-]{+referme+}.`},
	} {
		t.Run(name, func(t *testing.T) {
			if got := written(diff.Of(c.old, c.new)); got != c.want {
				t.Errorf("Of(%q, %q):\n%s\nwant\n%s", c.old, c.new, got, c.want)
			}
		})
	}
}

// written returns a diff in the form that TestDiff has.
func written(changes []diff.Paragraph) string {
	var lines []string
	for _, p := range changes {
		line := map[diff.Kind]string{diff.Kept: "=", diff.Added: "+", diff.Removed: "-", diff.Changed: "~"}[p.Kind]
		for _, s := range p.Spans {
			format := map[diff.Kind]string{diff.Kept: "%s", diff.Added: "{+%s+}", diff.Removed: "[-%s-]"}[s.Kind]
			line += fmt.Sprintf(format, strings.ReplaceAll(s.Text, "\n", `\n`))
		}
		lines = append(lines, line)
	}
	return strings.Join(lines, "\n")
}

// The diff of any text and an edit of it, or an unrelated text, is what Of promises.
func TestDiffProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		old := texttest.Texts.Draw(t, "old")
		checkDiff(t, old, texttest.Edited(t, old, "new"))
		checkDiff(t, old, texttest.Texts.Draw(t, "other"))
	})
}

// The diff of whatever people write is what Of promises.
func FuzzDiff(f *testing.F) {
	f.Add("", "a")
	f.Add("a b c\n\n- d\n- e", "a c\n\n- d\n- f\n- e\n")
	f.Add("e\u0301 👩\u200d🌾 🇫🇷\n", "e 👩 🇫🇷🇧🇪")
	f.Add("a\r\n \n\xff", "\n\n# a\n| b |")
	f.Fuzz(func(t *testing.T, old, edited string) { checkDiff(t, old, edited) })
}

// checkDiff checks what Of promises for any two texts.
func checkDiff(t rapid.TB, old, edited string) {
	t.Helper()
	changes := diff.Of(old, edited)
	if got := strings.Join(texttest.Only(changes, diff.Kept, diff.Removed), ""); got != old {
		t.Fatalf("Of(%q, %q) gives back the old text %q", old, edited, got)
	}
	if got := strings.Join(texttest.Only(changes, diff.Kept, diff.Added), ""); got != edited {
		t.Fatalf("Of(%q, %q) gives back the new text %q", old, edited, got)
	}

	valid := utf8.ValidString(old) && utf8.ValidString(edited)
	for _, p := range changes {
		checkSpans(t, p, valid)
	}

	for _, p := range diff.Of(old, old) {
		if p.Kind != diff.Kept || len(p.Spans) != 1 || p.Spans[0].Kind != diff.Kept {
			t.Fatalf("Of(%q, itself) has %v", old, p)
		}
	}
}

// checkSpans checks that the spans of a paragraph are as few as its kind allows, and valid when the texts are.
func checkSpans(t rapid.TB, p diff.Paragraph, valid bool) {
	t.Helper()
	for i, s := range p.Spans {
		if s.Text == "" || s.Kind == diff.Changed || (valid && !utf8.ValidString(s.Text)) {
			t.Fatalf("bad span %v in %v", s, p)
		}
		if i > 0 && p.Spans[i-1].Kind == s.Kind {
			t.Fatalf("two %s spans in a row in %v", s.Kind, p)
		}
		if p.Kind == diff.Kept && s.Kind != diff.Kept && strings.TrimSpace(s.Text) != "" {
			t.Fatalf("words changed in the kept paragraph %v", p)
		}
	}

	if (p.Kind == diff.Added || p.Kind == diff.Removed) && (len(p.Spans) != 1 || p.Spans[0].Kind != p.Kind) {
		t.Fatalf("paragraph is %v", p)
	}
}

// A diff never cuts what a reader sees as one character (a grapheme), such as a letter with its accent.
func TestDiffPartsNoGrapheme(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		old := texttest.Texts.Draw(t, "old")
		edited := texttest.Edited(t, old, "new")
		changes := diff.Of(old, edited)

		for kind, whole := range map[diff.Kind]string{diff.Removed: old, diff.Added: edited} {
			rest, end := whole, 0
			for _, s := range texttest.Only(changes, diff.Kept, kind) {
				for end += len(s); len(whole)-len(rest) < end; {
					_, rest, _, _ = uniseg.FirstGraphemeClusterInString(rest, -1)
				}
				if len(whole)-len(rest) != end {
					t.Fatalf("Of(%q, %q) parts what a reader sees as one character at %q", old, edited, s)
				}
			}
		}
	})
}

// TestDiffBeyondItsLimits compares texts in which more words in a row changed than one search looks at (maxEdits).
func TestDiffBeyondItsLimits(t *testing.T) {
	long := strings.Repeat("mot ", 1000)
	other := strings.Repeat("autre mot ", 1000)
	checkDiff(t, long, other)
	checkDiff(t, strings.Repeat("- un\n", 2000), strings.Repeat("- deux\n", 2000))
}

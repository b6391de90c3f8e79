package merge

import (
	"context"
	"errors"
	"math"
	"slices"
	"strings"
	"testing"

	"ensemble/consultation/text/texttest"
)

// ThreeWay applies both edits when they touch different words.
func TestMerge(t *testing.T) {
	const base = "Ouvrir dix lieux dans chaque ville.\n\n" +
		"- former les agents\n- équiper les écoles\n- évaluer chaque année\n\nRendre compte."

	for name, c := range map[string]struct{ ours, theirs, want string }{
		// Each side changed something else.
		"two words of a paragraph": {
			strings.Replace(base, "dix", "douze", 1), strings.Replace(base, "ville", "commune", 1),
			strings.NewReplacer("dix", "douze", "ville", "commune").Replace(base)},
		"neighbouring paragraphs": {
			strings.Replace(base, "agents", "agentes", 1), strings.Replace(base, "équiper", "aider", 1),
			strings.NewReplacer("agents", "agentes", "équiper", "aider").Replace(base)},
		"a paragraph goes, its neighbour changes": {
			strings.Replace(base, "- former les agents\n", "", 1), strings.Replace(base, "écoles", "lycées", 1),
			strings.NewReplacer("- former les agents\n", "", "écoles", "lycées").Replace(base)},
		"an item comes, its neighbour starts anew": {
			strings.Replace(base, "- équiper", "- relier les quartiers\n- équiper", 1),
			strings.Replace(base, "- équiper", "- bien équiper", 1),
			strings.Replace(base, "- équiper", "- relier les quartiers\n- bien équiper", 1)},
		"one goes on, the other begins": {
			base + "\n\nFin.", "Début.\n\n" + base, "Début.\n\n" + base + "\n\nFin."},
		"the end goes, the start changes": {
			strings.TrimSuffix(base, "\n\nRendre compte."), strings.Replace(base, "dix", "douze", 1),
			strings.TrimSuffix(strings.Replace(base, "dix", "douze", 1), "\n\nRendre compte.")},

		// Both did the same, or one changed only where paragraphs and lines end.
		"the same edit twice": {
			strings.NewReplacer("dix", "douze", "compte", "des comptes").Replace(base),
			strings.Replace(base, "dix", "douze", 1),
			strings.NewReplacer("dix", "douze", "compte", "des comptes").Replace(base)},
		"one side joins two paragraphs, the other rewords the second": {
			strings.Replace(base, "\n- équiper", " et équiper", 1), strings.Replace(base, "écoles", "lycées", 1),
			strings.NewReplacer("\n- équiper", " et équiper", "écoles", "lycées").Replace(base)},
		"one side splits a paragraph, the other changes both halves": {
			strings.Replace(base, "lieux dans", "lieux.\n\nEt dans", 1),
			strings.NewReplacer("Ouvrir", "Créer", "ville", "commune").Replace(base),
			strings.NewReplacer(
				"Ouvrir", "Créer", "lieux dans", "lieux.\n\nEt dans", "ville", "commune").Replace(base)},
		"white space and words": {
			strings.Replace(base, "- équiper", "\n- équiper", 1), strings.Replace(base, "agents", "agentes", 1),
			strings.NewReplacer("- équiper", "\n- équiper", "agents", "agentes").Replace(base)},
		"both broke the line": {
			strings.Replace(base, "dans chaque", "dans\nchaque", 1),
			strings.Replace(base, "dans chaque", "dans  \nchaque", 1),
			strings.Replace(base, "dans chaque", "dans  \nchaque", 1)},
	} {
		t.Run(name, func(t *testing.T) {
			got, conflicts := ThreeWay(base, c.ours, c.theirs)
			if got != c.want || conflicts != nil {
				t.Errorf("got %q, conflicts %q; want %q", got, conflicts, c.want)
			}
		})
	}
}

// Where both edits touch the same words, ThreeWay keeps ours, and returns a conflict with all three.
func TestMergeConflicts(t *testing.T) {
	for name, c := range map[string]struct {
		base, ours, theirs string
		want               Conflict
		merged             string
	}{
		// Words that both changed, or that are too close to each other.
		"the same word": {
			"Ouvrir dix lieux.", "Ouvrir douze lieux.", "Ouvrir vingt lieux.",
			Conflict{"Ouvrir dix lieux.", "Ouvrir douze lieux.", "Ouvrir vingt lieux."}, "Ouvrir douze lieux."},
		"touching words": {
			"Chaque petite commune choisit.", "Chaque grande commune choisit.", "Chaque petite ville choisit.",
			Conflict{"Chaque petite commune choisit.", "Chaque grande commune choisit.",
				"Chaque petite ville choisit."},
			"Chaque grande commune choisit."},
		"words apart, with nothing but a comma": {
			"Un lieu ouvert, gratuit pour tous.", "Un lieu accueillant, gratuit pour tous.",
			"Un lieu ouvert, payant pour tous.",
			Conflict{"Un lieu ouvert, gratuit pour tous.", "Un lieu accueillant, gratuit pour tous.",
				"Un lieu ouvert, payant pour tous."},
			"Un lieu accueillant, gratuit pour tous."},

		// Whole paragraphs and items, added, removed or moved.
		"two additions in one place": {
			"Fin.", "Fin.\n\nAnnexe.", "Fin.\n\nLexique.", Conflict{"", "Annexe.", "Lexique."}, "Fin.\n\nAnnexe."},
		"removed and changed": {
			"Un.\n\nDeux lieux de plus.", "Un.", "Un.\n\nTrois lieux de plus.",
			Conflict{"Deux lieux de plus.", "", "Trois lieux de plus."}, "Un."},
		"neighbours removed": {
			"- un\n- deux\n- trois", "- deux\n- trois", "- un\n- trois",
			Conflict{"- un\n- deux", "- deux", "- un"}, "- deux\n- trois"},
		"the rest of theirs is applied": {
			"Ouvrir dix lieux.\n\nFormer.", "Ouvrir douze lieux.\n\nFormer.", "Ouvrir vingt lieux.\n\nFormer mieux.",
			Conflict{"Ouvrir dix lieux.", "Ouvrir douze lieux.", "Ouvrir vingt lieux."},
			"Ouvrir douze lieux.\n\nFormer mieux."},
		"moved to two places": {
			"A un.\n\nB deux.\n\nC trois.\n\nD quatre.\n\nE cinq.",
			"C trois.\n\nA un.\n\nB deux.\n\nD quatre.\n\nE cinq.",
			"A un.\n\nB deux.\n\nD quatre.\n\nE cinq.\n\nC trois.", Conflict{"C trois.", "C trois.", "C trois."},
			"C trois.\n\nA un.\n\nB deux.\n\nD quatre.\n\nE cinq.\n\nC trois."},
		"paragraphs never run together": {
			"A.\n\nB.", "A.\n\nC.", "A.", Conflict{"B.", "C.", ""}, "A.\n\nC."},
	} {
		t.Run(name, func(t *testing.T) {
			got, conflicts := ThreeWay(c.base, c.ours, c.theirs)
			if got != c.merged || !slices.Equal(conflicts, []Conflict{c.want}) {
				t.Errorf("got %q, conflicts %q; want %q, %q", got, conflicts, c.merged, c.want)
			}
		})
	}
}

// A merge looks often whether its time is over, and then ends.
func TestInTime(t *testing.T) {
	for _, w := range texttest.Worst {
		base, ours, theirs := worst(w.Letters, w.Long, w.Paragraph)

		whole := &texttest.Counted{Context: t.Context(), Most: math.MaxInt}
		merged, conflicts, err := InTime(whole, base, ours, theirs)
		want, wantConflicts := ThreeWay(base, ours, theirs)
		if err != nil || merged != want || !slices.Equal(conflicts, wantConflicts) {
			t.Errorf("%s: %v, and another result", w.Name, err)
		}
		if whole.Looks < 100 {
			t.Errorf("%s: looked %d times", w.Name, whole.Looks)
		}

		cut := &texttest.Counted{Context: t.Context(), Most: whole.Looks / 2}
		if _, _, err := InTime(cut, base, ours, theirs); !errors.Is(err, context.Canceled) || cut.Looks > cut.Most+3 {
			t.Errorf("%s: %v, after %d looks of %d", w.Name, err, cut.Looks, cut.Most)
		}
	}
}

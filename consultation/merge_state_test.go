package consultation_test

import (
	"strings"
	"testing"

	"ensemble/consultation"
	"ensemble/consultation/input"
	"ensemble/consultation/processes"
	"ensemble/consultation/roadmap"
	"ensemble/ent"
	"ensemble/ent/amendment"
	"ensemble/internal/testsite"
	"ensemble/live"
)

// When the text moves on, a sweep compares each rival with it and announces those that stand differently.
func TestRivalsAreComparedWhenTheTextMovesOn(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		c := w.commitment(t)
		winner := w.submitted(t, w.Alice, c, "dix mille", "vingt mille")
		apart := w.submitted(t, w.Bob, c, "deux fois", "trois fois")
		clashing := w.submitted(t, w.Bob, c, "dix mille", "cent mille")
		drafted := w.draft(t, w.Bob, c, "dix mille", "rien")
		w.idle(t, func() error { return w.Jobs.Do(t.Context(), "announce phases", "compare amendments") })

		w.accept(t, winner)
		before := w.now(t, c)
		w.announcesInAnyOrder(t, func() error { return w.Jobs.Do(t.Context(), "announce phases", "compare amendments") },
			fact{c.ID, live.AmendmentMergeStateChanged, apart.ID, "", data{"mergeState": "MERGEABLE"}},
			fact{c.ID, live.AmendmentMergeStateChanged, clashing.ID, "", data{"mergeState": "CONFLICTING"}})
		w.stands(t, winner, amendment.MergeStateCLEAN, 1)
		w.stands(t, apart, amendment.MergeStateMERGEABLE, 2)
		w.stands(t, clashing, amendment.MergeStateCONFLICTING, 2)
		w.stands(t, drafted, amendment.MergeStateCLEAN, 0)
		if !w.now(t, c).ActiveAt.Equal(before.ActiveAt) {
			t.Error("a comparison counts as activity")
		}
		w.idle(t, func() error { return w.Jobs.Do(t.Context(), "announce phases", "compare amendments") })

		// Next version: one changes, the other is compared and stays as it is, which is not announced.
		w.revise(t, c, "deux fois", "quatre fois")
		w.announces(t, func() error { return w.Jobs.Do(t.Context(), "announce phases", "compare amendments") },
			fact{c.ID, live.AmendmentMergeStateChanged, apart.ID, "", data{"mergeState": "CONFLICTING"}})
		w.stands(t, apart, amendment.MergeStateCONFLICTING, 3)
		w.stands(t, clashing, amendment.MergeStateCONFLICTING, 3)
	})
}

func (w *world) stands(t testing.TB, a *ent.Amendment, state amendment.MergeState, checked int) {
	t.Helper()
	if a = w.current(t, a); a.MergeState != state || a.MergeChecked != checked {
		t.Errorf("it is %s against version %d, want %s against %d", a.MergeState, a.MergeChecked, state, checked)
	}
}

// announcesInAnyOrder is announces for two events of one topic whose order nobody promises.
func (w *world) announcesInAnyOrder(t testing.TB, do func() error, one, other fact) {
	t.Helper()
	before := w.heads(t)
	must(t, do())
	var subjects []string
	for _, e := range w.eventsSince(t, before) {
		subjects = append(subjects, e.Subject)
		want := one
		if e.Subject == other.subject {
			want = other
		}
		got := fact{e.Topic, e.Type, e.Subject, e.Actor, e.Data}
		if asJSON(got.data) != asJSON(want.data) || got.kind != want.kind || got.topic != want.topic || got.actor != want.actor {
			t.Errorf("logged %+v, want %+v", got, want)
		}
	}
	if len(subjects) != 2 || subjects[0] == subjects[1] {
		t.Errorf("logged events on %v", subjects)
	}
}

// A sweep that read an amendment before another sweep compared it leaves it alone: what it would announce, or not, is by
// the other's comparison. Here the second text makes it mergeable and the third conflicting again.
func TestStaleSweepComparesNothing(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		c := w.commitment(t)
		a := w.submitted(t, w.Alice, c, "dix mille", "vingt mille")
		sweep := func() error { return w.Jobs.Do(t.Context(), "announce phases", "compare amendments") }
		conflicting := fact{c.ID, live.AmendmentMergeStateChanged, a.ID, "", data{"mergeState": "CONFLICTING"}}
		mergeable := fact{c.ID, live.AmendmentMergeStateChanged, a.ID, "", data{"mergeState": "MERGEABLE"}}
		w.revise(t, c, "dix mille", "trente mille")
		w.announces(t, sweep, conflicting)
		stale := w.current(t, a)
		w.revise(t, c, "trente mille", "dix mille")
		w.announces(t, sweep, mergeable)
		w.revise(t, c, "dix mille", "trente mille")
		w.idle(t, func() error { return consultation.CompareAmendment(w.Service, t.Context(), stale) })
		w.announces(t, sweep, conflicting)
	})
}

// An amendment of an earlier version is compared when it is submitted, and says so from the start.
func TestLateAmendmentStartsWithItsMergeState(t *testing.T) {
	for name, c := range map[string]struct {
		part, by string
		want     amendment.MergeState
	}{
		"apart":          {"deux fois", "trois fois", amendment.MergeStateMERGEABLE},
		"the same words": {"dix mille", "cent mille", amendment.MergeStateCONFLICTING},
	} {
		t.Run(name, func(t *testing.T) {
			each(t, func(t *testing.T, w *world) {
				on := w.commitment(t)
				a := w.draft(t, w.Alice, on, c.part, c.by)
				w.revise(t, on, "dix mille", "vingt mille")
				must(t, only(w.SubmitAmendment(as(t, w.Alice), roadmap.SubmitAmendmentInput{Amendment: a.ID})))
				w.stands(t, a, c.want, 2)
			})
		})
	}
}

// More amendments than a sweep takes at once are all compared in the end.
func TestSweepComparesManyAmendments(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		c := w.commitment(t)
		const many = 130
		must(t, only(w.UpdateProcess(as(t, w.Admin), processes.UpdateProcessInput{Process: w.Process.ID, EvaluatingLimit: ptr(50)})))
		for _, p := range []struct{ who, n int }{{0, 50}, {1, 50}, {2, 30}} {
			for range p.n {
				w.submitted(t, []*testsite.Person{w.Alice, w.Bob, w.Signatory}[p.who], c, "dix mille", "vingt mille")
			}
		}
		w.revise(t, c, "deux fois", "trois fois")
		before := w.heads(t)
		for range 2 {
			must(t, w.Jobs.Do(t.Context(), "announce phases", "compare amendments"))
		}
		if n := len(w.eventsSince(t, before)); n != many {
			t.Errorf("%d were announced, want %d", n, many)
		}
	})
}

func TestMerge(t *testing.T) {
	base := &ent.Version{ID: "1", Title: input.Texts{"fr": "Titre"}, Body: input.Texts{"fr": "Un.\n\nDeux."}}
	current := &ent.Version{ID: "2", Title: input.Texts{"fr": "Titre", "en": "Title"}, Body: input.Texts{"fr": "Un.\n\nDeux bis.", "en": "One."}}
	gone := &ent.Version{ID: "3", Title: input.Texts{"en": "Title"}, Body: input.Texts{"en": "One."}}
	for _, c := range []struct {
		name          string
		title, body   string
		on            *ent.Version
		wantTitle     string
		wantBody      string
		wantConflicts []bool // whether each is in the title
	}{
		{"base is current", "Autre", "Rien.", base, "Autre", "Rien.", nil},
		{"apart", "Autre", "Un bis.\n\nDeux.", current, "Autre", "Un bis.\n\nDeux bis.", nil},
		{"same words", "Titre", "Un.\n\nDeux ter.", current, "Titre", "Un.\n\nDeux bis.", []bool{false}},
		{"language is gone", "Autre", "Rien.", gone, "Autre", "Rien.", nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := roadmap.NewMerge(&ent.Amendment{BaseID: "1", Language: "fr", Title: c.title, Body: c.body}, base, c.on)
			if m.Version != c.on || m.Title != c.wantTitle || m.Body != c.wantBody || len(m.Conflicts) != len(c.wantConflicts) {
				t.Fatalf("got %q, %q, conflicts %s", m.Title, m.Body, asJSON(m.Conflicts))
			}
			for i, inTitle := range c.wantConflicts {
				if m.Conflicts[i].IsInTitle != inTitle || strings.TrimSpace(m.Conflicts[i].Base) == "" {
					t.Errorf("conflict %d is %s", i, asJSON(m.Conflicts[i]))
				}
			}
		})
	}
}

func TestMergeConflictInTheTitle(t *testing.T) {
	base := &ent.Version{ID: "1", Title: input.Texts{"fr": "Un titre"}, Body: input.Texts{"fr": "Texte."}}
	current := &ent.Version{ID: "2", Title: input.Texts{"fr": "Un nom"}, Body: input.Texts{"fr": "Texte."}}
	m := roadmap.NewMerge(&ent.Amendment{BaseID: "1", Language: "fr", Title: "Un intitulé", Body: "Texte."}, base, current)
	if len(m.Conflicts) != 1 || !m.Conflicts[0].IsInTitle || m.Title != "Un nom" {
		t.Errorf("title %q, conflicts %s", m.Title, asJSON(m.Conflicts))
	}
}

package roadmap_test

import (
	"strings"
	"testing"

	"ensemble/consultation/input"
	"ensemble/consultation/processes"
	"ensemble/consultation/roadmap"
	"ensemble/ent"
	"ensemble/ent/amendment"
	"ensemble/internal/testsite"
	"ensemble/internal/testsite/scene"
	"ensemble/live"
)

// When a text has a new version, a round compares each amendment under evaluation with it, and announces those whose
// merge state is another.
func TestRivalsAreComparedWhenTheTextMovesOn(t *testing.T) {
	scene.Each(t, func(t *testing.T, w *scene.World) {
		c := w.SomeCommitment(t)
		winner := w.Submitted(t, w.Alice, c, "dix mille", "vingt mille")
		apart := w.Submitted(t, w.Bob, c, "deux fois", "trois fois")
		clashing := w.Submitted(t, w.Bob, c, "dix mille", "cent mille")
		drafted := w.DraftOf(t, w.Bob, c, "dix mille", "rien")
		w.Idle(t, func() error { return w.Jobs.Do(t.Context(), "announce phases", "compare amendments") })

		w.Accept(t, winner)
		before := w.CommitmentNow(t, c)
		announcesInAnyOrder(t, w, func() error {
			return w.Jobs.Do(t.Context(), "announce phases", "compare amendments")
		},
			scene.FactOf(c.ID, live.AmendmentMergeStateChanged, apart.ID, "", scene.Data{"mergeState": "MERGEABLE"}),
			scene.FactOf(c.ID, live.AmendmentMergeStateChanged, clashing.ID, "",
				scene.Data{"mergeState": "CONFLICTING"}))

		stands(t, w, winner, amendment.MergeStateCLEAN, 1)
		stands(t, w, apart, amendment.MergeStateMERGEABLE, 2)
		stands(t, w, clashing, amendment.MergeStateCONFLICTING, 2)
		stands(t, w, drafted, amendment.MergeStateCLEAN, 0)
		if !w.CommitmentNow(t, c).ActiveAt.Equal(before.ActiveAt) {
			t.Error("a comparison counts as activity")
		}

		w.Idle(t, func() error { return w.Jobs.Do(t.Context(), "announce phases", "compare amendments") })

		// With the next version, one merges otherwise. The other merges as before, which is not announced.
		w.Revise(t, c, "deux fois", "quatre fois")
		w.Announces(t, func() error { return w.Jobs.Do(t.Context(), "announce phases", "compare amendments") },
			scene.FactOf(c.ID, live.AmendmentMergeStateChanged, apart.ID, "", scene.Data{"mergeState": "CONFLICTING"}))
		stands(t, w, apart, amendment.MergeStateCONFLICTING, 3)
		stands(t, w, clashing, amendment.MergeStateCONFLICTING, 3)
	})
}

// A round merges long texts before its transaction begins: while it waits for its turn to do so, others write.
func TestRoundsMergeOutsideTransactions(t *testing.T) {
	scene.Each(t, func(t *testing.T, w *scene.World) {
		c := w.SomeCommitment(t)
		rival := w.Submitted(t, w.Alice, c, "dix mille", strings.Repeat(t.Name()+" ", 100))
		w.Revise(t, c, "deux fois", "trois fois")

		release := testsite.HoldHeavyTurns(t)
		round := testsite.InBackground(func() error { return w.Jobs.Do(t.Context(), "announce phases", "compare amendments") })
		w.Comment(t, w.Bob, c.ID, "Pendant ce temps.")
		if round.Over() {
			t.Errorf("the round did not wait for its turn: %v", round.Err)
		}

		release()
		<-round.Done
		testsite.Must(t, round.Err)
		stands(t, w, rival, amendment.MergeStateMERGEABLE, 2)
	})
}

// stands compares an amendment's merge state, and the number of the version that it was last compared with (0: none),
// with what they must be.
func stands(t testing.TB, w *scene.World, a *ent.Amendment, state amendment.MergeState, checked int) {
	t.Helper()
	if a = w.AmendmentNow(t, a); a.MergeState != state || a.MergeChecked != checked {
		t.Errorf("it is %s against version %d, want %s against %d", a.MergeState, a.MergeChecked, state, checked)
	}
}

// announcesInAnyOrder runs do, which must succeed, and asks that it logs two events, in either order.
func announcesInAnyOrder(t testing.TB, w *scene.World, do func() error, one, other scene.Fact) {
	t.Helper()
	before := w.LogHeads(t)
	testsite.Must(t, do())

	var subjects []string
	for _, e := range w.EventsSince(t, before) {
		subjects = append(subjects, e.Subject)
		want := one
		if e.Subject == other.Subject {
			want = other
		}

		got := scene.FactOf(e.Topic, e.Type, e.Subject, e.Actor, e.Data)
		if got.Topic != want.Topic || got.Kind != want.Kind || got.Actor != want.Actor ||
			scene.AsJSON(got.Data) != scene.AsJSON(want.Data) {
			t.Errorf("logged %+v, want %+v", got, want)
		}
	}

	if len(subjects) != 2 || subjects[0] == subjects[1] {
		t.Errorf("logged events on %v", subjects)
	}
}

// A round that read an amendment before another round compared it changes nothing, since what it read is out of date.
// Here the third version makes the amendment mergeable, and the fourth conflicting again.
func TestStaleRoundComparesNothing(t *testing.T) {
	scene.Each(t, func(t *testing.T, w *scene.World) {
		c := w.SomeCommitment(t)
		a := w.Submitted(t, w.Alice, c, "dix mille", "vingt mille")
		round := func() error { return w.Jobs.Do(t.Context(), "announce phases", "compare amendments") }
		conflicting := scene.FactOf(c.ID, live.AmendmentMergeStateChanged, a.ID, "",
			scene.Data{"mergeState": "CONFLICTING"})
		mergeable := scene.FactOf(c.ID, live.AmendmentMergeStateChanged, a.ID, "",
			scene.Data{"mergeState": "MERGEABLE"})

		w.Revise(t, c, "dix mille", "trente mille")
		w.Announces(t, round, conflicting)
		stale := testsite.Got(w.Read.Amendment.Query().Where(amendment.ID(a.ID)).WithBase().WithCommitment().Only(t.Context()))(t)

		w.Revise(t, c, "trente mille", "dix mille")
		w.Announces(t, round, mergeable)

		w.Revise(t, c, "dix mille", "trente mille")
		w.Idle(t, func() error { return roadmap.CompareAmendment(w.Roadmap, t.Context(), stale) })
		w.Announces(t, round, conflicting)
	})
}

// An amendment of an earlier version is compared with the current one when it is submitted, and has a merge state from
// the start.
func TestLateAmendmentStartsWithItsMergeState(t *testing.T) {
	for name, c := range map[string]struct {
		part, by string
		want     amendment.MergeState
	}{
		"apart":          {"deux fois", "trois fois", amendment.MergeStateMERGEABLE},
		"the same words": {"dix mille", "cent mille", amendment.MergeStateCONFLICTING},
	} {
		t.Run(name, func(t *testing.T) {
			scene.Each(t, func(t *testing.T, w *scene.World) {
				on := w.SomeCommitment(t)
				a := w.DraftOf(t, w.Alice, on, c.part, c.by)
				w.Revise(t, on, "dix mille", "vingt mille")

				testsite.Must(t, scene.Only(w.SubmitAmendment(
					scene.As(t, w.Alice), roadmap.SubmitAmendmentInput{Amendment: a.ID})))
				stands(t, w, a, c.want, 2)
			})
		})
	}
}

// When more amendments are under evaluation than a round takes at once, the rounds compare all of them in the end.
func TestRoundComparesManyAmendments(t *testing.T) {
	scene.Each(t, func(t *testing.T, w *scene.World) {
		c := w.SomeCommitment(t)
		const many = 130
		testsite.Must(t, scene.Only(w.UpdateProcess(scene.As(t, w.Admin), processes.UpdateProcessInput{
			Process: w.Process.ID, EvaluatingLimit: scene.Ptr(50),
		})))
		for _, p := range []struct {
			who *testsite.Person
			n   int
		}{
			{w.Alice, 50},
			{w.Bob, 50},
			{w.Signatory, 30},
		} {
			for range p.n {
				w.Submitted(t, p.who, c, "dix mille", "vingt mille")
			}
		}
		w.Revise(t, c, "deux fois", "trois fois")

		before := w.LogHeads(t)
		for range 2 {
			testsite.Must(t, w.Jobs.Do(t.Context(), "announce phases", "compare amendments"))
		}
		if n := len(w.EventsSince(t, before)); n != many {
			t.Errorf("%d were announced, want %d", n, many)
		}
	})
}

func TestMerge(t *testing.T) {
	base := &ent.Version{ID: "1", Title: input.Texts{"fr": "Titre"}, Body: input.Texts{"fr": "Un.\n\nDeux."}}
	current := &ent.Version{
		ID:    "2",
		Title: input.Texts{"fr": "Titre", "en": "Title"},
		Body:  input.Texts{"fr": "Un.\n\nDeux bis.", "en": "One."},
	}
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
			if m.Version != c.on || m.Title != c.wantTitle || m.Body != c.wantBody ||
				len(m.Conflicts) != len(c.wantConflicts) {
				t.Fatalf("got %q, %q, conflicts %s", m.Title, m.Body, scene.AsJSON(m.Conflicts))
			}

			for i, inTitle := range c.wantConflicts {
				if m.Conflicts[i].IsInTitle != inTitle || strings.TrimSpace(m.Conflicts[i].Base) == "" {
					t.Errorf("conflict %d is %s", i, scene.AsJSON(m.Conflicts[i]))
				}
			}
		})
	}
}

func TestMergeConflictInTheTitle(t *testing.T) {
	base := &ent.Version{ID: "1", Title: input.Texts{"fr": "Un titre"}, Body: input.Texts{"fr": "Texte."}}
	current := &ent.Version{ID: "2", Title: input.Texts{"fr": "Un nom"}, Body: input.Texts{"fr": "Texte."}}
	a := &ent.Amendment{BaseID: "1", Language: "fr", Title: "Un intitulé", Body: "Texte."}
	m := roadmap.NewMerge(a, base, current)

	if len(m.Conflicts) != 1 || !m.Conflicts[0].IsInTitle || m.Title != "Un nom" {
		t.Errorf("title %q, conflicts %s", m.Title, scene.AsJSON(m.Conflicts))
	}
}

package moderation_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"ensemble/consultation"
	"ensemble/consultation/change"
	"ensemble/consultation/moderation"
	"ensemble/consultation/processes"
	"ensemble/consultation/refusal"
	entmoderation "ensemble/ent/moderation"
	"ensemble/ent/moderationcase"
	"ensemble/internal/testsite"
	"ensemble/internal/testsite/scene"
	"ensemble/live"
)

// leaflets are a made-up kind of node that can be moderated. They are kept in memory.
type leaflets map[string]*leaflet

// leaflet is an item, and what moderation did to it.
type leaflet struct {
	id, author, process, about string

	draft   bool
	removal moderation.Removal
	done    []string // what moderation did to it, in order
}

// lock implements moderation.LockItem.
func (all leaflets) lock(_ context.Context, _ *change.Tx, field, id string) (moderation.Item, error) {
	l, there := all[id]
	if !there {
		return nil, &refusal.Error{
			Code: refusal.NotFound, Field: field, Message: "There is no such thing here, or not for you.",
		}
	}

	return lockedLeaflet{l, *l}, nil
}

// lockedLeaflet is a leaflet, and what it was like when it was locked.
type lockedLeaflet struct {
	now *leaflet
	was leaflet
}

func (l lockedLeaflet) ID() string { return l.was.id }

func (l lockedLeaflet) Kind() string { return "COMMENT" } // the tables know two kinds

func (l lockedLeaflet) Author() string { return l.was.author }

func (l lockedLeaflet) Organization() *string { return nil }

func (l lockedLeaflet) Process() string { return l.was.process }

func (l lockedLeaflet) About() string { return l.was.about }

func (l lockedLeaflet) IsDraft() bool { return l.was.draft }

func (l lockedLeaflet) IsPublic() bool {
	return !l.was.draft && l.was.removal == moderation.Removal{}
}

func (l lockedLeaflet) Removed() error { return nil }

func (l lockedLeaflet) Removal() moderation.Removal { return l.was.removal }

func (l lockedLeaflet) ChangedAt() *time.Time { return nil }

func (l lockedLeaflet) Hide(context.Context, *change.Tx) error {
	return l.becomes("hidden", moderation.Removal{Hidden: true})
}

func (l lockedLeaflet) Restore(context.Context, *change.Tx) error {
	return l.becomes("restored", moderation.Removal{})
}

func (l lockedLeaflet) Publish(context.Context, *change.Tx) error {
	return l.becomes("published", moderation.Removal{})
}

func (l lockedLeaflet) becomes(done string, r moderation.Removal) error {
	l.now.done, l.now.removal = append(l.now.done, done), r
	return nil
}

// newLeaflet makes a leaflet of Alice's, and registers its kind.
func newLeaflet(t testing.TB, w *scene.World) *leaflet {
	t.Helper()
	l := &leaflet{id: w.NewID("leaflet"), author: w.Alice.ID, process: w.Process.ID, about: w.SomeCommitment(t).ID}
	w.Moderates("leaflet", leaflets{l.id: l}.lock)
	return l
}

// leafletStands compares how a leaflet stands, and what was done to it, with what is wanted.
func leafletStands(t testing.TB, w *scene.World, l *leaflet, want moderation.Standing, done ...string) {
	t.Helper()
	if got := moderation.StandingOf(w.CaseOf(t, l.id), l.removal); got != want || !slices.Equal(l.done, done) {
		t.Errorf("it stands %s after %q, want %s after %q", got, l.done, want, done)
	}
}

// Moderation needs to know nothing of a kind of item but what it registered: it hides and restores items of any kind.
func TestModeratesAnyKind(t *testing.T) {
	scene.Each(t, func(t *testing.T, w *scene.World) {
		l := newLeaflet(t, w)
		r := reportBy(t, w, w.Bob, l.id)
		w.Waits(t, l.id, moderationcase.StateOPEN, 1)
		leafletStands(t, w, l, moderation.StandingPublic)

		row := hide(t, w, l.id)
		leafletStands(t, w, l, moderation.StandingHidden, "hidden")
		r = testsite.Got(w.Read.Report.Get(t.Context(), r.ID))(t)
		if r.Outcome == nil || *r.Outcome != "HIDDEN" {
			t.Errorf("what came of the report is %v", r.Outcome)
		}
		w.Refused(t, refusal.NotFound, "item", func() error {
			return scene.Only(w.Report(scene.As(t, w.Bob), scene.Spam(l.id)))
		})
		w.Refused(t, refusal.Conflict, "", deciding(t, w, w.Moderator, scene.Hiding(l.id)))

		objection := appealBy(t, w, w.Alice, row.ID, "C’est un tract.")
		before := w.LogHeads(t)
		testsite.Must(t, scene.Only(w.DecideAppeal(scene.As(t, w.Admin), moderation.DecideAppealInput{
			Appeal: objection.ID, Overturn: true, Statement: "C’en est un.",
		})))
		leafletStands(t, w, l, moderation.StandingPublic, "hidden", "restored")

		var logged []string
		for _, e := range w.PublicSince(t, before) {
			if e.Type == live.ModerationLogged {
				logged = append(logged, string(testsite.Got(w.Read.Moderation.Get(t.Context(), e.Subject))(t).Action))
			}
		}
		if !slices.Equal(logged, []string{"RESTORE"}) {
			t.Errorf("the public log tells %q", logged)
		}

		e := w.Refused(t, refusal.Conflict, "", deciding(t, w, w.Moderator, scene.Hiding(l.id)))
		if e.Current().State != string(moderation.StandingPublic) {
			t.Errorf("whose decision was overturned is told that it stands %v", e.Details["current"])
		}
	})
}

// Reports alone hide an item of any kind until a moderator decides.
func TestReportsHideAnyKind(t *testing.T) {
	scene.Each(t, func(t *testing.T, w *scene.World) {
		w.Write.User.Update().SetEmailConfirmedAt(w.Now()).ExecX(t.Context())
		w.SetModeration(t, processes.UpdateProcessInput{ReportsToHide: scene.Ptr(1)})
		l := newLeaflet(t, w)

		reportBy(t, w, w.Bob, l.id)
		leafletStands(t, w, l, moderation.StandingSuspended, "hidden")

		testsite.Must(t, scene.Only(w.Decide(scene.As(t, w.Moderator), dismissal(l.id))))
		leafletStands(t, w, l, moderation.StandingPublic, "hidden", "restored")
	})
}

// An item of any kind that was held is refused, and published when an appeal overturns that.
func TestHoldsAnyKind(t *testing.T) {
	scene.Each(t, func(t *testing.T, w *scene.World) {
		l := newLeaflet(t, w)
		l.removal.Held = true
		testsite.Must(t, w.In(scene.As(t, w.Alice), func(ctx context.Context, tx *change.Tx) error {
			return moderation.HoldItem(ctx, tx, lockedLeaflet{l, *l}, []string{"WORDS"})
		}))
		leafletStands(t, w, l, moderation.StandingHeld)

		row := testsite.Got(w.Decide(scene.As(t, w.Moderator), scene.Refusing(l.id)))(t)
		leafletStands(t, w, l, moderation.StandingRefused)

		objection := appealBy(t, w, w.Alice, row.ID, "C’est un tract.")
		testsite.Must(t, scene.Only(w.DecideAppeal(scene.As(t, w.Admin), moderation.DecideAppealInput{
			Appeal: objection.ID, Overturn: true, Statement: "C’en est un.",
		})))
		leafletStands(t, w, l, moderation.StandingPublic, "published")
		published := w.Read.Moderation.Query().
			Where(entmoderation.ItemID(l.id), entmoderation.ActionEQ(entmoderation.ActionPUBLISH)).
			CountX(t.Context())
		if published != 1 {
			t.Errorf("%d decisions to publish", published)
		}
	})
}

// Nobody can report or decide on what is no item: what is not there, what is of no registered kind, and drafts.
func TestNoItem(t *testing.T) {
	scene.Each(t, func(t *testing.T, w *scene.World) {
		l := newLeaflet(t, w)
		row := hide(t, w, l.id)
		l.draft, l.removal = true, moderation.Removal{}
		testsite.Must(t, w.In(scene.As(t, w.Alice), func(ctx context.Context, tx *change.Tx) error {
			return moderation.CloseCase(ctx, tx, l.id)
		}))

		for _, id := range []string{l.id, w.NewID("leaflet"), w.NewID("poster"), "leaflet_x", ""} {
			w.Refused(t, refusal.NotFound, "item", func() error {
				return scene.Only(w.Report(scene.As(t, w.Bob), scene.Spam(id)))
			})
			w.Refused(t, refusal.NotFound, "item", deciding(t, w, w.Moderator, scene.Hiding(id)))
		}

		w.Refused(t, refusal.NotFound, "moderation", func() error {
			return scene.Only(w.Appeal(scene.As(t, w.Bob), moderation.AppealDecisionInput{Moderation: row.ID, Text: "x"}))
		})
		e := w.Refused(t, refusal.Conflict, "", func() error {
			return scene.Only(w.Appeal(scene.As(t, w.Alice), moderation.AppealDecisionInput{Moderation: row.ID, Text: "x"}))
		})
		if e.Current().State != string(moderation.StandingPublic) {
			t.Errorf("it stands %v", e.Details["current"])
		}
	})
}

// A kind can be registered only once, since two nouns would otherwise decide on each other's rows.
func TestKindsAreRegisteredOnce(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("comments were registered twice")
		}

	}()
	consultation.New("sqlite3", nil, nil, nil).Moderates("comment", leaflets{}.lock)
}

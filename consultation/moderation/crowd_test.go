package moderation_test

import (
	"fmt"
	"testing"

	"ensemble/consultation/refusal"
	"ensemble/consultation/roadmap"
	"ensemble/ent"
	"ensemble/ent/amendment"
	entmoderation "ensemble/ent/moderation"
	"ensemble/internal/testsite"
	"ensemble/internal/testsite/scene"
	"ensemble/live"
)

// When many people report an item at once, it is hidden once, with one event.
func TestManyReportAtOnce(t *testing.T) {
	scene.Each(t, func(t *testing.T, w *scene.World) {
		c := w.SomeCommitment(t)
		items := []string{w.Comment(t, w.Alice, c.ID, "x").ID, w.Submitted(t, w.Alice, c, "deux", "trois").ID}
		for _, item := range items {

			people := newReaders(t, w, 9)
			scene.AtOnce(t, len(people), func(i int) error {
				return scene.Only(w.Report(scene.As(t, people[i]), scene.Spam(item)))
			})

			if n := w.Read.Moderation.Query().Where(entmoderation.ItemID(item)).CountX(t.Context()); n != 1 {
				t.Errorf("%d decisions", n)
			}
			if n := w.CaseOf(t, item).ReportCount; n < 3 {
				t.Errorf("%d reports", n)
			}
		}

		happened(t, w, c, live.CommentRemoved, 1)
		happened(t, w, c, live.AmendmentHidden, 1)
	})
}

// happened counts the events of a type on a commitment, and compares their number with what is wanted.
func happened(t testing.TB, w *scene.World, c *ent.Commitment, kind live.Type, want int) {
	t.Helper()
	n := 0
	for _, e := range testsite.Got(w.Events(t.Context(), c.ID, 0, 1000))(t) {
		if e.Type == kind {
			n++
		}
	}

	if n != want {
		t.Errorf("%s happened %d times, want %d", kind, n, want)
	}
}

// When one person reports an item many times at once, there is one report.
func TestOneReportFromManyTries(t *testing.T) {
	scene.Each(t, func(t *testing.T, w *scene.World) {
		m := w.Comment(t, w.Alice, w.SomeCommitment(t).ID, "x")
		bob := scene.As(t, w.Bob)

		for _, err := range scene.AtOnce(t, 12,
			func(int) error { return scene.Only(w.Report(bob, scene.Spam(m.ID))) }) {
			testsite.Must(t, err)
		}

		if n := w.Read.Report.Query().CountX(t.Context()); n != 1 {
			t.Errorf("%d reports", n)
		}
	})
}

// When a comment is hidden at the moment at which its author deletes it, it is counted once, whoever is first.
func TestHideAgainstDelete(t *testing.T) {
	scene.Each(t, func(t *testing.T, w *scene.World) {
		c := w.SomeCommitment(t)
		for range 6 {
			m := w.Comment(t, w.Alice, c.ID, "x")
			w.Reply(t, m, "x")
			alice, moderator := scene.As(t, w.Alice), scene.As(t, w.Moderator)

			answers := scene.AtOnce(t, 2, func(i int) error {
				if i == 0 {
					return scene.Only(w.DeleteComment(alice, roadmap.DeleteCommentInput{Comment: m.ID}))
				}
				return scene.Only(w.Decide(moderator, scene.Hiding(m.ID)))
			})

			testsite.Must(t, answers[0])
			if code := refusal.CodeOf(answers[1]); code != "" && code != refusal.Conflict {
				t.Errorf("hiding: %v", answers[1])
			}
			if w.CommentNow(t, m).DeletedAt == nil {
				t.Error("it is not deleted")
			}
		}
		happened(t, w, c, live.CommentRemoved, 6)
	})
}

// When an amendment is hidden at the moment at which it is accepted, it is accepted and then hidden, or only hidden. It
// is never accepted while it is hidden.
func TestHideAgainstAccept(t *testing.T) {
	scene.Each(t, func(t *testing.T, w *scene.World) {
		for i := range 5 {
			c := w.SomeCommitment(t)
			a := w.Submitted(t, w.Alice, c, "deux", fmt.Sprint(i))
			steering, moderator := scene.As(t, w.Steering), scene.As(t, w.Moderator)

			answers := scene.AtOnce(t, 2, func(i int) error {
				if i == 0 {
					return scene.Only(w.AcceptAmendment(steering, roadmap.AcceptAmendmentInput{Amendment: a.ID}))
				}
				return scene.Only(w.Decide(moderator, scene.Hiding(a.ID)))
			})
			testsite.Must(t, answers[1])

			a = w.AmendmentNow(t, a)
			if accepted := answers[0] == nil; a.HiddenAt == nil || accepted != (a.State == amendment.StateACCEPTED) {
				t.Errorf("%v, and it is %s", answers[0], a.State)
			}
			if answers[0] != nil && refusal.CodeOf(answers[0]) != refusal.NotFound {
				t.Error(answers[0])
			}

			events := testsite.Got(w.Events(t.Context(), c.ID, 0, 100))(t)
			hidden := false
			for _, e := range events {
				hidden = hidden || e.Type == live.AmendmentHidden
				if hidden && e.Type == live.AmendmentAccepted {
					t.Error("accepted while hidden")
				}
			}
		}
	})
}

// When two moderators decide at once, one decision is taken, and the other moderator learns how the item stands.
func TestRestoreAgainstHide(t *testing.T) {
	scene.Each(t, func(t *testing.T, w *scene.World) {
		c := w.SomeCommitment(t)
		m := w.Comment(t, w.Alice, c.ID, "x")
		for _, p := range newReaders(t, w, 3) {
			reportBy(t, w, p, m.ID)
		}

		seen := w.CaseOf(t, m.ID).DecisionCount
		restore, hiding := restoring(m.ID), scene.Hiding(m.ID)
		restore.Seen, hiding.Seen = &seen, &seen
		one, other := scene.As(t, w.Moderator), scene.As(t, w.Admin)

		answers := scene.AtOnce(t, 2, func(i int) error {
			if i == 0 {
				return scene.Only(w.Decide(one, restore))
			}
			return scene.Only(w.Decide(other, hiding))
		})

		if (answers[0] == nil) == (answers[1] == nil) {
			t.Errorf("both or none: %v, %v", answers[0], answers[1])
		}
		for _, err := range answers {
			if err != nil && refusal.CodeOf(err) != refusal.Conflict {
				t.Error(err)
			}
		}

		if hidden := w.CommentNow(t, m).HiddenAt != nil; hidden != (answers[1] == nil) {
			t.Errorf("hidden is %t", hidden)
		}
	})
}

// When people answer, hide and restore in one thread at once, the counters and the log are right, and nobody waits for
// ever.
func TestModerationInAHurry(t *testing.T) {
	scene.Each(t, func(t *testing.T, w *scene.World) {
		c := w.SomeCommitment(t)
		a := w.Submitted(t, w.Alice, c, "deux", "trois")
		m := w.Comment(t, w.Alice, a.ID, "x")

		bob, moderator, admin := scene.As(t, w.Bob), scene.As(t, w.Moderator), scene.As(t, w.Admin)

		scene.AtOnce(t, 40, func(i int) error {
			switch i % 5 {
			case 0:
				return w.TryComment(bob, roadmap.PostCommentInput{Subject: a.ID, Parent: &m.ID, Body: fmt.Sprint(i)})
			case 1:
				return scene.Only(w.Decide(moderator, scene.Hiding(m.ID)))
			case 2:
				return scene.Only(w.Decide(admin, restoring(m.ID)))
			case 3:
				return scene.Only(w.Decide(moderator, scene.Hiding(a.ID)))
			}
			return scene.Only(w.Decide(admin, restoring(a.ID)))
		})
	})
}

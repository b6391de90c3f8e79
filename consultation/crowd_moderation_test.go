package consultation_test

import (
	"fmt"
	"testing"

	"ensemble/consultation/moderation"
	"ensemble/consultation/refusal"
	"ensemble/consultation/roadmap"
	"ensemble/ent"
	"ensemble/ent/amendment"
	entmoderation "ensemble/ent/moderation"
	"ensemble/live"
)

// Many reporters at once: hidden once, with one event, by whoever was third.
func TestManyReportAtOnce(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		c := w.commitment(t)
		for _, item := range []string{w.Comment(t, w.Alice, c.ID, "x").ID, w.submitted(t, w.Alice, c, "deux", "trois").ID} {
			people := w.readers(t, 9)
			atOnce(t, len(people), func(i int) error { return only(w.Report(as(t, people[i]), spam(item))) })
			if n := w.Read.Moderation.Query().Where(entmoderation.ItemID(item)).CountX(t.Context()); n != 1 {
				t.Errorf("%d decisions", n)
			}
			if n := w.caseOf(t, item).ReportCount; n < 3 {
				t.Errorf("%d reports", n)
			}
		}
		w.happened(t, c, live.CommentRemoved, 1)
		w.happened(t, c, live.AmendmentHidden, 1)
	})
}

// happened counts the events of a type on a commitment.
func (w *world) happened(t testing.TB, c *ent.Commitment, kind live.Type, want int) {
	t.Helper()
	n := 0
	for _, e := range got(w.Events(t.Context(), c.ID, 0, 1000))(t) {
		if e.Type == kind {
			n++
		}
	}
	if n != want {
		t.Errorf("%s happened %d times, want %d", kind, n, want)
	}
}

// One person reports many times at once: one report.
func TestOneReportFromManyTries(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		m := w.Comment(t, w.Alice, w.commitment(t).ID, "x")
		bob := as(t, w.Bob)
		for _, err := range atOnce(t, 12, func(int) error { return only(w.Report(bob, spam(m.ID))) }) {
			must(t, err)
		}
		if n := w.Read.Report.Query().CountX(t.Context()); n != 1 {
			t.Errorf("%d reports", n)
		}
	})
}

// A comment is hidden while its author deletes it: counted once, whoever is first.
func TestHideAgainstDelete(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		c := w.commitment(t)
		for range 6 {
			m := w.Comment(t, w.Alice, c.ID, "x")
			w.reply(t, m, "x")
			alice, moderator := as(t, w.Alice), as(t, w.Moderator)
			answers := atOnce(t, 2, func(i int) error {
				if i == 0 {
					return only(w.DeleteComment(alice, roadmap.DeleteCommentInput{Comment: m.ID}))
				}
				return only(w.Decide(moderator, hiding(m.ID)))
			})
			must(t, answers[0])
			if code := refusal.CodeOf(answers[1]); code != "" && code != refusal.Conflict {
				t.Errorf("hiding: %v", answers[1])
			}
			if w.reread(t, m).DeletedAt == nil {
				t.Error("it is not deleted")
			}
		}
		w.happened(t, c, live.CommentRemoved, 6)
	})
}

// An amendment is hidden while it is accepted: accepted and hidden, or hidden only, never accepted while hidden.
func TestHideAgainstAccept(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		for i := range 5 {
			c := w.commitment(t)
			a := w.submitted(t, w.Alice, c, "deux", fmt.Sprint(i))
			steering, moderator := as(t, w.Steering), as(t, w.Moderator)
			answers := atOnce(t, 2, func(i int) error {
				if i == 0 {
					return only(w.AcceptAmendment(steering, roadmap.AcceptAmendmentInput{Amendment: a.ID}))
				}
				return only(w.Decide(moderator, hiding(a.ID)))
			})
			must(t, answers[1])
			a = w.current(t, a)
			if accepted := answers[0] == nil; a.HiddenAt == nil || accepted != (a.State == amendment.StateACCEPTED) {
				t.Errorf("%v, and it is %s", answers[0], a.State)
			}
			if answers[0] != nil && refusal.CodeOf(answers[0]) != refusal.NotFound {
				t.Error(answers[0])
			}
			events := got(w.Events(t.Context(), c.ID, 0, 100))(t)
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

// Two moderators decide at once: one does, the other is told how it stands.
func TestRestoreAgainstHide(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		c := w.commitment(t)
		m := w.Comment(t, w.Alice, c.ID, "x")
		for _, p := range w.readers(t, 3) {
			w.report(t, p, m.ID)
		}
		seen := w.caseOf(t, m.ID).DecisionCount
		moderators := []*moderation.Decision{{Item: m.ID, Action: entmoderation.ActionRESTORE, Facts: "Relu.", Seen: &seen}, ptr(hiding(m.ID))}
		moderators[1].Seen = &seen
		one, other := as(t, w.Moderator), as(t, w.Admin)
		answers := atOnce(t, 2, func(i int) error {
			if i == 0 {
				return only(w.Decide(one, *moderators[0]))
			}
			return only(w.Decide(other, *moderators[1]))
		})
		if (answers[0] == nil) == (answers[1] == nil) {
			t.Errorf("both or none: %v, %v", answers[0], answers[1])
		}
		for _, err := range answers {
			if err != nil && refusal.CodeOf(err) != refusal.Conflict {
				t.Error(err)
			}
		}
		if hidden := w.reread(t, m).HiddenAt != nil; hidden != (answers[1] == nil) {
			t.Errorf("hidden is %t", hidden)
		}
	})
}

// Votes, answers, hiding and restoring in one thread at once: counters and log hold, and nothing waits for ever.
func TestModerationInAHurry(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		c := w.commitment(t)
		a := w.submitted(t, w.Alice, c, "deux", "trois")
		m := w.Comment(t, w.Alice, a.ID, "x")
		bob, moderator, admin := as(t, w.Bob), as(t, w.Moderator), as(t, w.Admin)
		atOnce(t, 40, func(i int) error {
			switch i % 5 {
			case 0:
				return w.post(bob, roadmap.PostCommentInput{Subject: a.ID, Parent: &m.ID, Body: fmt.Sprint(i)})
			case 1:
				return only(w.Decide(moderator, hiding(m.ID)))
			case 2:
				return only(w.Decide(admin, restoring(m.ID)))
			case 3:
				return only(w.Decide(moderator, hiding(a.ID)))
			}
			return only(w.Decide(admin, restoring(a.ID)))
		})
	})
}

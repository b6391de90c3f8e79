package consultation_test

import (
	"context"
	"testing"
	"time"

	"ensemble/consultation/refusal"
	"ensemble/consultation/roadmap"
	"ensemble/ent"
	"ensemble/live"
)

// hiddenThread is an amendment that moderators hid, with comments of bob's on it.
func (w *world) hiddenThread(t testing.TB, comments int) (*ent.Commitment, *ent.Amendment, []*ent.Comment) {
	t.Helper()
	c := w.commitment(t)
	a := w.submitted(t, w.Alice, c, "deux", "trois")
	var all []*ent.Comment
	for range comments {
		all = append(all, w.Comment(t, w.Bob, a.ID, "x"))
	}
	w.hide(t, a.ID)
	return c, a, all
}

// What happens to comments on an amendment that is hidden is told to nobody but moderators; once it is back, all of it counts.
func TestCommentsOnAHiddenAmendment(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		c, a, comments := w.hiddenThread(t, 4)
		active := w.now(t, c).ActiveAt
		w.Clock.Advance(time.Second)
		before := w.heads(t)
		w.announces(t, func() error {
			return only(w.DeleteComment(as(t, w.Bob), roadmap.DeleteCommentInput{Comment: comments[0].ID}))
		})
		w.hide(t, comments[1].ID)
		w.hide(t, comments[2].ID)
		must(t, only(w.Decide(as(t, w.Moderator), restoring(comments[2].ID))))
		for _, e := range w.publicSince(t, before) {
			if e.Topic == c.ID {
				t.Errorf("told %s", asJSON(e))
			}
		}
		if now := w.now(t, c); !now.ActiveAt.Equal(active) || now.CommentCount != 0 {
			t.Errorf("the commitment shows it: %+v", now)
		}
		w.decides(t, a.ID, func() error { return only(w.Decide(as(t, w.Moderator), restoring(a.ID))) },
			fact{c.ID, live.AmendmentRestored, a.ID, "", data{"subject": a.ID, "amendmentCount": 1}})
		if a = w.current(t, a); a.CommentCount != 2 || a.NeutralCount != 2 {
			t.Errorf("it has %d comments, %d of them neutral", a.CommentCount, a.NeutralCount)
		}
		w.announces(t, func() error {
			return only(w.DeleteComment(as(t, w.Bob), roadmap.DeleteCommentInput{Comment: comments[3].ID}))
		},
			fact{c.ID, live.CommentRemoved, comments[3].ID, w.Bob.ID, data{"subject": a.ID, "commentCount": 1, "for": 0, "against": 0, "neutral": 1}})
	})
}

// An amendment is hidden, or comes back, while comments on it go: who watches is told of none once it is hidden, and all
// counts are right.
func TestHideAgainstDeleteBelow(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		for range 5 {
			c := w.commitment(t)
			a := w.submitted(t, w.Alice, c, "deux", "trois")
			m, other := w.Comment(t, w.Bob, a.ID, "x"), w.Comment(t, w.Signatory, a.ID, "y")
			bob, moderator, admin := as(t, w.Bob), as(t, w.Moderator), as(t, w.Admin)
			for i, err := range atOnce(t, 3, func(i int) error {
				return []func() error{
					func() error { return only(w.DeleteComment(bob, roadmap.DeleteCommentInput{Comment: m.ID})) },
					func() error { return only(w.Decide(moderator, hiding(a.ID))) },
					func() error { return only(w.Decide(admin, hiding(other.ID))) },
				}[i]()
			}) {
				if err != nil {
					t.Errorf("call %d: %v", i, err)
				}
			}
			w.quietWhileHidden(t, c)
			must(t, only(w.Decide(moderator, restoring(a.ID))))
			if a = w.current(t, a); a.CommentCount != 0 {
				t.Errorf("%d comments", a.CommentCount)
			}
		}
	})
}

// quietWhileHidden looks for events about comments on a commitment's amendment after it was hidden.
func (w *world) quietWhileHidden(t testing.TB, c *ent.Commitment) {
	t.Helper()
	hidden := false
	for _, e := range got(w.Events(t.Context(), c.ID, 0, 100))(t) {
		switch e.Type {
		case live.AmendmentHidden:
			hidden = true
		case live.AmendmentRestored:
			hidden = false
		case live.CommentRemoved, live.CommentRestored, live.CommentPosted:
			if hidden {
				t.Errorf("%s is told while it is hidden", e.Type)
			}
		}
	}
}

// Who answers, edits or votes there is refused, and nothing is told.
func TestHiddenSubjectsTakeNothing(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		_, a, comments := w.hiddenThread(t, 1)
		w.refusals(t, []refusedCase{
			{"answer", w.Signatory, refusal.NotFound, "subject", func(ctx context.Context) error {
				return w.post(ctx, roadmap.PostCommentInput{Subject: a.ID, Parent: &comments[0].ID, Body: "y"})
			}},
			{"edit", w.Bob, refusal.Closed, "", func(ctx context.Context) error {
				return only(w.EditComment(ctx, roadmap.EditCommentInput{Comment: comments[0].ID, Body: "y"}))
			}},
			{"vote", w.Signatory, refusal.NotFound, "comment", func(ctx context.Context) error {
				return only(w.VoteComment(ctx, roadmap.VoteCommentInput{Comment: comments[0].ID, Value: 1}))
			}},
			{"report", w.Signatory, refusal.NotFound, "item", func(ctx context.Context) error { return only(w.Report(ctx, spam(comments[0].ID))) }},
		})
	})
}

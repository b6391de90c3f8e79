package consultation_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"ensemble/consultation/refusal"
	"ensemble/consultation/roadmap"
	"ensemble/ent"
	"ensemble/ent/comment"
	"ensemble/ent/commentedit"
	"ensemble/live"
)

func TestEditComment(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		c := w.commitment(t)
		m := w.Comment(t, w.Alice, c.ID, "Un")
		first := w.Clock.Advance(time.Hour)
		w.announces(t, func() error {
			e, err := w.EditComment(as(t, w.Alice), roadmap.EditCommentInput{Comment: m.ID, Body: "Deux\n"})
			if err == nil && (e.Body != "Deux" || e.EditedAt == nil || !e.EditedAt.Equal(first) || !e.CreatedAt.Equal(m.CreatedAt)) {
				t.Errorf("it is %+v", e)
			}
			return err
		}, fact{c.ID, live.CommentEdited, m.ID, w.Alice.ID, data{"subject": c.ID}})
		w.Clock.Advance(time.Hour)
		must(t, only(w.EditComment(as(t, w.Alice), roadmap.EditCommentInput{Comment: m.ID, Body: "Trois"})))
		w.idle(t, func() error {
			return only(w.EditComment(as(t, w.Alice), roadmap.EditCommentInput{Comment: m.ID, Body: "Trois\r\n"}))
		})

		history := got(w.Read.CommentEdit.Query().Order(commentedit.ByCreatedAt()).All(t.Context()))(t)
		if len(history) != 2 || history[0].Body != "Un" || history[1].Body != "Deux" || !history[0].CreatedAt.Equal(first) {
			t.Errorf("the history is %v", history)
		}
	})
}

func TestEditCommentOfAnOrganization(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		c := w.commitment(t)
		m := got(w.PostComment(as(t, w.Signatory), roadmap.PostCommentInput{Subject: c.ID, Body: "Un", Organization: &w.Organization.ID}))(t)
		w.announces(t, func() error {
			return only(w.EditComment(as(t, w.Signatory), roadmap.EditCommentInput{Comment: m.ID, Body: "Deux"}))
		},
			fact{c.ID, live.CommentEdited, m.ID, w.Organization.ID, data{"subject": c.ID}})
	})
}

func TestChangeCommentRefusals(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		c := w.commitment(t)
		m, gone, kept := w.Comment(t, w.Alice, c.ID, "Un"), w.Comment(t, w.Alice, c.ID, "Un"), w.Comment(t, w.Alice, c.ID, "Un")
		w.reply(t, kept, "Réponse")
		for _, removed := range []*ent.Comment{gone, kept} {
			must(t, only(w.DeleteComment(as(t, w.Alice), roadmap.DeleteCommentInput{Comment: removed.ID})))
		}
		edit := func(m *ent.Comment, body string) func(context.Context) error {
			return func(ctx context.Context) error {
				return only(w.EditComment(ctx, roadmap.EditCommentInput{Comment: m.ID, Body: body}))
			}
		}
		drop := func(m *ent.Comment) func(context.Context) error {
			return func(ctx context.Context) error {
				return only(w.DeleteComment(ctx, roadmap.DeleteCommentInput{Comment: m.ID}))
			}
		}
		vote := func(m *ent.Comment) func(context.Context) error {
			return func(ctx context.Context) error {
				return only(w.VoteComment(ctx, roadmap.VoteCommentInput{Comment: m.ID, Value: 1}))
			}
		}
		missing := &ent.Comment{ID: w.NewID("comment")}
		w.refusals(t, []refusedCase{
			{"edit as nobody", nil, refusal.Unauthenticated, "", edit(m, "Deux")},
			{"edit what is not there", w.Alice, refusal.NotFound, "comment", edit(missing, "Deux")},
			{"edit somebody else's", w.Bob, refusal.Forbidden, "", edit(m, "Deux")},
			{"edit as moderator", w.Moderator, refusal.Forbidden, "", edit(m, "Deux")},
			{"edit what one deleted", w.Alice, refusal.Conflict, "", edit(gone, "Deux")},
			{"edit a place that is kept", w.Alice, refusal.Conflict, "", edit(kept, "Deux")},
			{"edit to nothing", w.Alice, refusal.BadUserInput, "body", edit(m, " ")},
			{"edit to too much", w.Alice, refusal.BadUserInput, "body", edit(m, strings.Repeat("é", 1001))},

			{"delete as nobody", nil, refusal.Unauthenticated, "", drop(m)},
			{"delete what is not there", w.Alice, refusal.NotFound, "comment", drop(missing)},
			{"delete somebody else's", w.Bob, refusal.Forbidden, "", drop(m)},
			{"delete as administrator", w.Admin, refusal.Forbidden, "", drop(m)},
			{"delete what is gone for others", w.Bob, refusal.NotFound, "comment", drop(gone)},
			{"delete a place that is kept", w.Bob, refusal.Forbidden, "", drop(kept)},

			{"vote as nobody", nil, refusal.Unauthenticated, "", vote(m)},
			{"vote on what is not there", w.Bob, refusal.NotFound, "comment", vote(missing)},
			{"vote on one's own", w.Alice, refusal.Forbidden, "", vote(m)},
			{"vote on what is gone", w.Bob, refusal.NotFound, "comment", vote(gone)},
			{"vote on a place that is kept", w.Bob, refusal.Conflict, "", vote(kept)},
		})
		w.closePhase(t)
		w.refusals(t, []refusedCase{
			{"edit in a closed phase", w.Alice, refusal.Closed, "", edit(m, "Deux")},
			{"vote in a closed phase", w.Bob, refusal.Closed, "", vote(m)},
		})
		must(t, drop(m)(as(t, w.Alice))) // one may delete at any time
	})
}

func TestDeleteComment(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		c := w.commitment(t)
		m := got(w.PostComment(as(t, w.Alice), roadmap.PostCommentInput{Subject: c.ID, Body: "Un", Alignment: ptr(comment.AlignmentAGAINST)}))(t)
		w.Comment(t, w.Bob, c.ID, "Deux")
		now := w.Clock.Advance(time.Hour)
		drop := func() error {
			d, err := w.DeleteComment(as(t, w.Alice), roadmap.DeleteCommentInput{Comment: m.ID})
			if err == nil && (d.DeletedAt == nil || !d.DeletedAt.Equal(now) || d.Body != "Un") {
				t.Errorf("it is %+v", d)
			}
			return err
		}
		w.announces(t, drop, fact{c.ID, live.CommentRemoved, m.ID, w.Alice.ID, countsOf(c.ID, 1, 0, 0, 1)})
		w.Clock.Advance(time.Hour)
		w.idle(t, drop)
		if n := got(w.PublicComments().Count(t.Context()))(t); n != 1 {
			t.Errorf("%d comments are public, want 1", n)
		}
	})
}

// A deleted comment keeps its place as long as something readable is below it, at any depth.
func TestDeletedCommentsKeepTheirPlaceAboveReadableOnes(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		c := w.commitment(t)
		root := w.Comment(t, w.Bob, c.ID, "0")
		first := w.reply(t, root, "1")
		second := w.reply(t, first, "2")
		third := w.reply(t, second, "3")
		for _, step := range []struct {
			name   string
			remove *ent.Comment
			public []*ent.Comment
			counts data
			gone   []*ent.Comment // whose place goes with it
		}{
			{"a place is kept", root, []*ent.Comment{root, first, second, third}, countsOf(c.ID, 3, 0, 0, 0), nil},
			{"two in a row", second, []*ent.Comment{root, first, second, third}, countsOf(c.ID, 2, 0, 0, 0), nil},
			{"the leaf takes a place with it", third, []*ent.Comment{root, first}, countsOf(c.ID, 1, 0, 0, 0), []*ent.Comment{second}},
			{"the last one takes the root with it", first, nil, countsOf(c.ID, 0, 0, 0, 0), []*ent.Comment{root}},
		} {
			facts := []fact{{c.ID, live.CommentRemoved, step.remove.ID, w.Bob.ID, step.counts}}
			for _, m := range step.gone {
				facts = append(facts, fact{c.ID, live.CommentRemoved, m.ID, "", step.counts})
			}
			w.announces(t, func() error {
				return only(w.DeleteComment(as(t, w.Bob), roadmap.DeleteCommentInput{Comment: step.remove.ID}))
			}, facts...)
			var want []string
			for _, m := range step.public {
				want = append(want, m.ID)
			}
			public := got(w.PublicComments().Order(comment.ByPath()).IDs(t.Context()))(t)
			if strings.Join(public, " ") != strings.Join(want, " ") {
				t.Errorf("%s: public are %v, want %v", step.name, public, want)
			}
			w.checkCounters(t)
		}
	})
}

// Hidden comments count for nobody; when their author deletes one, nothing is subtracted twice.
func TestDeleteAHiddenComment(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		c := w.commitment(t)
		m := w.Comment(t, w.Alice, c.ID, "Un")
		w.reply(t, m, "Deux")
		must(t, w.Write.Comment.UpdateOneID(m.ID).SetHiddenAt(w.Now()).Exec(t.Context())) // what hiding will do
		must(t, w.Write.Commitment.UpdateOneID(c.ID).AddCommentCount(-1).AddNeutralCount(-1).Exec(t.Context()))
		w.refused(t, refusal.Conflict, "", func() error {
			return only(w.EditComment(as(t, w.Alice), roadmap.EditCommentInput{Comment: m.ID, Body: "Deux"}))
		})
		r := w.refused(t, refusal.BadUserInput, "parent", func() error {
			return w.post(as(t, w.Bob), roadmap.PostCommentInput{Subject: c.ID, Parent: &m.ID, Body: "x"})
		})
		if r.Message != "This comment was removed." {
			t.Errorf("answering it: %s", r)
		}
		w.silent(t, func() error { return only(w.DeleteComment(as(t, w.Alice), roadmap.DeleteCommentInput{Comment: m.ID})) })
	})
}

func TestVoteComment(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		c := w.commitment(t)
		a := w.submitted(t, w.Alice, c, "dix mille", "vingt mille")
		m := w.Comment(t, w.Alice, a.ID, "Un")
		votes := func(up, down int) data { return data{"subject": a.ID, "upCount": up, "downCount": down} }
		for _, step := range []struct {
			name  string
			vote  int
			want  data // nil: nothing changes
			score int
		}{
			{"none to take back", 0, nil, 0},
			{"up", 1, votes(1, 0), 1},
			{"up again", 1, nil, 1},
			{"down replaces", -1, votes(0, 1), -1},
			{"take back", 0, votes(0, 0), 0},
			{"down", -1, votes(0, 1), -1},
			{"up replaces", 1, votes(1, 0), 1},
		} {
			vote := func() error {
				v, err := w.VoteComment(as(t, w.Bob), roadmap.VoteCommentInput{Comment: m.ID, Value: step.vote})
				if err == nil && v.Score != step.score {
					t.Errorf("%s: the score is %d, want %d", step.name, v.Score, step.score)
				}
				return err
			}
			if step.want == nil {
				w.idle(t, vote)
				continue
			}
			w.announces(t, vote, fact{c.ID, live.VoteChanged, m.ID, "", step.want}) // a vote is nobody's
		}
		must(t, only(w.VoteComment(as(t, w.Moderator), roadmap.VoteCommentInput{Comment: m.ID, Value: 1})))
		if m = w.reread(t, m); m.UpCount != 2 || m.Score != 2 {
			t.Errorf("two people: %d up, score %d", m.UpCount, m.Score)
		}
	})
}

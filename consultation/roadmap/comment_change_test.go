package roadmap_test

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
	"ensemble/internal/testsite"
	"ensemble/internal/testsite/scene"
	"ensemble/live"
)

func TestEditComment(t *testing.T) {
	scene.Each(t, func(t *testing.T, w *scene.World) {
		c := w.SomeCommitment(t)
		m := w.Comment(t, w.Alice, c.ID, "Un")
		first := w.Clock.Advance(time.Hour)

		w.Announces(t, func() error {
			e, err := w.EditComment(scene.As(t, w.Alice), roadmap.EditCommentInput{Comment: m.ID, Body: "Deux\n"})
			if err == nil && (e.Body != "Deux" || e.EditedAt == nil || !e.EditedAt.Equal(first) ||
				!e.CreatedAt.Equal(m.CreatedAt)) {
				t.Errorf("it is %+v", e)
			}
			return err
		}, scene.FactOf(c.ID, live.CommentEdited, m.ID, w.Alice.ID, scene.Data{"subject": c.ID}))

		w.Clock.Advance(time.Hour)
		testsite.Must(t, scene.Only(w.EditComment(scene.As(t, w.Alice),
			roadmap.EditCommentInput{Comment: m.ID, Body: "Trois"})))
		w.Idle(t, func() error {
			return scene.Only(w.EditComment(scene.As(t, w.Alice),
				roadmap.EditCommentInput{Comment: m.ID, Body: "Trois\r\n"}))
		})

		history := testsite.Got(w.Read.CommentEdit.Query().Order(commentedit.ByCreatedAt()).All(t.Context()))(t)
		if len(history) != 2 || history[0].Body != "Un" || history[1].Body != "Deux" ||
			!history[0].CreatedAt.Equal(first) {
			t.Errorf("the history is %v", history)
		}
	})
}

func TestEditCommentOfAnOrganization(t *testing.T) {
	scene.Each(t, func(t *testing.T, w *scene.World) {
		c := w.SomeCommitment(t)
		m := testsite.Got(w.PostComment(scene.As(t, w.Signatory), roadmap.PostCommentInput{
			Subject: c.ID, Body: "Un", Organization: &w.Organization.ID,
		}))(t)

		w.Announces(t, func() error {
			return scene.Only(w.EditComment(scene.As(t, w.Signatory),
				roadmap.EditCommentInput{Comment: m.ID, Body: "Deux"}))
		}, scene.FactOf(c.ID, live.CommentEdited, m.ID, w.Organization.ID, scene.Data{"subject": c.ID}))
	})
}

// editing returns what changes a comment to this body.
func editing(w *scene.World, m *ent.Comment, body string) func(context.Context) error {
	return func(ctx context.Context) error {
		return scene.Only(w.EditComment(ctx, roadmap.EditCommentInput{Comment: m.ID, Body: body}))
	}
}

// deleting returns what deletes a comment.
func deleting(w *scene.World, m *ent.Comment) func(context.Context) error {
	return func(ctx context.Context) error {
		return scene.Only(w.DeleteComment(ctx, roadmap.DeleteCommentInput{Comment: m.ID}))
	}
}

// voting returns what votes for a comment.
func voting(w *scene.World, m *ent.Comment) func(context.Context) error {
	return func(ctx context.Context) error {
		return scene.Only(w.VoteComment(ctx, roadmap.VoteCommentInput{Comment: m.ID, Value: 1}))
	}
}

func TestChangeCommentRefusals(t *testing.T) {
	scene.Each(t, func(t *testing.T, w *scene.World) {
		c := w.SomeCommitment(t)
		m := w.Comment(t, w.Alice, c.ID, "Un")
		gone, kept := w.Comment(t, w.Alice, c.ID, "Un"), w.Comment(t, w.Alice, c.ID, "Un")
		w.Reply(t, kept, "Réponse") // so that its place stays
		for _, removed := range []*ent.Comment{gone, kept} {
			testsite.Must(t, scene.Only(w.DeleteComment(scene.As(t, w.Alice),
				roadmap.DeleteCommentInput{Comment: removed.ID})))
		}
		missing := &ent.Comment{ID: w.NewID("comment")}

		w.Refusals(t, []scene.RefusedCase{
			scene.Case("edit as nobody", nil, refusal.Unauthenticated, "", editing(w, m, "Deux")),
			scene.Case("edit what is not there", w.Alice, refusal.NotFound, "comment", editing(w, missing, "Deux")),
			scene.Case("edit somebody else's", w.Bob, refusal.Forbidden, "", editing(w, m, "Deux")),
			scene.Case("edit as moderator", w.Moderator, refusal.Forbidden, "", editing(w, m, "Deux")),
			scene.Case("edit what one deleted", w.Alice, refusal.Conflict, "", editing(w, gone, "Deux")),
			scene.Case("edit a place that is kept", w.Alice, refusal.Conflict, "", editing(w, kept, "Deux")),
			scene.Case("edit to nothing", w.Alice, refusal.BadUserInput, "body", editing(w, m, " ")),
			scene.Case("edit to too much", w.Alice, refusal.BadUserInput, "body",
				editing(w, m, strings.Repeat("é", 1001))),

			scene.Case("delete as nobody", nil, refusal.Unauthenticated, "", deleting(w, m)),
			scene.Case("delete what is not there", w.Alice, refusal.NotFound, "comment", deleting(w, missing)),
			scene.Case("delete somebody else's", w.Bob, refusal.Forbidden, "", deleting(w, m)),
			scene.Case("delete as administrator", w.Admin, refusal.Forbidden, "", deleting(w, m)),
			scene.Case("delete what is gone for others", w.Bob, refusal.NotFound, "comment", deleting(w, gone)),
			scene.Case("delete a place that is kept", w.Bob, refusal.Forbidden, "", deleting(w, kept)),

			scene.Case("vote as nobody", nil, refusal.Unauthenticated, "", voting(w, m)),
			scene.Case("vote on what is not there", w.Bob, refusal.NotFound, "comment", voting(w, missing)),
			scene.Case("vote on one's own", w.Alice, refusal.Forbidden, "", voting(w, m)),
			scene.Case("vote on what is gone", w.Bob, refusal.NotFound, "comment", voting(w, gone)),
			scene.Case("vote on a place that is kept", w.Bob, refusal.Conflict, "", voting(w, kept)),
		})

		w.ClosePhase(t)
		w.Refusals(t, []scene.RefusedCase{
			scene.Case("edit in a closed phase", w.Alice, refusal.Closed, "", editing(w, m, "Deux")),
			scene.Case("vote in a closed phase", w.Bob, refusal.Closed, "", voting(w, m)),
		})

		testsite.Must(t, deleting(w, m)(scene.As(t, w.Alice))) // an author may delete at any time
	})
}

func TestDeleteComment(t *testing.T) {
	scene.Each(t, func(t *testing.T, w *scene.World) {
		c := w.SomeCommitment(t)
		m := testsite.Got(w.PostComment(scene.As(t, w.Alice), roadmap.PostCommentInput{
			Subject: c.ID, Body: "Un", Alignment: scene.Ptr(comment.AlignmentAGAINST),
		}))(t)
		w.Comment(t, w.Bob, c.ID, "Deux")
		now := w.Clock.Advance(time.Hour)

		drop := func() error {
			d, err := w.DeleteComment(scene.As(t, w.Alice), roadmap.DeleteCommentInput{Comment: m.ID})
			if err == nil && (d.DeletedAt == nil || !d.DeletedAt.Equal(now) || d.Body != "Un") {
				t.Errorf("it is %+v", d)
			}
			return err
		}

		w.Announces(t, drop, scene.FactOf(c.ID, live.CommentRemoved, m.ID, "", countsOf(c.ID, 1, 0, 0, 1)))

		// To delete it again changes nothing, not even the time.
		w.Clock.Advance(time.Hour)
		w.Idle(t, drop)

		if n := testsite.Got(w.PublicComments().Count(t.Context()))(t); n != 1 {
			t.Errorf("%d comments are public, want 1", n)
		}
	})
}

// A deleted comment keeps its place as long as there is something readable below it, at any depth.
func TestDeletedCommentsKeepTheirPlaceAboveReadableOnes(t *testing.T) {
	scene.Each(t, func(t *testing.T, w *scene.World) {
		c := w.SomeCommitment(t)
		root := w.Comment(t, w.Bob, c.ID, "0")
		first := w.Reply(t, root, "1")
		second := w.Reply(t, first, "2")
		third := w.Reply(t, second, "3")
		count := func(n int) scene.Data { return countsOf(c.ID, n, 0, 0, 0) }

		steps := []struct {
			name   string
			remove *ent.Comment
			public []*ent.Comment
			counts scene.Data
			gone   []*ent.Comment // whose place goes with it
		}{
			{"a place is kept", root, []*ent.Comment{root, first, second, third}, count(3), nil},
			{"two in a row", second, []*ent.Comment{root, first, second, third}, count(2), nil},
			{"the leaf takes a place with it", third, []*ent.Comment{root, first}, count(1), []*ent.Comment{second}},
			{"the last one takes the root with it", first, nil, count(0), []*ent.Comment{root}},
		}

		for _, step := range steps {
			facts := []scene.Fact{scene.FactOf(c.ID, live.CommentRemoved, step.remove.ID, "", step.counts)}
			for _, m := range step.gone {
				facts = append(facts, scene.FactOf(c.ID, live.CommentRemoved, m.ID, "", step.counts))
			}

			w.Announces(t, func() error {
				return scene.Only(w.DeleteComment(scene.As(t, w.Bob),
					roadmap.DeleteCommentInput{Comment: step.remove.ID}))
			}, facts...)

			var want []string
			for _, m := range step.public {
				want = append(want, m.ID)
			}
			public := testsite.Got(w.PublicComments().Order(comment.ByPath()).IDs(t.Context()))(t)
			if strings.Join(public, " ") != strings.Join(want, " ") {
				t.Errorf("%s: public are %v, want %v", step.name, public, want)
			}

			w.CheckCounters(t)
		}
	})
}

// A hidden comment is not counted. When its author deletes it, nothing is subtracted a second time.
func TestDeleteAHiddenComment(t *testing.T) {
	scene.Each(t, func(t *testing.T, w *scene.World) {
		c := w.SomeCommitment(t)
		m := w.Comment(t, w.Alice, c.ID, "Un")
		w.Reply(t, m, "Deux")

		// What happens to the rows when moderators hide it.
		testsite.Must(t, w.Write.Comment.UpdateOneID(m.ID).SetHiddenAt(w.Now()).Exec(t.Context()))
		testsite.Must(t, w.Write.Commitment.UpdateOneID(c.ID).AddCommentCount(-1).AddNeutralCount(-1).Exec(t.Context()))

		w.Refused(t, refusal.Conflict, "", func() error {
			return scene.Only(w.EditComment(scene.As(t, w.Alice),
				roadmap.EditCommentInput{Comment: m.ID, Body: "Deux"}))
		})

		r := w.Refused(t, refusal.BadUserInput, "parent", func() error {
			return w.TryComment(scene.As(t, w.Bob), roadmap.PostCommentInput{Subject: c.ID, Parent: &m.ID, Body: "x"})
		})
		if r.Message != "This comment was removed." {
			t.Errorf("answering it: %s", r)
		}

		w.Silent(t, func() error {
			return scene.Only(w.DeleteComment(scene.As(t, w.Alice), roadmap.DeleteCommentInput{Comment: m.ID}))
		})
	})
}

func TestVoteComment(t *testing.T) {
	scene.Each(t, func(t *testing.T, w *scene.World) {
		c := w.SomeCommitment(t)
		a := w.Submitted(t, w.Alice, c, "dix mille", "vingt mille")
		m := w.Comment(t, w.Alice, a.ID, "Un")
		votes := func(up, down int) scene.Data {
			return scene.Data{"subject": a.ID, "upCount": up, "downCount": down}
		}

		steps := []struct {
			name  string
			vote  int
			want  scene.Data // nil: nothing changes
			score int
		}{
			{"none to take back", 0, nil, 0},
			{"up", 1, votes(1, 0), 1},
			{"up again", 1, nil, 1},
			{"down replaces", -1, votes(0, 1), -1},
			{"take back", 0, votes(0, 0), 0},
			{"down", -1, votes(0, 1), -1},
			{"up replaces", 1, votes(1, 0), 1},
		}

		for _, step := range steps {
			vote := func() error {
				v, err := w.VoteComment(scene.As(t, w.Bob), roadmap.VoteCommentInput{Comment: m.ID, Value: step.vote})
				if err == nil && v.Score != step.score {
					t.Errorf("%s: the score is %d, want %d", step.name, v.Score, step.score)
				}
				return err
			}

			if step.want == nil {
				w.Idle(t, vote)
				continue
			}
			w.Announces(t, vote, scene.FactOf(c.ID, live.VoteChanged, m.ID, "", step.want)) // nobody is told who voted
		}

		testsite.Must(t, scene.Only(w.VoteComment(scene.As(t, w.Moderator),
			roadmap.VoteCommentInput{Comment: m.ID, Value: 1})))
		if m = w.CommentNow(t, m); m.UpCount != 2 || m.Score != 2 {
			t.Errorf("two people: %d up, score %d", m.UpCount, m.Score)
		}
	})
}

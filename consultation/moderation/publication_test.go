package moderation_test

import (
	"context"
	"testing"

	"ensemble/consultation/moderation"
	"ensemble/consultation/processes"
	"ensemble/consultation/refusal"
	"ensemble/consultation/roadmap"
	"ensemble/ent"
	"ensemble/ent/commitment"
	"ensemble/ent/membership"
	"ensemble/ent/moderationcase"
	"ensemble/ent/process"
	"ensemble/internal/testsite"
	"ensemble/internal/testsite/scene"
	"ensemble/live"
)

// A comment that was held is as good as absent. Once a moderator publishes it, it counts, and is announced as its
// author's.
func TestPublishHeld(t *testing.T) {
	scene.Each(t, func(t *testing.T, w *scene.World) {
		c := w.SomeCommitment(t)
		root := w.Comment(t, w.Bob, c.ID, "x")
		w.SetModeration(t, processes.UpdateProcessInput{PreModeration: scene.Ptr(process.PreModerationFIRST)})

		held := testsite.Got(w.PostComment(scene.As(t, w.Alice), roadmap.PostCommentInput{
			Subject: c.ID, Parent: &root.ID, Body: "y",
		}))(t)
		w.Refusals(t, []scene.RefusedCase{
			scene.Case("answer it", w.Bob, refusal.BadUserInput, "parent", func(ctx context.Context) error {
				return w.TryComment(ctx, roadmap.PostCommentInput{Subject: c.ID, Parent: &held.ID, Body: "z"})
			}),
			scene.Case("vote", w.Bob, refusal.NotFound, "comment", func(ctx context.Context) error {
				return scene.Only(w.VoteComment(ctx, roadmap.VoteCommentInput{Comment: held.ID, Value: 1}))
			}),
			scene.Case("edit", w.Alice, refusal.Conflict, "", func(ctx context.Context) error {
				return scene.Only(w.EditComment(ctx, roadmap.EditCommentInput{Comment: held.ID, Body: "z"}))
			}),
			scene.Case("report", w.Bob, refusal.NotFound, "item", func(ctx context.Context) error {
				return scene.Only(w.Report(ctx, scene.Spam(held.ID)))
			}),
			scene.Case("hide", w.Moderator, refusal.Conflict, "", func(ctx context.Context) error {
				return scene.Only(w.Decide(ctx, scene.Hiding(held.ID)))
			}),
			scene.Case("publish as a user", w.Bob, refusal.NotFound, "item", func(ctx context.Context) error {
				return scene.Only(w.Decide(ctx, scene.Publishing(held.ID)))
			}),
			scene.Case("publish one's own", w.Alice, refusal.Forbidden, "", func(ctx context.Context) error {
				return scene.Only(w.Decide(ctx, scene.Publishing(held.ID)))
			}),
		})

		before := w.LogHeads(t)
		testsite.Must(t, scene.Only(w.Decide(scene.As(t, w.Moderator), scene.Publishing(held.ID))))
		events := w.PublicSince(t, before)
		counts := scene.Data{"subject": c.ID, "commentCount": 2, "for": 0, "against": 0, "neutral": 1}
		if len(events) != 2 || events[0].Type != live.CommentPosted || events[0].Actor != w.Alice.ID ||
			events[0].Subject != held.ID || scene.AsJSON(events[0].Data) != scene.AsJSON(counts) {
			t.Errorf("told %s", scene.AsJSON(events))
		}

		if m := w.CommentNow(t, root); m.ReplyCount != 1 || m.DescendantCount != 1 {
			t.Errorf("%+v", m)
		}
		if m := w.Comment(t, w.Alice, c.ID, "z"); m.HeldAt != nil {
			t.Error("known by now, and held")
		}
	})
}

// Who refuses a held comment says so to its author only, since nobody knew of it. The author may appeal, and whoever
// overturns the decision publishes the comment, as its author's.
func TestRefuseHeld(t *testing.T) {
	scene.Each(t, func(t *testing.T, w *scene.World) {
		c := w.SomeCommitment(t)
		w.SetModeration(t, processes.UpdateProcessInput{PreModeration: scene.Ptr(process.PreModerationALL)})
		m := w.Comment(t, w.Alice, c.ID, "x")

		before := w.LogHeads(t)
		row := testsite.Got(w.Decide(scene.As(t, w.Moderator), scene.Refusing(m.ID)))(t)
		if events := w.PublicSince(t, before); len(events) != 1 || events[0].Type != live.ModerationQueueChanged {
			t.Errorf("told %s", scene.AsJSON(events)) // nobody knew of it: it is in no log
		}

		if moderation.IsLogged(row) || w.LoggedModerations().CountX(t.Context()) != 0 {
			t.Error("it is in the public log")
		}

		w.Refused(t, refusal.NotFound, "moderation", func() error {
			return scene.Only(w.Appeal(scene.As(t, w.Bob), moderation.AppealDecisionInput{Moderation: row.ID, Text: "x"}))
		})

		a := appealBy(t, w, w.Alice, row.ID, "Pourquoi ?")
		w.Told.Take()
		testsite.Must(t, scene.Only(w.DecideAppeal(scene.As(t, w.Admin), moderation.DecideAppealInput{
			Appeal: a.ID, Overturn: true, Statement: "En effet.",
		})))
		if told := w.Told.Take(); told[0].Type != live.CommentPosted || told[0].Actor != w.Alice.ID {
			t.Errorf("told %s", scene.AsJSON(told))
		}

		w.ClosePhase(t)
		testsite.Must(t, scene.Only(w.DeleteComment(scene.As(t, w.Alice), roadmap.DeleteCommentInput{Comment: m.ID})))
	})
}

// An answer to a comment that is gone, or to a commitment that takes no comments any more, is not published after all.
func TestPublishTooLate(t *testing.T) {
	scene.Each(t, func(t *testing.T, w *scene.World) {
		c := w.SomeCommitment(t)
		root := w.Comment(t, w.Bob, c.ID, "x")
		w.SetModeration(t, processes.UpdateProcessInput{PreModeration: scene.Ptr(process.PreModerationALL)})
		answer := testsite.Got(w.PostComment(scene.As(t, w.Alice), roadmap.PostCommentInput{
			Subject: c.ID, Parent: &root.ID, Body: "y",
		}))(t)
		alone := w.Comment(t, w.Alice, c.ID, "z")

		testsite.Must(t, scene.Only(w.DeleteComment(scene.As(t, w.Bob), roadmap.DeleteCommentInput{Comment: root.ID})))
		w.Refused(t, refusal.Conflict, "", deciding(t, w, w.Moderator, scene.Publishing(answer.ID)))

		w.Move(t, c, commitment.StatusADOPTED)
		w.Refused(t, refusal.Closed, "", deciding(t, w, w.Moderator, scene.Publishing(alone.ID)))
		testsite.Must(t, scene.Only(w.Decide(scene.As(t, w.Moderator), scene.Refusing(answer.ID))))
	})
}

// wantUnsigned wants each decision refused because nobody signs for what it would publish, and held and appealed to
// wait as before.
func wantUnsigned(t *testing.T, w *scene.World, decisions []func() error, held, appealed *ent.Comment) {
	t.Helper()
	before := w.LogHeads(t)
	for _, do := range decisions {
		if e := w.Refused(t, refusal.Conflict, "", do); e.Current().State != "UNSIGNED" {
			t.Errorf("it stands %v", e.Details["current"])
		}
	}

	if events := w.EventsSince(t, before); len(events) != 0 {
		t.Errorf("told %s", scene.AsJSON(events))
	}
	w.Waits(t, held.ID, moderationcase.StateHELD, 0)
	w.Waits(t, appealed.ID, moderationcase.StateAPPEALED, 0)
}

// What waits in an organization's name is not published, and no appeal about it overturned, while its author does not
// sign for the organization or nobody has verified it. It is not lost meanwhile, and may be published later.
func TestPublishInTheNameOfOthers(t *testing.T) {
	scene.Each(t, func(t *testing.T, w *scene.World) {
		c, g := w.SomeCommitment(t), w.Organization
		w.SetModeration(t, processes.UpdateProcessInput{PreModeration: scene.Ptr(process.PreModerationALL)})

		post := func() *ent.Comment {
			return testsite.Got(w.PostComment(scene.As(t, w.Signatory), roadmap.PostCommentInput{
				Subject: c.ID, Body: "x", Organization: &g.ID,
			}))(t)
		}
		m, n := post(), post()
		draft := testsite.Got(w.DraftAmendment(scene.As(t, w.Signatory), roadmap.DraftAmendmentInput{
			Commitment: c.ID, Title: scene.Ptr("Autre"), Organization: &g.ID,
		}))(t)
		a := testsite.Got(w.SubmitAmendment(scene.As(t, w.Signatory),
			roadmap.SubmitAmendmentInput{Amendment: draft.ID}))(t)

		refused := testsite.Got(w.Decide(scene.As(t, w.Moderator), scene.Refusing(n.ID)))(t)
		objection := appealBy(t, w, w.Signatory, refused.ID, "Non.")
		overturn := func() error {
			return scene.Only(w.DecideAppeal(scene.As(t, w.Admin), moderation.DecideAppealInput{
				Appeal: objection.ID, Overturn: true, Statement: "Relu.",
			}))
		}

		decisions := []func() error{
			deciding(t, w, w.Moderator, scene.Publishing(m.ID)),
			deciding(t, w, w.Moderator, scene.Publishing(a.ID)),
			overturn,
		}

		testsite.Must(t, w.Write.Organization.UpdateOneID(g.ID).ClearVerifiedAt().Exec(t.Context()))
		wantUnsigned(t, w, decisions, m, n)

		testsite.Must(t, w.Write.Organization.UpdateOneID(g.ID).SetVerifiedAt(w.Now()).Exec(t.Context()))
		signs := w.Write.Membership.Update().
			Where(membership.OrganizationID(g.ID), membership.UserID(w.Signatory.ID))
		testsite.Must(t, signs.SetRole(membership.RoleMEMBER).Exec(t.Context()))
		wantUnsigned(t, w, decisions, m, n)

		// The author may submit the amendment in their own name instead.
		testsite.Must(t, scene.Only(w.Decide(scene.As(t, w.Moderator), scene.Refusing(a.ID))))
		testsite.Must(t, scene.Only(w.EditAmendmentDraft(scene.As(t, w.Signatory), roadmap.EditAmendmentDraftInput{
			Amendment: a.ID, DraftChange: roadmap.DraftChange{OwnName: true},
		})))
		testsite.Must(t, scene.Only(w.SubmitAmendment(scene.As(t, w.Signatory),
			roadmap.SubmitAmendmentInput{Amendment: a.ID})))
		testsite.Must(t, scene.Only(w.Decide(scene.As(t, w.Moderator), scene.Publishing(a.ID))))

		// The rest is published once its author signs again.
		testsite.Must(t, w.Write.Membership.Update().
			Where(membership.OrganizationID(g.ID), membership.UserID(w.Signatory.ID)).
			SetRole(membership.RoleSIGNATORY).Exec(t.Context()))
		testsite.Must(t, scene.Only(w.Decide(scene.As(t, w.Moderator), scene.Publishing(m.ID))))
		testsite.Must(t, overturn())
	})
}

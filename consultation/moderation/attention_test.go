package moderation_test

import (
	"slices"
	"testing"

	"ensemble/consultation/moderation"
	"ensemble/consultation/processes"
	"ensemble/consultation/roadmap"
	"ensemble/ent/notification"
	"ensemble/ent/process"
	"ensemble/internal/testsite"
	"ensemble/internal/testsite/scene"
)

// Authors are notified of what moderators decide on their comments, and of their appeals. A hidden comment is no news
// to anybody else any more.
func TestModerationIsNotified(t *testing.T) {
	scene.Each(t, func(t *testing.T, w *scene.World) {
		c := w.SomeCommitment(t)
		m := w.Comment(t, w.Alice, c.ID, "x")
		answer := w.Answer(t, w.Bob, m, "y @moderator")
		w.WantsInbox(t, w.Alice, "ANSWER×1*")

		testsite.Must(t, scene.Only(w.Decide(scene.As(t, w.Moderator), scene.Hiding(answer.ID))))
		w.WantsInbox(t, w.Bob, "CONTENT_MODERATED×1*")
		w.WantsInbox(t, w.Alice, "")

		testsite.Must(t, scene.Only(w.Decide(scene.As(t, w.Moderator), restoring(answer.ID))))
		w.WantsInbox(t, w.Bob, "CONTENT_MODERATED×2*")
		w.WantsInbox(t, w.Alice, "ANSWER×1*")

		row := testsite.Got(w.Decide(scene.As(t, w.Moderator), scene.Hiding(m.ID)))(t)
		a := appealBy(t, w, w.Alice, row.ID, "Ce n’est pas une insulte.")
		testsite.Must(t, scene.Only(w.DecideAppeal(scene.As(t, w.Admin), moderation.DecideAppealInput{
			Appeal: a.ID, Statement: "Relu.",
		})))
		w.WantsInbox(t, w.Alice, "ANSWER×1* CONTENT_MODERATED×1* APPEAL_DECIDED×1*")

		about := testsite.Got(w.Read.Notification.Query().
			Where(notification.KindEQ(notification.KindAPPEAL_DECIDED)).
			Only(t.Context()))(t)
		if about.SubjectID != c.ID {
			t.Errorf("it is about %s", about.SubjectID)
		}
	})
}

// What notifications say of a hidden amendment, and of its comments, is gone while it is hidden.
func TestHiddenAmendmentsAreNoNews(t *testing.T) {
	scene.Each(t, func(t *testing.T, w *scene.World) {
		c := w.SomeCommitment(t)
		w.FollowAs(t, w.Bob, c.ID)
		a := w.Submitted(t, w.Alice, c, "deux", "trois")
		m := w.Comment(t, w.Bob, a.ID, "x")
		w.Answer(t, w.Moderator, m, "y")

		w.WantsInbox(t, w.Bob, "AMENDMENT_SUBMITTED×1* ANSWER×1*")

		testsite.Must(t, scene.Only(w.Decide(scene.As(t, w.Moderator), scene.Hiding(a.ID))))
		w.WantsInbox(t, w.Bob, "")

		testsite.Must(t, scene.Only(w.Decide(scene.As(t, w.Moderator), restoring(a.ID))))
		w.WantsInbox(t, w.Bob, "AMENDMENT_SUBMITTED×1* ANSWER×1*")
	})
}

// Nobody is notified of what is held. When it is published, they are, as if it were new.
func TestHeldIsToldWhenPublished(t *testing.T) {
	scene.Each(t, func(t *testing.T, w *scene.World) {
		c := w.SomeCommitment(t)
		m := w.Comment(t, w.Alice, c.ID, "x")

		w.SetModeration(t, processes.UpdateProcessInput{PreModeration: scene.Ptr(process.PreModerationALL)})

		held := w.Answer(t, w.Bob, m, "y")
		w.WantsInbox(t, w.Alice, "")

		testsite.Must(t, scene.Only(w.Decide(scene.As(t, w.Moderator), scene.Publishing(held.ID))))
		w.WantsInbox(t, w.Alice, "ANSWER×1*")
		w.WantsInbox(t, w.Bob, "CONTENT_MODERATED×1*")
	})
}

// waysToPublish are the ways in which something that waits is published by the moderator: at once, or on an appeal of
// the signatory.
var waysToPublish = map[string]func(t *testing.T, w *scene.World, id string){
	"published": func(t *testing.T, w *scene.World, id string) {
		testsite.Must(t, scene.Only(w.Decide(scene.As(t, w.Moderator), scene.Publishing(id))))
	},
	"on appeal": func(t *testing.T, w *scene.World, id string) {
		row := testsite.Got(w.Decide(scene.As(t, w.Admin), scene.Refusing(id)))(t)
		a := appealBy(t, w, w.Signatory, row.ID, "Non.")
		testsite.Must(t, scene.Only(w.DecideAppeal(scene.As(t, w.Moderator), moderation.DecideAppealInput{
			Appeal: a.ID, Overturn: true, Statement: "Relu.",
		})))
	},
}

// What a moderator publishes was done by its author: the author follows it, and is not notified of it. The moderator
// does not follow it, and is notified as anybody else is.
func TestHeldIsPublishedForItsAuthor(t *testing.T) {
	scene.Each(t, func(t *testing.T, w *scene.World) {
		c := w.SomeCommitment(t)
		draft := testsite.Got(w.DraftAmendment(scene.As(t, w.Signatory), roadmap.DraftAmendmentInput{
			Commitment: c.ID, Title: scene.Ptr("Autre"), Organization: &w.Organization.ID,
		}))(t)
		a := testsite.Got(w.SubmitAmendment(scene.As(t, w.Signatory),
			roadmap.SubmitAmendmentInput{Amendment: draft.ID}))(t)
		asked := w.Comment(t, w.Moderator, a.ID, "x")

		// What everybody followed and was notified of so far is of no interest here.
		testsite.Must(t, scene.Only(w.Write.Follow.Delete().Exec(t.Context())))
		w.TellAll(t)
		testsite.Must(t, scene.Only(w.Write.Notification.Delete().Exec(t.Context())))

		w.SetModeration(t, processes.UpdateProcessInput{PreModeration: scene.Ptr(process.PreModerationALL)})
		for name, do := range waysToPublish {
			t.Run(name, func(t *testing.T) {
				held := testsite.Got(w.PostComment(scene.As(t, w.Signatory), roadmap.PostCommentInput{
					Subject: a.ID, Parent: &asked.ID, Body: name, Organization: &w.Organization.ID,
				}))(t)
				do(t, w, held.ID)

				w.TellAll(t)

				told := testsite.Got(w.Read.Notification.Query().
					Where(notification.KindNotIn(notification.KindCONTENT_MODERATED, notification.KindAPPEAL_DECIDED)).
					All(t.Context()))(t)
				if len(told) != 1 || told[0].UserID != w.Moderator.ID || told[0].Kind != notification.KindANSWER {
					t.Errorf("told %v", told)
				}

				if by := w.FollowsOf(t, w.Signatory); !slices.Equal(by, []string{c.ID}) {
					t.Errorf("the author follows %v", by)
				}
				if by := w.FollowsOf(t, w.Moderator); len(by) != 0 {
					t.Errorf("the moderator follows %v", by)
				}

				testsite.Must(t, scene.Only(w.Write.Follow.Delete().Exec(t.Context())))
				testsite.Must(t, scene.Only(w.Write.Notification.Delete().Exec(t.Context())))
			})
		}

		other := w.SomeCommitment(t)
		d := w.Submitted(t, w.Alice, other, "deux", "trois")
		testsite.Must(t, scene.Only(w.Decide(scene.As(t, w.Moderator), scene.Publishing(d.ID))))
		if !slices.Equal(w.FollowsOf(t, w.Alice), []string{other.ID}) || len(w.FollowsOf(t, w.Moderator)) != 0 {
			t.Error("not the author of the amendment follows")
		}
	})
}

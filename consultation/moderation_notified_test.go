package consultation_test

import (
	"slices"
	"testing"

	"ensemble/consultation/moderation"
	"ensemble/consultation/processes"
	"ensemble/consultation/roadmap"
	"ensemble/ent/notification"
	"ensemble/ent/process"
)

// Authors are told of what moderators decide, and of their appeals; what is hidden is no news to anybody else any more.
func TestModerationIsNotified(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		c := w.commitment(t)
		m := w.Comment(t, w.Alice, c.ID, "x")
		answer := w.answer(t, w.Bob, m, "y @moderator")
		w.wants(t, w.Alice, "ANSWER×1*")
		must(t, only(w.Decide(as(t, w.Moderator), hiding(answer.ID))))
		w.wants(t, w.Bob, "CONTENT_MODERATED×1*")
		w.wants(t, w.Alice, "")
		must(t, only(w.Decide(as(t, w.Moderator), restoring(answer.ID))))
		w.wants(t, w.Bob, "CONTENT_MODERATED×2*")
		w.wants(t, w.Alice, "ANSWER×1*")
		row := got(w.Decide(as(t, w.Moderator), hiding(m.ID)))(t)
		a := got(w.Appeal(as(t, w.Alice), moderation.AppealInput{Moderation: row.ID, Text: "Ce n’est pas une insulte."}))(t)
		must(t, only(w.DecideAppeal(as(t, w.Admin), moderation.DecideAppealInput{Appeal: a.ID, Statement: "Relu."})))
		w.wants(t, w.Alice, "ANSWER×1* CONTENT_MODERATED×1* APPEAL_DECIDED×1*")
		about := got(w.Read.Notification.Query().Where(notification.KindEQ(notification.KindAPPEAL_DECIDED)).Only(t.Context()))(t)
		if about.SubjectID != c.ID {
			t.Errorf("it is about %s", about.SubjectID)
		}
	})
}

// What is told of a hidden amendment is gone with it: its comments too.
func TestHiddenAmendmentsAreNoNews(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		c := w.commitment(t)
		w.follows(t, w.Bob, c.ID)
		a := w.submitted(t, w.Alice, c, "deux", "trois")
		m := w.Comment(t, w.Bob, a.ID, "x")
		w.answer(t, w.Moderator, m, "y")
		w.wants(t, w.Bob, "AMENDMENT_SUBMITTED×1* ANSWER×1*")
		must(t, only(w.Decide(as(t, w.Moderator), hiding(a.ID))))
		w.wants(t, w.Bob, "")
		must(t, only(w.Decide(as(t, w.Moderator), restoring(a.ID))))
		w.wants(t, w.Bob, "AMENDMENT_SUBMITTED×1* ANSWER×1*")
	})
}

// What is held is told to nobody until it is published, and then as if it were new.
func TestHeldIsToldWhenPublished(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		c := w.commitment(t)
		m := w.Comment(t, w.Alice, c.ID, "x")
		w.asks(t, processes.UpdateProcessInput{PreModeration: ptr(process.PreModerationALL)})
		held := w.answer(t, w.Bob, m, "y")
		w.wants(t, w.Alice, "")
		must(t, only(w.Decide(as(t, w.Moderator), publishing(held.ID))))
		w.wants(t, w.Alice, "ANSWER×1*")
		w.wants(t, w.Bob, "CONTENT_MODERATED×1*")
	})
}

// What a moderator publishes was done by its author: they follow, and are told nothing of it; the moderator does not follow, and
// is told as anybody else.
func TestHeldIsPublishedForItsAuthor(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		c := w.commitment(t)
		decide := map[string]func(t *testing.T, id string){
			"published": func(t *testing.T, id string) { must(t, only(w.Decide(as(t, w.Moderator), publishing(id)))) },
			"on appeal": func(t *testing.T, id string) {
				row := got(w.Decide(as(t, w.Admin), refusing(id)))(t)
				a := got(w.Appeal(as(t, w.Signatory), moderation.AppealInput{Moderation: row.ID, Text: "Non."}))(t)
				must(t, only(w.DecideAppeal(as(t, w.Moderator), moderation.DecideAppealInput{Appeal: a.ID, Overturn: true, Statement: "Relu."})))
			},
		}
		a := got(w.SubmitAmendment(as(t, w.Signatory), roadmap.SubmitAmendmentInput{Amendment: got(w.DraftAmendment(as(t, w.Signatory), roadmap.DraftAmendmentInput{
			Commitment: c.ID, Title: ptr("Autre"), Organization: &w.Organization.ID,
		}))(t).ID}))(t)
		asked := w.Comment(t, w.Moderator, a.ID, "x")
		must(t, only(w.Write.Follow.Delete().Exec(t.Context())))
		w.tell(t)
		must(t, only(w.Write.Notification.Delete().Exec(t.Context())))
		w.asks(t, processes.UpdateProcessInput{PreModeration: ptr(process.PreModerationALL)})
		for name, decide := range decide {
			t.Run(name, func(t *testing.T) {
				held := got(w.PostComment(as(t, w.Signatory), roadmap.PostCommentInput{
					Subject: a.ID, Parent: &asked.ID, Body: name, Organization: &w.Organization.ID,
				}))(t)
				decide(t, held.ID)
				w.tell(t)
				told := got(w.Read.Notification.Query().Where(notification.KindNEQ(notification.KindCONTENT_MODERATED),
					notification.KindNEQ(notification.KindAPPEAL_DECIDED)).All(t.Context()))(t)
				if len(told) != 1 || told[0].UserID != w.Moderator.ID || told[0].Kind != notification.KindANSWER {
					t.Errorf("told %v", told)
				}
				if by := w.followed(t, w.Signatory); !slices.Equal(by, []string{c.ID}) {
					t.Errorf("the author follows %v", by)
				}
				if by := w.followed(t, w.Moderator); len(by) != 0 {
					t.Errorf("the moderator follows %v", by)
				}
				must(t, only(w.Write.Follow.Delete().Exec(t.Context())))
				must(t, only(w.Write.Notification.Delete().Exec(t.Context())))
			})
		}
		other := w.commitment(t)
		d := w.submitted(t, w.Alice, other, "deux", "trois")
		must(t, only(w.Decide(as(t, w.Moderator), publishing(d.ID))))
		if !slices.Equal(w.followed(t, w.Alice), []string{other.ID}) || len(w.followed(t, w.Moderator)) != 0 {
			t.Error("not the author of the amendment follows")
		}
	})
}

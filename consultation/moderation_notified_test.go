package consultation_test

import (
	"testing"

	"ensemble/consultation"
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
		must(t, only(w.Decide(as(t, w.Moderator), hiding(answer.ID), nil)))
		w.wants(t, w.Bob, "CONTENT_MODERATED×1*")
		w.wants(t, w.Alice, "")
		must(t, only(w.Decide(as(t, w.Moderator), restoring(answer.ID), nil)))
		w.wants(t, w.Bob, "CONTENT_MODERATED×2*")
		w.wants(t, w.Alice, "ANSWER×1*")
		row := got(w.Decide(as(t, w.Moderator), hiding(m.ID), nil))(t)
		a := got(w.Appeal(as(t, w.Alice), row.ID, "Ce n’est pas une insulte.", nil))(t)
		must(t, only(w.DecideAppeal(as(t, w.Admin), a.ID, false, "Relu.", nil)))
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
		must(t, only(w.Decide(as(t, w.Moderator), hiding(a.ID), nil)))
		w.wants(t, w.Bob, "")
		must(t, only(w.Decide(as(t, w.Moderator), restoring(a.ID), nil)))
		w.wants(t, w.Bob, "AMENDMENT_SUBMITTED×1* ANSWER×1*")
	})
}

// What is held is told to nobody until it is published, and then as if it were new.
func TestHeldIsToldWhenPublished(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		c := w.commitment(t)
		m := w.Comment(t, w.Alice, c.ID, "x")
		w.asks(t, consultation.UpdateProcessInput{PreModeration: ptr(process.PreModerationALL)})
		held := w.answer(t, w.Bob, m, "y")
		w.wants(t, w.Alice, "")
		must(t, only(w.Decide(as(t, w.Moderator), publishing(held.ID), nil)))
		w.wants(t, w.Alice, "ANSWER×1*")
		w.wants(t, w.Bob, "CONTENT_MODERATED×1*")
	})
}

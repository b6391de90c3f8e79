package consultation_test

import (
	"strings"
	"sync"
	"testing"
	"time"

	"ensemble/auth"
	"ensemble/consultation"
	"ensemble/consultation/moderation"
	"ensemble/consultation/people"
	"ensemble/consultation/processes"
	"ensemble/consultation/refusal"
	"ensemble/consultation/roadmap"
	entmoderation "ensemble/ent/moderation"
	"ensemble/ent/report"
)

// What somebody tries who wants to get around a rule.

// Links that may not come at once do not come one after the other.
func TestLinksAddUpOverEdits(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.asks(t, processes.UpdateProcessInput{LinkLimit: ptr(2)})
		m := w.Comment(t, w.Alice, w.commitment(t).ID, "https://a.example https://b.example")
		edit := func(body string) func() error {
			return func() error {
				return only(w.EditComment(as(t, w.Alice), roadmap.EditCommentInput{Comment: m.ID, Body: body}))
			}
		}
		w.refused(t, refusal.BadUserInput, "body", edit(m.Body+" https://c.example"))
		must(t, edit(m.Body+" Voyez.")())
	})
}

// Marks and letters spelt as numbers do not hide a held word.
func TestHeldWordsUnderMarks(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.asks(t, processes.UpdateProcessInput{HeldWords: []string{"casino"}})
		c := w.commitment(t)
		for _, body := range []string{"cas**ino**", "cas&#105;no", "Le c*asin*o."} {
			if m := w.Comment(t, w.Alice, c.ID, body); m.HeldAt == nil {
				t.Errorf("%s is published", body)
			}
		}
	})
}

// An answer to what was held or hidden is refused as one to nothing.
func TestAnswerToWhatIsNotThere(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		c := w.commitment(t)
		hidden := w.Comment(t, w.Alice, c.ID, "Une injure.")
		must(t, only(w.Decide(as(t, w.Moderator), hiding(hidden.ID))))
		var messages []string
		for _, parent := range []string{hidden.ID, "comment_00000000000000000000000000"} {
			err := w.post(as(t, w.Bob), roadmap.PostCommentInput{Subject: c.ID, Parent: &parent, Body: "Oh."})
			messages = append(messages, err.Error())
		}
		if messages[0] != messages[1] {
			t.Errorf("%q", messages)
		}
	})
}

// Once a moderator let something stand, readers' reports do not hide it again, until it says something else.
func TestReportsAfterADecision(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.asks(t, processes.UpdateProcessInput{ReportsToHide: ptr(2)})
		m := w.Comment(t, w.Alice, w.commitment(t).ID, "x")
		tell := func(name string) {
			p := w.Person(t, name)
			must(t, w.Write.User.UpdateOneID(p.ID).SetEmailConfirmedAt(w.Now()).Exec(t.Context()))
			must(t, only(w.Report(as(t, p), moderation.ReportInput{Item: m.ID, Reason: report.ReasonSPAM})))
		}
		isHidden := func() bool { return w.reread(t, m).HiddenAt != nil }
		tell("one")
		must(t, only(w.Decide(as(t, w.Moderator), moderation.Decision{Item: m.ID, Action: entmoderation.ActionDISMISS, Facts: "Relu."})))
		tell("two")
		tell("three")
		if isHidden() {
			t.Error("three more hide what a moderator let stand")
		}
		w.Clock.Set(w.Now().Add(time.Minute))
		must(t, only(w.EditComment(as(t, w.Alice), roadmap.EditCommentInput{Comment: m.ID, Body: "y"})))
		tell("four")
		if !isHidden() {
			t.Error("it says something else, and stays")
		}
	})
}

// Somebody leaves while others answer to them, and while they change their name: nobody waits in a circle, and nothing comes back.
func TestEraseInAHurry(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		p := w.As(got(w.SignUp(t.Context(), newAccount()))(t))
		c := w.commitment(t)
		roots := make([]string, 4)
		for i := range roots {
			m := w.Comment(t, w.Bob, c.ID, "Merci @jeanne_d.")
			roots[i] = m.ID
			w.answer(t, w.Alice, m, "Oui, @jeanne_d.")
		}
		var all sync.WaitGroup
		try := func(act func() error) {
			all.Go(func() {
				if err := act(); err != nil && refusal.CodeOf(err) == "" {
					t.Error(err)
				}
			})
		}
		for _, root := range roots {
			for range 3 {
				try(func() error {
					return w.post(as(t, w.Bob), roadmap.PostCommentInput{Subject: c.ID, Parent: &root, Body: "Encore."})
				})
			}
		}
		viewer := auth.ViewerFrom(as(t, p))
		for range 3 {
			try(func() error {
				return only(w.UpdateAccount(auth.WithViewer(t.Context(), viewer), people.UpdateAccountInput{Language: ptr("en"), Name: ptr("Jeanne " + strings.Repeat("d", 3))}))
			})
		}
		try(func() error {
			return only(w.EraseAccount(auth.WithViewer(t.Context(), viewer), consultation.EraseAccountInput{Password: ptr(password)}))
		})
		all.Wait()
		u := got(w.Read.User.Get(t.Context(), p.ID))(t)
		if u.ErasedAt == nil || u.Name != "" || u.Nickname != nil {
			t.Errorf("it became %+v", u)
		}
	})
}

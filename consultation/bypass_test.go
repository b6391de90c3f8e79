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
	"ensemble/internal/testsite"
	"ensemble/internal/testsite/scene"
)

// These tests do what somebody tries who wants to get around a rule.

// A comment that may not have three links at once cannot be given the third one by an edit.
func TestLinksAddUpOverEdits(t *testing.T) {
	scene.Each(t, func(t *testing.T, w *scene.World) {
		w.SetModeration(t, processes.UpdateProcessInput{LinkLimit: scene.Ptr(2)})
		m := w.Comment(t, w.Alice, w.SomeCommitment(t).ID, "https://a.example https://b.example")
		edit := func(body string) func() error {
			return func() error {
				return scene.Only(w.EditComment(scene.As(t, w.Alice),
					roadmap.EditCommentInput{Comment: m.ID, Body: body}))
			}
		}
		w.Refused(t, refusal.BadUserInput, "body", edit(m.Body+" https://c.example"))
		testsite.Must(t, edit(m.Body+" Voyez.")())
	})
}

// Markdown marks in a held word, or letters of it written as numbers, do not hide it.
func TestHeldWordsUnderMarks(t *testing.T) {
	scene.Each(t, func(t *testing.T, w *scene.World) {
		w.SetModeration(t, processes.UpdateProcessInput{HeldWords: []string{"casino"}})
		c := w.SomeCommitment(t)
		for _, body := range []string{"cas**ino**", "cas&#105;no", "Le c*asin*o."} {
			if m := w.Comment(t, w.Alice, c.ID, body); m.HeldAt == nil {
				t.Errorf("%s is published", body)
			}
		}
	})
}

// An answer to a hidden comment is refused with the same words as an answer to one that never was.
func TestAnswerToWhatIsNotThere(t *testing.T) {
	scene.Each(t, func(t *testing.T, w *scene.World) {
		c := w.SomeCommitment(t)
		hidden := w.Comment(t, w.Alice, c.ID, "Une injure.")
		testsite.Must(t, scene.Only(w.Decide(scene.As(t, w.Moderator), scene.Hiding(hidden.ID))))

		var messages []string
		for _, parent := range []string{hidden.ID, "comment_00000000000000000000000000"} {
			err := w.TryComment(scene.As(t, w.Bob),
				roadmap.PostCommentInput{Subject: c.ID, Parent: &parent, Body: "Oh."})
			messages = append(messages, err.Error())
		}

		if messages[0] != messages[1] {
			t.Errorf("%q", messages)
		}
	})
}

// Once a moderator let a comment stand, readers' reports do not hide it again until its text changes.
func TestReportsAfterADecision(t *testing.T) {
	scene.Each(t, func(t *testing.T, w *scene.World) {
		w.SetModeration(t, processes.UpdateProcessInput{ReportsToHide: scene.Ptr(2)})
		m := w.Comment(t, w.Alice, w.SomeCommitment(t).ID, "x")
		tell := func(name string) {
			p := w.Person(t, name)
			testsite.Must(t, w.Write.User.UpdateOneID(p.ID).SetEmailConfirmedAt(w.Now()).Exec(t.Context()))
			testsite.Must(t, scene.Only(w.Report(scene.As(t, p),
				moderation.ReportContentInput{Item: m.ID, Reason: report.ReasonSPAM})))
		}
		isHidden := func() bool { return w.CommentNow(t, m).HiddenAt != nil }

		tell("one")
		testsite.Must(t, scene.Only(w.Decide(scene.As(t, w.Moderator), moderation.Decision{
			Item: m.ID, Action: entmoderation.ActionDISMISS, Facts: "Relu.",
		})))
		tell("two")
		tell("three")
		if isHidden() {
			t.Error("three more hide what a moderator let stand")
		}

		w.Clock.Set(w.Now().Add(time.Minute))
		testsite.Must(t, scene.Only(w.EditComment(scene.As(t, w.Alice),
			roadmap.EditCommentInput{Comment: m.ID, Body: "y"})))
		tell("four")
		if !isHidden() {
			t.Error("it says something else, and stays")
		}
	})
}

// Somebody erases their account while others answer to them and while they change their name: no transaction waits for
// another in a circle, and the name does not come back.
func TestEraseInAHurry(t *testing.T) {
	scene.Each(t, func(t *testing.T, w *scene.World) {
		p := w.As(testsite.Got(w.SignUp(t.Context(), scene.NewAccount()))(t))
		c := w.SomeCommitment(t)
		roots := make([]string, 4)
		for i := range roots {
			m := w.Comment(t, w.Bob, c.ID, "Merci @jeanne_d.")
			roots[i] = m.ID
			w.Answer(t, w.Alice, m, "Oui, @jeanne_d.")
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
					return w.TryComment(scene.As(t, w.Bob), roadmap.PostCommentInput{
						Subject: c.ID, Parent: &root, Body: "Encore.",
					})
				})
			}
		}

		viewer := auth.ViewerFrom(scene.As(t, p))
		for range 3 {
			try(func() error {
				return scene.Only(w.UpdateAccount(auth.WithViewer(t.Context(), viewer), people.UpdateAccountInput{
					Language: scene.Ptr("en"), Name: scene.Ptr("Jeanne " + strings.Repeat("d", 3)),
				}))
			})
		}
		try(func() error {
			return scene.Only(w.EraseAccount(auth.WithViewer(t.Context(), viewer), consultation.EraseAccountInput{
				Password: scene.Ptr(scene.Password),
			}))
		})

		all.Wait()
		u := testsite.Got(w.Read.User.Get(t.Context(), p.ID))(t)
		if u.ErasedAt == nil || u.Name != "" || u.Nickname != nil {
			t.Errorf("it became %+v", u)
		}
	})
}

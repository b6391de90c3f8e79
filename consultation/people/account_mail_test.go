package people_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"ensemble/consultation/outbox"
	"ensemble/consultation/people"
	"ensemble/consultation/refusal"
	"ensemble/consultation/roadmap"
	"ensemble/ent"
	"ensemble/internal/testsite"
	"ensemble/internal/testsite/scene"
	"ensemble/live"
)

const jeanne = "jeanne.dupont@example.org"

// An address is confirmed by the link that is mailed to it, and each link works once.
func TestSignUpIsConfirmed(t *testing.T) {
	scene.Each(t, func(t *testing.T, w *scene.World) {
		box := scene.WithMail(w)
		s := testsite.Got(w.SignUp(t.Context(), scene.NewAccount()))(t)
		if s.Viewer.Confirmed {
			t.Error("they are confirmed before they have seen the mail")
		}

		token := box.Link(t, w, jeanne)
		confirm := func() error {
			return scene.Only(w.ConfirmEmail(t.Context(), people.ConfirmEmailInput{Token: token}))
		}
		w.Announces(t, confirm, scene.FactOf(live.ViewerTopic(s.Viewer.UserID), live.ViewerChanged,
			s.Viewer.UserID, "", nil))

		u := accountOf(t, w, s)
		v := testsite.Got(w.Viewer(t.Context(), s.Token))(t)
		if !v.Confirmed || u.ConfirmBy != nil || !u.EmailConfirmedAt.Equal(w.Now()) {
			t.Errorf("%+v, %+v", v, u)
		}

		w.Refused(t, refusal.BadUserInput, "token", confirm)
	})
}

// A link that is old, made up, or made for another purpose leads nowhere, and every such link gets the same refusal.
func TestLinksThatLeadNowhere(t *testing.T) {
	scene.Each(t, func(t *testing.T, w *scene.World) {
		box := scene.WithMail(w)
		s := testsite.Got(w.SignUp(t.Context(), scene.NewAccount()))(t)
		confirm := box.Link(t, w, jeanne)
		testsite.Must(t, scene.Only(w.RequestPasswordReset(t.Context(),
			people.RequestPasswordResetInput{Email: jeanne})))
		reset := box.Link(t, w, jeanne)
		testsite.Must(t, scene.Only(w.RequestPasswordReset(t.Context(), people.RequestPasswordResetInput{
			Email: "nobody@example.org",
		})))

		confirming := func(token string) func() error {
			return func() error {
				return scene.Only(w.ConfirmEmail(t.Context(), people.ConfirmEmailInput{Token: token}))
			}
		}
		resetting := func(token string) func() error {
			in := people.ResetPasswordInput{Token: token, Password: "another password"}
			return func() error { return scene.Only(w.ResetPassword(t.Context(), in)) }
		}

		dead := []string{
			"", "x", s.Token, confirm[:len(confirm)-1], confirm + "A",
			"enm_" + strings.Repeat("A", 43), strings.Repeat("enm_", 10_000),
		}
		for _, token := range append(dead, reset) {
			w.Refused(t, refusal.BadUserInput, "token", confirming(token))
		}
		for _, token := range append(dead, confirm) {
			if n := hashed(w, func() { w.Refused(t, refusal.BadUserInput, "token", resetting(token)) }); n != 0 {
				t.Errorf("%q: %d passwords are hashed for whoever guesses", token, n)
			}
		}

		// A link to a new password works for an hour, one that confirms an address for two days.
		w.Clock.Advance(time.Hour)
		w.Refused(t, refusal.BadUserInput, "token", resetting(reset))
		w.Clock.Advance(47 * time.Hour)
		w.Refused(t, refusal.BadUserInput, "token", confirming(confirm))

		testsite.Must(t, w.Jobs.Do(t.Context(), scene.Expiring...))
		if n := testsite.Got(w.Read.MailedToken.Query().Count(t.Context()))(t); n != 0 {
			t.Errorf("%d links are kept that lead nowhere", n)
		}
	})
}

// Whoever asks for a link learns nothing about accounts: the answer, the work and the rows written are the same with
// and without an account of that address.
func TestAskingForLinksTellsNothing(t *testing.T) {
	scene.Each(t, func(t *testing.T, w *scene.World) {
		box := scene.WithMail(w)
		testsite.Must(t, scene.Only(w.SignUp(t.Context(), scene.NewAccount())))
		testsite.Must(t, w.Write.User.UpdateOneID(w.Bob.ID).SetEmailConfirmedAt(w.Now()).Exec(t.Context()))
		testsite.Must(t, w.Write.User.UpdateOneID(w.Alice.ID).
			SetEmail("erased@example.org").SetErasedAt(w.Now()).Exec(t.Context()))
		box.Arrived(t, w)

		for _, ask := range []struct {
			name string
			do   func(ctx context.Context, email string) (string, error)
			gets []string
		}{
			{
				"confirmation",
				func(ctx context.Context, email string) (string, error) {
					return w.RequestEmailConfirmation(ctx, people.RequestEmailConfirmationInput{Email: email})
				},
				[]string{jeanne},
			},
			{
				"reset",
				func(ctx context.Context, email string) (string, error) {
					return w.RequestPasswordReset(ctx, people.RequestPasswordResetInput{Email: email})
				},
				[]string{jeanne, "bob@example.org"},
			},
		} {
			for _, address := range []string{jeanne, "bob@example.org", "nobody@example.org", "erased@example.org"} {
				before, answer := written(t, w), ""
				n := hashed(w, func() { answer = testsite.Got(ask.do(t.Context(), strings.ToUpper(address)))(t) })
				if n != 0 || answer != address {
					t.Errorf("%s of %s: %q, %d passwords hashed", ask.name, address, answer, n)
				}

				after := written(t, w)
				if after[0]-before[0] != 1 || after[1]-before[1] != 1 {
					t.Errorf("%s of %s: %v became %v, want a row each", ask.name, address, before, after)
				}

				mails := box.Arrived(t, w)

				wanted := slices.Contains(ask.gets, address)
				if (len(mails) == 1) != wanted || wanted && mails[0].To != address {
					t.Errorf("%s of %s: %+v", ask.name, address, mails)
				}
			}

			w.Refused(t, refusal.BadUserInput, "email", func() error {
				return scene.Only(ask.do(t.Context(), "a@example.org\r\nBcc: b@example.org"))
			})
		}
	})
}

// written counts the links and the mails that the site has stored.
func written(t testing.TB, w *scene.World) [2]int {
	t.Helper()
	links := testsite.Got(w.Read.MailedToken.Query().Count(t.Context()))(t)
	mails := testsite.Got(w.Read.Mail.Query().Count(t.Context()))(t)
	return [2]int{links, mails}
}

// An address has five open links to a new password at most, however often strangers ask for one.
func TestFewLinksAreOpenAtOnce(t *testing.T) {
	scene.Each(t, func(t *testing.T, w *scene.World) {
		box := scene.WithMail(w)
		testsite.Must(t, scene.Only(w.SignUp(t.Context(), scene.NewAccount())))
		box.Arrived(t, w)

		for range 20 {
			testsite.Must(t, scene.Only(w.RequestPasswordReset(t.Context(),
				people.RequestPasswordResetInput{Email: jeanne})))
			testsite.Must(t, scene.Only(w.RequestPasswordReset(t.Context(), people.RequestPasswordResetInput{
				Email: "nobody@example.org",
			})))
		}
		if n := len(box.Arrived(t, w)); n != 5 {
			t.Errorf("%d mails", n)
		}

		w.Clock.Advance(time.Hour)
		testsite.Must(t, scene.Only(w.RequestPasswordReset(t.Context(),
			people.RequestPasswordResetInput{Email: jeanne})))
		if n := len(box.Arrived(t, w)); n != 1 {
			t.Errorf("%d mails an hour later", n)
		}
	})
}

// signedIn is a context in which the person of a session acts.
func signedIn(t testing.TB, w *scene.World, s *people.Session) context.Context {
	t.Helper()
	return by(t, w, s.Token)
}

// A site that sends no mail refuses to mail links, and changes addresses at once.
func TestAccountsWithoutMail(t *testing.T) {
	scene.Each(t, func(t *testing.T, w *scene.World) {
		s := testsite.Got(w.SignUp(t.Context(), scene.NewAccount()))(t)
		if u := accountOf(t, w, s); !s.Viewer.Confirmed || u.ConfirmBy != nil || u.EmailConfirmedAt != nil {
			t.Errorf("%+v, %+v", s.Viewer, u)
		}

		w.Refused(t, refusal.Forbidden, "", func() error {
			return scene.Only(w.RequestEmailConfirmation(t.Context(),
				people.RequestEmailConfirmationInput{Email: jeanne}))
		})
		w.Refused(t, refusal.Forbidden, "", func() error {
			return scene.Only(w.RequestPasswordReset(t.Context(), people.RequestPasswordResetInput{Email: jeanne}))
		})

		ctx := signedIn(t, w, s)
		w.Refused(t, refusal.Conflict, "email", func() error {
			return scene.Only(w.RequestEmailChange(ctx, people.RequestEmailChangeInput{
				Email: "bob@example.org", Password: scene.Password,
			}))
		})
		testsite.Must(t, scene.Only(w.RequestEmailChange(ctx, people.RequestEmailChangeInput{
			Email: "jeanne@example.net", Password: scene.Password,
		})))

		testsite.Must(t, scene.Only(w.SignIn(t.Context(), people.SignInInput{
			Email: "jeanne@example.net", Password: scene.Password,
		})))
	})
}

// A mail is in the account's language and leads to the page in that language. It quotes nothing that whoever opened the
// account chose, since they may have typed somebody else's address.
func TestLettersInBothLanguages(t *testing.T) {
	scene.Each(t, func(t *testing.T, w *scene.World) {
		box := scene.WithMail(w)
		for i, c := range []struct{ language, subject, link string }{
			{"fr", "Confirmez votre adresse électronique",
				"\nhttps://consultation.example.org/fr/account/confirm#enm_"},
			{"fr-CA", "Confirmez votre adresse électronique",
				"\nhttps://consultation.example.org/fr/account/confirm#enm_"},
			{"en", "Confirm your e-mail address", "\nhttps://consultation.example.org/account/confirm#enm_"},
			{"de", "Confirm your e-mail address", "\nhttps://consultation.example.org/account/confirm#enm_"},
		} {
			in := scene.NewAccount()
			in.Email, in.Nickname = fmt.Sprintf("%d@example.org", i), fmt.Sprintf("person%d", i)
			in.Language, in.Name = &c.language, "Visit evil.example"

			testsite.Must(t, scene.Only(w.SignUp(t.Context(), in)))

			mails := box.Arrived(t, w)
			if len(mails) != 1 || mails[0].Subject != c.subject ||
				!strings.Contains(mails[0].Body, c.link) || strings.Contains(mails[0].Body, "evil") {
				t.Errorf("%s: %+v", c.language, mails)
			}
		}
	})
}

// unwelcome is a mail server that refuses every mail for good, and counts the tries.
type unwelcome struct{ tries int }

func (u *unwelcome) Send(context.Context, outbox.Mail) error { u.tries++; return never{} }

// never is the answer of a mail server that will never take a mail.
type never struct{}

func (never) Error() string { return "550 no such user" }

func (never) Permanent() bool { return true }

// A mail that the server refuses for good is not tried again.
func TestMailIsGivenUpAtOnce(t *testing.T) {
	scene.Each(t, func(t *testing.T, w *scene.World) {
		server := &unwelcome{}
		w.Mailer = server
		scene.Write(t, w, "jeanne@example.org", "Hello")

		for range 3 {
			testsite.Must(t, w.Jobs.Do(t.Context(), "send mail"))
			w.Clock.Advance(time.Hour)
		}

		if n := testsite.Got(w.Read.Mail.Query().Count(t.Context()))(t); server.tries != 1 || n != 0 {
			t.Errorf("%d tries, %d left", server.tries, n)
		}
	})
}

// An account that nobody confirmed is forgotten after seven days, unless something was done with it.
func TestUnconfirmedAccountsAreForgotten(t *testing.T) {
	scene.Each(t, func(t *testing.T, w *scene.World) {
		box := scene.WithMail(w)
		accounts := map[string]*people.Session{}
		for _, name := range []string{"idle", "confirmed", "commented", "trusted"} {
			in := scene.NewAccount()
			in.Email, in.Nickname, in.Name = name+"@example.org", name, name
			accounts[name] = testsite.Got(w.SignUp(t.Context(), in))(t)

			link := box.Link(t, w, in.Email)
			if name == "confirmed" {
				testsite.Must(t, scene.Only(w.ConfirmEmail(t.Context(), people.ConfirmEmailInput{Token: link})))
			}
		}

		token(t, w, accounts["idle"], "read")
		testsite.Must(t, scene.Only(w.RequestPasswordReset(t.Context(), people.RequestPasswordResetInput{
			Email: "idle@example.org",
		})))
		testsite.Must(t, w.SetSiteAdmin(t.Context(), "trusted@example.org", true, "Élu."))
		w.Mailer = nil // without mail, who has not confirmed their address may take part
		testsite.Must(t, w.TryComment(signedIn(t, w, accounts["commented"]), roadmap.PostCommentInput{
			Subject: w.SomeCommitment(t).ID, Body: "x",
		}))
		w.Mailer = box

		w.Clock.Advance(7*24*time.Hour - time.Microsecond)
		w.Idle(t, func() error { return w.Jobs.Do(t.Context(), "forget accounts") })
		w.Clock.Advance(time.Microsecond)
		testsite.Must(t, w.Jobs.Do(t.Context(), "forget accounts"))

		for name, s := range accounts {
			_, err := w.Read.User.Get(t.Context(), s.Viewer.UserID)
			if gone := ent.IsNotFound(err); gone != (name == "idle") {
				t.Errorf("%s: %v", name, err)
			}
		}

		if _, err := w.Viewer(t.Context(), accounts["idle"].Token); !errors.Is(err, people.ErrToken) {
			t.Errorf("the session of nobody: %v", err)
		}
		// Now there is nothing left to forget, and the address and the nickname are free again.
		w.Idle(t, func() error { return w.Jobs.Do(t.Context(), "forget accounts") })

		in := scene.NewAccount()
		in.Email, in.Nickname = "idle@example.org", "idle"
		testsite.Must(t, scene.Only(w.SignUp(t.Context(), in)))
	})
}

// An account that is confirmed while it is about to be forgotten keeps everything, also the keys of its retries.
func TestConfirmedWhileForgotten(t *testing.T) {
	scene.OnPostgres(t, func(t *testing.T, w *scene.World) {
		due := w.Write.User.UpdateOneID(w.Bob.ID).ClearEmailConfirmedAt().SetConfirmBy(w.Now().Add(-time.Hour))
		testsite.Must(t, due.Exec(t.Context()))
		testsite.Must(t, w.Write.IdempotencyKey.Create().SetID(w.NewID("retry")).SetUserID(w.Bob.ID).SetKey("k").
			SetMutation("follow").SetInputHash([]byte("x")).SetAnswerID("").SetCreatedAt(w.Now()).Exec(t.Context()))

		turn := scene.Hold(t, w, "UPDATE users SET email_confirmed_at = now() WHERE id = $1", w.Bob.ID)
		job := scene.Start(t, w, 1, func() error { return w.Jobs.Do(t.Context(), "forget accounts") })
		turn.Over()

		scene.Allowed(t, job)
		if n := testsite.Got(w.Read.IdempotencyKey.Query().Count(t.Context()))(t); n != 1 {
			t.Errorf("%d keys are left", n)
		}
	})
}

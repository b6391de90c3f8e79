package people_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"ensemble/auth"
	"ensemble/consultation/organizations"
	"ensemble/consultation/outbox"
	"ensemble/consultation/people"
	"ensemble/consultation/refusal"
	"ensemble/consultation/roadmap"
	"ensemble/ent"
	"ensemble/ent/membership"
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
		w.Announces(t, confirm, scene.FactOf(live.ViewerTopic(s.Viewer.UserID), live.ViewerChanged, s.Viewer.UserID, "", nil))

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
		testsite.Must(t, scene.Only(w.RequestPasswordReset(t.Context(), people.RequestPasswordResetInput{Email: jeanne})))
		reset := box.Link(t, w, jeanne)
		testsite.Must(t, scene.Only(w.RequestPasswordReset(t.Context(), people.RequestPasswordResetInput{
			Email: "nobody@example.org",
		})))

		confirming := func(token string) func() error {
			return func() error { return scene.Only(w.ConfirmEmail(t.Context(), people.ConfirmEmailInput{Token: token})) }
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
				if wanted := slices.Contains(ask.gets, address); (len(mails) == 1) != wanted || wanted && mails[0].To != address {
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
			testsite.Must(t, scene.Only(w.RequestPasswordReset(t.Context(), people.RequestPasswordResetInput{Email: jeanne})))
			testsite.Must(t, scene.Only(w.RequestPasswordReset(t.Context(), people.RequestPasswordResetInput{
				Email: "nobody@example.org",
			})))
		}
		if n := len(box.Arrived(t, w)); n != 5 {
			t.Errorf("%d mails", n)
		}

		w.Clock.Advance(time.Hour)
		testsite.Must(t, scene.Only(w.RequestPasswordReset(t.Context(), people.RequestPasswordResetInput{Email: jeanne})))
		if n := len(box.Arrived(t, w)); n != 1 {
			t.Errorf("%d mails an hour later", n)
		}
	})
}

// A new password set by a mailed link ends all sessions, access tokens and other links of the account, and confirms its
// address.
func TestResetPassword(t *testing.T) {
	scene.Each(t, func(t *testing.T, w *scene.World) {
		box := scene.WithMail(w)
		s := testsite.Got(w.SignUp(t.Context(), scene.NewAccount()))(t)
		second := testsite.Got(w.SignIn(t.Context(), people.SignInInput{Email: jeanne, Password: scene.Password}))(t)
		program, _ := token(t, w, s, "read")
		box.Arrived(t, w)

		testsite.Must(t, scene.Only(w.RequestPasswordReset(t.Context(), people.RequestPasswordResetInput{Email: jeanne})))
		other := box.Link(t, w, jeanne)
		testsite.Must(t, scene.Only(w.RequestPasswordReset(t.Context(), people.RequestPasswordResetInput{Email: jeanne})))
		link := box.Link(t, w, jeanne)

		w.Refused(t, refusal.BadUserInput, "password", func() error {
			return scene.Only(w.ResetPassword(t.Context(), people.ResetPasswordInput{Token: link, Password: "short"}))
		})
		ended := testsite.Got(w.ResetPassword(t.Context(), people.ResetPasswordInput{
			Token: link, Password: "another password",
		}))(t)
		if ended != (people.Ended{Sessions: 2}) {
			t.Errorf("%+v ended", ended)
		}

		// What opened the account before does so no more.
		for name, token := range map[string]string{"first session": s.Token, "second session": second.Token, "program": program} {
			if _, err := w.Viewer(t.Context(), token); !errors.Is(err, people.ErrToken) {
				t.Errorf("%s: %v", name, err)
			}
		}
		w.Refused(t, refusal.BadUserInput, "token", func() error {
			return scene.Only(w.ResetPassword(t.Context(), people.ResetPasswordInput{Token: other, Password: "a third password"}))
		})

		w.Refused(t, refusal.Unauthenticated, "", func() error {
			return scene.Only(w.SignIn(t.Context(), people.SignInInput{Email: jeanne, Password: scene.Password}))
		})
		again := testsite.Got(w.SignIn(t.Context(), people.SignInInput{Email: jeanne, Password: "another password"}))(t)
		if !again.Viewer.Confirmed {
			t.Error("who reads the account's mail has not confirmed its address")
		}

		if mails := box.Arrived(t, w); len(mails) != 1 || mails[0].To != jeanne || scene.MailedLink.MatchString(mails[0].Body) {
			t.Errorf("they are told %+v", mails)
		}
	})
}

// A link works once, however many people try it at the same time.
func TestLinkIsUsedOnce(t *testing.T) {
	scene.Each(t, func(t *testing.T, w *scene.World) {
		box := scene.WithMail(w)
		testsite.Must(t, scene.Only(w.SignUp(t.Context(), scene.NewAccount())))
		box.Arrived(t, w)
		testsite.Must(t, scene.Only(w.RequestPasswordReset(t.Context(), people.RequestPasswordResetInput{Email: jeanne})))
		token := box.Link(t, w, jeanne)

		var all sync.WaitGroup
		worked := make(chan string, 4)
		for i := range 4 {
			all.Go(func() {
				next := fmt.Sprintf("password number %d", i)
				switch _, err := w.ResetPassword(t.Context(), people.ResetPasswordInput{Token: token, Password: next}); {
				case err == nil:
					worked <- next
				case refusal.CodeOf(err) != refusal.BadUserInput:
					t.Errorf("%v", err)
				}
			})
		}
		all.Wait()
		close(worked)

		if len(worked) != 1 {
			t.Fatalf("it worked %d times", len(worked))
		}
		testsite.Must(t, scene.Only(w.SignIn(t.Context(), people.SignInInput{Email: jeanne, Password: <-worked})))
	})
}

// A changed password ends all other sessions, the access tokens and the open links, and leaves this session open.
func TestChangePassword(t *testing.T) {
	scene.Each(t, func(t *testing.T, w *scene.World) {
		box := scene.WithMail(w)
		s := testsite.Got(w.SignUp(t.Context(), scene.NewAccount()))(t)
		box.Arrived(t, w)
		other := testsite.Got(w.SignIn(t.Context(), people.SignInInput{Email: jeanne, Password: scene.Password}))(t)
		program, _ := token(t, w, s, "read")

		testsite.Must(t, scene.Only(w.RequestPasswordReset(t.Context(), people.RequestPasswordResetInput{Email: jeanne})))
		link := box.Link(t, w, jeanne)

		ctx := signedIn(t, w, s)
		change := func(ctx context.Context, from, to string) func() error {
			return func() error {
				return scene.Only(w.ChangePassword(ctx, people.ChangePasswordInput{CurrentPassword: from, NewPassword: to}))
			}
		}
		w.Refused(t, refusal.BadUserInput, "currentPassword", change(ctx, "wrong password", "another password"))
		w.Refused(t, refusal.BadUserInput, "newPassword", change(ctx, scene.Password, "short"))
		w.Refused(t, refusal.Unauthenticated, "", change(t.Context(), scene.Password, "another password"))

		ended := testsite.Got(w.ChangePassword(ctx, people.ChangePasswordInput{
			CurrentPassword: scene.Password, NewPassword: "another password",
		}))(t)
		if ended != (people.Ended{Sessions: 1}) {
			t.Errorf("%+v ended", ended)
		}

		testsite.Must(t, scene.Only(w.Viewer(t.Context(), s.Token)))
		for name, token := range map[string]string{"the other session": other.Token, "a program": program} {
			if _, err := w.Viewer(t.Context(), token); !errors.Is(err, people.ErrToken) {
				t.Errorf("%s: %v", name, err)
			}
		}
		w.Refused(t, refusal.BadUserInput, "token", func() error {
			return scene.Only(w.ResetPassword(t.Context(), people.ResetPasswordInput{Token: link, Password: "a third password"}))
		})

		testsite.Must(t, scene.Only(w.SignIn(t.Context(), people.SignInInput{Email: jeanne, Password: "another password"})))
		if mails := box.Arrived(t, w); len(mails) != 1 || mails[0].To != jeanne {
			t.Errorf("they are told %+v", mails)
		}
	})
}

// signedIn is a context in which the person of a session acts.
func signedIn(t testing.TB, w *scene.World, s *people.Session) context.Context {
	t.Helper()
	return by(t, w, s.Token)
}

// An account gets its new address once that one is confirmed. Until then the old address is told, and who reads its
// mail can prevent the change.
func TestChangeEmail(t *testing.T) {
	scene.Each(t, func(t *testing.T, w *scene.World) {
		box := scene.WithMail(w)
		s := testsite.Got(w.SignUp(t.Context(), scene.NewAccount()))(t)
		testsite.Must(t, scene.Only(w.ConfirmEmail(t.Context(), people.ConfirmEmailInput{Token: box.Link(t, w, jeanne)})))
		ctx := signedIn(t, w, s)

		const next = "jeanne@example.net"
		request := func(email, password string) func() error {
			return func() error {
				return scene.Only(w.RequestEmailChange(ctx, people.RequestEmailChangeInput{Email: email, Password: password}))
			}
		}
		w.Refused(t, refusal.BadUserInput, "password", request(next, "wrong password"))
		w.Refused(t, refusal.BadUserInput, "email", request(jeanne, scene.Password))
		w.Refused(t, refusal.BadUserInput, "email", request("jeanne", scene.Password))

		testsite.Must(t, request("Jeanne@example.net", scene.Password)())
		mails := box.Arrived(t, w)
		if len(mails) != 2 || mails[0].To != jeanne || mails[1].To != next || scene.MailedLink.MatchString(mails[0].Body) {
			t.Fatalf("%+v", mails)
		}

		// A new password, set from the old address, ends the link that went to the new one.
		prevented := scene.MailedLink.FindStringSubmatch(mails[1].Body)[1]
		testsite.Must(t, scene.Only(w.RequestPasswordReset(t.Context(), people.RequestPasswordResetInput{Email: jeanne})))
		testsite.Must(t, scene.Only(w.ResetPassword(t.Context(), people.ResetPasswordInput{
			Token: box.Link(t, w, jeanne), Password: scene.Password,
		})))
		w.Refused(t, refusal.BadUserInput, "token", func() error {
			return scene.Only(w.ConfirmEmail(t.Context(), people.ConfirmEmailInput{Token: prevented}))
		})

		s = testsite.Got(w.SignIn(t.Context(), people.SignInInput{Email: jeanne, Password: scene.Password}))(t)
		ctx = signedIn(t, w, s)
		box.Arrived(t, w)
		testsite.Must(t, request("Jeanne@example.net", scene.Password)())

		if u := accountOf(t, w, s); *u.Email != jeanne {
			t.Errorf("it is %s before it is confirmed", *u.Email)
		}

		token := box.Link(t, w, next)
		w.Announces(t, func() error {
			return scene.Only(w.ConfirmEmail(t.Context(), people.ConfirmEmailInput{Token: token}))
		}, scene.FactOf(live.ViewerTopic(s.Viewer.UserID), live.ViewerChanged, s.Viewer.UserID, "", nil))

		if u := accountOf(t, w, s); *u.Email != next || u.EmailConfirmedAt == nil {
			t.Errorf("%+v", u)
		}
		if mails := box.Arrived(t, w); len(mails) != 1 || mails[0].To != jeanne || strings.Contains(mails[0].Body, next) {
			t.Errorf("the old address is told %+v", mails)
		}
	})
}

// Nobody learns which addresses have an account by asking for one of them as their own.
func TestChangeEmailToOneThatIsTaken(t *testing.T) {
	scene.Each(t, func(t *testing.T, w *scene.World) {
		box := scene.WithMail(w)
		s := testsite.Got(w.SignUp(t.Context(), scene.NewAccount()))(t)
		box.Arrived(t, w)
		ctx := signedIn(t, w, s)

		var wrote [][2]int
		for _, address := range []string{"bob@example.org", "free@example.org"} {
			before := written(t, w)
			got := testsite.Got(w.RequestEmailChange(ctx, people.RequestEmailChangeInput{
				Email: address, Password: scene.Password,
			}))(t)
			if got != address {
				t.Errorf("it answers %s", got)
			}

			after := written(t, w)
			wrote = append(wrote, [2]int{after[0] - before[0], after[1] - before[1]})

			mails := box.Arrived(t, w)
			hasLink := len(mails) == 1 && scene.MailedLink.MatchString(mails[0].Body)
			if len(mails) != 1 || mails[0].To != address || hasLink != (address == "free@example.org") {
				t.Errorf("%s is told %+v", address, mails)
			}
		}
		if wrote[0] != wrote[1] {
			t.Errorf("it writes %v", wrote)
		}

		// An address that somebody else takes before it is confirmed is theirs.
		testsite.Must(t, scene.Only(w.RequestEmailChange(ctx, people.RequestEmailChangeInput{
			Email: "soon@example.org", Password: scene.Password,
		})))
		token := box.Link(t, w, "soon@example.org")

		in := scene.NewAccount()
		in.Email, in.Nickname = "soon@example.org", "faster"
		testsite.Must(t, scene.Only(w.SignUp(t.Context(), in)))

		w.Refused(t, refusal.Conflict, "token", func() error {
			return scene.Only(w.ConfirmEmail(t.Context(), people.ConfirmEmailInput{Token: token}))
		})
	})
}

// A site that sends no mail refuses to mail links, and changes addresses at once.
func TestAccountsWithoutMail(t *testing.T) {
	scene.Each(t, func(t *testing.T, w *scene.World) {
		s := testsite.Got(w.SignUp(t.Context(), scene.NewAccount()))(t)
		if u := accountOf(t, w, s); !s.Viewer.Confirmed || u.ConfirmBy != nil || u.EmailConfirmedAt != nil {
			t.Errorf("%+v, %+v", s.Viewer, u)
		}

		w.Refused(t, refusal.Forbidden, "", func() error {
			return scene.Only(w.RequestEmailConfirmation(t.Context(), people.RequestEmailConfirmationInput{Email: jeanne}))
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
			{"fr", "Confirmez votre adresse électronique", "\nhttps://consultation.example.org/fr/account/confirm#enm_"},
			{"fr-CA", "Confirmez votre adresse électronique", "\nhttps://consultation.example.org/fr/account/confirm#enm_"},
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
			in.Email, in.Nickname = name+"@example.org", name
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

// asked is one question to Limits: which budget is taken from, and whose.
type asked struct{ budget, who string }

// spent is Limits in which every account has used up its tries. Of the addresses, only "full" has.
type spent struct{ seen []asked }

func (f *spent) Take(_ context.Context, budget, who string, _ int) (time.Duration, bool) {
	f.seen = append(f.seen, asked{budget, who})
	return time.Minute, strings.HasPrefix(budget, "address") && who != "full"
}

// countedTry is something that costs a try, and what Limits must be asked about it.
type countedTry struct {
	do   func() error
	want []asked
}

// Tries are counted before any work is done, and the same for addresses with and without an account.
func TestTriesAreCounted(t *testing.T) {
	scene.Each(t, func(t *testing.T, w *scene.World) {
		box := scene.WithMail(w)
		s := testsite.Got(w.SignUp(t.Context(), scene.NewAccount()))(t)
		ctx := signedIn(t, w, s)
		box.Arrived(t, w)

		limits := &spent{}
		w.Limits = limits

		for name, c := range everyTry(t.Context(), ctx, w) {
			limits.seen = nil
			if n := hashed(w, func() { w.Refused(t, refusal.RateLimited, "", c.do) }); n != 0 {
				t.Errorf("%s: %d passwords are hashed", name, n)
			}
			if !slices.Equal(limits.seen, c.want) {
				t.Errorf("%s: %+v", name, limits.seen)
			}
		}
	})
}

// everyTry lists all that costs a try: by nobody, and by Jeanne in a context in which she is signed in. Whoever asks
// from the address "full" is refused because of that address, before the account is counted.
func everyTry(nobody, jeannes context.Context, w *scene.World) map[string]countedTry {
	from, ctx := auth.WithAddress(nobody, "192.0.2.7"), auth.WithAddress(jeannes, "192.0.2.7")
	busy := auth.WithAddress(nobody, "full")

	guess := []asked{{"addressSignIns", "192.0.2.7"}, {"accountSignIns", jeanne}}
	guessFromFull := []asked{{"addressSignIns", "full"}}
	in := scene.NewAccount()
	in.Email, in.Nickname = "new@example.org", "new"

	return map[string]countedTry{
		"signIn": {func() error {
			return scene.Only(w.SignIn(from, people.SignInInput{Email: strings.ToUpper(jeanne), Password: "wrong"}))
		}, guess},
		"signUp": {func() error { return scene.Only(w.SignUp(from, in)) }, mailed(in.Email)},
		"requestPasswordReset": {func() error {
			return scene.Only(w.RequestPasswordReset(from, people.RequestPasswordResetInput{Email: jeanne}))
		}, mailed(jeanne)},
		"requestEmailConfirmation": {func() error {
			return scene.Only(w.RequestEmailConfirmation(from, people.RequestEmailConfirmationInput{Email: "nobody@example.org"}))
		}, mailed("nobody@example.org")},
		"requestEmailChange": {func() error {
			return scene.Only(w.RequestEmailChange(ctx, people.RequestEmailChangeInput{
				Email: "next@example.org", Password: scene.Password,
			}))
		}, mailed("next@example.org")},
		"changePassword": {func() error {
			return scene.Only(w.ChangePassword(ctx, people.ChangePasswordInput{
				CurrentPassword: "a guess", NewPassword: "another password",
			}))
		}, guess},
		"createAccessToken": {func() error {
			_, _, err := w.CreateAccessToken(ctx, people.CreateAccessTokenInput{
				Name: "x", ExpiresAt: w.Now().Add(48 * time.Hour), Password: scene.Ptr("a guess"),
			})
			return err
		}, guess},
		"inviteMember": {func() error {
			return scene.Only(w.InviteMember(busy, organizations.InviteMemberInput{
				Organization: "x", Email: scene.Ptr("New@example.org"), Role: membership.RoleMEMBER,
			}))
		}, []asked{{"addressMails", "full"}}},
		"confirmEmail": {func() error {
			return scene.Only(w.ConfirmEmail(busy, people.ConfirmEmailInput{Token: "x"}))
		}, guessFromFull},
		"resetPassword": {func() error {
			return scene.Only(w.ResetPassword(busy, people.ResetPasswordInput{Token: "x", Password: scene.Password}))
		}, guessFromFull},
		"beginSignIn": {func() error {
			_, _, err := w.BeginSignIn(busy, people.SignInAttempt{})
			return err
		}, guessFromFull},
	}
}

// mailed is what Limits are asked when somebody wants a mail to an address.
func mailed(address string) []asked {
	return []asked{{"addressMails", "192.0.2.7"}, {"accountMails", address}}
}

package consultation_test

import (
	"context"
	"errors"
	"fmt"
	"regexp"
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
	"ensemble/live"
)

// withMail has the site send mail into a box.
func withMail(w *world) *mailbox {
	box := &mailbox{}
	w.Mailer, w.BaseURL = box, "https://consultation.example.org"
	return box
}

// arrived sends what is due, and returns what has come since it was last asked.
func (b *mailbox) arrived(t testing.TB, w *world) []outbox.Mail {
	t.Helper()
	must(t, w.Jobs.Do(t.Context(), "send mail"))
	b.mu.Lock()
	defer b.mu.Unlock()
	arrived := b.mails
	b.mails = nil
	return arrived
}

var mailedLink = regexp.MustCompile(`(?m)^https://consultation\.example\.org/\S*#(enm_\S+)$`)

// link is the token in the only mail that has come, which must have gone to an address.
func (b *mailbox) link(t testing.TB, w *world, to string) string {
	t.Helper()
	for _, m := range b.arrived(t, w) {
		if found := mailedLink.FindStringSubmatch(m.Body); found != nil && m.To == to {
			return found[1]
		}
	}
	t.Fatalf("no link came to %s", to)
	return ""
}

const jeanne = "jeanne.dupont@example.org"

func TestSignUpIsConfirmed(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		box := withMail(w)
		s := got(w.SignUp(t.Context(), newAccount()))(t)
		if s.Viewer.Confirmed {
			t.Error("they are confirmed before they have seen the mail")
		}
		token := box.link(t, w, jeanne)
		w.announces(t, func() error { return only(w.ConfirmEmail(t.Context(), people.ConfirmEmailInput{Token: token})) },
			fact{live.ViewerTopic(s.Viewer.UserID), live.ViewerChanged, s.Viewer.UserID, "", nil})
		u := w.account(t, s)
		if v := got(w.Viewer(t.Context(), s.Token))(t); !v.Confirmed || u.ConfirmBy != nil || !u.EmailConfirmedAt.Equal(w.Now()) {
			t.Errorf("%+v, %+v", v, u)
		}
		w.refused(t, refusal.BadUserInput, "token", func() error { return only(w.ConfirmEmail(t.Context(), people.ConfirmEmailInput{Token: token})) })
	})
}

// Links that are old, made up, of another kind, or for a purpose of their own lead nowhere, and all the same.
func TestLinksThatLeadNowhere(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		box := withMail(w)
		s := got(w.SignUp(t.Context(), newAccount()))(t)
		confirm := box.link(t, w, jeanne)
		must(t, only(w.RequestPasswordReset(t.Context(), people.RequestPasswordResetInput{Email: jeanne})))
		reset := box.link(t, w, jeanne)
		must(t, only(w.RequestPasswordReset(t.Context(), people.RequestPasswordResetInput{Email: "nobody@example.org"})))
		dead := []string{"", "x", s.Token, confirm[:len(confirm)-1], confirm + "A", "enm_" + strings.Repeat("A", 43), strings.Repeat("enm_", 10_000)}
		for _, token := range append(dead, reset) {
			w.refused(t, refusal.BadUserInput, "token", func() error { return only(w.ConfirmEmail(t.Context(), people.ConfirmEmailInput{Token: token})) })
		}
		for _, token := range append(dead, confirm) {
			if n := w.hashed(func() {
				w.refused(t, refusal.BadUserInput, "token", func() error {
					return only(w.ResetPassword(t.Context(), people.ResetPasswordInput{Token: token, Password: "another password"}))
				})
			}); n != 0 {
				t.Errorf("%q: %d passwords are hashed for whoever guesses", token, n)
			}
		}
		w.Clock.Advance(time.Hour)
		w.refused(t, refusal.BadUserInput, "token", func() error {
			return only(w.ResetPassword(t.Context(), people.ResetPasswordInput{Token: reset, Password: "another password"}))
		})
		w.Clock.Advance(47 * time.Hour)
		w.refused(t, refusal.BadUserInput, "token", func() error { return only(w.ConfirmEmail(t.Context(), people.ConfirmEmailInput{Token: confirm})) })
		must(t, w.Jobs.Do(t.Context(), expiring...))
		if n := got(w.Read.MailedToken.Query().Count(t.Context()))(t); n != 0 {
			t.Errorf("%d links are kept that lead nowhere", n)
		}
	})
}

// Whoever asks for a link learns nothing: the answer is the same, and so is what is written for it.
func TestAskingForLinksTellsNothing(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		box := withMail(w)
		waiting := got(w.SignUp(t.Context(), newAccount()))(t)
		must(t, w.Write.User.UpdateOneID(w.Bob.ID).SetEmailConfirmedAt(w.Now()).Exec(t.Context()))
		must(t, w.Write.User.UpdateOneID(w.Alice.ID).SetEmail("erased@example.org").SetErasedAt(w.Now()).Exec(t.Context()))
		box.arrived(t, w)
		_ = waiting
		for _, ask := range []struct {
			name string
			do   func(ctx context.Context, email string) (string, error)
			gets []string
		}{
			{"confirmation", func(ctx context.Context, email string) (string, error) {
				return w.RequestEmailConfirmation(ctx, people.RequestEmailConfirmationInput{Email: email})
			}, []string{jeanne}},
			{"reset", func(ctx context.Context, email string) (string, error) {
				return w.RequestPasswordReset(ctx, people.RequestPasswordResetInput{Email: email})
			}, []string{jeanne, "bob@example.org"}},
		} {
			for _, address := range []string{jeanne, "bob@example.org", "nobody@example.org", "erased@example.org"} {
				before, answer := w.written(t), ""
				if n := w.hashed(func() { answer = got(ask.do(t.Context(), strings.ToUpper(address)))(t) }); n != 0 || answer != address {
					t.Errorf("%s of %s: %q, %d passwords hashed", ask.name, address, answer, n)
				}
				after := w.written(t)
				if after[0]-before[0] != 1 || after[1]-before[1] != 1 {
					t.Errorf("%s of %s: %v became %v, want a row each", ask.name, address, before, after)
				}
				mails := box.arrived(t, w)
				if wanted := contains(ask.gets, address); (len(mails) == 1) != wanted || wanted && mails[0].To != address {
					t.Errorf("%s of %s: %+v", ask.name, address, mails)
				}
			}
			w.refused(t, refusal.BadUserInput, "email", func() error { return only(ask.do(t.Context(), "a@example.org\r\nBcc: b@example.org")) })
		}
	})
}

// written are how many links and mails there are.
func (w *world) written(t testing.TB) [2]int {
	t.Helper()
	return [2]int{got(w.Read.MailedToken.Query().Count(t.Context()))(t), got(w.Read.Mail.Query().Count(t.Context()))(t)}
}

func contains(all []string, one string) bool {
	for _, s := range all {
		if s == one {
			return true
		}
	}
	return false
}

// However often strangers ask, an address gets few mails.
func TestFewLinksAreOpenAtOnce(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		box := withMail(w)
		must(t, only(w.SignUp(t.Context(), newAccount())))
		box.arrived(t, w)
		for range 20 {
			must(t, only(w.RequestPasswordReset(t.Context(), people.RequestPasswordResetInput{Email: jeanne})))
			must(t, only(w.RequestPasswordReset(t.Context(), people.RequestPasswordResetInput{Email: "nobody@example.org"})))
		}
		if n := len(box.arrived(t, w)); n != 5 {
			t.Errorf("%d mails", n)
		}
		w.Clock.Advance(time.Hour)
		must(t, only(w.RequestPasswordReset(t.Context(), people.RequestPasswordResetInput{Email: jeanne})))
		if n := len(box.arrived(t, w)); n != 1 {
			t.Errorf("%d mails an hour later", n)
		}
	})
}

func TestResetPassword(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		box := withMail(w)
		s := got(w.SignUp(t.Context(), newAccount()))(t)
		second := got(w.SignIn(t.Context(), people.SignInInput{Email: jeanne, Password: password}))(t)
		program, _ := w.token(t, s, "read")
		box.arrived(t, w)
		must(t, only(w.RequestPasswordReset(t.Context(), people.RequestPasswordResetInput{Email: jeanne})))
		other := box.link(t, w, jeanne)
		must(t, only(w.RequestPasswordReset(t.Context(), people.RequestPasswordResetInput{Email: jeanne})))
		token := box.link(t, w, jeanne)
		w.refused(t, refusal.BadUserInput, "password", func() error {
			return only(w.ResetPassword(t.Context(), people.ResetPasswordInput{Token: token, Password: "short"}))
		})
		if n := got(w.ResetPassword(t.Context(), people.ResetPasswordInput{Token: token, Password: "another password"}))(t); n != (people.Ended{Sessions: 2}) {
			t.Errorf("%+v ended", n)
		}
		for name, token := range map[string]string{"first session": s.Token, "second session": second.Token, "program": program} {
			if _, err := w.Viewer(t.Context(), token); !errors.Is(err, people.ErrToken) {
				t.Errorf("%s: %v", name, err)
			}
		}
		w.refused(t, refusal.BadUserInput, "token", func() error {
			return only(w.ResetPassword(t.Context(), people.ResetPasswordInput{Token: other, Password: "a third password"}))
		})
		w.refused(t, refusal.Unauthenticated, "", func() error {
			return only(w.SignIn(t.Context(), people.SignInInput{Email: jeanne, Password: password}))
		})
		if again := got(w.SignIn(t.Context(), people.SignInInput{Email: jeanne, Password: "another password"}))(t); !again.Viewer.Confirmed {
			t.Error("who reads the account's mail has not confirmed its address")
		}
		if mails := box.arrived(t, w); len(mails) != 1 || mails[0].To != jeanne || mailedLink.MatchString(mails[0].Body) {
			t.Errorf("they are told %+v", mails)
		}
	})
}

// A link works once, however many try at the same time.
func TestLinkIsUsedOnce(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		box := withMail(w)
		must(t, only(w.SignUp(t.Context(), newAccount())))
		box.arrived(t, w)
		must(t, only(w.RequestPasswordReset(t.Context(), people.RequestPasswordResetInput{Email: jeanne})))
		token := box.link(t, w, jeanne)
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
		must(t, only(w.SignIn(t.Context(), people.SignInInput{Email: jeanne, Password: <-worked})))
	})
}

func TestChangePassword(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		box := withMail(w)
		s := got(w.SignUp(t.Context(), newAccount()))(t)
		box.arrived(t, w)
		other := got(w.SignIn(t.Context(), people.SignInInput{Email: jeanne, Password: password}))(t)
		program, _ := w.token(t, s, "read")
		must(t, only(w.RequestPasswordReset(t.Context(), people.RequestPasswordResetInput{Email: jeanne})))
		link := box.link(t, w, jeanne)
		ctx := w.in(t, s)
		w.refused(t, refusal.BadUserInput, "currentPassword", func() error {
			return only(w.ChangePassword(ctx, people.ChangePasswordInput{CurrentPassword: "wrong password", NewPassword: "another password"}))
		})
		w.refused(t, refusal.BadUserInput, "newPassword", func() error {
			return only(w.ChangePassword(ctx, people.ChangePasswordInput{CurrentPassword: password, NewPassword: "short"}))
		})
		w.refused(t, refusal.Unauthenticated, "", func() error {
			return only(w.ChangePassword(t.Context(), people.ChangePasswordInput{CurrentPassword: password, NewPassword: "another password"}))
		})
		if n := got(w.ChangePassword(ctx, people.ChangePasswordInput{CurrentPassword: password, NewPassword: "another password"}))(t); n != (people.Ended{Sessions: 1}) {
			t.Errorf("%+v ended", n)
		}
		must(t, only(w.Viewer(t.Context(), s.Token)))
		for name, token := range map[string]string{"the other session": other.Token, "a program": program} {
			if _, err := w.Viewer(t.Context(), token); !errors.Is(err, people.ErrToken) {
				t.Errorf("%s: %v", name, err)
			}
		}
		w.refused(t, refusal.BadUserInput, "token", func() error {
			return only(w.ResetPassword(t.Context(), people.ResetPasswordInput{Token: link, Password: "a third password"}))
		})
		must(t, only(w.SignIn(t.Context(), people.SignInInput{Email: jeanne, Password: "another password"})))
		if mails := box.arrived(t, w); len(mails) != 1 || mails[0].To != jeanne {
			t.Errorf("they are told %+v", mails)
		}
	})
}

// in is a context in which whoever signed in acts.
func (w *world) in(t testing.TB, s *people.Session) context.Context {
	t.Helper()
	return w.by(t, s.Token)
}

func TestChangeEmail(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		box := withMail(w)
		s := got(w.SignUp(t.Context(), newAccount()))(t)
		must(t, only(w.ConfirmEmail(t.Context(), people.ConfirmEmailInput{Token: box.link(t, w, jeanne)})))
		ctx := w.in(t, s)
		const next = "jeanne@example.net"
		ask := func() error {
			return only(w.RequestEmailChange(ctx, people.RequestEmailChangeInput{Email: "Jeanne@example.net", Password: password}))
		}
		w.refused(t, refusal.BadUserInput, "password", func() error {
			return only(w.RequestEmailChange(ctx, people.RequestEmailChangeInput{Email: next, Password: "wrong password"}))
		})
		w.refused(t, refusal.BadUserInput, "email", func() error {
			return only(w.RequestEmailChange(ctx, people.RequestEmailChangeInput{Email: jeanne, Password: password}))
		})
		w.refused(t, refusal.BadUserInput, "email", func() error {
			return only(w.RequestEmailChange(ctx, people.RequestEmailChangeInput{Email: "jeanne", Password: password}))
		})

		must(t, ask())
		mails := box.arrived(t, w)
		if len(mails) != 2 || mails[0].To != jeanne || mails[1].To != next || mailedLink.MatchString(mails[0].Body) {
			t.Fatalf("%+v", mails)
		}
		prevented := mailedLink.FindStringSubmatch(mails[1].Body)[1]
		must(t, only(w.RequestPasswordReset(t.Context(), people.RequestPasswordResetInput{Email: jeanne})))
		must(t, only(w.ResetPassword(t.Context(), people.ResetPasswordInput{Token: box.link(t, w, jeanne), Password: password})))
		w.refused(t, refusal.BadUserInput, "token", func() error { return only(w.ConfirmEmail(t.Context(), people.ConfirmEmailInput{Token: prevented})) })

		s = got(w.SignIn(t.Context(), people.SignInInput{Email: jeanne, Password: password}))(t)
		ctx = w.in(t, s)
		box.arrived(t, w)
		must(t, ask())
		if u := w.account(t, s); *u.Email != jeanne {
			t.Errorf("it is %s before it is confirmed", *u.Email)
		}
		token := box.link(t, w, next)
		w.announces(t, func() error { return only(w.ConfirmEmail(t.Context(), people.ConfirmEmailInput{Token: token})) },
			fact{live.ViewerTopic(s.Viewer.UserID), live.ViewerChanged, s.Viewer.UserID, "", nil})
		if u := w.account(t, s); *u.Email != next || u.EmailConfirmedAt == nil {
			t.Errorf("%+v", u)
		}
		if mails := box.arrived(t, w); len(mails) != 1 || mails[0].To != jeanne || strings.Contains(mails[0].Body, next) {
			t.Errorf("the old address is told %+v", mails)
		}
	})
}

// Nobody learns which addresses have an account by trying to take them.
func TestChangeEmailToOneThatIsTaken(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		box := withMail(w)
		s := got(w.SignUp(t.Context(), newAccount()))(t)
		box.arrived(t, w)
		ctx := w.in(t, s)
		var wrote [][2]int
		for _, address := range []string{"bob@example.org", "free@example.org"} {
			before := w.written(t)
			if got := got(w.RequestEmailChange(ctx, people.RequestEmailChangeInput{Email: address, Password: password}))(t); got != address {
				t.Errorf("it answers %s", got)
			}
			after := w.written(t)
			wrote = append(wrote, [2]int{after[0] - before[0], after[1] - before[1]})
			mails := box.arrived(t, w)
			if len(mails) != 1 || mails[0].To != address || mailedLink.MatchString(mails[0].Body) != (address == "free@example.org") {
				t.Errorf("%s is told %+v", address, mails)
			}
		}
		if wrote[0] != wrote[1] {
			t.Errorf("it writes %v", wrote)
		}
		must(t, only(w.RequestEmailChange(ctx, people.RequestEmailChangeInput{Email: "soon@example.org", Password: password})))
		token := box.link(t, w, "soon@example.org")
		in := newAccount()
		in.Email, in.Nickname = "soon@example.org", "faster"
		must(t, only(w.SignUp(t.Context(), in)))
		w.refused(t, refusal.Conflict, "token", func() error { return only(w.ConfirmEmail(t.Context(), people.ConfirmEmailInput{Token: token})) })
	})
}

// A site that sends no mail says so, and changes addresses at once.
func TestAccountsWithoutMail(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		s := got(w.SignUp(t.Context(), newAccount()))(t)
		if u := w.account(t, s); !s.Viewer.Confirmed || u.ConfirmBy != nil || u.EmailConfirmedAt != nil {
			t.Errorf("%+v, %+v", s.Viewer, u)
		}
		w.refused(t, refusal.Forbidden, "", func() error {
			return only(w.RequestEmailConfirmation(t.Context(), people.RequestEmailConfirmationInput{Email: jeanne}))
		})
		w.refused(t, refusal.Forbidden, "", func() error {
			return only(w.RequestPasswordReset(t.Context(), people.RequestPasswordResetInput{Email: jeanne}))
		})
		ctx := w.in(t, s)
		w.refused(t, refusal.Conflict, "email", func() error {
			return only(w.RequestEmailChange(ctx, people.RequestEmailChangeInput{Email: "bob@example.org", Password: password}))
		})
		must(t, only(w.RequestEmailChange(ctx, people.RequestEmailChangeInput{Email: "jeanne@example.net", Password: password})))
		must(t, only(w.SignIn(t.Context(), people.SignInInput{Email: "jeanne@example.net", Password: password})))
	})
}

// Mails are in the account's language, lead to the page in it, and hold nothing that whoever wrote the address wrote.
func TestLettersInBothLanguages(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		box := withMail(w)
		for i, c := range []struct{ language, subject, link string }{
			{"fr", "Confirmez votre adresse électronique", "\nhttps://consultation.example.org/fr/account/confirm#enm_"},
			{"fr-CA", "Confirmez votre adresse électronique", "\nhttps://consultation.example.org/fr/account/confirm#enm_"},
			{"en", "Confirm your e-mail address", "\nhttps://consultation.example.org/account/confirm#enm_"},
			{"de", "Confirm your e-mail address", "\nhttps://consultation.example.org/account/confirm#enm_"},
		} {
			in := newAccount()
			in.Email, in.Nickname, in.Language, in.Name = fmt.Sprintf("%d@example.org", i), fmt.Sprintf("person%d", i), &c.language, "Visit evil.example"
			must(t, only(w.SignUp(t.Context(), in)))
			mails := box.arrived(t, w)
			if len(mails) != 1 || mails[0].Subject != c.subject || !strings.Contains(mails[0].Body, c.link) || strings.Contains(mails[0].Body, "evil") {
				t.Errorf("%s: %+v", c.language, mails)
			}
		}
	})
}

// unwelcome is a mail server that wants none of it.
type unwelcome struct{ tries int }

func (u *unwelcome) Send(context.Context, outbox.Mail) error { u.tries++; return never{} }

type never struct{}

func (never) Error() string   { return "550 no such user" }
func (never) Permanent() bool { return true }

// What a server refuses for good is not tried again.
func TestMailIsGivenUpAtOnce(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		server := &unwelcome{}
		w.Mailer = server
		write(t, w, "jeanne@example.org", "Hello")
		for range 3 {
			must(t, w.Jobs.Do(t.Context(), "send mail"))
			w.Clock.Advance(time.Hour)
		}
		if n := got(w.Read.Mail.Query().Count(t.Context()))(t); server.tries != 1 || n != 0 {
			t.Errorf("%d tries, %d left", server.tries, n)
		}
	})
}

// Accounts that nobody confirmed are forgotten, unless they did something.
func TestUnconfirmedAccountsAreForgotten(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		box := withMail(w)
		accounts := map[string]*people.Session{}
		for _, name := range []string{"idle", "confirmed", "commented", "trusted"} {
			in := newAccount()
			in.Email, in.Nickname = name+"@example.org", name
			accounts[name] = got(w.SignUp(t.Context(), in))(t)
			link := box.link(t, w, in.Email)
			if name == "confirmed" {
				must(t, only(w.ConfirmEmail(t.Context(), people.ConfirmEmailInput{Token: link})))
			}
		}
		w.token(t, accounts["idle"], "read")
		must(t, only(w.RequestPasswordReset(t.Context(), people.RequestPasswordResetInput{Email: "idle@example.org"})))
		must(t, w.SetSiteAdmin(t.Context(), "trusted@example.org", true, "Élu."))
		w.Mailer = nil // for a moment, everybody may take part
		must(t, w.post(w.in(t, accounts["commented"]), roadmap.PostCommentInput{Subject: w.commitment(t).ID, Body: "x"}))
		w.Mailer = box

		w.Clock.Advance(7*24*time.Hour - time.Microsecond)
		w.idle(t, func() error { return w.Jobs.Do(t.Context(), "forget accounts") })
		w.Clock.Advance(time.Microsecond)
		must(t, w.Jobs.Do(t.Context(), "forget accounts"))
		for name, s := range accounts {
			_, err := w.Read.User.Get(t.Context(), s.Viewer.UserID)
			if gone := ent.IsNotFound(err); gone != (name == "idle") {
				t.Errorf("%s: %v", name, err)
			}
		}
		if _, err := w.Viewer(t.Context(), accounts["idle"].Token); !errors.Is(err, people.ErrToken) {
			t.Errorf("the session of nobody: %v", err)
		}
		w.idle(t, func() error { return w.Jobs.Do(t.Context(), "forget accounts") })
		in := newAccount()
		in.Email, in.Nickname = "idle@example.org", "idle"
		must(t, only(w.SignUp(t.Context(), in)))
	})
}

// asked is what Limits were asked for.
type asked struct{ budget, who string }

// spent is Limits that allow nothing for an account, and anything from an address.
type spent struct{ seen []asked }

func (f *spent) Take(_ context.Context, budget, who string, _ int) (time.Duration, bool) {
	f.seen = append(f.seen, asked{budget, who})
	return time.Minute, strings.HasPrefix(budget, "address") && who != "full"
}

// Tries are counted before any work, the same for addresses with and without an account.
func TestTriesAreCounted(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		box := withMail(w)
		s := got(w.SignUp(t.Context(), newAccount()))(t)
		ctx := w.in(t, s)
		box.arrived(t, w)
		limits := &spent{}
		w.Limits = limits
		from := auth.WithAddress(t.Context(), "192.0.2.7")
		ctx = auth.WithAddress(ctx, "192.0.2.7")
		busy := auth.WithAddress(t.Context(), "full")
		in := newAccount()
		in.Email, in.Nickname = "new@example.org", "new"
		for name, c := range map[string]struct {
			do   func() error
			want []asked
		}{
			"signIn": {func() error {
				return only(w.SignIn(from, people.SignInInput{Email: strings.ToUpper(jeanne), Password: "wrong"}))
			},
				[]asked{{"addressSignIns", "192.0.2.7"}, {"accountSignIns", jeanne}}},
			"signUp": {func() error { return only(w.SignUp(from, in)) }, mailed(in.Email)},
			"requestPasswordReset": {func() error {
				return only(w.RequestPasswordReset(from, people.RequestPasswordResetInput{Email: jeanne}))
			}, mailed(jeanne)},
			"requestEmailConfirmation": {func() error {
				return only(w.RequestEmailConfirmation(from, people.RequestEmailConfirmationInput{Email: "nobody@example.org"}))
			},
				mailed("nobody@example.org")},
			"requestEmailChange": {func() error {
				return only(w.RequestEmailChange(ctx, people.RequestEmailChangeInput{Email: "next@example.org", Password: password}))
			}, mailed("next@example.org")},
			"changePassword": {func() error {
				return only(w.ChangePassword(ctx, people.ChangePasswordInput{CurrentPassword: "a guess", NewPassword: "another password"}))
			},
				[]asked{{"addressSignIns", "192.0.2.7"}, {"accountSignIns", jeanne}}},
			"createAccessToken": {func() error {
				_, _, err := w.CreateAccessToken(ctx, people.CreateAccessTokenInput{Name: "x", ExpiresAt: w.Now().Add(48 * time.Hour), Password: ptr("a guess")})
				return err
			}, []asked{{"addressSignIns", "192.0.2.7"}, {"accountSignIns", jeanne}}},
			"inviteMember": {func() error {
				return only(w.InviteMember(busy, organizations.InviteMemberInput{Organization: "x", Email: ptr("New@example.org"), Role: membership.RoleMEMBER}))
			}, []asked{{"addressMails", "full"}}},
			"confirmEmail": {func() error { return only(w.ConfirmEmail(busy, people.ConfirmEmailInput{Token: "x"})) }, []asked{{"addressSignIns", "full"}}},
			"resetPassword": {func() error {
				return only(w.ResetPassword(busy, people.ResetPasswordInput{Token: "x", Password: password}))
			}, []asked{{"addressSignIns", "full"}}},
			"beginSignIn": {func() error { _, _, err := w.BeginSignIn(busy, people.SignInAttempt{}); return err },
				[]asked{{"addressSignIns", "full"}}},
		} {
			limits.seen = nil
			if n := w.hashed(func() { w.refused(t, refusal.RateLimited, "", c.do) }); n != 0 {
				t.Errorf("%s: %d passwords are hashed", name, n)
			}
			if !slices.Equal(limits.seen, c.want) {
				t.Errorf("%s: %+v", name, limits.seen)
			}
		}
	})
}

// mailed is what is asked for a message to an address.
func mailed(address string) []asked {
	return []asked{{"addressMails", "192.0.2.7"}, {"accountMails", address}}
}

package people_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"

	"ensemble/consultation/people"
	"ensemble/consultation/refusal"
	"ensemble/internal/testsite"
	"ensemble/internal/testsite/scene"
)

// A new password set by a mailed link ends all sessions, access tokens and other links of the account, and confirms its
// address.
func TestResetPassword(t *testing.T) {
	scene.Each(t, func(t *testing.T, w *scene.World) {
		box := scene.WithMail(w)
		s := testsite.Got(w.SignUp(t.Context(), scene.NewAccount()))(t)
		second := testsite.Got(w.SignIn(t.Context(), people.SignInInput{Email: jeanne, Password: scene.Password}))(t)
		program, _ := token(t, w, s, "read")
		box.Arrived(t, w)

		testsite.Must(t, scene.Only(w.RequestPasswordReset(t.Context(),
			people.RequestPasswordResetInput{Email: jeanne})))
		other := box.Link(t, w, jeanne)
		testsite.Must(t, scene.Only(w.RequestPasswordReset(t.Context(),
			people.RequestPasswordResetInput{Email: jeanne})))
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
		for name, token := range map[string]string{
			"first session": s.Token, "second session": second.Token, "program": program,
		} {
			if _, err := w.Viewer(t.Context(), token); !errors.Is(err, people.ErrToken) {
				t.Errorf("%s: %v", name, err)
			}
		}
		w.Refused(t, refusal.BadUserInput, "token", func() error {
			return scene.Only(w.ResetPassword(t.Context(),
				people.ResetPasswordInput{Token: other, Password: "a third password"}))
		})

		w.Refused(t, refusal.WrongCredentials, "", func() error {
			return scene.Only(w.SignIn(t.Context(), people.SignInInput{Email: jeanne, Password: scene.Password}))
		})
		again := testsite.Got(w.SignIn(t.Context(), people.SignInInput{Email: jeanne, Password: "another password"}))(t)
		if !again.Viewer.Confirmed {
			t.Error("who reads the account's mail has not confirmed its address")
		}

		mails := box.Arrived(t, w)
		if len(mails) != 1 || mails[0].To != jeanne || scene.MailedLink.MatchString(mails[0].Body) {
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
		testsite.Must(t, scene.Only(w.RequestPasswordReset(t.Context(),
			people.RequestPasswordResetInput{Email: jeanne})))
		token := box.Link(t, w, jeanne)

		var all sync.WaitGroup
		worked := make(chan string, 4)
		for i := range 4 {
			all.Go(func() {
				next := fmt.Sprintf("password number %d", i)
				switch _, err := w.ResetPassword(t.Context(),
					people.ResetPasswordInput{Token: token, Password: next}); {
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

// Two links of one account that are used at the same time wait for the account, not for each other: the first sets the
// password, and the other one does not work any more.
func TestTwoLinksAtOnce(t *testing.T) {
	scene.OnPostgres(t, func(t *testing.T, w *scene.World) {
		box := scene.WithMail(w)
		made := w.As(testsite.Got(w.SignUp(t.Context(), scene.NewAccount()))(t))
		box.Arrived(t, w)

		reset := func() func() error {
			testsite.Must(t, scene.Only(w.RequestPasswordReset(t.Context(),
				people.RequestPasswordResetInput{Email: jeanne})))
			token := box.Link(t, w, jeanne)
			return func() error {
				return scene.Only(w.ResetPassword(t.Context(),
					people.ResetPasswordInput{Token: token, Password: newPassword}))
			}
		}
		first, second := reset(), reset()

		account := scene.Hold(t, w, "SELECT 1 FROM users WHERE id = $1 FOR UPDATE", made.ID)
		answers := []<-chan error{scene.Start(t, w, 1, first), scene.Start(t, w, 2, second)}
		account.Over()

		refused := 0
		for _, answer := range answers {
			switch err := <-answer; {
			case refusal.CodeOf(err) == refusal.BadUserInput:
				refused++
			case err != nil:
				t.Errorf("it failed: %v", err)
			}
		}
		if refused != 1 {
			t.Errorf("%d of two were refused", refused)
		}
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

		testsite.Must(t, scene.Only(w.RequestPasswordReset(t.Context(),
			people.RequestPasswordResetInput{Email: jeanne})))
		link := box.Link(t, w, jeanne)

		ctx := signedIn(t, w, s)
		change := func(ctx context.Context, from, to string) func() error {
			return func() error {
				return scene.Only(w.ChangePassword(ctx,
					people.ChangePasswordInput{CurrentPassword: from, NewPassword: to}))
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
			return scene.Only(w.ResetPassword(t.Context(),
				people.ResetPasswordInput{Token: link, Password: "a third password"}))
		})

		testsite.Must(t, scene.Only(w.SignIn(t.Context(),
			people.SignInInput{Email: jeanne, Password: "another password"})))
		if mails := box.Arrived(t, w); len(mails) != 1 || mails[0].To != jeanne {
			t.Errorf("they are told %+v", mails)
		}
	})
}

package people_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"ensemble/auth"
	"ensemble/consultation/organizations"
	"ensemble/consultation/people"
	"ensemble/consultation/refusal"
	"ensemble/consultation/roadmap"
	"ensemble/ent/membership"
	"ensemble/internal/testsite"
	"ensemble/internal/testsite/scene"
	"ensemble/limit"
)

// limitedBy returns which limit refused something, and after how many seconds to come back; nothing for another error.
func limitedBy(err error) (name string, after int) {
	e, ok := errors.AsType[*refusal.Error](err)
	if !ok || e.Code != refusal.RateLimited {
		return "", 0
	}
	name, _ = e.Details["limit"].(string)
	after, _ = e.Details["retryAfter"].(int)
	return name, after
}

// A person posts one comment in three seconds: wherever they comment, also when they deleted the last, and whatever
// others do.
func TestCommentPace(t *testing.T) {
	scene.Each(t, func(t *testing.T, w *scene.World) {
		w.CommentPace = 3 * time.Second
		c, other := w.SomeCommitment(t), w.SomeCommitment(t)

		post := func(who context.Context, subject, body string) error {
			return w.TryComment(who, roadmap.PostCommentInput{Subject: subject, Body: body})
		}
		first := testsite.Got(w.PostComment(scene.As(t, w.Alice), roadmap.PostCommentInput{Subject: c.ID, Body: "Un."}))(t)

		for _, step := range []struct {
			name  string
			after time.Duration
			err   func() error
			wait  int // seconds; 0 when it is posted, and -1 when it is refused for what is wrong with it
		}{
			{"at once", 0, func() error { return post(scene.As(t, w.Alice), c.ID, "Deux.") }, 3},
			{"elsewhere", 0, func() error { return post(scene.As(t, w.Alice), other.ID, "Deux.") }, 3},
			{"in answer", 0, func() error {
				return w.TryComment(scene.As(t, w.Alice), roadmap.PostCommentInput{
					Subject: c.ID, Parent: &first.ID, Body: "Deux.",
				})
			}, 3},
			{"somebody else", 0, func() error { return post(scene.As(t, w.Bob), c.ID, "Moi.") }, 0},
			{"soon", 2900 * time.Millisecond, func() error { return post(scene.As(t, w.Alice), c.ID, "Deux.") }, 1},
			{"after deleting it", 0, func() error {
				testsite.Must(t, scene.Only(w.DeleteComment(scene.As(t, w.Alice), roadmap.DeleteCommentInput{
					Comment: first.ID,
				})))
				return post(scene.As(t, w.Alice), c.ID, "Deux.")
			}, 1},
			{"what is wrong is told first", 0, func() error { return post(scene.As(t, w.Alice), c.ID, "") }, -1},
			{"in time", 100 * time.Millisecond, func() error { return post(scene.As(t, w.Alice), c.ID, "Deux.") }, 0},
			{"again", time.Second, func() error { return post(scene.As(t, w.Alice), c.ID, "Trois.") }, 2},
			{"without limits", 0, func() error {
				w.CommentPace = 0
				return post(scene.As(t, w.Alice), c.ID, "Trois.")
			}, 0},
		} {
			w.Clock.Advance(step.after)
			err := step.err()

			name, wait := limitedBy(err)
			switch {
			case step.wait < 0 && refusal.CodeOf(err) == refusal.BadUserInput:
			case step.wait > 0 && (name != "commentPace" || wait != step.wait), step.wait == 0 && err != nil, step.wait < 0:
				t.Errorf("%s: %v, want to wait %d s", step.name, err, step.wait)
			}
		}
	})
}

// Of many comments that one person posts at once, one is posted; a retry of it is no second one.
func TestCommentPaceAtOnce(t *testing.T) {
	scene.Each(t, func(t *testing.T, w *scene.World) {
		w.CommentPace = 3 * time.Second
		c := w.SomeCommitment(t)

		var all sync.WaitGroup
		errs := make([]error, 12)
		for i := range errs {
			all.Go(func() {
				key := strings.Repeat("k", 1+i%4) // three tries have the same key
				errs[i] = w.TryComment(scene.As(t, w.Alice), roadmap.PostCommentInput{
					Subject: c.ID, Body: "Moi d’abord.", IdempotencyKey: &key,
				})
			})
		}
		all.Wait()

		if n := testsite.Got(w.Read.Comment.Query().Count(t.Context()))(t); n != 1 {
			t.Errorf("%d were posted", n)
		}

		for _, err := range errs {
			if name, _ := limitedBy(err); err != nil && name != "commentPace" {
				t.Error(err)
			}
		}
	})
}

// Passwords are tried only so often on one account, from wherever and however its address is spelt, and only so often
// from one network address. A refusal says which budget is spent and when to come back, and comes before any work.
// Every budget that the code names has a usual size.
func TestAttemptsAreLimited(t *testing.T) {
	scene.Each(t, func(t *testing.T, w *scene.World) {
		budgets := limit.UsualBudgets()
		budgets[limit.AccountSignIns] = limit.Budget{Tokens: 2, Per: time.Hour}
		budgets[limit.AddressSignIns] = limit.Budget{Tokens: 4, Per: time.Hour}
		budgets[limit.AccountMails] = limit.Budget{Tokens: 1, Per: time.Hour}
		budgets[limit.AddressMails] = limit.Budget{Tokens: 2, Per: time.Hour}
		w.Limits = limit.New(budgets)

		before := w.Passwords.Derived()
		from := func(address string) context.Context { return auth.WithAddress(t.Context(), address) }
		signIn := func(ctx context.Context, email string) error {
			return scene.Only(w.SignIn(ctx, people.SignInInput{Email: email, Password: "not the password"}))
		}
		signUp := func(ctx context.Context, email string) error {
			return scene.Only(w.SignUp(ctx, people.SignUpInput{Email: email, Name: "N", Nickname: "x", Password: "short"}))
		}

		for i, step := range []struct {
			err  error
			want string
		}{
			{signIn(from("a"), "alice@example.org"), ""},
			{signIn(from("b"), " ALICE@example.org"), ""},
			{signIn(from("c"), "alice@example.org"), limit.AccountSignIns},
			{signIn(from("a"), "bob@example.org"), ""},
			{signIn(from("a"), "nobody@example.org"), ""},
			{signIn(from("a"), "somebody@example.org"), ""},
			{signIn(from("a"), "anybody@example.org"), limit.AddressSignIns},
			{signIn(t.Context(), "nobody@example.org"), ""},
			{signIn(t.Context(), "nobody@example.org"), limit.AccountSignIns},
			{signUp(from("a"), "new@example.org"), ""},
			{signUp(from("b"), "new@example.org"), limit.AccountMails},
			{signUp(from("a"), "newer@example.org"), ""},
			{signUp(from("a"), "newest@example.org"), limit.AddressMails},
		} {
			name, after := limitedBy(step.err)
			if name != step.want || (name != "") != (after > 0) {
				t.Errorf("step %d: %v, want %q", i, step.err, step.want)
			}
		}

		if n := w.Passwords.Derived() - before; n != 6 {
			t.Errorf("%d passwords were hashed", n)
		}
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

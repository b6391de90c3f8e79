package people_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"ensemble/auth"
	"ensemble/consultation/organizations"
	"ensemble/consultation/people"
	"ensemble/consultation/refusal"
	"ensemble/ent/membership"
	"ensemble/internal/testsite"
	"ensemble/internal/testsite/scene"
	"ensemble/limit"
)

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
			return scene.Only(w.SignUp(ctx,
				people.SignUpInput{Email: email, Name: "N", Nickname: "x", Password: "short"}))
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
			name, after := scene.LimitedBy(step.err)
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
			return scene.Only(w.RequestEmailConfirmation(from,
				people.RequestEmailConfirmationInput{Email: "nobody@example.org"}))
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

		// Those from the full address.
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

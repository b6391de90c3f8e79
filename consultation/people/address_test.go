package people_test

import (
	"strings"
	"testing"

	"ensemble/consultation/organizations"
	"ensemble/consultation/people"
	"ensemble/consultation/refusal"
	"ensemble/ent/invitation"
	"ensemble/ent/membership"
	"ensemble/internal/testsite"
	"ensemble/internal/testsite/scene"
	"ensemble/live"
)

// An account gets its new address once that one is confirmed. Until then the old address is told, and who reads its
// mail can prevent the change.
func TestChangeEmail(t *testing.T) {
	scene.Each(t, func(t *testing.T, w *scene.World) {
		box := scene.WithMail(w)
		s := testsite.Got(w.SignUp(t.Context(), scene.NewAccount()))(t)
		testsite.Must(t, scene.Only(w.ConfirmEmail(t.Context(),
			people.ConfirmEmailInput{Token: box.Link(t, w, jeanne)})))
		ctx := signedIn(t, w, s)

		const next = "jeanne@example.net"
		request := func(email, password string) func() error {
			return func() error {
				return scene.Only(w.RequestEmailChange(ctx,
					people.RequestEmailChangeInput{Email: email, Password: password}))
			}
		}
		w.Refused(t, refusal.BadUserInput, "password", request(next, "wrong password"))
		w.Refused(t, refusal.BadUserInput, "email", request(jeanne, scene.Password))
		w.Refused(t, refusal.BadUserInput, "email", request("jeanne", scene.Password))

		testsite.Must(t, request("Jeanne@example.net", scene.Password)())
		mails := box.Arrived(t, w)
		if len(mails) != 2 || mails[0].To != jeanne || mails[1].To != next ||
			scene.MailedLink.MatchString(mails[0].Body) {
			t.Fatalf("%+v", mails)
		}

		// A new password, set from the old address, ends the link that went to the new one.
		prevented := scene.MailedLink.FindStringSubmatch(mails[1].Body)[1]
		testsite.Must(t, scene.Only(w.RequestPasswordReset(t.Context(),
			people.RequestPasswordResetInput{Email: jeanne})))
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
		told := box.Arrived(t, w)
		if len(told) != 1 || told[0].To != jeanne || strings.Contains(told[0].Body, next) {
			t.Errorf("the old address is told %+v", told)
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

// Who leaves an address that is surely theirs is found by it no more: invitations to it are deleted. Whoever never
// confirmed theirs takes nothing from those who read its mail.
func TestInvitationsToAnAddressThatIsLeft(t *testing.T) {
	for name, confirmed := range map[string]bool{"confirmed": true, "not confirmed": false} {
		t.Run(name, func(t *testing.T) {
			scene.Each(t, func(t *testing.T, w *scene.World) {
				box := scene.WithMail(w)
				s := testsite.Got(w.SignUp(t.Context(), scene.NewAccount()))(t)
				token := box.Link(t, w, jeanne)
				if confirmed {
					testsite.Must(t, scene.Only(w.ConfirmEmail(t.Context(), people.ConfirmEmailInput{Token: token})))
				}
				testsite.Must(t, scene.Only(w.InviteMember(scene.As(t, w.Admin), organizations.InviteMemberInput{
					Organization: w.Organization.ID, Email: scene.Ptr(jeanne), Role: membership.RoleMEMBER,
				})))

				testsite.Must(t, scene.Only(w.RequestEmailChange(signedIn(t, w, s), people.RequestEmailChangeInput{
					Email: "jeanne@example.net", Password: scene.Password,
				})))
				next := box.Link(t, w, "jeanne@example.net")
				testsite.Must(t, scene.Only(w.ConfirmEmail(t.Context(), people.ConfirmEmailInput{Token: next})))

				left := testsite.Got(w.Read.Invitation.Query().Where(invitation.Email(jeanne)).Count(t.Context()))(t)
				if (left == 0) != confirmed {
					t.Errorf("%d invitations are left", left)
				}
			})
		})
	}
}

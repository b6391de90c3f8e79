package people_test

import (
	"context"
	"testing"
	"time"

	"ensemble/consultation"
	"ensemble/consultation/change"
	"ensemble/consultation/notify"
	"ensemble/consultation/organizations"
	"ensemble/consultation/people"
	"ensemble/consultation/refusal"
	"ensemble/consultation/roadmap"
	"ensemble/ent"
	"ensemble/ent/invitation"
	"ensemble/ent/mail"
	"ensemble/ent/membership"
	"ensemble/ent/notification"
	"ensemble/internal/testsite"
	"ensemble/internal/testsite/scene"
	"ensemble/live"
)

// These are the terms that the site has first, and those that it has later.
var (
	march = people.Terms{Version: "2026-03", URL: "https://example.org/terms"}
	april = people.Terms{Version: "2026-04", URL: "https://example.org/terms"}
)

// Whoever signs up must accept the terms that the site has now, where it has any.
func TestSignUpAcceptsTheTerms(t *testing.T) {
	scene.Each(t, func(t *testing.T, w *scene.World) {
		in := scene.NewAccount()
		signUp := func(terms *string) func() error {
			return func() error { in.Terms = terms; return scene.Only(w.SignUp(t.Context(), in)) }
		}

		w.Refused(t, refusal.Conflict, "terms", signUp(&march.Version)) // there are none
		w.Terms = march
		w.Refused(t, refusal.BadUserInput, "terms", signUp(nil))
		w.Refused(t, refusal.Conflict, "terms", signUp(scene.Ptr("2025-01")))

		in.Terms = &march.Version
		s := testsite.Got(w.SignUp(t.Context(), in))(t)
		u := accountOf(t, w, s)

		if s.Viewer.OwesTerms || u.TermsVersion != march.Version ||
			u.TermsAcceptedAt == nil || !u.TermsAcceptedAt.Equal(w.Now()) {
			t.Errorf("%+v, %+v", s.Viewer, u)
		}

		testsite.Must(t, w.TryComment(signedIn(t, w, s), roadmap.PostCommentInput{
			Subject: w.SomeCommitment(t).ID, Body: "Oui.",
		}))
	})
}

// Nobody takes part before they have accepted the terms that the site has now: neither who comes from a provider, nor
// anybody once the terms change. What somebody said before can be taken back all the same.
func TestTermsAreOwed(t *testing.T) {
	eachWithProviders(t, func(t *testing.T, w *scene.World) {
		c := w.SomeCommitment(t)
		before := w.Comment(t, w.Bob, c.ID, "Oui.")
		draft := w.DraftOf(t, w.Alice, c, "comité", "conseil")

		w.Terms = march
		s := testsite.Got(w.SignInWith(t.Context(), jeannesClaims(), ""))(t)
		if !s.Viewer.OwesTerms {
			t.Error("who comes from a provider owes nothing")
		}

		waysToTakePart := takingPart(w, before, draft)
		for name, do := range waysToTakePart {
			ctx := signedIn(t, w, s)
			if name == "submit" {
				ctx = scene.As(t, w.Alice)
			}
			w.Refused(t, refusal.TermsNotAccepted, "", func() error { return do(ctx) })
		}
		testsite.Must(t, scene.Only(w.DeleteComment(scene.As(t, w.Bob),
			roadmap.DeleteCommentInput{Comment: before.ID})))

		accept := func(ctx context.Context, version string) func() error {
			return func() error { return scene.Only(w.AcceptTerms(ctx, people.AcceptTermsInput{Version: version})) }
		}
		w.Refused(t, refusal.Unauthenticated, "", accept(t.Context(), march.Version))
		w.Refused(t, refusal.Conflict, "version", accept(signedIn(t, w, s), april.Version))

		id := s.Viewer.UserID
		w.Announces(t, accept(signedIn(t, w, s), march.Version),
			scene.FactOf(live.ViewerTopic(id), live.ViewerChanged, id, "", nil))
		w.Idle(t, accept(signedIn(t, w, s), march.Version))
		testsite.Must(t, waysToTakePart["comment"](signedIn(t, w, s)))

		a := testsite.Got(w.AcceptedTerms(t.Context(), s.Viewer))(t)
		if a == nil || a.Version != march.Version || !a.AcceptedAt.Equal(w.Now()) {
			t.Errorf("accepted %+v", a)
		}

		w.Clock.Advance(time.Hour)
		w.Terms = april
		w.Refused(t, refusal.TermsNotAccepted, "", func() error {
			return w.TryComment(signedIn(t, w, s), roadmap.PostCommentInput{Subject: c.ID, Body: "Encore."})
		})

		testsite.Must(t, accept(signedIn(t, w, s), april.Version)())
		testsite.Must(t, w.TryComment(signedIn(t, w, s), roadmap.PostCommentInput{Subject: c.ID, Body: "Encore."}))

		u := testsite.Got(w.EraseAccount(scene.As(t, anew(t, w, w.As(s))), consultation.EraseAccountInput{}))(t)
		if u.TermsVersion != "" || u.TermsAcceptedAt != nil {
			t.Errorf("left after erasure: %+v", u)
		}
	})
}

// takingPart lists ways to take part beside a comment and a draft that are there already. The comment has an
// idempotency key, so it is posted once.
func takingPart(w *scene.World, before *ent.Comment, draft *ent.Amendment) map[string]func(context.Context) error {
	key := "once"
	return map[string]func(context.Context) error{
		"comment": func(ctx context.Context) error {
			return w.TryComment(ctx, roadmap.PostCommentInput{
				Subject: draft.CommitmentID, Body: "Oui.", IdempotencyKey: &key,
			})
		},
		"vote": func(ctx context.Context) error {
			return scene.Only(w.VoteComment(ctx, roadmap.VoteCommentInput{Comment: before.ID, Value: 1}))
		},
		"submit": func(ctx context.Context) error {
			return scene.Only(w.SubmitAmendment(ctx, roadmap.SubmitAmendmentInput{Amendment: draft.ID}))
		},
		"support": func(ctx context.Context) error {
			return scene.Only(w.AddSupport(ctx, roadmap.AddSupportInput{Commitment: draft.CommitmentID}))
		},
	}
}

// What has served its purpose is deleted when the time that the site is set to has passed, and not before.
func TestKeeping(t *testing.T) {
	const day = 24 * time.Hour
	scene.Each(t, func(t *testing.T, w *scene.World) {
		w.Keeping = change.Keeping{
			Unconfirmed: 2 * day, ReadNotifications: 3 * day, Invitations: 4 * day, Mail: 5 * day,
		}

		g := w.OwnedByAlice(t)
		testsite.Must(t, scene.Only(w.InviteMember(scene.As(t, w.Alice), organizations.InviteMemberInput{
			Organization: g.ID, Nickname: scene.Ptr("bob"), Role: membership.RoleMEMBER,
		})))
		testsite.Must(t, scene.Only(w.MarkNotificationsRead(scene.As(t, w.Bob), notify.MarkNotificationsReadInput{
			UpTo: scene.Ptr(w.Now()),
		})))

		s := testsite.Got(w.SignUp(t.Context(), scene.NewAccount()))(t)
		if u := accountOf(t, w, s); u.ConfirmBy == nil || !u.ConfirmBy.Equal(w.Now().Add(2*day)) {
			t.Errorf("to be confirmed by %v", u.ConfirmBy)
		}

		began := w.Now()
		there := map[string]func() int{
			"invitation": func() int {
				return testsite.Got(w.Read.Invitation.Query().Where(invitation.UserID(w.Bob.ID)).Count(t.Context()))(t)
			},
			"notification": func() int {
				return testsite.Got(w.Read.Notification.Query().
					Where(notification.UserID(w.Bob.ID)).Count(t.Context()))(t)
			},
			"mail": func() int {
				return testsite.Got(w.Read.Mail.Query().Where(mail.UserID(w.Bob.ID)).Count(t.Context()))(t)
			},
		}

		for _, end := range []struct {
			what  string
			after time.Duration
		}{
			{"notification", 3*day + time.Microsecond},
			{"mail", 5 * day},
			{"invitation", organizations.InvitationLifetime + 4*day},
		} {
			w.Clock.Set(began.Add(end.after - time.Microsecond))
			testsite.Must(t, w.Jobs.Do(t.Context(), scene.Expiring...))
			if there[end.what]() != 1 {
				t.Errorf("%s: gone too soon", end.what)
			}

			w.Clock.Set(began.Add(end.after))
			testsite.Must(t, w.Jobs.Do(t.Context(), scene.Expiring...))
			if there[end.what]() != 0 {
				t.Errorf("%s: still there", end.what)
			}
		}
	})
}

package consultation_test

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
	"ensemble/ent/invitation"
	"ensemble/ent/mail"
	"ensemble/ent/membership"
	"ensemble/ent/notification"
	"ensemble/live"
)

var march, april = people.Terms{Version: "2026-03", URL: "https://example.org/terms"}, people.Terms{Version: "2026-04", URL: "https://example.org/terms"}

// Whoever signs up accepts the terms as they are, where there are any.
func TestSignUpAcceptsTheTerms(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		in := newAccount()
		signUp := func(terms *string) func() error {
			return func() error { in.Terms = terms; return only(w.SignUp(t.Context(), in)) }
		}
		w.refused(t, refusal.Conflict, "terms", signUp(&march.Version)) // there are none
		w.Terms = march
		w.refused(t, refusal.BadUserInput, "terms", signUp(nil))
		w.refused(t, refusal.Conflict, "terms", signUp(ptr("2025-01")))
		in.Terms = &march.Version
		s := got(w.SignUp(t.Context(), in))(t)
		u := w.account(t, s)
		if s.Viewer.OwesTerms || u.TermsVersion != march.Version || u.TermsAcceptedAt == nil || !u.TermsAcceptedAt.Equal(w.Now()) {
			t.Errorf("%+v, %+v", s.Viewer, u)
		}
		must(t, w.post(w.in(t, s), roadmap.PostCommentInput{Subject: w.commitment(t).ID, Body: "Oui."}))
	})
}

// Nobody takes part before they have accepted the terms as they are: who comes from a provider, and everybody when they move.
// What was said before can be taken back all the same.
func TestTermsAreOwed(t *testing.T) {
	eachWithProviders(t, func(t *testing.T, w *world) {
		c := w.commitment(t)
		before := w.Comment(t, w.Bob, c.ID, "Oui.")
		draft := w.draft(t, w.Alice, c, "comité", "conseil")
		w.Terms = march
		s := got(w.SignInWith(t.Context(), jeannesClaims(), ""))(t)
		if !s.Viewer.OwesTerms {
			t.Error("who comes from a provider owes nothing")
		}
		key := "once"
		for name, do := range map[string]func(ctx context.Context) error{
			"comment": func(ctx context.Context) error {
				return w.post(ctx, roadmap.PostCommentInput{Subject: c.ID, Body: "Oui.", IdempotencyKey: &key})
			},
			"vote": func(ctx context.Context) error {
				return only(w.VoteComment(ctx, roadmap.VoteCommentInput{Comment: before.ID, Value: 1}))
			},
			"submit": func(ctx context.Context) error {
				return only(w.SubmitAmendment(ctx, roadmap.SubmitAmendmentInput{Amendment: draft.ID}))
			},
			"support": func(ctx context.Context) error {
				return only(w.AddSupport(ctx, roadmap.AddSupportInput{Commitment: c.ID}))
			},
		} {
			ctx := w.in(t, s)
			if name == "submit" {
				ctx = as(t, w.Alice)
			}
			w.refused(t, refusal.TermsNotAccepted, "", func() error { return do(ctx) })
		}
		must(t, only(w.DeleteComment(as(t, w.Bob), roadmap.DeleteCommentInput{Comment: before.ID})))

		accept := func(ctx context.Context, version string) func() error {
			return func() error { return only(w.AcceptTerms(ctx, people.AcceptTermsInput{Version: version})) }
		}
		w.refused(t, refusal.Unauthenticated, "", accept(t.Context(), march.Version))
		w.refused(t, refusal.Conflict, "version", accept(w.in(t, s), april.Version))
		id := s.Viewer.UserID
		w.announces(t, accept(w.in(t, s), march.Version), fact{live.ViewerTopic(id), live.ViewerChanged, id, "", nil})
		w.idle(t, accept(w.in(t, s), march.Version))
		must(t, w.post(w.in(t, s), roadmap.PostCommentInput{Subject: c.ID, Body: "Oui.", IdempotencyKey: &key}))
		if a := got(w.AcceptedTerms(t.Context(), s.Viewer))(t); a == nil || a.Version != march.Version || !a.At.Equal(w.Now()) {
			t.Errorf("accepted %+v", a)
		}
		w.Clock.Advance(time.Hour)
		w.Terms = april
		w.refused(t, refusal.TermsNotAccepted, "", func() error {
			return w.post(w.in(t, s), roadmap.PostCommentInput{Subject: c.ID, Body: "Encore."})
		})
		must(t, accept(w.in(t, s), april.Version)())
		must(t, w.post(w.in(t, s), roadmap.PostCommentInput{Subject: c.ID, Body: "Encore."}))

		u := got(w.EraseAccount(as(t, w.anew(t, w.As(s))), consultation.EraseAccountInput{}))(t)
		if u.TermsVersion != "" || u.TermsAcceptedAt != nil {
			t.Errorf("left after erasure: %+v", u)
		}
	})
}

// What has served its purpose is kept for as long as the site is set to, and no longer.
func TestKeeping(t *testing.T) {
	const day = 24 * time.Hour
	each(t, func(t *testing.T, w *world) {
		w.Keeping = change.Keeping{Unconfirmed: 2 * day, ReadNotifications: 3 * day, Invitations: 4 * day, Mail: 5 * day}
		g := w.ownedByAlice(t)
		must(t, only(w.InviteMember(as(t, w.Alice), organizations.InviteMemberInput{Organization: g.ID, Nickname: ptr("bob"), Role: membership.RoleMEMBER})))
		must(t, only(w.MarkNotificationsRead(as(t, w.Bob), notify.MarkNotificationsReadInput{UpTo: ptr(w.Now())})))
		s := got(w.SignUp(t.Context(), newAccount()))(t)
		if u := w.account(t, s); u.ConfirmBy == nil || !u.ConfirmBy.Equal(w.Now().Add(2*day)) {
			t.Errorf("to be confirmed by %v", u.ConfirmBy)
		}
		began := w.Now()
		there := map[string]func() int{
			"invitation": func() int {
				return got(w.Read.Invitation.Query().Where(invitation.UserID(w.Bob.ID)).Count(t.Context()))(t)
			},
			"notification": func() int {
				return got(w.Read.Notification.Query().Where(notification.UserID(w.Bob.ID)).Count(t.Context()))(t)
			},
			"mail": func() int { return got(w.Read.Mail.Query().Where(mail.UserID(w.Bob.ID)).Count(t.Context()))(t) },
		}
		for _, end := range []struct {
			what  string
			after time.Duration
		}{{"notification", 3*day + time.Microsecond}, {"mail", 5 * day}, {"invitation", organizations.InvitationLifetime + 4*day}} {
			w.Clock.Set(began.Add(end.after - time.Microsecond))
			must(t, w.Jobs.Do(t.Context(), expiring...))
			if there[end.what]() != 1 {
				t.Errorf("%s: gone too soon", end.what)
			}
			w.Clock.Set(began.Add(end.after))
			must(t, w.Jobs.Do(t.Context(), expiring...))
			if there[end.what]() != 0 {
				t.Errorf("%s: still there", end.what)
			}
		}
	})
}

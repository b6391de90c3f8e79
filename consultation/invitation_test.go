package consultation_test

import (
	"context"
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"ensemble/auth"
	"ensemble/consultation/organizations"
	"ensemble/consultation/refusal"
	"ensemble/ent"
	"ensemble/ent/auditentry"
	"ensemble/ent/invitation"
	"ensemble/ent/mail"
	"ensemble/ent/membership"
	"ensemble/internal/testsite"
)

type (
	invite = organizations.InviteMemberInput
	answer = organizations.Answer
)

// invited asks an address to join as a signatory, by Alice, and returns the token in the mail too.
func (w *world) invited(t testing.TB, g *ent.Organization, in invite) (*ent.Invitation, string) {
	t.Helper()
	in.Organization = g.ID
	if in.Role == "" {
		in.Role = membership.RoleSIGNATORY
	}
	i := got(w.InviteMember(as(t, w.Alice), in))(t)
	m := got(w.Read.Mail.Query().Order(ent.Desc(mail.FieldID)).First(t.Context()))(t)
	return i, regexp.MustCompile(`ens_[A-Za-z0-9_-]+`).FindString(m.Body)
}

func (w *world) ownedByAlice(t testing.TB) *ent.Organization {
	t.Helper()
	w.mailing(t)
	w.Member(t, w.Organization, w.Alice, membership.RoleOWNER)
	return w.Organization
}

// open are the invitations that p can answer.
func (w *world) open(t testing.TB, p *testsite.Person) []string {
	t.Helper()
	return got(w.InvitationsOf(viewerIn(as(t, p))).IDs(t.Context()))(t)
}

func TestInviteMember(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		g := w.ownedByAlice(t)
		w.BaseURL = "https://example.org"
		must(t, w.Write.User.UpdateOneID(w.Bob.ID).SetLanguage("fr").Exec(t.Context()))
		inviting := func(in invite) func(context.Context) error {
			in.Organization = g.ID
			if in.Role == "" {
				in.Role = membership.RoleMEMBER
			}
			return func(ctx context.Context) error { return only(w.InviteMember(ctx, in)) }
		}
		w.refusals(t, []refusedCase{
			{"as nobody", nil, refusal.Unauthenticated, "", inviting(invite{Nickname: ptr("bob")})},
			{"as a stranger", w.Bob, refusal.Forbidden, "", inviting(invite{Nickname: ptr("bob")})},
			{"as a signatory", w.Signatory, refusal.Forbidden, "", inviting(invite{Nickname: ptr("bob")})},
			{"as site administrator", w.Admin, refusal.Forbidden, "", inviting(invite{Nickname: ptr("bob")})},
			{"whom nobody knows", w.Alice, refusal.NotFound, "nickname", inviting(invite{Nickname: ptr("nobody")})},
			{"a member", w.Alice, refusal.Conflict, "", inviting(invite{Nickname: ptr("signatory")})},
			{"nobody at all", w.Alice, refusal.BadUserInput, "email", inviting(invite{})},
			{"two at once", w.Alice, refusal.BadUserInput, "email", inviting(invite{Nickname: ptr("bob"), Email: ptr("x@example.org")})},
			{"what is no address", w.Alice, refusal.BadUserInput, "email", inviting(invite{Email: ptr("x@example.org\r\nBcc: y@example.org")})},
		})
		i, token := w.invited(t, g, invite{Nickname: ptr("BOB")})
		if *i.UserID != w.Bob.ID || i.Email != nil || i.State != invitation.StateOPEN || !i.ExpiresAt.Equal(w.Now().Add(14*24*time.Hour)) {
			t.Errorf("it is %+v", i)
		}
		hash, ok := auth.HashToken(token)
		if !ok || string(hash) != string(i.TokenHash) {
			t.Error("the mail does not hold the token whose hash is kept")
		}
		m := got(w.Read.Mail.Query().Only(t.Context()))(t)
		if m.Address != "bob@example.org" || *m.UserID != w.Bob.ID || m.Subject != "Une invitation à rejoindre « Hub du Sud »" ||
			!strings.Contains(m.Body, "https://example.org/fr/account/invitation#"+token) {
			t.Errorf("the mail is %+v", m)
		}
		w.idle(t, func() error {
			return inviting(invite{Nickname: ptr("bob"), Role: membership.RoleSIGNATORY})(as(t, w.Alice))
		})
		must(t, inviting(invite{Nickname: ptr("bob")})(as(t, w.Alice))) // under another role: no second mail
		if n := got(w.Read.Mail.Query().Count(t.Context()))(t); n != 1 {
			t.Errorf("%d mails", n)
		}
		if mine := w.open(t, w.Bob); len(mine) != 1 || mine[0] != i.ID {
			t.Errorf("Bob sees %v", mine)
		}
		for p, want := range map[*testsite.Person]int{w.Alice: 1, w.Signatory: 0, w.Admin: 0, w.Bob: 0} {
			if n := got(w.InvitationsBy(viewerIn(as(t, p))).Count(t.Context()))(t); n != want {
				t.Errorf("%s sees %d as owner", p.ID, n)
			}
		}
	})
}

// An address without an account is written to, in the inviter's language; nothing tells the owner whether there is one.
func TestInviteAnAddress(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		g := w.ownedByAlice(t)
		for _, address := range []string{"Jeanne@example.org", "bob@example.org", "signatory@example.org"} { // a stranger, an account, a member
			i, _ := w.invited(t, g, invite{Email: &address})
			if i.UserID != nil || *i.Email != strings.ToLower(address) {
				t.Errorf("it is %+v", i)
			}
		}
		if n := got(w.Read.Mail.Query().Where(mail.LanguageEQ("en")).Count(t.Context()))(t); n != 3 {
			t.Errorf("%d mails in English", n)
		}
		must(t, w.Write.User.UpdateOneID(w.Bob.ID).ClearEmailConfirmedAt().Exec(t.Context()))
		if mine := w.open(t, w.Bob); len(mine) != 0 {
			t.Error("an address that is not confirmed shows what was sent to it")
		}
		must(t, w.Write.User.UpdateOneID(w.Bob.ID).SetEmailConfirmedAt(w.Now()).Exec(t.Context()))
		if mine := w.open(t, w.Bob); len(mine) != 1 {
			t.Errorf("Bob sees %v", mine)
		}
	})
}

func TestAnswerInvitation(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		g := w.ownedByAlice(t)
		i, token := w.invited(t, g, invite{Nickname: ptr("bob")})
		accept := func(a answer) func(context.Context) error {
			return func(ctx context.Context) error {
				return only(w.AcceptInvitation(ctx, organizations.AcceptInvitationInput{Answer: a}))
			}
		}
		decline := func(a answer) func(context.Context) error {
			return func(ctx context.Context) error {
				return only(w.DeclineInvitation(ctx, organizations.DeclineInvitationInput{Answer: a}))
			}
		}
		unknown := auth.NewToken()
		for name, do := range map[string]func(answer) func(context.Context) error{"accept": accept, "decline": decline} {
			w.refusals(t, []refusedCase{
				{name + " as a stranger", w.Moderator, refusal.NotFound, "invitation", do(answer{Invitation: &i.ID})},
				{name + " as its sender", w.Alice, refusal.NotFound, "invitation", do(answer{Invitation: &i.ID})},
				{name + " nothing", w.Bob, refusal.BadUserInput, "invitation", do(answer{})},
				{name + " by both", w.Bob, refusal.BadUserInput, "invitation", do(answer{Invitation: &i.ID, Token: &token})},
				{name + " an unknown token", w.Bob, refusal.NotFound, "token", do(answer{Token: &unknown})},
				{name + " no token", w.Bob, refusal.NotFound, "token", do(answer{Token: ptr("'; --")})},
			})
		}
		w.refusals(t, []refusedCase{
			{"accept as nobody", nil, refusal.Unauthenticated, "", accept(answer{Token: &token})},
			{"decline by id as nobody", nil, refusal.NotFound, "invitation", decline(answer{Invitation: &i.ID})},
		})
		must(t, w.Write.User.UpdateOneID(w.Bob.ID).ClearEmailConfirmedAt().Exec(t.Context()))
		w.refused(t, refusal.Forbidden, "", func() error { return accept(answer{Invitation: &i.ID})(as(t, w.Bob)) })
		must(t, w.Write.User.UpdateOneID(w.Bob.ID).SetEmailConfirmedAt(w.Now()).Exec(t.Context()))

		w.announces(t, func() error { return accept(answer{Invitation: &i.ID})(as(t, w.Bob)) }, toldAgain(w.Bob))
		e := got(w.Read.AuditEntry.Query().Where(auditentry.Act("acceptInvitation")).Only(t.Context()))(t)
		if e.SubjectID != g.ID || e.ActorID == nil || *e.ActorID != w.Bob.ID || e.Details["role"] != "SIGNATORY" {
			t.Errorf("the audit says %+v", e)
		}
		if w.place(t, g, w.Bob).Role != membership.RoleSIGNATORY || !got(w.Viewer(t.Context(), w.Bob.Token))(t).Signs(g.ID) {
			t.Error("Bob does not sign")
		}
		w.idle(t, func() error { return accept(answer{Invitation: &i.ID})(as(t, w.Bob)) })
		w.idle(t, func() error { return accept(answer{Token: &token})(as(t, w.Bob)) })
		w.refused(t, refusal.NotFound, "token", func() error { return accept(answer{Token: &token})(as(t, w.Moderator)) })
		w.refused(t, refusal.NotFound, "invitation", func() error { return decline(answer{Invitation: &i.ID})(as(t, w.Bob)) })
		must(t, only(w.LeaveOrganization(as(t, w.Bob), organizations.LeaveOrganizationInput{Organization: g.ID})))
		w.refused(t, refusal.NotFound, "invitation", func() error { return accept(answer{Invitation: &i.ID})(as(t, w.Bob)) })
	})
}

// Who got the mail of an address accepts with whatever account they have, and declines without one.
func TestAnswerByToken(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		g := w.ownedByAlice(t)
		_, token := w.invited(t, g, invite{Email: ptr("jeanne@example.org")})
		must(t, only(w.AcceptInvitation(as(t, w.Bob), organizations.AcceptInvitationInput{Answer: answer{Token: &token}})))
		_, token = w.invited(t, g, invite{Email: ptr("jules@example.org")})
		no := func() error {
			return only(w.DeclineInvitation(t.Context(), organizations.DeclineInvitationInput{Answer: answer{Token: &token}}))
		}
		w.silent(t, no)
		w.idle(t, no)
		again := func() error {
			return only(w.InviteMember(as(t, w.Alice), invite{Organization: g.ID, Email: ptr("jules@example.org"), Role: membership.RoleOWNER}))
		}
		w.refused(t, refusal.Conflict, "", again) // who said no is left alone, for a while
		w.Clock.Advance(organizations.InvitationLifetime)
		must(t, w.Jobs.Do(t.Context(), expiring...))
		must(t, again())
	})
}

func TestCancelInvitation(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		g := w.ownedByAlice(t)
		i, token := w.invited(t, g, invite{Nickname: ptr("bob")})
		cancel := func(ctx context.Context) error {
			return only(w.CancelInvitation(ctx, organizations.CancelInvitationInput{Invitation: i.ID}))
		}
		w.refusals(t, []refusedCase{
			{"as nobody", nil, refusal.Unauthenticated, "", cancel},
			{"as whom it is for", w.Bob, refusal.NotFound, "invitation", cancel},
			{"as a signatory", w.Signatory, refusal.NotFound, "invitation", cancel},
			{"as a stranger", w.Moderator, refusal.NotFound, "invitation", cancel},
		})
		w.silent(t, func() error { return cancel(as(t, w.Alice)) })
		w.idle(t, func() error { return cancel(as(t, w.Alice)) })
		w.refused(t, refusal.NotFound, "token", func() error {
			return only(w.AcceptInvitation(as(t, w.Bob), organizations.AcceptInvitationInput{Answer: answer{Token: &token}}))
		})
		if len(w.open(t, w.Bob)) != 0 {
			t.Error("it can still be answered")
		}
	})
}

func TestInvitationsExpire(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		g := w.ownedByAlice(t)
		i, token := w.invited(t, g, invite{Nickname: ptr("bob")})
		w.Clock.Advance(organizations.InvitationLifetime)
		w.refused(t, refusal.NotFound, "token", func() error {
			return only(w.AcceptInvitation(as(t, w.Bob), organizations.AcceptInvitationInput{Answer: answer{Token: &token}}))
		})
		w.refused(t, refusal.NotFound, "invitation", func() error {
			return only(w.CancelInvitation(as(t, w.Alice), organizations.CancelInvitationInput{Invitation: i.ID}))
		})
		must(t, w.Jobs.Do(t.Context(), expiring...))
		if n := got(w.Read.Invitation.Query().Count(t.Context()))(t); n != 0 {
			t.Errorf("%d are kept", n)
		}
	})
}

// Who could send any number of mails under a name of their choice would.
func TestInvitationsAreFew(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.mailing(t)
		g := w.founded(t, w.Alice, "Nouvelle")
		inviteNext := func(n int) error {
			i, err := w.InviteMember(as(t, w.Alice), invite{Organization: g.ID, Email: ptr(fmt.Sprintf("p%d@example.org", n)), Role: membership.RoleMEMBER})
			if err == nil {
				err = only(w.CancelInvitation(as(t, w.Alice), organizations.CancelInvitationInput{Invitation: i.ID})) // which frees no place
			}
			return err
		}
		for n := range 10 {
			must(t, inviteNext(n))
		}
		w.refused(t, refusal.Conflict, "", func() error { return inviteNext(10) })
		must(t, only(w.VerifyOrganization(as(t, w.Admin), organizations.VerifyOrganizationInput{Organization: g.ID, Reason: "Statuts vus."})))
		for n := range 40 {
			must(t, inviteNext(10+n))
		}
		w.refused(t, refusal.Conflict, "", func() error { return inviteNext(50) })
	})
}

func TestOneMemberFromManyAnswers(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		g := w.ownedByAlice(t)
		i, token := w.invited(t, g, invite{Nickname: ptr("bob")})
		bob := as(t, w.Bob)
		for _, err := range atOnce(t, 10, func(n int) error {
			if n%2 == 0 {
				return only(w.AcceptInvitation(bob, organizations.AcceptInvitationInput{Answer: answer{Token: &token}}))
			}
			return only(w.AcceptInvitation(bob, organizations.AcceptInvitationInput{Answer: answer{Invitation: &i.ID}}))
		}) {
			must(t, err)
		}
		w.place(t, g, w.Bob)
		_, token = w.invited(t, g, invite{Email: ptr("jeanne@example.org")})
		people := []context.Context{as(t, w.Moderator), as(t, w.Steering), as(t, w.Admin)}
		oneWins(t, atOnce(t, 3, func(n int) error {
			return only(w.AcceptInvitation(people[n], organizations.AcceptInvitationInput{Answer: answer{Token: &token}}))
		}), refusal.NotFound)
	})
}

// Whoever has the token of an open invitation may see what it is about; there is none for other words.
func TestInvitationIn(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		g := w.ownedByAlice(t)
		i, token := w.invited(t, g, invite{Email: ptr("jeanne@example.org")})
		var cases = []struct {
			name, token string
			before      func()
			there       bool
		}{
			{"open", token, func() {}, true},
			{"unknown", auth.NewToken(), func() {}, false},
			{"empty", "", func() {}, false},
			{"no token", "'; --", func() {}, false},
			{"a session's", w.Alice.Token, func() {}, false},
			{"declined", token, func() {
				must(t, only(w.DeclineInvitation(t.Context(), organizations.DeclineInvitationInput{Answer: answer{Token: &token}})))
			}, false},
		}
		for _, c := range cases {
			c.before()
			found := got(w.InvitationIn(c.token).All(t.Context()))(t)
			if c.there != (len(found) == 1 && found[0].ID == i.ID) || !c.there && len(found) > 0 {
				t.Errorf("%s: found %+v", c.name, found)
			}
		}
		_, late := w.invited(t, g, invite{Email: ptr("late@example.org")})
		w.Clock.Advance(organizations.InvitationLifetime)
		if n := got(w.InvitationIn(late).Count(t.Context()))(t); n != 0 {
			t.Error("an old one is shown")
		}
	})
}

package organizations_test

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
	"ensemble/internal/testsite/scene"
)

type (
	invite = organizations.InviteMemberInput
	answer = organizations.Answer
)

// invited has Alice invite somebody, as a signatory unless in says otherwise, and returns the token of the mail, too.
func invited(t testing.TB, w *scene.World, g *ent.Organization, in invite) (*ent.Invitation, string) {
	t.Helper()
	in.Organization = g.ID
	if in.Role == "" {
		in.Role = membership.RoleSIGNATORY
	}

	i := testsite.Got(w.InviteMember(scene.As(t, w.Alice), in))(t)
	m := testsite.Got(w.Read.Mail.Query().Order(ent.Desc(mail.FieldID)).First(t.Context()))(t)
	return i, regexp.MustCompile(`ens_[A-Za-z0-9_-]+`).FindString(m.Body)
}

// open returns the ids of the invitations that p can answer.
func open(t testing.TB, w *scene.World, p *testsite.Person) []string {
	t.Helper()
	return testsite.Got(w.InvitationsOf(scene.ViewerIn(scene.As(t, p))).IDs(t.Context()))(t)
}

// refusedInvitations lists the invitations that are refused, by whom they are tried, and why.
func refusedInvitations(w *scene.World, inviting func(invite) func(context.Context) error) []scene.RefusedCase {
	return []scene.RefusedCase{
		scene.Case("as nobody", nil, refusal.Unauthenticated, "", inviting(invite{Nickname: scene.Ptr("bob")})),
		scene.Case("as a stranger", w.Bob, refusal.Forbidden, "", inviting(invite{Nickname: scene.Ptr("bob")})),
		scene.Case("as a signatory", w.Signatory, refusal.Forbidden, "",
			inviting(invite{Nickname: scene.Ptr("bob")})),
		scene.Case("as site administrator", w.Admin, refusal.Forbidden, "",
			inviting(invite{Nickname: scene.Ptr("bob")})),
		scene.Case("whom nobody knows", w.Alice, refusal.NotFound, "nickname",
			inviting(invite{Nickname: scene.Ptr("nobody")})),
		scene.Case("a member", w.Alice, refusal.Conflict, "", inviting(invite{Nickname: scene.Ptr("signatory")})),
		scene.Case("nobody at all", w.Alice, refusal.BadUserInput, "email", inviting(invite{})),
		scene.Case("two at once", w.Alice, refusal.BadUserInput, "email",
			inviting(invite{Nickname: scene.Ptr("bob"), Email: scene.Ptr("x@example.org")})),
		scene.Case("what is no address", w.Alice, refusal.BadUserInput, "email",
			inviting(invite{Email: scene.Ptr("x@example.org\r\nBcc: y@example.org")})),
	}
}

// Owners invite a person, who gets one mail in their language with a link, and sees the invitation on the site. Only
// the owners see it from the other side.
func TestInviteMember(t *testing.T) {
	scene.Each(t, func(t *testing.T, w *scene.World) {
		g := w.OwnedByAlice(t)
		w.BaseURL = "https://example.org"
		testsite.Must(t, w.Write.User.UpdateOneID(w.Bob.ID).SetLanguage("fr").Exec(t.Context()))

		inviting := func(in invite) func(context.Context) error {
			in.Organization = g.ID
			if in.Role == "" {
				in.Role = membership.RoleMEMBER
			}
			return func(ctx context.Context) error { return scene.Only(w.InviteMember(ctx, in)) }
		}

		w.Refusals(t, refusedInvitations(w, inviting))

		i, token := invited(t, w, g, invite{Nickname: scene.Ptr("BOB")})
		if *i.UserID != w.Bob.ID || i.Email != nil || i.State != invitation.StateOPEN ||
			!i.ExpiresAt.Equal(w.Now().Add(14*24*time.Hour)) {
			t.Errorf("it is %+v", i)
		}

		hash, ok := auth.HashToken(token)
		if !ok || string(hash) != string(i.TokenHash) {
			t.Error("the mail does not hold the token whose hash is kept")
		}

		m := testsite.Got(w.Read.Mail.Query().Only(t.Context()))(t)
		if m.Address != "bob@example.org" || *m.UserID != w.Bob.ID ||
			m.Subject != "Une invitation à rejoindre « Hub du Sud »" ||
			!strings.Contains(m.Body, "https://example.org/fr/account/invitation#"+token) {
			t.Errorf("the mail is %+v", m)
		}

		w.Idle(t, func() error {
			return inviting(invite{Nickname: scene.Ptr("bob"), Role: membership.RoleSIGNATORY})(scene.As(t, w.Alice))
		})

		// Under another role, there is no second mail.
		testsite.Must(t, inviting(invite{Nickname: scene.Ptr("bob")})(scene.As(t, w.Alice)))
		if n := testsite.Got(w.Read.Mail.Query().Count(t.Context()))(t); n != 1 {
			t.Errorf("%d mails", n)
		}

		if mine := open(t, w, w.Bob); len(mine) != 1 || mine[0] != i.ID {
			t.Errorf("Bob sees %v", mine)
		}

		for p, want := range map[*testsite.Person]int{w.Alice: 1, w.Signatory: 0, w.Admin: 0, w.Bob: 0} {
			if n := testsite.Got(w.InvitationsBy(scene.ViewerIn(scene.As(t, p))).Count(t.Context()))(t); n != want {
				t.Errorf("%s sees %d as owner", p.ID, n)
			}
		}
	})
}

// An address gets a mail in the inviter's language, whether or not it has an account, so that the owner does not learn
// that. The account sees the invitation once it has confirmed the address.
func TestInviteAnAddress(t *testing.T) {
	scene.Each(t, func(t *testing.T, w *scene.World) {
		g := w.OwnedByAlice(t)
		// These are a stranger, an account and a member.
		for _, address := range []string{"Jeanne@example.org", "bob@example.org", "signatory@example.org"} {
			i, _ := invited(t, w, g, invite{Email: &address})
			if i.UserID != nil || *i.Email != strings.ToLower(address) {
				t.Errorf("it is %+v", i)
			}
		}

		if n := testsite.Got(w.Read.Mail.Query().Where(mail.LanguageEQ("en")).Count(t.Context()))(t); n != 3 {
			t.Errorf("%d mails in English", n)
		}

		testsite.Must(t, w.Write.User.UpdateOneID(w.Bob.ID).ClearEmailConfirmedAt().Exec(t.Context()))
		if mine := open(t, w, w.Bob); len(mine) != 0 {
			t.Error("an address that is not confirmed shows what was sent to it")
		}

		testsite.Must(t, w.Write.User.UpdateOneID(w.Bob.ID).SetEmailConfirmedAt(w.Now()).Exec(t.Context()))
		if mine := open(t, w, w.Bob); len(mine) != 1 {
			t.Errorf("Bob sees %v", mine)
		}
	})
}

// accepting returns a step that accepts the invitation which a names.
func accepting(w *scene.World, a answer) func(context.Context) error {
	return func(ctx context.Context) error {
		return scene.Only(w.AcceptInvitation(ctx, organizations.AcceptInvitationInput{Answer: a}))
	}
}

// declining returns a step that declines the invitation which a names.
func declining(w *scene.World, a answer) func(context.Context) error {
	return func(ctx context.Context) error {
		return scene.Only(w.DeclineInvitation(ctx, organizations.DeclineInvitationInput{Answer: a}))
	}
}

// Only the person whom an invitation is for accepts or declines it, by its id or by the token in the mail. To accept,
// they must have confirmed their address.
func TestWhoAnswersInvitation(t *testing.T) {
	scene.Each(t, func(t *testing.T, w *scene.World) {
		g := w.OwnedByAlice(t)
		i, token := invited(t, w, g, invite{Nickname: scene.Ptr("bob")})
		unknown := auth.NewToken()

		for name, do := range map[string]func(*scene.World, answer) func(context.Context) error{
			"accept": accepting, "decline": declining,
		} {
			byID, both := answer{Invitation: &i.ID}, answer{Invitation: &i.ID, Token: &token}
			w.Refusals(t, []scene.RefusedCase{
				scene.Case(name+" as a stranger", w.Moderator, refusal.NotFound, "invitation", do(w, byID)),
				scene.Case(name+" as its sender", w.Alice, refusal.NotFound, "invitation", do(w, byID)),
				scene.Case(name+" nothing", w.Bob, refusal.BadUserInput, "invitation", do(w, answer{})),
				scene.Case(name+" by both", w.Bob, refusal.BadUserInput, "invitation", do(w, both)),
				scene.Case(name+" an unknown token", w.Bob, refusal.NotFound, "token", do(w, answer{Token: &unknown})),
				scene.Case(name+" no token", w.Bob, refusal.NotFound, "token",
					do(w, answer{Token: scene.Ptr("'; --")})),
			})
		}

		w.Refusals(t, []scene.RefusedCase{
			scene.Case("accept as nobody", nil, refusal.Unauthenticated, "", accepting(w, answer{Token: &token})),
			scene.Case("decline by id as nobody", nil, refusal.NotFound, "invitation",
				declining(w, answer{Invitation: &i.ID})),
		})

		testsite.Must(t, w.Write.User.UpdateOneID(w.Bob.ID).ClearEmailConfirmedAt().Exec(t.Context()))
		w.Refused(t, refusal.Forbidden, "", func() error {
			return accepting(w, answer{Invitation: &i.ID})(scene.As(t, w.Bob))
		})
		testsite.Must(t, w.Write.User.UpdateOneID(w.Bob.ID).SetEmailConfirmedAt(w.Now()).Exec(t.Context()))
		testsite.Must(t, accepting(w, answer{Invitation: &i.ID})(scene.As(t, w.Bob)))
	})
}

// Who accepts an invitation is a member with the role that it names, and the invitation is used up: to accept it again
// changes nothing, and nobody joins with it any more, not even the same person after they left.
func TestAcceptInvitation(t *testing.T) {
	scene.Each(t, func(t *testing.T, w *scene.World) {
		g := w.OwnedByAlice(t)
		i, token := invited(t, w, g, invite{Nickname: scene.Ptr("bob")})
		accept, acceptByToken := accepting(w, answer{Invitation: &i.ID}), accepting(w, answer{Token: &token})

		w.Announces(t, func() error { return accept(scene.As(t, w.Bob)) }, scene.LooksAgain(w.Bob))

		e := testsite.Got(w.Read.AuditEntry.Query().Where(auditentry.Act("acceptInvitation")).Only(t.Context()))(t)
		if e.SubjectID != g.ID || e.ActorID == nil || *e.ActorID != w.Bob.ID || e.Details["role"] != "SIGNATORY" {
			t.Errorf("the audit says %+v", e)
		}

		if w.MembershipOf(t, g, w.Bob).Role != membership.RoleSIGNATORY ||
			!testsite.Got(w.Viewer(t.Context(), w.Bob.Token))(t).Signs(g.ID) {
			t.Error("Bob does not sign")
		}

		w.Idle(t, func() error { return accept(scene.As(t, w.Bob)) })
		w.Idle(t, func() error { return acceptByToken(scene.As(t, w.Bob)) })
		w.Refused(t, refusal.NotFound, "token", func() error { return acceptByToken(scene.As(t, w.Moderator)) })
		w.Refused(t, refusal.NotFound, "invitation", func() error {
			return declining(w, answer{Invitation: &i.ID})(scene.As(t, w.Bob))
		})

		testsite.Must(t, scene.Only(w.LeaveOrganization(scene.As(t, w.Bob), organizations.LeaveOrganizationInput{
			Organization: g.ID,
		})))
		w.Refused(t, refusal.NotFound, "invitation", func() error { return accept(scene.As(t, w.Bob)) })
	})
}

// Whoever got the mail to an address accepts with whatever account they have, and declines without one.
func TestAnswerByToken(t *testing.T) {
	scene.Each(t, func(t *testing.T, w *scene.World) {
		g := w.OwnedByAlice(t)
		_, token := invited(t, w, g, invite{Email: scene.Ptr("jeanne@example.org")})
		testsite.Must(t, scene.Only(w.AcceptInvitation(scene.As(t, w.Bob), organizations.AcceptInvitationInput{
			Answer: answer{Token: &token},
		})))

		_, token = invited(t, w, g, invite{Email: scene.Ptr("jules@example.org")})
		no := func() error {
			return scene.Only(w.DeclineInvitation(t.Context(), organizations.DeclineInvitationInput{
				Answer: answer{Token: &token},
			}))
		}
		w.Silent(t, no)
		w.Idle(t, no)

		// Who said no is left alone for a while.
		again := func() error {
			return scene.Only(w.InviteMember(scene.As(t, w.Alice), invite{
				Organization: g.ID, Email: scene.Ptr("jules@example.org"), Role: membership.RoleOWNER,
			}))
		}
		w.Refused(t, refusal.Conflict, "", again)
		w.Clock.Advance(organizations.InvitationLifetime)
		testsite.Must(t, w.Jobs.Do(t.Context(), scene.Expiring...))
		testsite.Must(t, again())
	})
}

// Owners cancel an invitation, and then nobody can answer it.
func TestCancelInvitation(t *testing.T) {
	scene.Each(t, func(t *testing.T, w *scene.World) {
		g := w.OwnedByAlice(t)
		i, token := invited(t, w, g, invite{Nickname: scene.Ptr("bob")})

		cancel := func(ctx context.Context) error {
			return scene.Only(w.CancelInvitation(ctx, organizations.CancelInvitationInput{Invitation: i.ID}))
		}

		w.Refusals(t, []scene.RefusedCase{
			scene.Case("as nobody", nil, refusal.Unauthenticated, "", cancel),
			scene.Case("as whom it is for", w.Bob, refusal.NotFound, "invitation", cancel),
			scene.Case("as a signatory", w.Signatory, refusal.NotFound, "invitation", cancel),
			scene.Case("as a stranger", w.Moderator, refusal.NotFound, "invitation", cancel),
		})

		w.Silent(t, func() error { return cancel(scene.As(t, w.Alice)) })
		w.Idle(t, func() error { return cancel(scene.As(t, w.Alice)) })

		w.Refused(t, refusal.NotFound, "token", func() error {
			return scene.Only(w.AcceptInvitation(scene.As(t, w.Bob), organizations.AcceptInvitationInput{
				Answer: answer{Token: &token},
			}))
		})
		if len(open(t, w, w.Bob)) != 0 {
			t.Error("it can still be answered")
		}
	})
}

// An invitation that is too old can be neither accepted nor cancelled, and is deleted.
func TestInvitationsExpire(t *testing.T) {
	scene.Each(t, func(t *testing.T, w *scene.World) {
		g := w.OwnedByAlice(t)
		i, token := invited(t, w, g, invite{Nickname: scene.Ptr("bob")})

		w.Clock.Advance(organizations.InvitationLifetime)
		w.Refused(t, refusal.NotFound, "token", func() error {
			return scene.Only(w.AcceptInvitation(scene.As(t, w.Bob), organizations.AcceptInvitationInput{
				Answer: answer{Token: &token},
			}))
		})
		w.Refused(t, refusal.NotFound, "invitation", func() error {
			return scene.Only(w.CancelInvitation(scene.As(t, w.Alice), organizations.CancelInvitationInput{
				Invitation: i.ID,
			}))
		})

		testsite.Must(t, w.Jobs.Do(t.Context(), scene.Expiring...))
		if n := testsite.Got(w.Read.Invitation.Query().Count(t.Context()))(t); n != 0 {
			t.Errorf("%d are kept", n)
		}
	})
}

// An organization sends ten invitations, and fifty once it is verified: who could send any number of mails under a name
// of their choice would.
func TestInvitationsAreFew(t *testing.T) {
	scene.Each(t, func(t *testing.T, w *scene.World) {
		w.Mailing(t)
		g := founded(t, w, w.Alice, "Nouvelle")

		inviteNext := func(n int) error {
			i, err := w.InviteMember(scene.As(t, w.Alice), invite{
				Organization: g.ID, Email: scene.Ptr(fmt.Sprintf("p%d@example.org", n)), Role: membership.RoleMEMBER,
			})
			if err == nil {
				// To cancel an invitation does not make room for another.
				err = scene.Only(w.CancelInvitation(scene.As(t, w.Alice),
					organizations.CancelInvitationInput{Invitation: i.ID}))
			}
			return err
		}

		for n := range 10 {
			testsite.Must(t, inviteNext(n))
		}

		w.Refused(t, refusal.Conflict, "", func() error { return inviteNext(10) })

		testsite.Must(t, scene.Only(w.VerifyOrganization(scene.As(t, w.Admin), organizations.VerifyOrganizationInput{
			Organization: g.ID, Reason: "Statuts vus.",
		})))
		for n := range 40 {
			testsite.Must(t, inviteNext(10+n))
		}
		w.Refused(t, refusal.Conflict, "", func() error { return inviteNext(50) })
	})
}

// Many answers at once make one member: of one person who answers several times, and of several who have the same
// token.
func TestOneMemberFromManyAnswers(t *testing.T) {
	scene.Each(t, func(t *testing.T, w *scene.World) {
		g := w.OwnedByAlice(t)
		i, token := invited(t, w, g, invite{Nickname: scene.Ptr("bob")})
		bob := scene.As(t, w.Bob)

		for _, err := range scene.AtOnce(t, 10, func(n int) error {
			if n%2 == 0 {
				return scene.Only(w.AcceptInvitation(bob,
					organizations.AcceptInvitationInput{Answer: answer{Token: &token}}))
			}
			return scene.Only(w.AcceptInvitation(bob,
				organizations.AcceptInvitationInput{Answer: answer{Invitation: &i.ID}}))
		}) {
			testsite.Must(t, err)
		}
		w.MembershipOf(t, g, w.Bob)

		_, token = invited(t, w, g, invite{Email: scene.Ptr("jeanne@example.org")})
		people := []context.Context{scene.As(t, w.Moderator), scene.As(t, w.Steering), scene.As(t, w.Admin)}
		scene.OneWins(t, scene.AtOnce(t, 3, func(n int) error {
			return scene.Only(w.AcceptInvitation(people[n], organizations.AcceptInvitationInput{
				Answer: answer{Token: &token},
			}))
		}), refusal.NotFound)
	})
}

// Whoever has the token of an open invitation may see it. Any other token shows none.
func TestInvitationIn(t *testing.T) {
	scene.Each(t, func(t *testing.T, w *scene.World) {
		g := w.OwnedByAlice(t)
		i, token := invited(t, w, g, invite{Email: scene.Ptr("jeanne@example.org")})

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
				testsite.Must(t, scene.Only(w.DeclineInvitation(t.Context(), organizations.DeclineInvitationInput{
					Answer: answer{Token: &token},
				})))
			}, false},
		}

		for _, c := range cases {
			c.before()
			found := testsite.Got(w.InvitationIn(c.token).All(t.Context()))(t)
			if c.there != (len(found) == 1 && found[0].ID == i.ID) || !c.there && len(found) > 0 {
				t.Errorf("%s: found %+v", c.name, found)
			}
		}

		_, late := invited(t, w, g, invite{Email: scene.Ptr("late@example.org")})
		w.Clock.Advance(organizations.InvitationLifetime)
		if n := testsite.Got(w.InvitationIn(late).Count(t.Context()))(t); n != 0 {
			t.Error("an old one is shown")
		}
	})
}

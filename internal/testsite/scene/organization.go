package scene

import (
	"context"
	"testing"

	"ensemble/auth"
	"ensemble/ent"
	"ensemble/ent/membership"
	"ensemble/internal/testsite"
	"ensemble/live"
)

// OwnedByAlice returns the organization of the world, which it gives to Alice, on a site that sends mail.
func (w *World) OwnedByAlice(t testing.TB) *ent.Organization {
	t.Helper()
	w.Mailing(t)
	w.Member(t, w.Organization, w.Alice, membership.RoleOWNER)
	return w.Organization
}

// ViewerIn returns the viewer of a context.
func ViewerIn(ctx context.Context) auth.Viewer { return auth.ViewerFrom(ctx) }

// MembershipOf returns somebody's membership of an organization.
func (w *World) MembershipOf(t testing.TB, g *ent.Organization, p *testsite.Person) *ent.Membership {
	t.Helper()
	theirs := w.Read.Membership.Query().Where(membership.OrganizationID(g.ID), membership.UserID(p.ID))
	return testsite.Got(theirs.Only(t.Context()))(t)
}

// Mailing makes the site one that sends mail, and confirms everybody's address.
func (w *World) Mailing(t testing.TB) {
	t.Helper()
	w.Mailer = &Mailbox{}
	testsite.Must(t, w.Write.User.Update().SetEmailConfirmedAt(w.Now()).Exec(t.Context()))
}

// IsTold returns the Fact that p has a new notification.
func IsTold(p *testsite.Person) Fact { return Fact{p.ID, live.Notified, "", "", nil} }

// LooksAgain returns the Fact that the open sockets of p look again at who p is.
func LooksAgain(p *testsite.Person) Fact {
	return Fact{live.ViewerTopic(p.ID), live.ViewerChanged, p.ID, "", nil}
}

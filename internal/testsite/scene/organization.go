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

// OwnedByAlice is an organization that belongs to Alice.
func (w *World) OwnedByAlice(t testing.TB) *ent.Organization {
	t.Helper()
	w.Mailing(t)
	w.Member(t, w.Organization, w.Alice, membership.RoleOWNER)
	return w.Organization
}

// ViewerIn is who acts in a context.
func ViewerIn(ctx context.Context) auth.Viewer { return auth.ViewerFrom(ctx) }

// MembershipOf is somebody's membership of an organization.
func (w *World) MembershipOf(t testing.TB, g *ent.Organization, p *testsite.Person) *ent.Membership {
	t.Helper()
	return testsite.Got(w.Read.Membership.Query().Where(membership.OrganizationID(g.ID), membership.UserID(p.ID)).Only(t.Context()))(t)
}

// Mailing makes the site one that sends mail, and everybody's address theirs.
func (w *World) Mailing(t testing.TB) {
	t.Helper()
	w.Mailer = &Mailbox{}
	testsite.Must(t, w.Write.User.Update().SetEmailConfirmedAt(w.Now()).Exec(t.Context()))
}

// IsTold is the fact that p has a new notification.
func IsTold(p *testsite.Person) Fact { return Fact{p.ID, live.Notified, "", "", nil} }

// ToldAgain is the fact that the open sockets of p look again at who p is.
func ToldAgain(p *testsite.Person) Fact {
	return Fact{live.ViewerTopic(p.ID), live.ViewerChanged, p.ID, "", nil}
}

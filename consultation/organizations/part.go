// Package organizations is about organizations, their members and invitations, and who signs in their names.
package organizations

import (
	"ensemble/consultation/change"
	"ensemble/consultation/notify"
	"ensemble/consultation/outbox"
	"ensemble/consultation/people"
	"ensemble/consultation/public"
	"ensemble/consultation/search"
)

// Organizations are the organizations of a site.
type Organizations struct {
	*change.DB
	public *public.Scopes
	search *search.Index
	outbox *outbox.Outbox
	notify *notify.Notify
	people *people.Accounts
}

// New makes Organizations, and registers their nodes, search entries, notifications and jobs with the other parts.
func New(
	db *change.DB, scopes *public.Scopes, index *search.Index, mail *outbox.Outbox, attention *notify.Notify,
	accounts *people.Accounts,
) *Organizations {
	s := &Organizations{DB: db, public: scopes, search: index, outbox: mail, notify: attention, people: accounts}
	s.registerOrganizations()
	s.registerConcerns()
	accounts.ForgetAddressWith(forgetInvitationsTo)

	s.Jobs.Add("compare names", change.PruneEvery, s.lookAtNames)
	s.Jobs.Add("forget invitations", change.PruneEvery, s.forgetInvitations)
	return s
}

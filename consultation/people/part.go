// Package people has accounts and every way into them: passwords, sessions, access tokens, providers of sign-ins and
// mailed links. It also says who administers the site.
package people

import (
	"time"

	"ensemble/auth"
	"ensemble/consultation/change"
	"ensemble/consultation/notify"
	"ensemble/consultation/outbox"
	"ensemble/consultation/public"
)

// Accounts are the accounts of a site.
type Accounts struct {
	*change.DB
	outbox *outbox.Outbox
	notify *notify.Notify
	public *public.Scopes

	Passwords *auth.Passwords
	Providers []*SignInProvider // of OpenID Connect; set before the first request
	Terms     Terms             // of use; the zero Terms: the site has none

	uses      *uses
	addresses []ForgetAddress
}

// New makes Accounts, and registers with the other parts what they need to know of accounts, and the jobs.
func New(db *change.DB, scopes *public.Scopes, mail *outbox.Outbox, attention *notify.Notify) *Accounts {
	s := &Accounts{
		DB: db, outbox: mail, notify: attention, public: scopes,
		Passwords: auth.NewPasswords(), uses: &uses{at: map[string]time.Time{}},
	}
	s.registerAccounts()
	s.registerConcerns()

	s.Jobs.Add("note when tokens were used", time.Second, s.writeUses)
	s.Jobs.Add("forget accounts", change.PruneEvery, s.forgetUnconfirmed)
	s.Jobs.Add("forget nicknames", change.PruneEvery, s.forgetNicknames)
	s.Jobs.Add("forget ways in that ended", change.PruneEvery, s.forgetWaysIn)
	return s
}

// Package outbox keeps mail until it has left. It knows letters and whom they are for, not what is written in them: who has
// a reason to write puts a letter into the transaction that has it.
package outbox

import "ensemble/consultation/change"

// Outbox is mail that waits to leave.
type Outbox struct {
	*change.DB
	Mailer  Mailer // nil: the site sends no mail, and takes addresses as confirmed
	BaseURL string // how people reach the site, for links in mails: "https://example.org"
}

// New makes an Outbox without a Mailer.
func New(db *change.DB) *Outbox {
	s := &Outbox{DB: db}
	s.Jobs.Add(sendMail, sendEvery, s.sendMail)
	s.Jobs.Add("forget mail", change.PruneEvery, s.forgetMail)
	return s
}

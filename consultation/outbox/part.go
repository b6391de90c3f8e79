// Package outbox keeps mail until it has left. It knows letters and whom they are for, not what is written in them: a
// part that has a reason to write hands over the letter in the transaction that gives the reason.
package outbox

import (
	"context"

	"golang.org/x/text/language"

	"ensemble/consultation/change"
)

// Outbox sends mail, and keeps it until it has left.
type Outbox struct {
	*change.DB
	Mailer  Mailer // nil: the site sends no mail, and takes addresses as confirmed
	BaseURL string // how people reach the site, for links in mails: "https://example.org"

	// Tell returns what is still to be said of notifications, a paragraph for each. Package notify sets it.
	Tell func(ctx context.Context, notifications []string, reader []language.Tag) ([]string, error)
}

// New makes an Outbox without a Mailer, and adds the jobs that send mail and forget it.
func New(db *change.DB) *Outbox {
	s := &Outbox{DB: db}
	s.Jobs.Add(sendMail, sendEvery, s.sendMail)
	s.Jobs.Add("forget mail", change.PruneEvery, s.forgetMail)
	return s
}

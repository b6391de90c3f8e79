// Package notify tells people what concerns them. It finds out whom an event concerns, tells them after the commit,
// says what they read, and writes the mails that sum it up. It knows no kind of node, but for a table that has the ids
// of comments (decision 0014): the other parts register whom their events concern, and what is said of their nodes.
package notify

import (
	"time"

	"ensemble/consultation/change"
	"ensemble/consultation/outbox"
)

// Notify has what people follow and are told.
type Notify struct {
	*change.DB
	outbox    *outbox.Outbox
	Digests   Hour      // when they are sent; the zero Hour is midnight in UTC
	attention attention // whom events concern
}

// New makes a Notify that sees each transaction and its events, and registers its jobs.
func New(db *change.DB, mail *outbox.Outbox) *Notify {
	s := &Notify{DB: db, outbox: mail}
	mail.Tell = s.tellInMail
	s.BeforeCommit(s.deliverNotices)
	s.WithEvents(s.spreadEvents)

	s.Jobs.Add(tellPeople, time.Second, s.TellPeople)
	s.Jobs.Add("write digests", digestEvery, s.writeDigests)
	s.Jobs.Add("forget notifications", change.PruneEvery, s.pruneNotifications)
	return s
}

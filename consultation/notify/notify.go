// Package notify tells people what concerns them: whom an event concerns, who is told of it after the commit, what they read, and
// the mails that sum it up. It knows no noun: these register whom their events concern and what is said of them.
package notify

import (
	"time"

	"ensemble/consultation/change"
	"ensemble/consultation/outbox"
)

// Notify is what people follow and are told.
type Notify struct {
	*change.DB
	outbox    *outbox.Outbox
	Digests   Hour      // when they are sent; the zero Hour is midnight in UTC
	attention attention // whom events concern
}

// New makes a Notify that hears of each transaction.
func New(db *change.DB, mail *outbox.Outbox) *Notify {
	s := &Notify{DB: db, outbox: mail}
	s.BeforeCommit(s.deliverNotices)
	s.WithEvents(s.spreadEvents)

	s.Jobs.Add(tellPeople, time.Second, s.TellPeople)
	s.Jobs.Add("write digests", digestEvery, s.writeDigests)
	s.Jobs.Add("forget notifications", change.PruneEvery, s.pruneNotifications)
	return s
}

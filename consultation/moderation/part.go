// Package moderation is about reports, what moderators decide on them, appeals, and what is held until a moderator has
// read it. It knows no kind of content by name: what can be moderated implements Item, and registers its kind.
package moderation

import (
	"ensemble/consultation/change"
	"ensemble/consultation/notify"
	"ensemble/consultation/outbox"
	"ensemble/consultation/public"
)

// Moderation is the moderation of a site.
type Moderation struct {
	*change.DB
	public *public.Scopes
	outbox *outbox.Outbox
	notify *notify.Notify

	items map[string]LockItem // by kind of id; see Moderates
}

// New makes a Moderation that knows no kind of item yet (see Moderates), and registers its nodes, topics and
// notifications with the other parts.
func New(db *change.DB, scopes *public.Scopes, mail *outbox.Outbox, attention *notify.Notify) *Moderation {
	s := &Moderation{DB: db, public: scopes, outbox: mail, notify: attention, items: map[string]LockItem{}}
	s.registerModeration()
	s.registerConcerns()
	return s
}

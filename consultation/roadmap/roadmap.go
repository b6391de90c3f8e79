// Package roadmap holds the consultation itself: processes, their phases, axes and roles, commitments with their versions,
// amendments, comments, votes and supports. One file per noun; the pure rules (may…) are asked by mutations and by the
// viewerCan… fields alike.
package roadmap

import (
	"time"

	"ensemble/consultation/change"
	"ensemble/consultation/moderation"
	"ensemble/consultation/notify"
	"ensemble/consultation/public"
	"ensemble/consultation/search"
)

// Roadmap is all processes of a site.
type Roadmap struct {
	*change.DB
	public     *public.Scopes
	search     *search.Index
	notify     *notify.Notify
	moderation *moderation.Moderation

	CommentPace  time.Duration // between two comments of one person; 0: none
	AllowRepeats bool          // whatever processes say: for load tests, which repeat themselves
}

// New makes a Roadmap, and registers what its nouns are to others.
func New(db *change.DB, scopes *public.Scopes, index *search.Index, attention *notify.Notify, items *moderation.Moderation) *Roadmap {
	s := &Roadmap{DB: db, public: scopes, search: index, notify: attention, moderation: items}
	s.registerTerritories()
	s.registerProcesses()
	s.registerCommitments()
	s.registerAmendments()
	s.registerComments()
	s.registerSupports()
	s.registerItems()
	s.registerConcerns()

	s.Jobs.Add(announcePhases, time.Second, s.announcePhases)
	s.Jobs.Add(compareAmendments, time.Second, s.compareAmendments)
	return s
}

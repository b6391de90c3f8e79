// Package roadmap is what a process is about: commitments with their versions, amendments, comments, votes and
// supports. Each noun has a file, and what is long about it has files of its own: drafts, submission, decision and
// merging of amendments; subjects and votes of comments. Mutations and the viewerCan… fields ask the same rules, which
// are in may.go and look at nothing but their arguments.
//
// A command with an idempotency key can also give the refusals of change.Once, which are not repeated at each command.
package roadmap

import (
	"time"

	"ensemble/consultation/change"
	"ensemble/consultation/moderation"
	"ensemble/consultation/notify"
	"ensemble/consultation/public"
	"ensemble/consultation/search"
)

// Roadmap reads and changes the commitments of a site, with their versions, amendments, comments, votes and supports.
type Roadmap struct {
	*change.DB
	public     *public.Scopes
	search     *search.Index
	notify     *notify.Notify
	moderation *moderation.Moderation

	CommentPace  time.Duration // between two comments of one person; zero: no limit
	AllowRepeats bool          // whatever processes say: for load tests, which repeat themselves
}

// New makes a Roadmap, registers its nouns with the other parts, and adds its jobs.
func New(
	db *change.DB, scopes *public.Scopes, index *search.Index, attention *notify.Notify, items *moderation.Moderation,
) *Roadmap {
	s := &Roadmap{DB: db, public: scopes, search: index, notify: attention, moderation: items}

	s.registerCommitments()
	s.registerAmendments()
	s.registerComments()
	s.registerSupports()
	s.registerItems()
	s.registerConcerns()

	s.Jobs.Add(bindOldMentions, bindOldEvery, s.bindOldMentions)
	s.Jobs.Add(compareAmendments, time.Second, s.compareAmendments)
	return s
}

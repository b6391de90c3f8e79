// Package consultation puts the rules together: who may do what, and when, and what it announces. Each part is a
// package of its own, and all stand on one kernel, package change. What touches every noun is here: erasure, and the
// personal archive.
//
// Every change is one short transaction whose last statements write the event log; the events are published after the
// commit (see change). The scopes in package public leave out what strangers may not see.
package consultation

import (
	"database/sql"
	"log/slog"

	"ensemble/consultation/change"
	"ensemble/consultation/moderation"
	"ensemble/consultation/notify"
	"ensemble/consultation/organizations"
	"ensemble/consultation/outbox"
	"ensemble/consultation/people"
	"ensemble/consultation/processes"
	"ensemble/consultation/public"
	"ensemble/consultation/roadmap"
	"ensemble/consultation/search"
	"ensemble/ent/amendment"
	"ensemble/ent/comment"
	"ensemble/ent/commitment"
	"ensemble/ent/notification"
	"ensemble/ent/organization"
	"ensemble/ent/phase"
	"ensemble/ent/process"
	"ensemble/ent/user"
)

// Service is the consultation over one database: the methods of all its parts. They are safe for concurrent use.
type Service struct {
	*change.DB
	*public.Scopes
	*outbox.Outbox
	*search.Index
	*notify.Notify
	*people.Accounts
	*organizations.Organizations
	*moderation.Moderation
	*processes.Processes
	*roadmap.Roadmap

	archive []func() []change.ArchivePart // in the order of the archive
	erasure []change.EraseStep            // in the order in which they are done
}

// New makes a Service over the pools of one database. name is its dialect: dialect.SQLite or dialect.Postgres.
func New(name string, read, write *sql.DB, logger *slog.Logger) *Service {
	s := &Service{DB: change.NewDB(name, read, write, logger)}
	s.LocksInOrder(user.Table, organization.Table, process.Table, phase.Table,
		comment.Table, commitment.Table, amendment.Table, notification.Table)

	// Make each part after those that it stands on.
	s.Scopes = public.New(s.DB)
	s.Outbox = outbox.New(s.DB)
	s.Index = search.New(s.DB)
	s.Notify = notify.New(s.DB, s.Outbox)
	s.Accounts = people.New(s.DB, s.Scopes, s.Outbox, s.Notify)
	s.Organizations = organizations.New(s.DB, s.Scopes, s.Index, s.Outbox, s.Notify, s.Accounts)
	s.Moderation = moderation.New(s.DB, s.Scopes, s.Outbox, s.Notify)
	s.Processes = processes.New(s.DB, s.Scopes, s.Notify)
	s.Roadmap = roadmap.New(s.DB, s.Scopes, s.Index, s.Notify, s.Moderation)

	s.registerParts()
	s.Jobs.Add("erase again", change.PruneEvery, s.forgetErased)
	s.Jobs.Add(scrub, change.PruneEvery, s.scrubErased)
	return s
}

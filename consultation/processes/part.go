// Package processes is the frame of a consultation: processes with their phases and axes, the roles that people have in
// them, and the territories of the country. What is consulted on, such as a roadmap, stands on it.
//
// A command with an idempotency key can also give the refusals of change.Once, which are not repeated at each command.
package processes

import (
	"time"

	"ensemble/consultation/change"
	"ensemble/consultation/notify"
	"ensemble/consultation/public"
)

// Processes reads and changes the processes of a site.
type Processes struct {
	*change.DB
	public *public.Scopes
	notify *notify.Notify
}

// New makes Processes, registers its nouns with the other parts, and adds its job.
func New(db *change.DB, scopes *public.Scopes, attention *notify.Notify) *Processes {
	s := &Processes{DB: db, public: scopes, notify: attention}

	s.registerTerritories()
	s.registerProcesses()
	s.registerConcerns()

	s.Jobs.Add(announcePhases, time.Second, s.announcePhases)
	return s
}

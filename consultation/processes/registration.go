package processes

import (
	"ensemble/consultation/public"
	"ensemble/ent"
)

// Here the nouns of this part are registered with the other parts.

// registerTerritories makes territories visible to everybody.
func (s *Processes) registerTerritories() {
	public.RegisterNode(s.public, "territory", func() *ent.TerritoryQuery { return s.Read.Territory.Query() })
}

// registerProcesses makes published processes, their phases and their axes visible to everybody. Each process is a
// topic that one can listen to.
func (s *Processes) registerProcesses() {
	public.RegisterNode(s.public, "process", s.public.PublicProcesses)
	public.RegisterNode(s.public, "phase", s.public.PublicPhases)
	public.RegisterNode(s.public, "axis", s.public.PublicAxes)
	s.public.RegisterTopic("process", func(topic string) *ent.ProcessQuery {
		return s.Read.Process.Query().Where(public.Published(topic))
	})
}

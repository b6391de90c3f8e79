package moderation

import (
	"strings"

	"ensemble/consultation/public"
	"ensemble/ent"
)

// registerModeration lets everybody find the decisions that are logged, and subscribe to the log of a public process.
func (s *Moderation) registerModeration() {
	public.RegisterNode(s.public, "moderation", s.LoggedModerations)
	s.public.RegisterTopic(logPrefix, func(topic string) *ent.ProcessQuery {
		_, rest, _ := strings.Cut(topic, "_")
		return s.Read.Process.Query().Where(public.Published("process_" + rest))
	})
}

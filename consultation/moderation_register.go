package consultation

import (
	"strings"

	"ensemble/ent"
)

// registerModeration has everybody find the decisions that are logged, and listen to the log of a public process.
func (s *Service) registerModeration() {
	registerNode(s, "moderation", s.LoggedModerations)
	s.registerTopic(logPrefix, func(topic string) *ent.ProcessQuery {
		_, rest, _ := strings.Cut(topic, "_")
		return s.Read.Process.Query().Where(published("process_" + rest))
	})
}

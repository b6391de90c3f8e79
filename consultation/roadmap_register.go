package consultation

import (
	"context"

	"ensemble/ent"
	"ensemble/ent/amendment"
	"ensemble/ent/commitment"
	"ensemble/ent/searchentry"
)

// What the nouns of roadmaps are to others.

func (s *Service) registerTerritories() {
	registerNode(s, "territory", func() *ent.TerritoryQuery { return s.Read.Territory.Query() })
}

// registerProcesses has everybody find published processes and what structures them, and listen to each.
func (s *Service) registerProcesses() {
	registerNode(s, "process", s.PublicProcesses)
	registerNode(s, "phase", s.PublicPhases)
	registerNode(s, "axis", s.PublicAxes)
	s.registerTopic("process", func(topic string) *ent.ProcessQuery { return s.Read.Process.Query().Where(published(topic)) })
}

// registerCommitments has everybody find commitments that are no drafts, and their versions, and listen to each commitment.
func (s *Service) registerCommitments() {
	registerNode(s, "commitment", s.PublicCommitments)
	registerNode(s, "version", s.PublicVersions)
	registerSearched(s, "commitment", searchentry.KindCOMMITMENT, commitmentEntry,
		func(tx *Tx) *ent.CommitmentQuery { return tx.Commitment.Query().Where(publicCommitment) })
	s.registerTopic("commitment", func(topic string) *ent.ProcessQuery {
		return s.Read.Commitment.Query().Where(commitment.ID(topic), publicCommitment).QueryProcess()
	})
}

// registerAmendments has everybody find public amendments. What happens to one is told on its commitment's topic.
func (s *Service) registerAmendments() {
	registerNode(s, "amendment", s.PublicAmendments)
	registerSearched(s, "amendment", searchentry.KindAMENDMENT, amendmentEntry,
		func(tx *Tx) *ent.AmendmentQuery { return tx.Amendment.Query().Where(publicAmendment) })
	s.registerTold("amendment", func(ctx context.Context, id string) (string, error) {
		a, err := s.PublicAmendments().Where(amendment.ID(id)).Only(ctx)
		if err != nil {
			return "", err
		}
		return a.CommitmentID, nil
	})
}

// registerComments has everybody find public comments.
func (s *Service) registerComments() {
	registerNode(s, "comment", s.PublicComments)
	registerSearched(s, "comment", searchentry.KindCOMMENT, commentEntry,
		func(tx *Tx) *ent.CommentQuery { return tx.Comment.Query().Where(readableComment) })
}

func (s *Service) registerSupports() {
	registerNode(s, "support", func() *ent.SupportQuery { return s.Read.Support.Query() })
}

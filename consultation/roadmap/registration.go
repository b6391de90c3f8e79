package roadmap

import (
	"context"

	"ensemble/consultation/change"
	"ensemble/consultation/public"
	"ensemble/consultation/search"
	"ensemble/ent"
	"ensemble/ent/amendment"
	"ensemble/ent/commitment"
)

// What the nouns of roadmaps are to others.

func (s *Roadmap) registerTerritories() {
	public.RegisterNode(s.public, "territory", func() *ent.TerritoryQuery { return s.Read.Territory.Query() })
}

// registerProcesses has everybody find published processes and what structures them, and listen to each.
func (s *Roadmap) registerProcesses() {
	public.RegisterNode(s.public, "process", s.public.PublicProcesses)
	public.RegisterNode(s.public, "phase", s.public.PublicPhases)
	public.RegisterNode(s.public, "axis", s.public.PublicAxes)
	s.public.RegisterTopic("process", func(topic string) *ent.ProcessQuery { return s.Read.Process.Query().Where(public.Published(topic)) })
}

// registerCommitments has everybody find commitments that are no drafts, and their versions, and listen to each commitment.
func (s *Roadmap) registerCommitments() {
	public.RegisterNode(s.public, "commitment", s.public.PublicCommitments)
	public.RegisterNode(s.public, "version", s.public.PublicVersions)
	search.RegisterSearched(s.search, "commitment", commitmentEntry,
		func(tx *change.Tx) *ent.CommitmentQuery { return tx.Commitment.Query().Where(public.PublicCommitment) })
	s.public.RegisterTopic("commitment", func(topic string) *ent.ProcessQuery {
		return s.Read.Commitment.Query().Where(commitment.ID(topic), public.PublicCommitment).QueryProcess()
	})
}

// registerAmendments has everybody find public amendments. What happens to one is told on its commitment's topic.
func (s *Roadmap) registerAmendments() {
	public.RegisterNode(s.public, "amendment", s.public.PublicAmendments)
	search.RegisterSearched(s.search, "amendment", amendmentEntry,
		func(tx *change.Tx) *ent.AmendmentQuery { return tx.Amendment.Query().Where(public.PublicAmendment) })
	s.public.RegisterTold("amendment", func(ctx context.Context, id string) (string, error) {
		a, err := s.public.PublicAmendments().Where(amendment.ID(id)).Only(ctx)
		if err != nil {
			return "", err
		}
		return a.CommitmentID, nil
	})
}

// registerComments has everybody find public comments.
func (s *Roadmap) registerComments() {
	public.RegisterNode(s.public, "comment", s.public.PublicComments)
	search.RegisterSearched(s.search, "comment", commentEntry,
		func(tx *change.Tx) *ent.CommentQuery { return tx.Comment.Query().Where(public.PublicComment) })
}

func (s *Roadmap) registerSupports() {
	public.RegisterNode(s.public, "support", func() *ent.SupportQuery { return s.Read.Support.Query() })
}

// registerItems has moderators decide on comments and amendments.
func (s *Roadmap) registerItems() {
	s.moderation.Moderates("comment", s.lockCommentItem)
	s.moderation.Moderates("amendment", s.lockAmendmentItem)
}

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

// Here the nouns of this part are registered with the other parts.

// registerCommitments makes commitments that are not drafts, and their versions, visible to everybody, and has
// commitments found by search. Each commitment is a topic that one can listen to.
func (s *Roadmap) registerCommitments() {
	public.RegisterNode(s.public, "commitment", s.public.PublicCommitments)
	public.RegisterNode(s.public, "version", s.public.PublicVersions)
	search.RegisterSearched(s.search, "commitment", commitmentEntry,
		func(tx *change.Tx) *ent.CommitmentQuery { return tx.Commitment.Query().Where(public.PublicCommitment) })
	s.public.RegisterTopic("commitment", func(topic string) *ent.ProcessQuery {
		return s.Read.Commitment.Query().Where(commitment.ID(topic), public.PublicCommitment).QueryProcess()
	})
}

// registerAmendments makes public amendments visible to everybody, and has them found by search. Events about an
// amendment are on the topic of its commitment.
func (s *Roadmap) registerAmendments() {
	public.RegisterNode(s.public, "amendment", s.public.PublicAmendments)
	search.RegisterSearched(s.search, "amendment", amendmentEntry,
		func(tx *change.Tx) *ent.AmendmentQuery { return tx.Amendment.Query().Where(public.PublicAmendment) })
	s.public.RegisterCommentTopic("amendment", func(ctx context.Context, id string) (string, error) {
		a, err := s.public.PublicAmendments().Where(amendment.ID(id)).Only(ctx)
		if err != nil {
			return "", err
		}
		return a.CommitmentID, nil
	})
}

// registerComments makes public comments visible to everybody, and has them found by search.
func (s *Roadmap) registerComments() {
	public.RegisterNode(s.public, "comment", s.public.PublicComments)
	search.RegisterSearched(s.search, "comment", commentEntry,
		func(tx *change.Tx) *ent.CommentQuery { return tx.Comment.Query().Where(public.ReadableComment) })
}

// registerSupports makes supports visible to everybody.
func (s *Roadmap) registerSupports() {
	public.RegisterNode(s.public, "support", func() *ent.SupportQuery { return s.Read.Support.Query() })
}

// registerItems registers comments and amendments as what moderators decide on.
func (s *Roadmap) registerItems() {
	s.moderation.Moderates("comment", s.lockCommentItem)
	s.moderation.Moderates("amendment", s.lockAmendmentItem)
}

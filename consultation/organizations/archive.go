package organizations

import (
	"context"

	"ensemble/auth"
	"ensemble/consultation/change"
	"ensemble/ent/invitation"
	"ensemble/ent/membership"
)

// ArchiveOfOrganizations returns the parts of a person's archive that are about organizations: their memberships, the
// invitations for them, and those that they sent.
func (s *Organizations) ArchiveOfOrganizations() []change.ArchivePart {
	return []change.ArchivePart{
		change.Archived("memberships.json", "id organization_id role created_at",
			s.Read.Membership.Query, membership.UserID),
		{File: "invitations.json", Columns: "id organization_id role state created_at expires_at",
			Rows: func(ctx context.Context, _, after string) ([]change.Node, error) {
				mine := s.Read.Invitation.Query().Where(invitationsFor(auth.ViewerFrom(ctx)))
				return change.Nodes(change.Following(mine, after, change.ArchiveBatch).All(ctx))
			}},
		change.Archived("invitations-by-me.json", "id organization_id role state created_at expires_at",
			s.Read.Invitation.Query, invitation.InviterID),
	}
}

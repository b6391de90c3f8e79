package consultation

import (
	"context"

	"ensemble/auth"
	"ensemble/ent/invitation"
	"ensemble/ent/membership"
)

// archiveOfOrganizations is what somebody is in organizations, and who asked whom to join.
func (s *Service) archiveOfOrganizations() []archivePart {
	return []archivePart{
		archived("memberships.json", "id organization_id role created_at",
			s.Read.Membership.Query, membership.UserID),
		{"invitations.json", "id organization_id role state created_at expires_at",
			func(ctx context.Context, _, after string) ([]node, error) {
				mine := s.Read.Invitation.Query().Where(invitationsFor(auth.ViewerFrom(ctx)))
				return nodes(following(mine, after, archiveBatch).All(ctx))
			}},
		archived("invitations-by-me.json", "id organization_id role state created_at expires_at",
			s.Read.Invitation.Query, invitation.InviterID),
	}
}

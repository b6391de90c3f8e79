package consultation

import (
	"context"

	"ensemble/auth"
	"ensemble/ent"
	"ensemble/ent/comment"
	"ensemble/ent/membership"
	"ensemble/ent/organization"
)

// SignedComments are those that organizations have signed and everybody can read.
func (s *Service) SignedComments() *ent.CommentQuery {
	return s.ReadableComments().Where(comment.OrganizationIDNotNil())
}

// ReadableComments are the public ones without those that only keep their place.
func (s *Service) ReadableComments() *ent.CommentQuery {
	return s.PublicComments().Where(comment.DeletedAtIsNil(), comment.HiddenAtIsNil())
}

// MayReadSignatories says of which of the organizations the viewer may know who signs in their names: those they own.
func (s *Service) MayReadSignatories(ctx context.Context, v auth.Viewer, organizations []string) (map[string]bool, error) {
	may := map[string]bool{}
	if !v.SignedIn() || len(organizations) == 0 {
		return may, nil
	}
	rows, err := s.Read.Membership.Query().Where(membership.UserID(v.UserID), membership.OrganizationIDIn(organizations...)).All(ctx)
	for _, m := range rows {
		may[m.OrganizationID] = MayReadSignatory(v, m.Role)
	}
	return may, err
}

// maySign is MaySign as things are now: what the viewer holds is a snapshot, older than what came before it in a request.
func (tx *Tx) maySign(ctx context.Context, v auth.Viewer, id *string) error {
	if err := MaySign(v, id); err != nil || id == nil {
		return err
	}
	still, err := tx.Membership.Query().Where(membership.OrganizationID(*id), membership.UserID(v.UserID),
		membership.RoleNEQ(membership.RoleMEMBER), membership.HasOrganizationWith(organization.VerifiedAtNotNil())).Exist(ctx)
	if err == nil && !still {
		err = MaySign(auth.Viewer{}, id)
	}
	return err
}

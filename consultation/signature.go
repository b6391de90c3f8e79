package consultation

import (
	"context"

	"ensemble/auth"
	"ensemble/ent/membership"
	"ensemble/ent/organization"
)

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
func maySign(ctx context.Context, tx *Tx, v auth.Viewer, id *string) error {
	if err := MaySign(v, id); err != nil || id == nil {
		return err
	}
	still, err := signsFor(ctx, tx, v.UserID, *id)
	if err == nil && !still {
		err = MaySign(auth.Viewer{}, id)
	}
	return err
}

// signsFor says whether a person signs for an organization now, which is verified.
func signsFor(ctx context.Context, tx *Tx, user, id string) (bool, error) {
	return tx.Membership.Query().Where(membership.OrganizationID(id), membership.UserID(user),
		membership.RoleNEQ(membership.RoleMEMBER), membership.HasOrganizationWith(organization.VerifiedAtNotNil())).Exist(ctx)
}

// stillSigned asks that the author of something that was not published yet signs still for the organization in whose name it is;
// nil for none.
func stillSigned(ctx context.Context, tx *Tx, author string, organization *string) error {
	if organization == nil {
		return nil
	}
	still, err := signsFor(ctx, tx, author, *organization)
	if err == nil && !still {
		err = moved("UNSIGNED", "Its author does not sign for the organization any more, or it is not verified.")
	}
	return err
}

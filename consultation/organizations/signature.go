package organizations

import (
	"context"

	"ensemble/auth"
	"ensemble/consultation/change"
	"ensemble/consultation/refusal"
	"ensemble/ent/membership"
	"ensemble/ent/organization"
)

// MayReadSignatories returns, by the ids of organizations, whether the viewer may know who signs in their names: they
// may for those that they own. An organization that is absent from the map is one whose signatories they may not
// know.
func (s *Organizations) MayReadSignatories(
	ctx context.Context, v auth.Viewer, organizations []string,
) (map[string]bool, error) {
	may := map[string]bool{}
	if !v.SignedIn() || len(organizations) == 0 {
		return may, nil
	}
	rows, err := s.Read.Membership.Query().
		Where(membership.UserID(v.UserID), membership.OrganizationIDIn(organizations...)).All(ctx)
	for _, m := range rows {
		may[m.OrganizationID] = MayReadSignatory(v, m.Role)
	}
	return may, err
}

// MaySignNow reports why v may not sign for an organization as things are now, or nil. MaySign alone is not enough in
// a transaction: the viewer's roles were read before it, and may have changed since.
// Errors: FORBIDDEN on organization.
func MaySignNow(ctx context.Context, tx *change.Tx, v auth.Viewer, id *string) error {
	if err := MaySign(v, id); err != nil || id == nil {
		return err
	}
	still, err := signsFor(ctx, tx, v.UserID, *id)
	if err == nil && !still {
		err = MaySign(auth.Viewer{}, id)
	}
	return err
}

// signsFor reports whether an organization is verified, and a person signs for it, now.
func signsFor(ctx context.Context, tx *change.Tx, user, id string) (bool, error) {
	return tx.Membership.Query().Where(membership.OrganizationID(id), membership.UserID(user),
		membership.RoleNEQ(membership.RoleMEMBER), membership.HasOrganizationWith(organization.VerifiedAtNotNil())).
		Exist(ctx)
}

// StillSigned reports why something that was not published yet cannot be published in the name of an organization, or
// nil: its author has to sign for the organization still. It returns nil for no organization. Errors: CONFLICT.
func StillSigned(ctx context.Context, tx *change.Tx, author string, organization *string) error {
	if organization == nil {
		return nil
	}
	still, err := signsFor(ctx, tx, author, *organization)
	if err == nil && !still {
		err = refusal.Conflicting(refusal.At(*organization, "UNSIGNED"),
			"Its author does not sign for the organization any more, or it is not verified.")
	}
	return err
}

package organizations

import (
	"context"

	"ensemble/consultation/change"
	"ensemble/ent/invitation"
	"ensemble/ent/membership"
)

// EraseMemberships takes the person out of all organizations, and deletes the invitations for them, by account or by
// address. An organization may be left without an owner: then site administrators act in an owner's place
// (organizationFor).
func EraseMemberships(ctx context.Context, tx *change.Tx, e change.Erasing) error {
	if _, err := tx.Membership.Delete().Where(membership.UserID(e.Account.ID)).Exec(ctx); err != nil {
		return err
	}

	invited := invitation.UserID(e.Account.ID)
	if e.Account.Email != nil {
		invited = invitation.Or(invited, invitation.Email(*e.Account.Email))
	}
	_, err := tx.Invitation.Delete().Where(invited).Exec(ctx)
	return err
}

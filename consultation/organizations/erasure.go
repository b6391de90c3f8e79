package organizations

import (
	"context"

	"ensemble/consultation/change"
	"ensemble/ent/invitation"
	"ensemble/ent/membership"
)

// EraseMemberships takes the person out of all organizations, and deletes the invitations for them; forgetInvitationsTo
// deletes those to their address. An organization may be left without an owner: then site administrators act in an
// owner's place (organizationFor).
func EraseMemberships(ctx context.Context, tx *change.Tx, e change.Erasing) error {
	if _, err := tx.Membership.Delete().Where(membership.UserID(e.Account.ID)).Exec(ctx); err != nil {
		return err
	}

	_, err := tx.Invitation.Delete().Where(invitation.UserID(e.Account.ID)).Exec(ctx)
	return err
}

// forgetInvitationsTo deletes the invitations to an address, answered or not.
func forgetInvitationsTo(ctx context.Context, tx *change.Tx, address string) error {
	_, err := tx.Invitation.Delete().Where(invitation.Email(address)).Exec(ctx)
	return err
}

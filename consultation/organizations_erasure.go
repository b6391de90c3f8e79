package consultation

import (
	"context"

	"ensemble/ent/invitation"
	"ensemble/ent/membership"
)

// eraseMemberships takes the person out of organizations, and withdraws what asks them to join one. An organization may be left
// without an owner: then site administrators stand in for one (organizationFor).
func eraseMemberships(ctx context.Context, tx *Tx, e Erasing) error {
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

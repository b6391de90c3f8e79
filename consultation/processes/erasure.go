package processes

import (
	"context"

	"ensemble/consultation/change"
	"ensemble/ent/role"
)

// EraseRoles deletes the roles that the person had in processes.
func EraseRoles(ctx context.Context, tx *change.Tx, e change.Erasing) error {
	_, err := tx.Role.Delete().Where(role.UserID(e.Account.ID)).Exec(ctx)
	return err
}

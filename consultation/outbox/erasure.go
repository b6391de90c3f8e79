package outbox

import (
	"context"

	"ensemble/consultation/change"
	"ensemble/ent/mail"
)

// EraseMail stops what is on its way to them.
func EraseMail(ctx context.Context, tx *change.Tx, e change.Erasing) error {
	_, err := tx.Mail.Delete().Where(mail.UserID(e.Account.ID)).Exec(ctx)
	return err
}

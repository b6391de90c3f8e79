package outbox

import (
	"context"

	"ensemble/consultation/change"
	"ensemble/ent/mail"
)

// EraseMail is the step of an erasure that deletes the mail for the person that has not left yet.
func EraseMail(ctx context.Context, tx *change.Tx, e change.Erasing) error {
	_, err := tx.Mail.Delete().Where(mail.UserID(e.Account.ID)).Exec(ctx)
	return err
}

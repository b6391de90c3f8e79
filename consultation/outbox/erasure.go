package outbox

import (
	"context"

	"ensemble/consultation/change"
	"ensemble/ent/mail"
)

// EraseMail is the step of an erasure that deletes the mail for the person that has not left yet. ForgetMailTo deletes
// what goes to their address and is for no account.
func EraseMail(ctx context.Context, tx *change.Tx, e change.Erasing) error {
	_, err := tx.Mail.Delete().Where(mail.UserID(e.Account.ID)).Exec(ctx)
	return err
}

// ForgetMailTo deletes the mail to an address that has not left yet, and is for no account.
func ForgetMailTo(ctx context.Context, tx *change.Tx, address string) error {
	_, err := tx.Mail.Delete().Where(mail.Address(address), mail.UserIDIsNil()).Exec(ctx)
	return err
}

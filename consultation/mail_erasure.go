package consultation

import (
	"context"

	"ensemble/ent/mail"
)

// eraseMail stops what is on its way to them.
func eraseMail(ctx context.Context, tx *Tx, e Erasing) error {
	_, err := tx.Mail.Delete().Where(mail.UserID(e.Account.ID)).Exec(ctx)
	return err
}

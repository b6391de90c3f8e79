package main

import (
	"context"
	"log/slog"

	"ensemble/config"
	"ensemble/consultation/outbox"
	"ensemble/mail"
)

// mailer gives the mail of the consultation to whoever sends it.
type mailer struct{ mail.Sender }

// Send implements outbox.Mailer.
func (m mailer) Send(ctx context.Context, letter outbox.Mail) error {
	return m.Sender.Send(ctx, mail.Message(letter))
}

// openMailer returns what sends mail. When no setting says how, it returns nil, or, in the demo, what writes mail to
// the log.
func openMailer(settings config.Config, demo bool, logger *slog.Logger) (outbox.Mailer, error) {
	switch {
	case settings.SMTPURL != "":
		sender, err := mail.Open(settings.SMTPURL, settings.MailFrom)
		return mailer{sender}, err
	case demo:
		return mailer{mail.Log{Logger: logger}}, nil
	}
	return nil, nil
}

package main

import (
	"context"
	"log/slog"

	"ensemble/config"
	"ensemble/consultation/outbox"
	"ensemble/mail"
)

// mailer is an outbox.Mailer that sends by a mail.Sender.
type mailer struct{ mail.Sender }

// Send implements outbox.Mailer.
func (m mailer) Send(ctx context.Context, letter outbox.Mail) error {
	return m.Sender.Send(ctx, mail.Message(letter))
}

// openMailer returns the mailer of the settings. Without a setting it returns nil: the site sends no mail. In the demo
// it returns one that writes mail to the log.
func openMailer(settings config.Config, demo bool, logger *slog.Logger) (outbox.Mailer, error) {
	switch {
	case settings.SMTPURL != "":
		sender, err := mail.Open(settings.SMTPURL, settings.MailFrom)
		return mailer{sender}, err
	case demo:
		return mailer{mail.Log{Logger: logger}}, nil
	}
	return nil, nil // no mail
}

package outbox

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"golang.org/x/text/language"

	"ensemble/consultation/change"
	"ensemble/consultation/message"
	"ensemble/ent"
	"ensemble/ent/mail"
)

// sendMail is the name of the job that sends mail.
const sendMail = "send mail"

const (
	sendEvery    = 10 * time.Second // for mail that is to be tried again, or that another process did not finish
	mailBatch    = 20               // sent in one go
	mailPatience = 10 * time.Minute // for one try; after that another process may try
	mailTries    = 12               // the waits between them double from a minute to 1,024: 34 hours in all
)

// Mail stores a letter, in the recipient's language, to be sent after the transaction has committed. Without a Mailer
// it does nothing. Errors: none but those of the database.
func (s *Outbox) Mail(ctx context.Context, tx *change.Tx, to Recipient, l Letter) error {
	if s.Mailer == nil {
		return nil
	}

	reader := []language.Tag{language.Make(to.Language)}
	var body []string
	for _, p := range l.Body {
		body = append(body, message.Say(reader, p.Message, p.Args...))
	}

	create := tx.Mail.Create().SetID(s.NewID("mail")).SetAddress(to.Address).SetLanguage(to.Language).
		SetSubject(oneLine(message.Say(reader, l.Subject.Message, l.Subject.Args...))).
		SetBody(strings.Join(body, "\n\n") + "\n").SetHeaders(l.Headers).SetTells(l.Tells).
		SetSendAt(s.Moment()).SetCreatedAt(s.Moment())
	if to.User != "" {
		create.SetUserID(to.User)
	}

	tx.Wake(sendMail)
	return create.Exec(ctx)
}

// oneLine makes one line of a text, so that what people wrote cannot end a header.
func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }

// sendMail sends the mail that is due, the oldest first, mailBatch in one go; where there may be more, it wakes the job
// again.
func (s *Outbox) sendMail(ctx context.Context) error {
	if s.Mailer == nil {
		return nil
	}

	due, err := s.Read.Mail.Query().Where(mail.SendAtLTE(s.Moment())).
		Order(mail.BySendAt(), mail.ByID()).Limit(mailBatch).All(ctx)
	if err != nil {
		return fmt.Errorf("find mail to send: %w", err)
	}

	err = change.Each(due, "send mail", func(m *ent.Mail) error { return s.trySending(ctx, m) })
	if err == nil && len(due) == mailBatch {
		s.Jobs.Wake(sendMail)
	}
	return err
}

// trySending claims a mail and sends it. To claim it is to postpone it by compare-and-set: so only one of many
// processes tries, and when that one dies, another tries after mailPatience. A mail is deleted when it was sent, or
// when it is given up.
func (s *Outbox) trySending(ctx context.Context, m *ent.Mail) error {
	var mine int
	err := s.In(ctx, func(ctx context.Context, tx *change.Tx) (err error) {
		mine, err = tx.Mail.Update().Where(mail.ID(m.ID), mail.SendAt(m.SendAt)).
			SetSendAt(s.Moment().Add(mailPatience)).AddAttempts(1).Save(ctx)
		return err
	})
	if err != nil || mine == 0 {
		return err // nil: another process has claimed the mail, or it is gone
	}

	failed := s.send(ctx, m)
	never, _ := errors.AsType[permanent](failed)

	// What came of it is written down even when the program is about to stop: else the mail would be sent twice.
	return s.In(context.WithoutCancel(ctx), func(ctx context.Context, tx *change.Tx) error {
		switch {
		case failed == nil:
			return tx.Mail.DeleteOneID(m.ID).Exec(ctx)
		case m.Attempts+1 >= mailTries, never != nil && never.Permanent():
			s.Logger.ErrorContext(ctx, "mail given up", slog.String("mail", m.ID), slog.Any("error", failed))
			return tx.Mail.DeleteOneID(m.ID).Exec(ctx)
		}
		s.Logger.WarnContext(ctx, "mail not sent, will try again", slog.String("mail", m.ID), slog.Any("error", failed))
		return tx.Mail.UpdateOneID(m.ID).SetSendAt(s.Moment().Add(time.Minute << m.Attempts)).Exec(ctx)
	})
}

// send hands a mail to the Mailer; a mail without an address, or with nothing left to tell, is dropped. It takes half
// of mailPatience at most, so that nobody else tries meanwhile.
func (s *Outbox) send(ctx context.Context, m *ent.Mail) error {
	if m.Address == "" {
		return nil
	}

	ctx, cancel := context.WithTimeout(ctx, mailPatience/2)
	defer cancel()

	body := m.Body
	if len(m.Tells) > 0 {
		told, err := s.Tell(ctx, m.Tells, []language.Tag{language.Make(m.Language)})
		if err != nil || len(told) == 0 {
			return err
		}
		body = strings.Join(append(told, body), "\n\n")
	}
	return s.Mailer.Send(ctx, Mail{m.ID, m.Address, m.Subject, body, m.Headers})
}

// forgetMail deletes mail that could not be sent, after the time for which the site keeps it.
func (s *Outbox) forgetMail(ctx context.Context) error {
	return s.In(ctx, func(ctx context.Context, tx *change.Tx) error {
		_, err := tx.Mail.Delete().Where(mail.CreatedAtLTE(s.Moment().Add(-s.Keeping.Mail))).Exec(ctx)
		return err
	})
}

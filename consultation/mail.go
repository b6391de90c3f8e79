package consultation

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"golang.org/x/text/language"

	"ensemble/ent"
	"ensemble/ent/mail"
)

// sendMail is the job that has mail leave.
const sendMail = "send mail"

// Mail is a message as it leaves.
type Mail struct {
	ID      string // the same in every try: a receiver can tell a repeat
	To      string // a bare address
	Subject string // one line
	Body    string // plain text
	Headers map[string]string
}

// Mailer sends mail. It may be asked again for a mail that it was not sure to have sent. An error that is Permanent says
// that trying again is of no use. Errors tell no addresses: they are logged.
type Mailer interface {
	Send(ctx context.Context, m Mail) error
}

const (
	sendEvery    = 10 * time.Second // what was to be tried again, or another process left
	mailBatch    = 20               // sent in one go
	mailPatience = 10 * time.Minute // for one try; after it somebody else may try
	mailTries    = 12               // the waits double from a minute: about two days
)

// letter is what a mail says, in messages of the catalogue.
type letter struct {
	Subject said
	Body    []said // paragraphs: an empty line is put between them
	Headers map[string]string
}

// said is a message and what it is about.
type said struct {
	Message string
	Args    []any
}

// permanent is an error after which nothing is tried again: the receiver does not want the mail.
type permanent interface {
	error
	Permanent() bool
}

// recipient is whom a mail is for.
type recipient struct {
	user     string // "" without an account
	address  string // "": the mail is written, so that nobody can tell, and dropped when it is due
	language string
}

// writeTo is the account as a recipient; false when it has no address.
func writeTo(u *ent.User) (recipient, bool) {
	if u.Email == nil || u.ErasedAt != nil {
		return recipient{}, false
	}
	return recipient{u.ID, *u.Email, u.Language}, true
}

// mail puts a letter among those that are sent once the transaction has committed; without a Mailer it does nothing.
func (s *Service) mail(ctx context.Context, tx *Tx, to recipient, l letter) error {
	if s.Mailer == nil {
		return nil
	}
	reader := []language.Tag{language.Make(to.language)}
	var body []string
	for _, p := range l.Body {
		body = append(body, Say(reader, p.Message, p.Args...))
	}
	create := tx.Mail.Create().SetID(s.NewID("mail")).SetAddress(to.address).SetLanguage(to.language).
		SetSubject(oneLine(Say(reader, l.Subject.Message, l.Subject.Args...))).SetBody(strings.Join(body, "\n\n") + "\n").SetHeaders(l.Headers).
		SetSendAt(s.now()).SetCreatedAt(s.now())
	if to.user != "" {
		create.SetUserID(to.user)
	}
	tx.wake(sendMail)
	return create.Exec(ctx)
}

// oneLine keeps what people wrote from ending a header.
func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }

// sendMail sends what is due. A mail is first moved on in time by compare-and-set, so that of many processes one tries, and
// the next takes over should it die; it is deleted once it is sent.
func (s *Service) sendMail(ctx context.Context) error {
	if s.Mailer == nil {
		return nil
	}

	due, err := s.Read.Mail.Query().Where(mail.SendAtLTE(s.now())).Order(mail.BySendAt(), mail.ByID()).Limit(mailBatch).All(ctx)
	if err != nil {
		return fmt.Errorf("find mail to send: %w", err)
	}
	err = each(due, "send mail", func(m *ent.Mail) error { return s.trySending(ctx, m) })
	if err == nil && len(due) == mailBatch {
		s.Jobs.Wake(sendMail)
	}
	return err
}

func (s *Service) trySending(ctx context.Context, m *ent.Mail) error {
	var mine int
	err := s.inTx(ctx, func(ctx context.Context, tx *Tx) (err error) {
		mine, err = tx.Mail.Update().Where(mail.ID(m.ID), mail.SendAt(m.SendAt)).SetSendAt(s.now().Add(mailPatience)).
			AddAttempts(1).Save(ctx)
		return err
	})
	if err != nil || mine == 0 {
		return err
	}
	failed := s.send(ctx, m)
	never, _ := errors.AsType[permanent](failed)
	return s.inTx(context.WithoutCancel(ctx), func(ctx context.Context, tx *Tx) error {
		switch {
		case failed == nil:
			return tx.Mail.DeleteOneID(m.ID).Exec(ctx)
		case m.Attempts+1 >= mailTries, never != nil && never.Permanent():
			s.Logger.ErrorContext(ctx, "mail given up", slog.String("mail", m.ID), slog.Any("error", failed))
			return tx.Mail.DeleteOneID(m.ID).Exec(ctx)
		}
		s.Logger.WarnContext(ctx, "mail not sent, will try again", slog.String("mail", m.ID), slog.Any("error", failed))
		return tx.Mail.UpdateOneID(m.ID).SetSendAt(s.now().Add(time.Minute << m.Attempts)).Exec(ctx)
	})
}

func (s *Service) send(ctx context.Context, m *ent.Mail) error {
	if m.Address == "" {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, mailPatience/2)
	defer cancel()
	return s.Mailer.Send(ctx, Mail{m.ID, m.Address, m.Subject, m.Body, m.Headers})
}

// forgetMail deletes what could not be sent, after the time that the site keeps it.
func (s *Service) forgetMail(ctx context.Context) error {
	return s.inTx(ctx, func(ctx context.Context, tx *Tx) error {
		_, err := tx.Mail.Delete().Where(mail.CreatedAtLTE(s.now().Add(-s.Keeping.Mail))).Exec(ctx)
		return err
	})
}

package scene

import (
	"context"
	"errors"
	"regexp"
	"sync"
	"testing"

	"ensemble/consultation/change"
	"ensemble/consultation/message"
	"ensemble/consultation/outbox"
	"ensemble/internal/testsite"
)

// WithMail makes the site send its mail into a box, which it returns.
func WithMail(w *World) *Mailbox {
	box := &Mailbox{}
	w.Mailer, w.BaseURL = box, "https://consultation.example.org"
	return box
}

// Arrived sends what is due, and returns the mails that have come since it was called last.
func (b *Mailbox) Arrived(t testing.TB, w *World) []outbox.Mail {
	t.Helper()
	testsite.Must(t, w.Jobs.Do(t.Context(), "send mail"))

	b.Mu.Lock()
	defer b.Mu.Unlock()
	arrived := b.Mails
	b.Mails = nil
	return arrived
}

// MailedLink matches a link in a mail, with its token.
var MailedLink = regexp.MustCompile(`(?m)^https://consultation\.example\.org/\S*#(enm_\S+)$`)

// Link returns the token in the first mail with a link that has come to an address since Arrived was called last.
func (b *Mailbox) Link(t testing.TB, w *World, to string) string {
	t.Helper()
	for _, m := range b.Arrived(t, w) {
		if found := MailedLink.FindStringSubmatch(m.Body); found != nil && m.To == to {
			return found[1]
		}
	}
	t.Fatalf("no link came to %s", to)
	return ""
}

// Mailbox is a mail server that fails as often as its field Fails says.
type Mailbox struct {
	Mu    sync.Mutex
	Fails int
	Mails []outbox.Mail
}

// Send implements outbox.Mailer.
func (b *Mailbox) Send(_ context.Context, m outbox.Mail) error {
	b.Mu.Lock()
	defer b.Mu.Unlock()
	if b.Fails > 0 {
		b.Fails--
		return errors.New("451 later")
	}
	b.Mails = append(b.Mails, m)
	return nil
}

// Write writes a letter of one line to an address.
func Write(t *testing.T, w *World, to, subject string) {
	t.Helper()
	testsite.Must(t, w.In(t.Context(), func(ctx context.Context, tx *change.Tx) error {
		return w.Mail(ctx, tx, outbox.Recipient{Address: to, Language: "en"}, outbox.Letter{
			Subject: message.Said{Message: "%s", Args: []any{subject}},
			Body:    []message.Said{{Message: "%s", Args: []any{subject}}},
		})
	}))
}

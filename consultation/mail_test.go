package consultation_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"ensemble/consultation"
)

// mailbox is a mail server that fails as often as it is told to.
type mailbox struct {
	mu    sync.Mutex
	fails int
	mails []consultation.Mail
}

func (b *mailbox) Send(_ context.Context, m consultation.Mail) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.fails > 0 {
		b.fails--
		return errors.New("451 later")
	}
	b.mails = append(b.mails, m)
	return nil
}

func write(t *testing.T, w *world, to, subject string) {
	t.Helper()
	must(t, consultation.InTx(w.Service, t.Context(), func(ctx context.Context, tx *consultation.Tx) error {
		return consultation.WriteMail(tx, ctx, to, subject)
	}))
}

func TestMailLeavesOnce(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		box := &mailbox{fails: 2}
		w.Mailer = box
		write(t, w, "jeanne@example.org", "Two\r\nBcc: everybody@example.org")
		for _, step := range []struct {
			wait time.Duration
			sent int
		}{{0, 0}, {0, 0}, {time.Minute - 1, 0}, {1, 0}, {2 * time.Minute, 1}, {24 * time.Hour, 1}} {
			w.Clock.Advance(step.wait)
			_ = w.Jobs.Do(t.Context(), "send mail") // what failed is tried again
			if n := len(box.mails); n != step.sent {
				t.Fatalf("after %s: %d sent, want %d", step.wait, n, step.sent)
			}
		}
		if m := box.mails[0]; m.To != "jeanne@example.org" || strings.ContainsAny(m.Subject, "\r\n") || m.ID == "" {
			t.Errorf("%+v", m)
		}
		if n := got(w.Read.Mail.Query().Count(t.Context()))(t); n != 0 {
			t.Errorf("%d are kept after they were sent", n)
		}
	})
}

// Many processes, one mail: whoever moves it on sends it.
func TestMailIsSentByOne(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		box := &mailbox{}
		w.Mailer = box
		for range 10 {
			write(t, w, "jeanne@example.org", "Hello")
		}
		var all sync.WaitGroup
		for range 4 {
			all.Go(func() {
				if err := w.Jobs.Do(t.Context(), "send mail"); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		seen := map[string]bool{}
		for _, m := range box.mails {
			seen[m.ID] = true
		}
		if len(box.mails) != 10 || len(seen) != 10 {
			t.Errorf("%d sent, %d different", len(box.mails), len(seen))
		}
	})
}

func TestMailIsGivenUp(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		box := &mailbox{fails: 1000}
		w.Mailer = box
		write(t, w, "jeanne@example.org", "Hello")
		for range 12 {
			_ = w.Jobs.Do(t.Context(), "send mail")
			w.Clock.Advance(48 * time.Hour)
		}
		if tries, left := 1000-box.fails, got(w.Read.Mail.Query().Count(t.Context()))(t); tries != 12 || left != 0 {
			t.Errorf("%d tries, %d left", tries, left)
		}
	})
}

// A site without a mail server writes none.
func TestNoMailer(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		write(t, w, "jeanne@example.org", "Hello")
		if n := got(w.Read.Mail.Query().Count(t.Context()))(t); n != 0 {
			t.Errorf("%d mails nobody will send", n)
		}
	})
}

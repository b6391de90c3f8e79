package outbox_test

import (
	"strings"
	"sync"
	"testing"
	"time"

	"ensemble/internal/testsite"
	"ensemble/internal/testsite/scene"
)

// A mail that the server refuses for now is tried again later, and deleted once it is sent. Its subject is one line.
func TestMailLeavesOnce(t *testing.T) {
	scene.Each(t, func(t *testing.T, w *scene.World) {
		box := &scene.Mailbox{Fails: 2}
		w.Mailer = box
		scene.Write(t, w, "jeanne@example.org", "Two\r\nBcc: everybody@example.org")

		for _, step := range []struct {
			wait time.Duration
			sent int
		}{{0, 0}, {0, 0}, {time.Minute - 1, 0}, {1, 0}, {2 * time.Minute, 1}, {24 * time.Hour, 1}} {
			w.Clock.Advance(step.wait)
			_ = w.Jobs.Do(t.Context(), "send mail") // what failed is tried again
			if n := len(box.Mails); n != step.sent {
				t.Fatalf("after %s: %d sent, want %d", step.wait, n, step.sent)
			}
		}

		if m := box.Mails[0]; m.To != "jeanne@example.org" || strings.ContainsAny(m.Subject, "\r\n") || m.ID == "" {
			t.Errorf("%+v", m)
		}
		if n := testsite.Got(w.Read.Mail.Query().Count(t.Context()))(t); n != 0 {
			t.Errorf("%d are kept after they were sent", n)
		}
	})
}

// Of many processes that send mail at the same time, each mail is sent by one.
func TestMailIsSentByOne(t *testing.T) {
	scene.Each(t, func(t *testing.T, w *scene.World) {
		box := &scene.Mailbox{}
		w.Mailer = box
		for range 10 {
			scene.Write(t, w, "jeanne@example.org", "Hello")
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
		for _, m := range box.Mails {
			seen[m.ID] = true
		}

		if len(box.Mails) != 10 || len(seen) != 10 {
			t.Errorf("%d sent, %d different", len(box.Mails), len(seen))
		}
	})
}

// A mail that the server never takes is given up after twelve tries.
func TestMailIsGivenUp(t *testing.T) {
	scene.Each(t, func(t *testing.T, w *scene.World) {
		box := &scene.Mailbox{Fails: 1000}
		w.Mailer = box
		scene.Write(t, w, "jeanne@example.org", "Hello")

		for range 12 {
			_ = w.Jobs.Do(t.Context(), "send mail")
			w.Clock.Advance(48 * time.Hour)
		}

		tries, left := 1000-box.Fails, testsite.Got(w.Read.Mail.Query().Count(t.Context()))(t)
		if tries != 12 || left != 0 {
			t.Errorf("%d tries, %d left", tries, left)
		}
	})
}

// A site without a mail server writes no mails, since nobody would send them.
func TestNoMailer(t *testing.T) {
	scene.Each(t, func(t *testing.T, w *scene.World) {
		scene.Write(t, w, "jeanne@example.org", "Hello")
		if n := testsite.Got(w.Read.Mail.Query().Count(t.Context()))(t); n != 0 {
			t.Errorf("%d mails nobody will send", n)
		}
	})
}

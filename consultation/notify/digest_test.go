package notify_test

import (
	"strings"
	"sync"
	"testing"
	"time"

	"ensemble/consultation"
	"ensemble/consultation/notify"
	"ensemble/consultation/refusal"
	"ensemble/consultation/roadmap"
	"ensemble/ent/notificationsettings"
	"ensemble/internal/testsite"
	"ensemble/internal/testsite/scene"
)

// wantsMail gives a person a confirmed address and French as their language, and has them ask for mail.
func wantsMail(t testing.TB, w *scene.World, p *testsite.Person, in notify.UpdateNotificationSettingsInput) {
	t.Helper()
	testsite.Must(t, w.Write.User.Update().SetEmailConfirmedAt(w.Now()).Exec(t.Context()))
	testsite.Must(t, w.Write.User.UpdateOneID(p.ID).SetLanguage("fr").Exec(t.Context()))
	testsite.Must(t, scene.Only(w.UpdateNotificationSettings(scene.As(t, p), in)))
}

// digests tells people what happened, and has the digests written and sent that are due.
func digests(t testing.TB, w *scene.World) {
	t.Helper()
	w.TellAll(t)
	testsite.Must(t, w.Jobs.Do(t.Context(), "write digests"))
	testsite.Must(t, w.Jobs.Do(t.Context(), "send mail"))
}

// A digest comes at seven in the morning in Paris, daily or weekly as people asked, when there is something new. The
// clock of a site shows a Tuesday, 9:00 in UTC and 10:00 in Paris.
func TestDigest(t *testing.T) {
	scene.Each(t, func(t *testing.T, w *scene.World) {
		box := &scene.Mailbox{}
		w.Mailer, w.BaseURL = box, "https://example.org"
		w.Digests = notify.Hour{Hour: 7, In: testsite.Got(time.LoadLocation("Europe/Paris"))(t)}
		wantsMail(t, w, w.Alice, notify.UpdateNotificationSettingsInput{
			Digest: scene.Ptr(notificationsettings.DigestDAILY),
		})
		wantsMail(t, w, w.Bob, notify.UpdateNotificationSettingsInput{
			Digest: scene.Ptr(notificationsettings.DigestWEEKLY),
		})

		c := w.SomeCommitment(t)
		m := w.Comment(t, w.Alice, c.ID, "Un")
		n := w.Comment(t, w.Bob, c.ID, "Un")

		w.Clock.Advance(time.Minute)
		w.Answer(t, w.Moderator, m, "Deux")
		w.Answer(t, w.Moderator, n, "@alice")

		for _, step := range []struct {
			wait time.Duration
			sent int
		}{
			{0, 0}, {20*time.Hour + 58*time.Minute, 0},
			{time.Minute, 1},        // Wednesday 7:00, for Alice
			{24 * time.Hour, 1},     // nothing new on Thursday
			{3 * 24 * time.Hour, 1}, // Sunday
			{24 * time.Hour, 2},     // Monday, for Bob
			{7 * 24 * time.Hour, 2},
		} {
			w.Clock.Advance(step.wait)
			digests(t, w)
			if len(box.Mails) != step.sent {
				t.Fatalf("at %s: %d sent, want %d", w.Now(), len(box.Mails), step.sent)
			}
		}

		mail := box.Mails[0]
		for _, part := range []string{
			"moderator a répondu à votre commentaire sur « Un comité par département ».\nhttps://example.org/fr/n/" + m.ID,
			"moderator vous a mentionné dans « Un comité par département ».\nhttps://example.org/fr/n/" + c.ID,
			"Pour ne plus recevoir ces courriels : https://example.org/mail/unsubscribe?token=ens_",
		} {
			if !strings.Contains(mail.Body, part) {
				t.Errorf("no %q in %s", part, mail.Body)
			}
		}

		if mail.Subject != "2 nouvelles de ce que vous suivez" || mail.To != "alice@example.org" ||
			box.Mails[1].Subject != "Du nouveau dans ce que vous suivez" ||
			mail.Headers["List-Unsubscribe-Post"] != "List-Unsubscribe=One-Click" ||
			!strings.HasPrefix(mail.Headers["List-Unsubscribe"], "<https://example.org/mail/unsubscribe?token=ens_") {
			t.Errorf("%+v", mail)
		}
	})
}

// When four processes write digests at the same time, each person gets one digest.
func TestDigestIsWrittenOnce(t *testing.T) {
	scene.Each(t, func(t *testing.T, w *scene.World) {
		box := &scene.Mailbox{}
		w.Mailer = box
		c := w.SomeCommitment(t)
		for _, p := range []*testsite.Person{w.Alice, w.Bob, w.Moderator} {
			wantsMail(t, w, p, notify.UpdateNotificationSettingsInput{
				Digest: scene.Ptr(notificationsettings.DigestDAILY), MailsMentions: new(true),
			})
		}

		w.Clock.Advance(time.Minute)
		w.Comment(t, w.Steering, c.ID, "@alice @bob @moderator")
		w.TellAll(t)

		w.Clock.Advance(48 * time.Hour)

		var all sync.WaitGroup
		for range 4 {
			all.Go(func() {
				if err := w.Jobs.Do(t.Context(), "write digests"); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()

		testsite.Must(t, w.Jobs.Do(t.Context(), "send mail"))

		count := map[string]int{}
		for _, m := range box.Mails {
			count[m.To+" "+m.Subject]++
		}

		if len(count) != 6 || len(box.Mails) != 6 { // a digest and a mention for each
			t.Errorf("%v", count)
		}
	})
}

// Nobody gets a mail that they did not ask for, nor at an address that may be somebody else's.
func TestMailOnlyForWhoAskedForIt(t *testing.T) {
	scene.Each(t, func(t *testing.T, w *scene.World) {
		box := &scene.Mailbox{}
		w.Mailer = box

		c := w.SomeCommitment(t)

		testsite.Must(t, w.Write.User.Update().SetEmailConfirmedAt(w.Now()).Exec(t.Context()))
		testsite.Must(t, w.Write.User.UpdateOneID(w.Bob.ID).ClearEmailConfirmedAt().Exec(t.Context()))
		testsite.Must(t, scene.Only(w.UpdateNotificationSettings(scene.As(t, w.Bob),
			notify.UpdateNotificationSettingsInput{
				Digest: scene.Ptr(notificationsettings.DigestDAILY), MailsMentions: new(true),
			})))

		w.Clock.Advance(time.Minute)
		w.Comment(t, w.Steering, c.ID, "@alice @bob")
		digests(t, w)
		w.Clock.Advance(30 * 24 * time.Hour)
		digests(t, w)

		if len(box.Mails) > 0 {
			t.Errorf("%+v", box.Mails)
		}
	})
}

// A mention is mailed at once, and once. A link in the mail stops such mails and nothing else, and works for a year.
func TestMailsOfMentions(t *testing.T) {
	scene.Each(t, func(t *testing.T, w *scene.World) {
		box := &scene.Mailbox{}
		w.Mailer = box
		c := w.SomeCommitment(t)
		wantsMail(t, w, w.Alice, notify.UpdateNotificationSettingsInput{
			Digest: scene.Ptr(notificationsettings.DigestWEEKLY), MailsMentions: new(true),
		})

		w.Clock.Advance(time.Minute)
		w.Comment(t, w.Bob, c.ID, "@alice")
		digests(t, w)
		digests(t, w)

		if len(box.Mails) != 1 || box.Mails[0].Subject != "Vous avez été mentionné" {
			t.Fatalf("%+v", box.Mails)
		}

		header := box.Mails[0].Headers["List-Unsubscribe"]
		token := strings.TrimSuffix(header[strings.Index(header, "ens_"):], ">")
		if rows := w.Rows(t, "SELECT * FROM unsubscriptions"); strings.Contains(rows, token) {
			t.Error("the token is kept")
		}

		for range 2 {
			testsite.Must(t, w.Unsubscribe(t.Context(), token))
		}

		for name, wrong := range map[string]string{
			"none": "", "another": "ens_" + strings.Repeat("A", 43), "shorter": token[:46], "strange": "\x00",
		} {
			t.Run(name, func(t *testing.T) {
				w.Refused(t, refusal.NotFound, "token", func() error { return w.Unsubscribe(t.Context(), wrong) })
			})
		}

		settings := testsite.Got(w.NotificationSettingsOf(t.Context(), scene.ViewerOf(t, w.Alice)))(t)
		if settings.MailsMentions || settings.Digest != notificationsettings.DigestWEEKLY {
			t.Errorf("%+v", settings)
		}

		w.Clock.Advance(time.Minute)
		w.Comment(t, w.Bob, c.ID, "@alice encore")
		digests(t, w)
		if len(box.Mails) != 1 {
			t.Errorf("%d mails", len(box.Mails))
		}

		w.Clock.Advance(366 * 24 * time.Hour)
		testsite.Must(t, w.Jobs.Do(t.Context(), "forget notifications"))
		w.Refused(t, refusal.NotFound, "token", func() error { return w.Unsubscribe(t.Context(), token) })
	})
}

// The next digest is due at its hour where the site is, in summer and in winter, the next day or the next Monday.
func TestNextDigest(t *testing.T) {
	paris := testsite.Got(time.LoadLocation("Europe/Paris"))(t)
	at := func(s string) time.Time { return testsite.Got(time.Parse(time.RFC3339, s))(t) }

	for _, c := range []struct {
		now, next string
		how       notificationsettings.Digest
	}{
		{"2026-03-10T05:59:00Z", "2026-03-10T06:00:00Z", notificationsettings.DigestDAILY},
		{"2026-03-10T06:00:00Z", "2026-03-11T06:00:00Z", notificationsettings.DigestDAILY},
		{"2026-03-28T12:00:00Z", "2026-03-29T05:00:00Z", notificationsettings.DigestDAILY}, // summer has begun
		{"2026-03-10T06:00:00Z", "2026-03-16T06:00:00Z", notificationsettings.DigestWEEKLY},
		{"2026-03-16T06:00:00Z", "2026-03-23T06:00:00Z", notificationsettings.DigestWEEKLY},
		{"2026-10-24T12:00:00Z", "2026-10-26T06:00:00Z", notificationsettings.DigestWEEKLY}, // winter
	} {
		if next := notify.NextDigest(notify.Hour{Hour: 7, In: paris}, at(c.now), c.how); !next.Equal(at(c.next)) {
			t.Errorf("after %s: %s, want %s", c.now, next.UTC(), c.next)
		}
	}

	never := notify.NextDigest(notify.Hour{}, at("2026-03-10T00:00:00Z"), notificationsettings.DigestNEVER)
	if !never.IsZero() {
		t.Errorf("never is %s", never)
	}
}

// A mail that waits names nobody. When it leaves it tells what can be seen then: not the name of somebody who was erased
// meanwhile, nor what was read. When nothing is left to tell, it does not leave.
func TestMailTellsWhatIsSeenWhenItLeaves(t *testing.T) {
	scene.Each(t, func(t *testing.T, w *scene.World) {
		box := &scene.Mailbox{Fails: 3}
		w.Mailer = box
		for _, p := range []*testsite.Person{w.Alice, w.Moderator, w.Signatory} {
			wantsMail(t, w, p, notify.UpdateNotificationSettingsInput{MailsMentions: new(true)})
		}
		c := w.SomeCommitment(t)
		w.Clock.Advance(time.Minute)
		testsite.Must(t, w.Write.User.UpdateOneID(w.Bob.ID).SetName("Robert Petit").Exec(t.Context()))
		w.Comment(t, w.Bob, c.ID, "@alice @moderator")
		hidden := w.Comment(t, w.Steering, c.ID, "@signatory")

		w.TellAll(t)
		testsite.Must(t, w.Jobs.Do(t.Context(), "write digests"))
		_ = w.Jobs.Do(t.Context(), "send mail") // it fails for all three
		if rows := w.Rows(t, "SELECT * FROM mails"); strings.Contains(rows, "Petit") || strings.Count(rows, "\n") < 2 {
			t.Errorf("what waits: %s", rows)
		}

		testsite.Must(t, scene.Only(w.EraseAccount(scene.As(t, w.Bob), consultation.EraseAccountInput{})))
		testsite.Must(t, scene.Only(w.MarkNotificationsRead(scene.As(t, w.Moderator),
			notify.MarkNotificationsReadInput{UpTo: scene.Ptr(w.Now())})))
		testsite.Must(t, scene.Only(w.DeleteComment(scene.As(t, w.Steering),
			roadmap.DeleteCommentInput{Comment: hidden.ID})))

		w.Clock.Advance(time.Hour)
		mails := w.Sent(t, box)
		if got := mails["alice@example.org"].Body; len(mails) != 1 ||
			!strings.HasPrefix(got, "Quelqu’un vous a mentionné dans « Un comité par département ».\n") {
			t.Errorf("%d mails left; Alice reads %q", len(mails), got)
		}
		if n := testsite.Got(w.Read.Mail.Query().Count(t.Context()))(t); n != 0 {
			t.Errorf("%d mails still wait", n)
		}
	})
}

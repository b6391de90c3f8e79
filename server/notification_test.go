package server_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"ensemble/consultation/notify"
	"ensemble/consultation/outbox"
	"ensemble/consultation/roadmap"
	"ensemble/ent/notificationsettings"
	"ensemble/ent/role"
	"ensemble/internal/testsite"
	"ensemble/live"
)

const toldEvents = `subscription($after: EventCursor) { notifications(after: $after) { __typename id cursor
	... on Notified { viewerUnreadCount viewerNotification { kind count text actors { name } } }
	... on NotificationsRead { viewerUnreadCount } } }`

// told is what a socket hears of what its person is told.
type told struct {
	Typename           string `json:"__typename"`
	Cursor             string
	ViewerUnreadCount  int
	ViewerNotification *struct {
		Kind, Text string
		Count      int
	}
}

// hears takes the next event.
func (k *socket) hears(t testing.TB) told {
	t.Helper()
	f := k.expect(t, "next")
	var r struct {
		Data struct{ Notifications told }
	}
	ok(t, json.Unmarshal(f.Payload, &r))
	return r.Data.Notifications
}

func (e told) String() string {
	if e.ViewerNotification == nil {
		return fmt.Sprint(e.Typename, " ", e.ViewerUnreadCount)
	}
	return fmt.Sprint(e.Typename, " ", e.ViewerUnreadCount, " ", e.ViewerNotification.Kind, " ", e.ViewerNotification.Count, " ", e.ViewerNotification.Text)
}

// A person hears what they are told, nobody else does, and who comes back misses nothing.
func TestLiveNotifications(t *testing.T) {
	testsite.Each(t, func(t *testing.T, s *testsite.Site) {
		w := testsite.NewWorld(t, s)
		s.Keep()
		c := w.Commitment(t, "Un", "Texte.")
		m := w.Comment(t, w.Alice, c.ID, "Un")
		var page struct {
			Viewer struct {
				Notifications struct{ StreamCursor string }
			}
		}
		s.Must(t, w.Alice.Token, `{ viewer { notifications { streamCursor } } }`, nil, &page)
		start := page.Viewer.Notifications.StreamCursor
		alice, bob := dial(t, s, w.Alice.Token), dial(t, s, w.Bob.Token)
		alice.subscribe(t, "1", toldEvents, map[string]any{"after": start})
		bob.subscribe(t, "1", toldEvents, nil)
		answer := func(p *testsite.Person, body string) string {
			return have[string](t)(func() (string, error) {
				m, err := w.PostComment(p.Ctx(t.Context()), roadmap.PostCommentInput{Subject: c.ID, Parent: &m.ID, Body: body})
				return m.ID, err
			}())
		}
		answer(w.Bob, "Deux")
		first := alice.hears(t)
		if first.String() != "Notified 1 ANSWER 1 bob answered your comment on “EN Un”." {
			t.Errorf("%s", first)
		}
		answer(w.Steering, "Trois")
		if e := alice.hears(t); e.String() != "Notified 1 ANSWER 2 There are 2 answers to your comment on “EN Un”." {
			t.Errorf("%s", e)
		}
		alice.kill()
		s.Must(t, w.Alice.Token, `mutation { markNotificationsRead(input: {upTo: "2030-01-01T00:00:00Z"}) { readCount } }`, nil, nil)
		answer(w.Moderator, "Quatre, @bob")
		if e := bob.hears(t); e.String() != "Notified 1 MENTION 1 moderator mentioned you in “EN Un”." {
			t.Errorf("%s", e)
		}
		bob.wantQuiet(t)
		again := dial(t, s, w.Alice.Token)
		again.subscribe(t, "1", toldEvents, map[string]any{"after": first.Cursor})
		var kinds []string
		for len(kinds) < 3 {
			kinds = append(kinds, again.hears(t).Typename)
		}
		if fmt.Sprint(kinds) != "[Notified NotificationsRead Notified]" {
			t.Errorf("she comes back to %v", kinds)
		}
		again.wantQuiet(t)
	})
}

// Nobody listens for somebody else, with their cursor either.
func TestNotificationsAreForOneself(t *testing.T) {
	testsite.Each(t, func(t *testing.T, s *testsite.Site) {
		w := testsite.NewWorld(t, s)
		nobody := dial(t, s, "")
		nobody.subscribe(t, "1", toldEvents, nil)
		if e := nobody.refusal(t, "1"); e.Extensions["code"] != "UNAUTHENTICATED" {
			t.Errorf("%+v", e)
		}
		var page struct {
			Viewer struct {
				Notifications struct{ StreamCursor string }
			}
		}
		s.Must(t, w.Alice.Token, `{ viewer { notifications { streamCursor } } }`, nil, &page)
		bob := dial(t, s, w.Bob.Token)
		bob.subscribe(t, "1", toldEvents, map[string]any{"after": page.Viewer.Notifications.StreamCursor})
		if e := bob.refusal(t, "1"); e.Extensions["code"] != "BAD_USER_INPUT" {
			t.Errorf("%+v", e)
		}
		for _, id := range []string{w.Alice.ID, w.Bob.ID, live.ViewerTopic(w.Bob.ID), live.SiteTopic} {
			if a := s.Do(t, w.Bob.Token, `query($id: ID!) { events(topic: $id) { endCursor } }`, map[string]any{"id": id}); a.Code() != "NOT_FOUND" {
				t.Errorf("the log of %s: %s", id, a.Data)
			}
		}
	})
}

// A socket looks up who its person is when that may have changed, and not each time they are told something.
func TestNotificationsIdentifyNobody(t *testing.T) {
	onEach(t, func(t *testing.T, s *site) {
		w := testsite.NewWorld(t, s.Site)
		c := w.Commitment(t, "Un", "Texte.")
		m := w.Comment(t, w.Alice, c.ID, "Un")
		read := counting(s)
		s.Keep()
		alice := dial(t, s.Site, w.Alice.Token)
		alice.subscribe(t, "1", toldEvents, nil)
		bob, admin := w.Bob.Ctx(t.Context()), w.Admin.Ctx(t.Context())
		answer := func() {
			t.Helper()
			ok(t, second(w.PostComment(bob, roadmap.PostCommentInput{Subject: c.ID, Parent: &m.ID, Body: "Deux"})))
			alice.hears(t)
		}
		answer()
		identified := func() (n int) {
			for _, query := range read.take() {
				if strings.Contains(query, "FROM sessions k") {
					n++
				}
			}
			return n
		}
		identified() // when the socket came
		for range 10 {
			answer()
		}
		ok(t, second(w.GrantRole(admin, roadmap.RoleInput{Process: w.Process.ID, User: &w.Alice.ID, Role: role.NameFACILITATOR, Reason: "Élue."})))
		n := 0
		eventually(t, "the socket sees that a role was granted", func() bool { n += identified(); return n > 0 })
		answer()
		if n += identified(); n != 1 {
			t.Errorf("looked %d times who it is", n)
		}
	})
}

// A page of fifty reads as much as a page of one.
func TestNotificationStatements(t *testing.T) {
	onEach(t, func(t *testing.T, s *site) {
		w := testsite.NewWorld(t, s.Site)
		few, many := w.Bob, w.Alice
		for i, p := range append([]*testsite.Person{few}, repeat(many, 50)...) {
			c := w.Commitment(t, fmt.Sprintf("Numéro %d", i), secret)
			m := w.Comment(t, p, c.ID, secret)
			done(w.PostComment(w.Steering.Ctx(t.Context()), roadmap.PostCommentInput{Subject: c.ID, Parent: &m.ID, Body: secret}))(t)
		}
		ok(t, s.TellPeople(t.Context()))
		c := counting(s)
		read := func(p *testsite.Person) []string {
			c.take()
			s.Must(t, p.Token, `{ viewer { notifications(first: 50) { unreadCount streamCursor nodes { kind count text url subject { id } actors { name } } } } }`, nil, nil)
			return c.take()
		}
		one, fifty := read(few), read(many)
		t.Logf("%d statements for one, %d for fifty", len(one), len(fifty))
		if len(fifty) > 14 || len(one) > len(fifty) {
			t.Errorf("%d statements for fifty, %d for one:\n%s", len(fifty), len(one), strings.Join(fifty, "\n"))
		}
	})
}

func repeat[T any](v T, n int) []T {
	all := make([]T, n)
	for i := range all {
		all[i] = v
	}
	return all
}

// letterBox keeps the mails that were sent.
type letterBox struct {
	mu    sync.Mutex
	mails []outbox.Mail
	sent  chan struct{}
}

func (b *letterBox) Send(_ context.Context, m outbox.Mail) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.mails = append(b.mails, m)
	b.sent <- struct{}{}
	return nil
}

// What a mail program does with the headers of RFC 8058, and what a person does with the link.
func TestUnsubscribe(t *testing.T) {
	onEach(t, func(t *testing.T, s *site) {
		w := testsite.NewWorld(t, s.Site)
		box := &letterBox{sent: make(chan struct{}, 10)}
		s.Mailer, s.BaseURL = box, s.URL
		s.sqlOn(t, "UPDATE users SET email_confirmed_at = created_at")
		done(w.UpdateNotificationSettings(w.Alice.Ctx(t.Context()), notify.UpdateNotificationSettingsInput{
			Digest: new(notificationsettings.DigestDAILY), MailsMentions: new(true),
		}))(t)
		c := w.Commitment(t, "Un", secret)
		s.Clock.Advance(time.Minute)
		w.Comment(t, w.Bob, c.ID, "@alice "+secret)
		if err := s.Jobs.Do(t.Context(), "tell people", "write digests", "send mail"); err != nil {
			t.Fatal(err)
		}
		<-box.sent
		header := box.mails[0].Headers["List-Unsubscribe"]
		link := strings.TrimPrefix(strings.Trim(header, "<>"), s.URL)
		token := done(url.Parse(link))(t).Query().Get("token")
		wanted := func() bool {
			return only[bool](t, s, "SELECT mails_mentions FROM notification_settings WHERE id = $1", w.Alice.ID)
		}
		form := []string{"Content-Type", "application/x-www-form-urlencoded"}
		for _, step := range []struct {
			name, method, path, body, language string
			status                             int
			says                               string
			wanted                             bool
		}{
			{"a visit", "GET", link, "", "fr", 200, "<button type=\"submit\">Ne plus les recevoir</button>", true},
			{"a visit in English", "GET", link, "", "en", 200, "<button type=\"submit\">Stop these mails</button>", true},
			{"no token", "GET", "/mail/unsubscribe", "", "en", 404, "too old, or not whole", true},
			{"a wrong token", "POST", "/mail/unsubscribe?token=ens_" + strings.Repeat("A", 43), "List-Unsubscribe=One-Click", "fr", 404, "trop ancien, ou incomplet", true},
			{"markup for a token", "GET", "/mail/unsubscribe?token=%22%3E%3Cscript%3E", "", "en", 404, "not whole", true},
			{"another method", "PUT", link, "", "en", 404, "", true},
			{"one click", "POST", link, "List-Unsubscribe=One-Click", "fr", 200, "C’est fait", false},
			{"twice", "POST", "/mail/unsubscribe", "token=" + token, "en", 200, "Done", false},
		} {
			a := s.ask(t, step.method, step.path, step.body, append(form, "Accept-Language", step.language)...)
			if a.Status != step.status || !strings.Contains(a.raw, step.says) || wanted() != step.wanted || strings.Contains(a.raw, "<script") {
				t.Errorf("%s: %d, still wanted: %t: %s", step.name, a.Status, wanted(), a.raw)
			}
			if step.status == http.StatusOK && (a.Header.Get("Content-Language") != step.language || a.Header.Get("Referrer-Policy") != "no-referrer" || len(a.Header["Set-Cookie"]) > 0) {
				t.Errorf("%s: %v", step.name, a.Header)
			}
		}
		if digest := only[string](t, s, "SELECT digest FROM notification_settings WHERE id = $1", w.Alice.ID); digest != "DAILY" {
			t.Errorf("the digest is %s", digest)
		}
		s.sqlOn(t, "DELETE FROM unsubscriptions")
		if a := s.ask(t, "POST", link, "List-Unsubscribe=One-Click", append(form, "Accept-Language", "en")...); a.Status != 404 {
			t.Errorf("an old token: %d", a.Status)
		}
	})
}

package server_test

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"ensemble/consultation/notify"
	"ensemble/consultation/outbox"
	"ensemble/ent/notificationsettings"
	"ensemble/internal/testsite"
)

// unsubscribeStep is a request with the link of a mail, what it is answered, and whether mails are still wanted then.
type unsubscribeStep struct {
	name, method, path, body, language string
	status                             int
	says                               string
	wanted                             bool
}

// unsubscribeSteps lists, in order, what may be done with a link: by a person, by a mail program, and by others.
func unsubscribeSteps(link, token string) []unsubscribeStep {
	const page, oneClick = "/mail/unsubscribe", "List-Unsubscribe=One-Click"
	unknown := page + "?token=ens_" + strings.Repeat("A", 43)

	return []unsubscribeStep{
		{"a visit", "GET", link, "", "fr", 200, "<button type=\"submit\">Ne plus les recevoir</button>", true},
		{"a visit in English", "GET", link, "", "en", 200, "<button type=\"submit\">Stop these mails</button>", true},
		{"no token", "GET", page, "", "en", 404, "too old, or not whole", true},
		{"a wrong token", "POST", unknown, oneClick, "fr", 404, "trop ancien, ou incomplet", true},
		{"markup for a token", "GET", page + "?token=%22%3E%3Cscript%3E", "", "en", 404, "not whole", true},
		{"too large a form", "POST", page, "x=" + strings.Repeat("x", 4<<10) + "&token=" + token, "en", 404, "not whole", true},
		{"another method", "PUT", link, "", "en", 404, "", true},
		{"one click", "POST", link, oneClick, "fr", 200, "C’est fait", false},
		{"twice", "POST", page, "token=" + token, "en", 200, "Done", false},
	}
}

// A mail program unsubscribes with the headers of RFC 8058, and a person with the link. Mails about
// mentions stop; digests go on.
func TestUnsubscribe(t *testing.T) {
	testsite.EachLogged(t, func(t *testing.T, s *testsite.Logged) {
		w := testsite.NewWorld(t, s.Site)
		box := &letterBox{sent: make(chan struct{}, 10)}
		s.Mailer, s.BaseURL = box, s.URL
		s.SQL(t, "UPDATE users SET email_confirmed_at = created_at")
		testsite.Got(w.UpdateNotificationSettings(w.Alice.Ctx(t.Context()), notify.UpdateNotificationSettingsInput{
			Digest: new(notificationsettings.DigestDAILY), MailsMentions: new(true),
		}))(t)

		c := w.Commitment(t, "Un", testsite.Secret)
		s.Clock.Advance(time.Minute)
		w.Comment(t, w.Bob, c.ID, "@alice "+testsite.Secret)
		if err := s.Jobs.Do(t.Context(), "tell people", "write digests", "send mail"); err != nil {
			t.Fatal(err)
		}
		<-box.sent

		header := box.mails[0].Headers["List-Unsubscribe"]
		link := strings.TrimPrefix(strings.Trim(header, "<>"), s.URL)
		token := testsite.Got(url.Parse(link))(t).Query().Get("token")

		wanted := func() bool {
			return testsite.Only[bool](t, s,
				"SELECT mails_mentions FROM notification_settings WHERE id = $1", w.Alice.ID)
		}

		form := []string{"Content-Type", "application/x-www-form-urlencoded"}
		for _, step := range unsubscribeSteps(link, token) {
			a := s.Request(t, step.method, step.path, step.body, append(form, "Accept-Language", step.language)...)
			if a.Status != step.status || !strings.Contains(a.Raw, step.says) || wanted() != step.wanted ||
				strings.Contains(a.Raw, "<script") {
				t.Errorf("%s: %d, still wanted: %t: %s", step.name, a.Status, wanted(), a.Raw)
			}

			if step.status != http.StatusOK {
				continue
			}

			h := a.Header
			if h.Get("Content-Language") != step.language || h.Get("Referrer-Policy") != "no-referrer" ||
				len(h["Set-Cookie"]) > 0 {
				t.Errorf("%s: %v", step.name, h)
			}
		}

		digest := testsite.Only[string](t, s, "SELECT digest FROM notification_settings WHERE id = $1", w.Alice.ID)
		if digest != "DAILY" {
			t.Errorf("the digest is %s", digest)
		}

		// A link that was forgotten is refused.
		s.SQL(t, "DELETE FROM unsubscriptions")
		a := s.Request(t, "POST", link, "List-Unsubscribe=One-Click", append(form, "Accept-Language", "en")...)
		if a.Status != 404 {
			t.Errorf("a forgotten token: %d", a.Status)
		}
	})
}

// letterBox stores the mails that were sent.
type letterBox struct {
	mu    sync.Mutex
	mails []outbox.Mail
	sent  chan struct{} // one value per mail
}

// Send implements outbox.Mailer.
func (b *letterBox) Send(_ context.Context, m outbox.Mail) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.mails = append(b.mails, m)
	b.sent <- struct{}{}
	return nil
}

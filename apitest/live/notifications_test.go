package live_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"ensemble/consultation/processes"
	"ensemble/consultation/roadmap"
	"ensemble/ent/role"
	"ensemble/internal/testsite"
	"ensemble/live"
)

// toldEvents asks for the notifications of whoever watches.
const toldEvents = `subscription($after: EventCursor) {
	notificationEvents(after: $after) {
		__typename id cursor
		... on Notified { viewerUnreadCount viewerNotification { kind count text actors { name } } }
		... on NotificationsRead { viewerUnreadCount }
	}
}`

// told is an event of toldEvents.
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
func hears(t testing.TB, k *testsite.Socket) told {
	t.Helper()
	f := k.Expect(t, "next")
	var r struct {
		Data struct{ NotificationEvents told }
	}
	testsite.Must(t, json.Unmarshal(f.Payload, &r))
	return r.Data.NotificationEvents
}

// String is the event in one line: its type, the number of unread notifications and the notification.
func (e told) String() string {
	if e.ViewerNotification == nil {
		return fmt.Sprint(e.Typename, " ", e.ViewerUnreadCount)
	}
	n := e.ViewerNotification
	return fmt.Sprint(e.Typename, " ", e.ViewerUnreadCount, " ", n.Kind, " ", n.Count, " ", n.Text)
}

// notificationsCursor is where the stream of p's notifications stands.
func notificationsCursor(t *testing.T, s *testsite.Site, p *testsite.Person) string {
	t.Helper()
	var page struct {
		Viewer struct {
			Notifications struct{ StreamCursor string }
		}
	}
	s.Must(t, p.Token, `{ viewer { notifications { streamCursor } } }`, nil, &page)
	return page.Viewer.Notifications.StreamCursor
}

// A person gets their notifications as they are made, nobody else gets them, and who comes back misses nothing.
func TestLiveNotifications(t *testing.T) {
	testsite.Each(t, func(t *testing.T, s *testsite.Site) {
		w := testsite.NewWorld(t, s)
		s.RunJobs()
		c := w.Commitment(t, "Un", "Texte.")
		m := w.Comment(t, w.Alice, c.ID, "Un")
		start := notificationsCursor(t, s, w.Alice)

		alice, bob := testsite.Dial(t, s, w.Alice.Token), testsite.Dial(t, s, w.Bob.Token)
		alice.Subscribe(t, "1", toldEvents, map[string]any{"after": start})
		bob.Subscribe(t, "1", toldEvents, nil)
		answer := func(p *testsite.Person, body string) string {
			return testsite.Got(func() (string, error) {
				m, err := w.PostComment(p.Ctx(t.Context()), roadmap.PostCommentInput{
					Subject: c.ID, Parent: &m.ID, Body: body,
				})
				return m.ID, err
			}())(t)
		}

		answer(w.Bob, "Deux")
		first := hears(t, alice)
		if first.String() != "Notified 1 ANSWER 1 bob answered your comment on “EN Un”." {
			t.Errorf("%s", first)
		}

		answer(w.Steering, "Trois")
		if e := hears(t, alice); e.String() != "Notified 1 ANSWER 2 There are 2 answers to your comment on “EN Un”." {
			t.Errorf("%s", e)
		}

		alice.Kill()
		s.Must(t, w.Alice.Token,
			`mutation { markNotificationsRead(input: {upTo: "2030-01-01T00:00:00Z"}) { readCount } }`, nil, nil)

		answer(w.Moderator, "Quatre, @bob")
		if e := hears(t, bob); e.String() != "Notified 1 MENTION 1 moderator mentioned you in “EN Un”." {
			t.Errorf("%s", e)
		}
		bob.WantQuiet(t)

		again := testsite.Dial(t, s, w.Alice.Token)
		again.Subscribe(t, "1", toldEvents, map[string]any{"after": first.Cursor})
		var kinds []string
		for len(kinds) < 3 {
			kinds = append(kinds, hears(t, again).Typename)
		}
		if fmt.Sprint(kinds) != "[Notified NotificationsRead Notified]" {
			t.Errorf("she comes back to %v", kinds)
		}
		again.WantQuiet(t)
	})
}

// Nobody watches the notifications of somebody else, also not with a cursor of theirs.
func TestNotificationsAreForOneself(t *testing.T) {
	testsite.Each(t, func(t *testing.T, s *testsite.Site) {
		w := testsite.NewWorld(t, s)
		nobody := testsite.Dial(t, s, "")
		nobody.Subscribe(t, "1", toldEvents, nil)
		if e := nobody.Refusal(t, "1"); e.Extensions["code"] != "UNAUTHENTICATED" {
			t.Errorf("%+v", e)
		}

		bob := testsite.Dial(t, s, w.Bob.Token)
		bob.Subscribe(t, "1", toldEvents, map[string]any{"after": notificationsCursor(t, s, w.Alice)})
		if e := bob.Refusal(t, "1"); e.Extensions["code"] != "BAD_USER_INPUT" {
			t.Errorf("%+v", e)
		}

		for _, id := range []string{w.Alice.ID, w.Bob.ID, live.ViewerTopic(w.Bob.ID), live.SiteTopic} {
			a := s.Do(t, w.Bob.Token, `query($id: ID!) { events(topic: $id) { endCursor } }`, map[string]any{"id": id})
			if a.Code() != "NOT_FOUND" {
				t.Errorf("the log of %s: %s", id, a.Data)
			}
		}
	})
}

// A socket looks up who its person is when that may have changed, and not each time that a notification comes.
func TestNotificationsIdentifyNobody(t *testing.T) {
	testsite.EachLogged(t, func(t *testing.T, s *testsite.Logged) {
		w := testsite.NewWorld(t, s.Site)
		c := w.Commitment(t, "Un", "Texte.")
		m := w.Comment(t, w.Alice, c.ID, "Un")
		read := testsite.CountStatements(s)
		s.RunJobs()

		alice := testsite.Dial(t, s.Site, w.Alice.Token)
		alice.Subscribe(t, "1", toldEvents, nil)
		testsite.Eventually(t, "she listens", func() bool { return s.Hub.Subscriptions() == 1 })

		bob, admin := w.Bob.Ctx(t.Context()), w.Admin.Ctx(t.Context())
		answer := func() {
			t.Helper()
			testsite.Got(w.PostComment(bob, roadmap.PostCommentInput{Subject: c.ID, Parent: &m.ID, Body: "Deux"}))(t)
			hears(t, alice)
		}
		identified := func() (n int) {
			for _, query := range read.Take() {
				if strings.Contains(query, "FROM sessions k") {
					n++
				}
			}
			return n
		}

		answer()
		identified() // when the socket came
		for range 10 {
			answer()
		}

		testsite.Got(w.GrantRole(admin, processes.GrantRoleInput{
			Process: w.Process.ID, User: &w.Alice.ID, Role: role.NameFACILITATOR, Reason: "Élue.",
		}))(t)
		n := 0
		testsite.Eventually(t, "the socket sees that a role was granted",
			func() bool { n += identified(); return n > 0 })
		answer()
		if n += identified(); n != 1 {
			t.Errorf("looked %d times who it is", n)
		}
	})
}

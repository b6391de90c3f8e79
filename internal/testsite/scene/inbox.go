package scene

import (
	"fmt"
	"strings"
	"testing"

	"golang.org/x/text/language"

	"ensemble/auth"
	"ensemble/consultation/notify"
	"ensemble/consultation/roadmap"
	"ensemble/ent"
	"ensemble/ent/follow"
	"ensemble/ent/notification"
	"ensemble/internal/testsite"
)

// TellAll does the job of telling people until nobody is left to tell.
func (w *World) TellAll(t testing.TB) {
	t.Helper()
	for {
		testsite.Must(t, w.TellPeople(t.Context()))
		if testsite.Got(w.Read.Fanout.Query().Count(t.Context()))(t) == 0 {
			return
		}
	}
}

// Inbox returns what somebody can read, the oldest first, as “kind×count” with a star when it is unread.
func (w *World) Inbox(t testing.TB, p *testsite.Person) string {
	t.Helper()
	var all []string

	q := testsite.Got(w.Notifications(ViewerOf(t, p)))(t)
	rows := testsite.Got(q.Order(ent.Asc(notification.FieldUpdatedAt, notification.FieldID)).All(t.Context()))(t)
	told := testsite.Got(w.Sentences(t.Context(), rows))(t)

	for _, n := range rows {
		star := ""
		if n.ReadAt == nil {
			star = "*"
		}
		all = append(all, fmt.Sprintf("%s×%d%s", n.Kind, told[n.ID].Count, star))
	}
	return strings.Join(all, " ")
}

// InboxTexts returns what the notifications of somebody say in a language, the oldest first.
func (w *World) InboxTexts(t testing.TB, p *testsite.Person, reader language.Tag) []string {
	t.Helper()
	q := testsite.Got(w.Notifications(ViewerOf(t, p)))(t)
	rows := testsite.Got(q.Order(ent.Asc(notification.FieldUpdatedAt, notification.FieldID)).All(t.Context()))(t)
	told := testsite.Got(w.Sentences(t.Context(), rows))(t)

	texts := make([]string, len(rows))
	for i, n := range rows {
		texts[i] = told[n.ID].Text([]language.Tag{reader})
	}
	return texts
}

// ViewerOf returns the viewer that requests of p have.
func ViewerOf(t testing.TB, p *testsite.Person) auth.Viewer { return auth.ViewerFrom(As(t, p)) }

// WantsInbox tells everybody what is due, and compares what p can read with want.
func (w *World) WantsInbox(t testing.TB, p *testsite.Person, want string) {
	t.Helper()
	w.TellAll(t)
	if is := w.Inbox(t, p); is != want {
		t.Errorf("they are told %q, want %q", is, want)
	}
}

// FollowAs makes p follow a subject.
func (w *World) FollowAs(t testing.TB, p *testsite.Person, subject string) {
	t.Helper()
	testsite.Must(t, w.Follow(As(t, p), notify.FollowSubjectInput{Subject: subject}))
}

// Answer posts a comment of p below another.
func (w *World) Answer(t testing.TB, p *testsite.Person, to *ent.Comment, body string) *ent.Comment {
	t.Helper()
	return testsite.Got(w.PostComment(As(t, p), roadmap.PostCommentInput{
		Subject: to.SubjectID, Parent: &to.ID, Body: body,
	}))(t)
}

// FollowsOf returns the ids of what p follows.
func (w *World) FollowsOf(t testing.TB, p *testsite.Person) []string {
	t.Helper()
	return testsite.Got(w.Following(ViewerOf(t, p), nil).Select(follow.FieldSubjectID).Strings(t.Context()))(t)
}

package lists_test

import (
	"fmt"
	"strings"
	"testing"

	"ensemble/consultation/roadmap"
	"ensemble/internal/testsite"
)

// A page of fifty notifications executes no more statements than a page of one.
func TestNotificationStatements(t *testing.T) {
	testsite.EachLogged(t, func(t *testing.T, s *testsite.Logged) {
		w := testsite.NewWorld(t, s.Site)
		few, many := w.Bob, w.Alice
		for i, p := range append([]*testsite.Person{few}, repeat(many, 50)...) {
			c := w.Commitment(t, fmt.Sprintf("Numéro %d", i), testsite.Secret)
			m := w.Comment(t, p, c.ID, testsite.Secret)
			testsite.Got(w.PostComment(w.Steering.Ctx(t.Context()), roadmap.PostCommentInput{
				Subject: c.ID, Parent: &m.ID, Body: testsite.Secret,
			}))(t)
		}
		testsite.Must(t, s.TellPeople(t.Context()))

		c := testsite.CountStatements(s)
		read := func(p *testsite.Person) []string {
			c.Take()
			s.Must(t, p.Token, `{
				viewer { notifications(first: 50) {
					unreadCount streamCursor nodes { kind count text url subject { id } actors { name } }
				} }
			}`, nil, nil)
			return c.Take()
		}

		one, fifty := read(few), read(many)
		t.Logf("%d statements for one, %d for fifty", len(one), len(fifty))
		if len(fifty) > 14 || len(one) > len(fifty) {
			t.Errorf("%d statements for fifty, %d for one:\n%s", len(fifty), len(one), strings.Join(fifty, "\n"))
		}
	})
}

// repeat is a list of v, n times.
func repeat[T any](v T, n int) []T {
	all := make([]T, n)
	for i := range all {
		all[i] = v
	}
	return all
}

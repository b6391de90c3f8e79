package lists_test

import (
	"fmt"
	"strings"
	"testing"

	"ensemble/consultation/moderation"
	entmoderation "ensemble/ent/moderation"
	"ensemble/ent/report"
	"ensemble/internal/testsite"
)

// moderationPages are what moderators, authors and everybody read of moderation, as whom, and the most statements that
// each may take.
var moderationPages = []struct {
	name string
	as   func(*testsite.World) *testsite.Person
	most int
	text string
}{
	{"queue", func(w *testsite.World) *testsite.Person { return w.Moderator }, 15, `query($id: ID!) {
		node(id: $id) { ... on Process { viewerModerationQueue(first: 20) {
			totalCount counts { byState { count } byReason { count } byKind { count } }
			nodes {
				standing reportCount comment { viewerBody author { name } } amendment { id }
				reports(first: 3) { totalCount nodes { reason text } }
				decisions { action viewerFacts viewerAppeal { state } }
			}
		} } }
	}`},
	{"queue, counts that nobody asks for", func(w *testsite.World) *testsite.Person { return w.Moderator }, 3, `query($id: ID!) {
		node(id: $id) { ... on Process { viewerModerationQueue { counts { __typename } } } }
	}`},
	{"queue, one count", func(w *testsite.World) *testsite.Person { return w.Moderator }, 4, `query($id: ID!) {
		node(id: $id) { ... on Process { viewerModerationQueue { counts { byKind { count } } } } }
	}`},
	{"hidden items", func(w *testsite.World) *testsite.Person { return w.Alice }, 9, `{
		viewer { hiddenItems(first: 50) {
			totalCount nodes { standing comment { viewerBody } decisions { viewerFacts viewerAppealUntil } }
		} }
	}`},
	{"reports", func(w *testsite.World) *testsite.Person { return w.Bob }, 5, `{
		viewer { reports(first: 50) { totalCount nodes { reason outcome moderation { action } } } }
	}`},
	{"log", func(*testsite.World) *testsite.Person { return nil }, 5, `query($id: ID!) {
		moderationLog(process: $id) { streamCursor entries(first: 50) { totalCount nodes { itemId reason } } }
	}`},
	{"thread", func(w *testsite.World) *testsite.Person { return w.Bob }, 9, `query($subject: ID!) {
		commitment(id: $subject) {
			comments(first: 50) { nodes { viewerCanReport viewerReport { reason } viewerCase { state } } }
		}
	}`},
}

// What is read of moderation does not grow with how much there is of it.
func TestModerationStatements(t *testing.T) {
	testsite.EachLogged(t, func(t *testing.T, s *testsite.Logged) {
		w := testsite.NewWorld(t, s.Site)
		c := w.Commitment(t, "Un", "Texte.")
		more := func(n int) {
			for i := range n {
				m := w.Comment(t, w.Alice, c.ID, fmt.Sprint(i))
				testsite.Got(w.Report(w.Bob.Ctx(t.Context()), moderation.ReportContentInput{
					Item: m.ID, Reason: report.ReasonSPAM,
				}))(t)
				if i%2 == 0 {
					row := testsite.Got(w.Decide(w.Moderator.Ctx(t.Context()), moderation.Decision{
						Item: m.ID, Action: entmoderation.ActionHIDE, Reason: new(entmoderation.ReasonSPAM), Facts: "x",
					}))(t)
					testsite.Got(w.Appeal(w.Alice.Ctx(t.Context()), moderation.AppealDecisionInput{
						Moderation: row.ID, Text: "x",
					}))(t)
				}
			}
		}

		counter := testsite.CountStatements(s)
		read := func(i int) []string {
			p := moderationPages[i]
			token := ""
			if who := p.as(w); who != nil {
				token = who.Token
			}

			counter.Take()
			s.Must(t, token, p.text, map[string]any{"id": w.Process.ID, "subject": c.ID}, nil)
			return counter.Take()
		}

		more(3)
		few := make([]int, len(moderationPages))
		for i := range moderationPages {
			few[i] = len(read(i))
		}

		more(12)
		for i, p := range moderationPages {
			many := read(i)
			t.Logf("%s: %d statements, then %d", p.name, few[i], len(many))
			if len(many) > p.most || len(many) > few[i] {
				t.Errorf("%s: %d statements, then %d, at most %d:\n%s",
					p.name, few[i], len(many), p.most, strings.Join(many, "\n"))
			}
		}
	})
}

package badinput_test

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"ensemble/apitest/story"
	"ensemble/internal/testsite"
)

// mistake is an operation that must be refused.
type mistake struct {
	name      string
	as        string // nickname; "" is nobody
	op        string // a query, or the name of a mutation whose input is given
	variables string // JSON with names of the story: of a mutation, its input
	code      string
	field     string
}

// query returns the document to send: op itself, or the mutation with that name spelled out.
func (m mistake) query() string {
	if strings.ContainsAny(m.op, "{") {
		return m.op
	}
	return story.Mutation(m.op)
}

// values returns the variables of the query, with ids in place of the names of the story.
func (m mistake) values(t *testing.T, st *story.Story) map[string]any {
	t.Helper()
	text := m.variables
	if text == "" {
		text = "{}"
	}

	var v map[string]any
	if err := json.Unmarshal([]byte(st.Resolve(text)), &v); err != nil {
		t.Fatalf("%s: %v", text, err)
	}

	if strings.ContainsAny(m.op, "{") {
		return v
	}
	return map[string]any{"input": v}
}

// refuses sends a mistake and wants its code and its field. The answer says nothing that only we should know, and
// nothing has changed.
func refuses(t *testing.T, st *story.Story, m mistake) {
	t.Helper()
	before := st.State(t)

	a := st.Send(t, m.query(), m.values(t, st), append(st.Bearer(m.as), "Accept-Language", "en")...)
	if a.Code() != m.code || a.Field() != m.field {
		t.Errorf("%q on %q, want %q on %q: %s", a.Code(), a.Field(), m.code, m.field, a.Raw)
	}
	if a.Status != http.StatusOK { // also when it is not valid: the answer is application/json
		t.Errorf("status %d", a.Status)
	}

	testsite.WantSoundErrors(t, a)

	if after := st.State(t); after != before {
		t.Errorf("something changed:\n%s\nbefore:\n%s", after, before)
	}
}

// Every mistake is refused, on both databases.
func TestMistakes(t *testing.T) {
	story.Each(t, func(t *testing.T, st *story.Story) {
		callCursors(t, st)

		for _, group := range [][]mistake{
			commentMistakes, supportMistakes, amendmentMistakes, commitmentMistakes, processMistakes,
			accountMistakes, listMistakes, eventMistakes, formMistakes, identityMistakes, variableMistakes,
		} {
			for _, m := range group {
				t.Run(m.name, func(t *testing.T) { refuses(t, st, m) })
			}
		}
	})
}

// callCursors gives names to cursors of lists and of streams, to halves of them, and to a forged one.
func callCursors(t *testing.T, st *story.Story) {
	t.Helper()

	var lists struct {
		Commitment map[string]struct{ PageInfo struct{ EndCursor string } }
		Events     struct{ EndCursor string }
		Process    map[string]string
	}
	st.Must(t, "", `query($id: ID!) {
		events(topic: $id, first: 50) { endCursor }
		process(slug: "roadmap") { streamCursor }
		commitment(id: $id) {
			oldest: comments(first: 2) { pageInfo { endCursor } }
			newest: comments(orderBy: NEWEST, first: 2) { pageInfo { endCursor } }
			roots: comments(filter: {rootsOnly: true}, first: 2) { pageInfo { endCursor } }
			supports { pageInfo { endCursor } }
		}
	}`, map[string]any{"id": st.Names["commitment"]}, &lists)

	for list, page := range lists.Commitment {
		st.Call("cursor of "+list, page.PageInfo.EndCursor)
		st.Call("half a cursor of "+list, page.PageInfo.EndCursor[:len(page.PageInfo.EndCursor)/2])
	}

	var thread struct {
		Node struct {
			Comments struct{ PageInfo struct{ EndCursor string } }
		}
	}
	st.Must(t, "", `query($id: ID!) { node(id: $id) { ... on Amendment { comments { pageInfo { endCursor } } } } }`,
		map[string]any{"id": st.Names["mergeable amendment"]}, &thread)
	st.Call("cursor of another thread", thread.Node.Comments.PageInfo.EndCursor)

	// It is well formed, but names a list that does not exist.
	st.Call("cursor of a forger", base64.RawURLEncoding.EncodeToString(
		[]byte(`["AAAAAAAA","2026-03-10T09:00:00Z","`+st.Names["comment"]+`"]`)))

	st.Call("event cursor", lists.Events.EndCursor)
	st.Call("half an event cursor", lists.Events.EndCursor[:20])
	st.Call("event cursor of the process", lists.Process["streamCursor"])
}

// long is a text of n code points.
func long(n int) string { return strings.Repeat("é", n) }

// The codes of errors.
const (
	unauthenticated  = "UNAUTHENTICATED"
	wrongCredentials = "WRONG_CREDENTIALS"
	forbidden        = "FORBIDDEN"
	notFound         = "NOT_FOUND"
	badUserInput     = "BAD_USER_INPUT"
	conflict         = "CONFLICT"
	closed           = "CLOSED"
	tooComplex       = "TOO_COMPLEX"
	invalid          = "GRAPHQL_VALIDATION_FAILED"
	unparsable       = "GRAPHQL_PARSE_FAILED"
)

package server_test

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"math"
	"net/http"
	"strings"
	"testing"
	"time"

	"ensemble/ent/migrate"
	"ensemble/ent/session"
	"ensemble/live"
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

// query is the operation: a mutation is spelt out.
func (m mistake) query() string {
	if strings.ContainsAny(m.op, "{") {
		return m.op
	}
	return mutationNamed(m.op)
}

// mutationNamed asks nothing back.
func mutationNamed(name string) string {
	return fmt.Sprintf("mutation($input: %s%sInput!) { %s(input: $input) { __typename } }", strings.ToUpper(name[:1]), name[1:], name)
}

func (m mistake) values(t *testing.T, st *story) map[string]any {
	t.Helper()
	text := m.variables
	if text == "" {
		text = "{}"
	}
	var v map[string]any
	if err := json.Unmarshal([]byte(st.resolve(text)), &v); err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	if strings.ContainsAny(m.op, "{") {
		return v
	}
	return map[string]any{"input": v}
}

// state is how many rows there are of each kind, and how many events of all topics.
func (st *story) state(t *testing.T) string {
	t.Helper()
	counts := []string{"SELECT 'events of all topics' AS name, CAST(COALESCE(SUM(seq), 0) AS INTEGER) AS n FROM topics"}
	for _, table := range migrate.Tables {
		counts = append(counts, fmt.Sprintf("SELECT '%s' AS name, COUNT(*) AS n FROM %s", table.Name, table.Name))
	}
	rows, err := st.Store.Write.QueryContext(t.Context(), strings.Join(counts, " UNION ALL ")+" ORDER BY 1")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = rows.Close() }()
	var all strings.Builder
	for rows.Next() {
		var name string
		var n int
		done(0, rows.Scan(&name, &n))(t)
		fmt.Fprintf(&all, "%s %d\n", name, n)
	}
	done(0, rows.Err())(t)
	return all.String()
}

// refuses asks that a mistake is answered with its code and field, says nothing that only we should know, and changes
// nothing.
func (st *story) refuses(t *testing.T, m mistake) {
	t.Helper()
	before := st.state(t)
	a := st.post(t, m.query(), m.values(t, st), append(st.bearer(m.as), "Accept-Language", "en")...)
	if a.Code() != m.code || a.Field() != m.field {
		t.Errorf("%q on %q, want %q on %q: %s", a.Code(), a.Field(), m.code, m.field, a.raw)
	}
	if a.Status != http.StatusOK { // also when it is not valid: the answer is application/json
		t.Errorf("status %d", a.Status)
	}
	soundErrors(t, a)
	if after := st.state(t); after != before {
		t.Errorf("something changed:\n%s\nbefore:\n%s", after, before)
	}
}

func TestMistakes(t *testing.T) {
	eachStory(t, func(t *testing.T, st *story) {
		st.callCursors(t)
		for _, group := range [][]mistake{
			commentMistakes, supportMistakes, amendmentMistakes, commitmentMistakes, processMistakes, accountMistakes, listMistakes, eventMistakes,
			formMistakes, identityMistakes,
		} {
			for _, m := range group {
				t.Run(m.name, func(t *testing.T) { st.refuses(t, m) })
			}
		}
	})
}

// callCursors gives names to places in lists.
func (st *story) callCursors(t *testing.T) {
	t.Helper()
	var lists struct {
		Commitment map[string]struct{ PageInfo struct{ EndCursor string } }
		Events     struct{ EndCursor string }
		Process    map[string]string
	}
	st.Must(t, "", `query($id: ID!) { events(topic: $id, first: 50) { endCursor } process(slug: "roadmap") { streamCursor } commitment(id: $id) {
		oldest: comments(first: 2) { pageInfo { endCursor } } newest: comments(orderBy: NEWEST, first: 2) { pageInfo { endCursor } }
		roots: comments(filter: {rootsOnly: true}, first: 2) { pageInfo { endCursor } }
		supports { pageInfo { endCursor } } } }`, map[string]any{"id": st.names["commitment"]}, &lists)
	for list, page := range lists.Commitment {
		st.call("cursor of "+list, page.PageInfo.EndCursor)
		st.call("half a cursor of "+list, page.PageInfo.EndCursor[:len(page.PageInfo.EndCursor)/2])
	}
	var thread struct {
		Node struct {
			Comments struct{ PageInfo struct{ EndCursor string } }
		}
	}
	st.Must(t, "", `query($id: ID!) { node(id: $id) { ... on Amendment { comments { pageInfo { endCursor } } } } }`,
		map[string]any{"id": st.names["mergeable amendment"]}, &thread)
	st.call("cursor of another thread", thread.Node.Comments.PageInfo.EndCursor)
	st.call("cursor of a forger", base64.RawURLEncoding.EncodeToString([]byte(`["AAAAAAAA","2026-03-10T09:00:00Z","`+st.names["comment"]+`"]`)))
	st.call("event cursor", lists.Events.EndCursor)
	st.call("half an event cursor", lists.Events.EndCursor[:20])
	st.call("event cursor of the process", lists.Process["streamCursor"])
}

// long is a text of n code points.
func long(n int) string { return strings.Repeat("é", n) }

const (
	unauthenticated = "UNAUTHENTICATED"
	forbidden       = "FORBIDDEN"
	notFound        = "NOT_FOUND"
	badUserInput    = "BAD_USER_INPUT"
	conflict        = "CONFLICT"
	closed          = "CLOSED"
	tooComplex      = "TOO_COMPLEX"
	invalid         = "GRAPHQL_VALIDATION_FAILED"
	unparsable      = "GRAPHQL_PARSE_FAILED"
)

var commentMistakes = []mistake{
	{"comment as nobody", "", "postComment", `{"subject": "<commitment>", "body": "x"}`, unauthenticated, ""},
	{"comment on nothing", "bob", "postComment", `{"subject": "commitment_0000000000000000000000000g", "body": "x"}`, notFound, "subject"},
	{"comment on a person", "bob", "postComment", `{"subject": "<alice>", "body": "x"}`, notFound, "subject"},
	{"comment on a process", "bob", "postComment", `{"subject": "<process>", "body": "x"}`, notFound, "subject"},
	{"comment on nonsense", "bob", "postComment", `{"subject": "'; DROP TABLE users; --", "body": "x"}`, notFound, "subject"},
	{"comment on an empty id", "bob", "postComment", `{"subject": "", "body": "x"}`, notFound, "subject"},
	{"comment on NUL", "bob", "postComment", `{"subject": "commitment_\u0000", "body": "x"}`, badUserInput, "subject"},
	{"comment on a draft", "bob", "postComment", `{"subject": "<draft commitment>", "body": "x"}`, notFound, "subject"},
	{"comment on somebody's draft amendment", "bob", "postComment", `{"subject": "<draft amendment>", "body": "x"}`, notFound, "subject"},
	{"comment on one's draft amendment", "alice", "postComment", `{"subject": "<draft amendment>", "body": "x"}`, notFound, "subject"},
	{"comment on what is given up", "bob", "postComment", `{"subject": "<withdrawn commitment>", "body": "x"}`, closed, ""},
	{"comment on what is decided", "bob", "postComment", `{"subject": "<adopted commitment>", "body": "x"}`, closed, ""},
	{"comment on a rejected amendment", "bob", "postComment", `{"subject": "<rejected amendment>", "body": "x"}`, closed, ""},
	{"empty comment", "bob", "postComment", `{"subject": "<commitment>", "body": ""}`, badUserInput, "body"},
	{"blank comment", "bob", "postComment", `{"subject": "<commitment>", "body": " \n\t "}`, badUserInput, "body"},
	{"invisible comment", "bob", "postComment", `{"subject": "<commitment>", "body": "\u200b\u2060"}`, badUserInput, "body"},
	{"long comment", "bob", "postComment", `{"subject": "<commitment>", "body": "` + long(1001) + `"}`, badUserInput, "body"},
	{"comment with NUL", "bob", "postComment", `{"subject": "<commitment>", "body": "a\u0000b"}`, badUserInput, "body"},
	{"comment with a bell", "bob", "postComment", `{"subject": "<commitment>", "body": "a\u0007b"}`, badUserInput, "body"},
	{"comment that turns around", "bob", "postComment", `{"subject": "<commitment>", "body": "a\u202eb"}`, badUserInput, "body"},
	{"comment in isolation", "bob", "postComment", `{"subject": "<commitment>", "body": "a\u2066b"}`, badUserInput, "body"},
	{"number for a comment", "bob", "postComment", `{"subject": "<commitment>", "body": 5}`, badUserInput, "body"},
	{"comment without a body", "bob", "postComment", `{"subject": "<commitment>"}`, invalid, ""},
	{"comment with more", "bob", "postComment", `{"subject": "<commitment>", "body": "x", "admin": true}`, invalid, ""},
	{"unknown side", "bob", "postComment", `{"subject": "<commitment>", "body": "x", "alignment": "MAYBE"}`, invalid, ""},
	{"side in small letters", "bob", "postComment", `{"subject": "<commitment>", "body": "x", "alignment": "for"}`, invalid, ""},
	{"side of an answer", "alice", "postComment", `{"subject": "<commitment>", "parent": "<comment>", "body": "x", "alignment": "FOR"}`, badUserInput, "alignment"},
	{"answer to nothing", "bob", "postComment", `{"subject": "<commitment>", "parent": "comment_0000000000000000000000000g", "body": "x"}`, badUserInput, "parent"},
	{"answer to a person", "bob", "postComment", `{"subject": "<commitment>", "parent": "<alice>", "body": "x"}`, badUserInput, "parent"},
	{"answer elsewhere", "bob", "postComment", `{"subject": "<mergeable amendment>", "parent": "<comment>", "body": "x"}`, badUserInput, "parent"},
	{"answer to what is deleted", "bob", "postComment", `{"subject": "<commitment>", "parent": "<deleted comment>", "body": "x"}`, badUserInput, "parent"},
	{"answer too deep", "bob", "postComment", `{"subject": "<commitment>", "parent": "<deepest comment>", "body": "x"}`, badUserInput, "parent"},
	{"unknown language", "bob", "postComment", `{"subject": "<commitment>", "body": "x", "language": "klingon!"}`, badUserInput, "language"},
	{"empty language", "bob", "postComment", `{"subject": "<commitment>", "body": "x", "language": ""}`, badUserInput, "language"},
	{"undetermined language", "bob", "postComment", `{"subject": "<commitment>", "body": "x", "language": "und"}`, badUserInput, "language"},
	{"long language", "bob", "postComment", `{"subject": "<commitment>", "body": "x", "language": "fr-x-` + strings.Repeat("abcd-", 10) + `z"}`, badUserInput, "language"},
	{"comment for a stranger's organization", "bob", "postComment", `{"subject": "<commitment>", "body": "x", "organization": "<organization>"}`, forbidden, "organization"},
	{"comment as a mere member", "alice", "postComment", `{"subject": "<commitment>", "body": "x", "organization": "<organization>"}`, forbidden, "organization"},
	{"comment for a person", "bob", "postComment", `{"subject": "<commitment>", "body": "x", "organization": "<bob>"}`, forbidden, "organization"},
	{"empty key", "bob", "postComment", `{"subject": "<commitment>", "body": "x", "idempotencyKey": ""}`, badUserInput, "idempotencyKey"},
	{"long key", "bob", "postComment", `{"subject": "<commitment>", "body": "x", "idempotencyKey": "` + long(65) + `"}`, badUserInput, "idempotencyKey"},
	{"key with NUL", "bob", "postComment", `{"subject": "<commitment>", "body": "x", "idempotencyKey": "\u0000"}`, badUserInput, "idempotencyKey"},

	{"edit as nobody", "", "editComment", `{"comment": "<comment>", "body": "x"}`, unauthenticated, ""},
	{"edit somebody's", "bob", "editComment", `{"comment": "<comment>", "body": "x"}`, forbidden, ""},
	{"edit as moderator", "moderator", "editComment", `{"comment": "<comment>", "body": "x"}`, forbidden, ""},
	{"edit nothing", "bob", "editComment", `{"comment": "comment_0000000000000000000000000g", "body": "x"}`, notFound, "comment"},
	{"edit a commitment", "bob", "editComment", `{"comment": "<commitment>", "body": "x"}`, notFound, "comment"},
	{"edit what is deleted", "bob", "editComment", `{"comment": "<deleted comment>", "body": "x"}`, conflict, ""},
	{"edit away", "alice", "editComment", `{"comment": "<comment>", "body": " "}`, badUserInput, "body"},
	{"edit too long", "alice", "editComment", `{"comment": "<comment>", "body": "` + long(1001) + `"}`, badUserInput, "body"},
	{"delete as nobody", "", "deleteComment", `{"comment": "<comment>"}`, unauthenticated, ""},
	{"delete somebody's", "moderator", "deleteComment", `{"comment": "<comment>"}`, forbidden, ""},
	{"delete nothing", "bob", "deleteComment", `{"comment": "nonsense"}`, notFound, "comment"},
	{"vote as nobody", "", "voteComment", `{"comment": "<comment>", "vote": "UP"}`, unauthenticated, ""},
	{"vote for oneself", "alice", "voteComment", `{"comment": "<comment>", "vote": "UP"}`, forbidden, ""},
	{"vote on what is deleted", "alice", "voteComment", `{"comment": "<deleted comment>", "vote": "UP"}`, conflict, ""},
	{"vote on an amendment", "alice", "voteComment", `{"comment": "<mergeable amendment>", "vote": "UP"}`, notFound, "comment"},
	{"vote sideways", "bob", "voteComment", `{"comment": "<comment>", "vote": "SIDEWAYS"}`, invalid, ""},
}

var supportMistakes = []mistake{
	{"support as nobody", "", "addSupport", `{"commitment": "<commitment>"}`, unauthenticated, ""},
	{"support nothing", "bob", "addSupport", `{"commitment": "commitment_0000000000000000000000000g"}`, notFound, "commitment"},
	{"support a process", "bob", "addSupport", `{"commitment": "<process>"}`, notFound, "commitment"},
	{"support a draft", "bob", "addSupport", `{"commitment": "<draft commitment>"}`, notFound, "commitment"},
	{"support a draft of one's own", "steering", "addSupport", `{"commitment": "<draft commitment>"}`, notFound, "commitment"},
	{"support what is given up", "bob", "addSupport", `{"commitment": "<withdrawn commitment>"}`, closed, ""},
	{"support for a stranger's organization", "bob", "addSupport", `{"commitment": "<commitment>", "organization": "<organization>"}`, forbidden, "organization"},
	{"support for an organization that nobody verified", "bob", "addSupport", `{"commitment": "<commitment>", "organization": "<small organization>"}`, forbidden, "organization"},
	{"take back for a stranger's organization", "bob", "removeSupport", `{"commitment": "<commitment>", "organization": "<organization>"}`, forbidden, "organization"},
	{"take back when closed", "bob", "removeSupport", `{"commitment": "<adopted commitment>"}`, closed, ""},
	{"take back nothing of nobody", "", "removeSupport", `{"commitment": "<commitment>"}`, unauthenticated, ""},
	{"confirm what was not given", "carol", "confirmSupport", `{"commitment": "<commitment>"}`, notFound, "commitment"},
	{"confirm on a person", "carol", "confirmSupport", `{"commitment": "<carol>"}`, notFound, "commitment"},
}

var amendmentMistakes = []mistake{
	{"amend as nobody", "", "draftAmendment", `{"commitment": "<commitment>"}`, unauthenticated, ""},
	{"amend nothing", "bob", "draftAmendment", `{"commitment": "commitment_0000000000000000000000000g"}`, notFound, "commitment"},
	{"amend an amendment", "bob", "draftAmendment", `{"commitment": "<mergeable amendment>"}`, notFound, "commitment"},
	{"amend a draft", "bob", "draftAmendment", `{"commitment": "<draft commitment>"}`, notFound, "commitment"},
	{"amend what is under review", "bob", "draftAmendment", `{"commitment": "<reviewed commitment>"}`, closed, ""},
	{"amend twice", "alice", "draftAmendment", `{"commitment": "<commitment>"}`, conflict, ""},
	{"amend a version of another commitment", "bob", "draftAmendment", `{"commitment": "<commitment>", "base": "<draft version>"}`, badUserInput, "base"},
	{"amend no version", "bob", "draftAmendment", `{"commitment": "<commitment>", "base": "version_0000000000000000000000000g"}`, badUserInput, "base"},
	{"amend a commitment as version", "bob", "draftAmendment", `{"commitment": "<commitment>", "base": "<commitment>"}`, badUserInput, "base"},
	{"amend in a language without text", "bob", "draftAmendment", `{"commitment": "<commitment>", "language": "br"}`, badUserInput, "language"},
	{"amend in no language", "bob", "draftAmendment", `{"commitment": "<commitment>", "language": "?"}`, badUserInput, "language"},
	{"amendment without a title", "bob", "draftAmendment", `{"commitment": "<commitment>", "title": " "}`, badUserInput, "title"},
	{"amendment with a long title", "bob", "draftAmendment", `{"commitment": "<commitment>", "title": "` + long(201) + `"}`, badUserInput, "title"},
	{"amendment with nothing to say", "bob", "draftAmendment", `{"commitment": "<commitment>", "body": ""}`, badUserInput, "body"},
	{"amendment that says too much", "bob", "draftAmendment", `{"commitment": "<commitment>", "body": "` + long(20_001) + `"}`, badUserInput, "body"},
	{"amendment that explains too much", "bob", "draftAmendment", `{"commitment": "<commitment>", "rationale": "` + long(5_001) + `"}`, badUserInput, "rationale"},
	{"amendment with a bell", "bob", "draftAmendment", `{"commitment": "<commitment>", "rationale": "\u0007"}`, badUserInput, "rationale"},
	{"amend for a stranger's organization", "bob", "draftAmendment", `{"commitment": "<commitment>", "organization": "<organization>"}`, forbidden, "organization"},

	{"edit a draft as nobody", "", "editAmendmentDraft", `{"amendment": "<draft amendment>", "title": "x"}`, unauthenticated, ""},
	{"edit somebody's draft", "bob", "editAmendmentDraft", `{"amendment": "<draft amendment>", "title": "x"}`, notFound, "amendment"},
	{"edit a draft as steering", "steering", "editAmendmentDraft", `{"amendment": "<draft amendment>", "title": "x"}`, notFound, "amendment"},
	{"edit what is submitted", "bob", "editAmendmentDraft", `{"amendment": "<mergeable amendment>", "title": "x"}`, conflict, ""},
	{"edit a comment as draft", "bob", "editAmendmentDraft", `{"amendment": "<comment>", "title": "x"}`, notFound, "amendment"},
	{"edit a draft onto another text", "alice", "editAmendmentDraft", `{"amendment": "<draft amendment>", "base": "<draft version>"}`, badUserInput, "base"},
	{"edit a title away", "alice", "editAmendmentDraft", `{"amendment": "<draft amendment>", "title": ""}`, badUserInput, "title"},
	{"edit a draft for a stranger's organization", "alice", "editAmendmentDraft", `{"amendment": "<draft amendment>", "organization": "<small organization>"}`, forbidden, "organization"},
	{"delete somebody's draft", "bob", "deleteAmendmentDraft", `{"amendment": "<draft amendment>"}`, notFound, "amendment"},
	{"delete what is submitted", "bob", "deleteAmendmentDraft", `{"amendment": "<mergeable amendment>"}`, conflict, ""},
	{"submit somebody's draft", "bob", "submitAmendment", `{"amendment": "<draft amendment>"}`, notFound, "amendment"},
	{"submit nothing", "bob", "submitAmendment", `{"amendment": "amendment_0000000000000000000000000g"}`, notFound, "amendment"},
	{"submit twice", "bob", "submitAmendment", `{"amendment": "<mergeable amendment>"}`, conflict, ""},
	{"submit somebody's amendment", "alice", "submitAmendment", `{"amendment": "<mergeable amendment>"}`, forbidden, ""},
	{"withdraw somebody's", "alice", "withdrawAmendment", `{"amendment": "<mergeable amendment>"}`, forbidden, ""},
	{"withdraw what is decided", "alice", "withdrawAmendment", `{"amendment": "<accepted amendment>"}`, conflict, ""},
	{"withdraw as nobody", "", "withdrawAmendment", `{"amendment": "<mergeable amendment>"}`, unauthenticated, ""},

	{"accept as nobody", "", "acceptAmendment", `{"amendment": "<mergeable amendment>"}`, unauthenticated, ""},
	{"accept as its author", "bob", "acceptAmendment", `{"amendment": "<mergeable amendment>"}`, forbidden, ""},
	{"accept as moderator", "moderator", "acceptAmendment", `{"amendment": "<mergeable amendment>"}`, forbidden, ""},
	{"accept a draft", "steering", "acceptAmendment", `{"amendment": "<draft amendment>"}`, notFound, "amendment"},
	{"accept a commitment", "steering", "acceptAmendment", `{"amendment": "<commitment>"}`, notFound, "amendment"},
	{"accept what is rejected", "steering", "acceptAmendment", `{"amendment": "<rejected amendment>"}`, conflict, ""},
	{"accept what conflicts", "steering", "acceptAmendment", `{"amendment": "<conflicting amendment>"}`, conflict, ""},
	{"accept with a text on nothing", "steering", "acceptAmendment", `{"amendment": "<conflicting amendment>", "text": {"title": "t", "body": "b"}}`, badUserInput, "on"},
	{"accept with a text on an old version", "steering", "acceptAmendment", `{"amendment": "<conflicting amendment>", "on": "<version 1>", "text": {"title": "t", "body": "b"}}`, conflict, ""},
	{"accept with a text without a title", "steering", "acceptAmendment", `{"amendment": "<conflicting amendment>", "on": "<version 2>", "text": {"title": "", "body": "b"}}`, badUserInput, "text.title"},
	{"accept with a long text", "steering", "acceptAmendment", `{"amendment": "<conflicting amendment>", "on": "<version 2>", "text": {"title": "t", "body": "` + long(20_001) + `"}}`, badUserInput, "text.body"},
	{"accept with half a text", "steering", "acceptAmendment", `{"amendment": "<conflicting amendment>", "on": "<version 2>", "text": {"title": "t"}}`, invalid, ""},
	{"accept with a number for a title", "steering", "acceptAmendment", `{"amendment": "<conflicting amendment>", "on": "<version 2>", "text": {"title": 5, "body": "b"}}`, badUserInput, "text.title"},
	{"accept with a long reason", "steering", "acceptAmendment", `{"amendment": "<mergeable amendment>", "reason": "` + long(5_001) + `"}`, badUserInput, "reason"},
	{"reject without a reason", "steering", "rejectAmendment", `{"amendment": "<mergeable amendment>", "reason": " "}`, badUserInput, "reason"},
	{"reject as a stranger", "alice", "rejectAmendment", `{"amendment": "<mergeable amendment>", "reason": "x"}`, forbidden, ""},
	{"reject what is withdrawn", "steering", "rejectAmendment", `{"amendment": "<withdrawn amendment>", "reason": "x"}`, conflict, ""},
	{"promote somebody's", "alice", "promoteAmendment", `{"amendment": "<rejected amendment>"}`, forbidden, ""},
	{"promote what is not rejected", "bob", "promoteAmendment", `{"amendment": "<mergeable amendment>"}`, conflict, ""},
	{"promote nothing", "bob", "promoteAmendment", `{"amendment": ""}`, notFound, "amendment"},
}

var commitmentMistakes = []mistake{
	{"write as nobody", "", "createCommitment", `{"process": "<process>", "axis": "<axis>", "title": [], "body": []}`, unauthenticated, ""},
	{"write as a stranger", "alice", "createCommitment", `{"process": "<process>", "axis": "<axis>", "title": [], "body": []}`, forbidden, ""},
	{"write as moderator", "moderator", "createCommitment", `{"process": "<process>", "axis": "<axis>", "title": [], "body": []}`, forbidden, ""},
	{"write in somebody's draft process", "steering", "createCommitment", `{"process": "<draft process>", "axis": "<axis>", "title": [], "body": []}`, notFound, "process"},
	{"write in an axis", "steering", "createCommitment", `{"process": "<axis>", "axis": "<axis>", "title": [], "body": []}`, notFound, "process"},
	{"write without a text", "steering", "createCommitment", `{"process": "<process>", "axis": "<axis>", "title": [], "body": []}`, badUserInput, "title"},
	{"write without French", "steering", "createCommitment", `{"process": "<process>", "axis": "<axis>", "title": [{"language": "en", "text": "x"}], "body": []}`, badUserInput, "title"},
	{"write in Breton", "steering", "createCommitment", `{"process": "<process>", "axis": "<axis>", "title": [{"language": "fr", "text": "x"}, {"language": "br", "text": "x"}], "body": []}`, badUserInput, "title.1.language"},
	{"write in no language", "steering", "createCommitment", `{"process": "<process>", "axis": "<axis>", "title": [{"language": "", "text": "x"}], "body": []}`, badUserInput, "title.0.language"},
	{"write French twice", "steering", "createCommitment", `{"process": "<process>", "axis": "<axis>", "title": [{"language": "fr", "text": "x"}, {"language": "FR", "text": "y"}], "body": []}`, badUserInput, "title.1.language"},
	{"write an empty title", "steering", "createCommitment", `{"process": "<process>", "axis": "<axis>", "title": [{"language": "fr", "text": ""}], "body": []}`, badUserInput, "title.0.text"},
	{"write a title with NUL", "steering", "createCommitment", `{"process": "<process>", "axis": "<axis>", "title": [{"language": "fr", "text": "a\u0000"}], "body": []}`, badUserInput, "title.0.text"},
	{"write a long title", "steering", "createCommitment", `{"process": "<process>", "axis": "<axis>", "title": [{"language": "fr", "text": "` + long(201) + `"}], "body": []}`, badUserInput, "title.0.text"},
	{"write a long body", "steering", "createCommitment", `{"process": "<process>", "axis": "<axis>", "title": [{"language": "fr", "text": "x"}], "body": [{"language": "fr", "text": "` + long(20_001) + `"}]}`, badUserInput, "body.0.text"},
	{"write on no axis", "steering", "createCommitment", `{"process": "<process>", "axis": "axis_0000000000000000000000000g", "title": [{"language": "fr", "text": "x"}], "body": [{"language": "fr", "text": "x"}]}`, badUserInput, "axis"},
	{"write about no place", "steering", "createCommitment", `{"process": "<process>", "axis": "<axis>", "territories": ["<alice>"], "title": [{"language": "fr", "text": "x"}], "body": [{"language": "fr", "text": "x"}]}`, badUserInput, "territories"},
	{"write about one place twice", "steering", "createCommitment", `{"process": "<process>", "axis": "<axis>", "territories": ["<territory 34>", "<territory 34>"], "title": [{"language": "fr", "text": "x"}], "body": [{"language": "fr", "text": "x"}]}`, badUserInput, "territories"},
	{"write about too many places", "steering", "createCommitment", `{"process": "<process>", "axis": "<axis>", "territories": [` + strings.Repeat(`"<territory 34>",`, 4_000) + `"x"], "title": [{"language": "fr", "text": "x"}], "body": [{"language": "fr", "text": "x"}]}`, badUserInput, "territories"},
	{"publish as nobody", "", "publishCommitment", `{"commitment": "<draft commitment>"}`, unauthenticated, ""},
	{"publish as a stranger", "alice", "publishCommitment", `{"commitment": "<draft commitment>"}`, notFound, "commitment"},
	{"publish twice", "steering", "publishCommitment", `{"commitment": "<commitment>"}`, conflict, ""},
	{"publish nothing", "steering", "publishCommitment", `{"commitment": "commitment_0000000000000000000000000g"}`, notFound, "commitment"},
	{"revise as a stranger", "alice", "reviseCommitment", `{"commitment": "<commitment>", "base": "<version 2>", "body": []}`, forbidden, ""},
	{"revise a draft as a stranger", "alice", "reviseCommitment", `{"commitment": "<draft commitment>", "base": "<draft version>", "body": []}`, notFound, "commitment"},
	{"revise an old version", "steering", "reviseCommitment", `{"commitment": "<commitment>", "base": "<version 1>", "body": [{"language": "fr", "text": "x"}]}`, conflict, ""},
	{"revise a person", "steering", "reviseCommitment", `{"commitment": "<commitment>", "base": "<alice>", "body": [{"language": "fr", "text": "x"}]}`, conflict, ""},
	{"revise nothing", "steering", "reviseCommitment", `{"commitment": "<commitment>", "base": "<version 2>"}`, badUserInput, "body"},
	{"revise what is decided", "steering", "reviseCommitment", `{"commitment": "<adopted commitment>", "base": "<version 2>", "body": [{"language": "fr", "text": "x"}]}`, closed, ""},
	{"revise onto no axis", "steering", "reviseCommitment", `{"commitment": "<commitment>", "base": "<version 2>", "axis": "<phase>"}`, badUserInput, "axis"},
	{"move as a stranger", "alice", "changeCommitmentStatus", `{"commitment": "<commitment>", "status": "ADOPTED"}`, forbidden, ""},
	{"move back to draft", "steering", "changeCommitmentStatus", `{"commitment": "<commitment>", "status": "DRAFT"}`, conflict, ""},
	{"move nowhere", "steering", "changeCommitmentStatus", `{"commitment": "<commitment>", "status": "GONE"}`, invalid, ""},
	{"move in small letters", "steering", "changeCommitmentStatus", `{"commitment": "<commitment>", "status": "adopted"}`, invalid, ""},
	{"withdraw a draft", "steering", "withdrawCommitment", `{"commitment": "<draft commitment>"}`, conflict, ""},
	{"withdraw as a stranger", "alice", "withdrawCommitment", `{"commitment": "<commitment>"}`, forbidden, ""},
}

var processMistakes = []mistake{
	{"create as nobody", "", "createProcess", `{"slug": "abc", "languages": ["fr"], "title": [], "description": []}`, unauthenticated, ""},
	{"create as steering", "steering", "createProcess", `{"slug": "abc", "languages": ["fr"], "title": [], "description": []}`, forbidden, ""},
	{"create without a slug", "admin", "createProcess", `{"slug": "", "languages": ["fr"], "title": [], "description": []}`, badUserInput, "slug"},
	{"create with an odd slug", "admin", "createProcess", `{"slug": "Été 2027", "languages": ["fr"], "title": [], "description": []}`, badUserInput, "slug"},
	{"create with a long slug", "admin", "createProcess", `{"slug": "` + strings.Repeat("a", 81) + `", "languages": ["fr"], "title": [], "description": []}`, badUserInput, "slug"},
	{"create twice", "admin", "createProcess", `{"slug": "roadmap", "languages": ["fr"], "title": [{"language": "fr", "text": "x"}], "description": [{"language": "fr", "text": "x"}]}`, conflict, "slug"},
	{"create without languages", "admin", "createProcess", `{"slug": "abc", "languages": [], "title": [], "description": []}`, badUserInput, "languages"},
	{"create in one language twice", "admin", "createProcess", `{"slug": "abc", "languages": ["fr", "FR"], "title": [], "description": []}`, badUserInput, "languages"},
	{"create with short comments", "admin", "createProcess", `{"slug": "abc", "languages": ["fr"], "title": [{"language": "fr", "text": "x"}], "description": [{"language": "fr", "text": "x"}], "commentMaxLength": 99}`, badUserInput, "commentMaxLength"},
	{"create with endless comments", "admin", "createProcess", `{"slug": "abc", "languages": ["fr"], "title": [{"language": "fr", "text": "x"}], "description": [{"language": "fr", "text": "x"}], "commentMaxLength": 2147483648}`, badUserInput, "commentMaxLength"},
	{"create with no amendments", "admin", "createProcess", `{"slug": "abc", "languages": ["fr"], "title": [{"language": "fr", "text": "x"}], "description": [{"language": "fr", "text": "x"}], "evaluatingLimit": 0}`, badUserInput, "evaluatingLimit"},
	{"create with an odd prefix", "admin", "createProcess", `{"slug": "abc", "languages": ["fr"], "title": [], "description": [], "referencePrefix": "a b"}`, badUserInput, "referencePrefix"},
	{"configure as steering", "steering", "updateProcess", `{"process": "<process>", "commentMaxLength": 500}`, forbidden, ""},
	{"configure somebody's draft", "steering", "updateProcess", `{"process": "<draft process>", "commentMaxLength": 500}`, notFound, "process"},
	{"configure a commitment", "admin", "updateProcess", `{"process": "<commitment>", "commentMaxLength": 500}`, notFound, "process"},
	{"configure away the first language's text", "admin", "updateProcess", `{"process": "<process>", "languages": ["br"]}`, badUserInput, "title"},
	{"publish a public process", "admin", "publishProcess", `{"process": "<process>"}`, conflict, ""},
	{"publish somebody's draft", "alice", "publishProcess", `{"process": "<draft process>"}`, notFound, "process"},
	{"phase as steering", "steering", "createPhase", `{"process": "<process>", "name": [], "opensAt": "2026-03-01T00:00:00Z"}`, forbidden, ""},
	{"phase yesterday", "admin", "createPhase", `{"process": "<process>", "name": [{"language": "fr", "text": "x"}], "opensAt": "yesterday"}`, badUserInput, "opensAt"},
	{"phase without a zone", "admin", "createPhase", `{"process": "<process>", "name": [{"language": "fr", "text": "x"}], "opensAt": "2026-03-01T00:00:00"}`, badUserInput, "opensAt"},
	{"phase at a number", "admin", "createPhase", `{"process": "<process>", "name": [{"language": "fr", "text": "x"}], "opensAt": 1767225600}`, badUserInput, "opensAt"},
	{"phase before Christ", "admin", "createPhase", `{"process": "<process>", "name": [{"language": "fr", "text": "x"}], "opensAt": "0000-01-01T00:00:00+23:59"}`, badUserInput, "opensAt"},
	{"phase in the year 10000", "admin", "createPhase", `{"process": "<process>", "name": [{"language": "fr", "text": "x"}], "opensAt": "9999-12-31T23:59:59-23:59", "idempotencyKey": "k"}`, badUserInput, "opensAt"},
	{"phase on the 30th of February", "admin", "createPhase", `{"process": "<process>", "name": [{"language": "fr", "text": "x"}], "opensAt": "2026-02-30T00:00:00Z"}`, badUserInput, "opensAt"},
	{"phase that ends first", "admin", "createPhase", `{"process": "<process>", "name": [{"language": "fr", "text": "x"}], "opensAt": "2026-03-02T00:00:00Z", "closesAt": "2026-03-01T00:00:00Z"}`, badUserInput, "closesAt"},
	{"phase without a name", "admin", "createPhase", `{"process": "<process>", "name": [], "opensAt": "2026-03-02T00:00:00Z"}`, badUserInput, "name"},
	{"change no phase", "admin", "updatePhase", `{"phase": "<axis>"}`, notFound, "phase"},
	{"change a phase as a stranger", "alice", "updatePhase", `{"phase": "<phase>"}`, forbidden, ""},
	{"change a phase to end first", "admin", "updatePhase", `{"phase": "<phase>", "closesAt": "2020-01-01T00:00:00Z"}`, badUserInput, "closesAt"},
	{"delete a phase that began", "admin", "deletePhase", `{"phase": "<phase>"}`, conflict, ""},
	{"delete no phase", "admin", "deletePhase", `{"phase": "phase_0000000000000000000000000g"}`, notFound, "phase"},
	{"axis as steering", "steering", "createAxis", `{"process": "<process>", "title": []}`, forbidden, ""},
	{"axis without a title", "admin", "createAxis", `{"process": "<process>", "title": [{"language": "en", "text": "x"}]}`, badUserInput, "title"},
	{"axis at 0", "admin", "updateAxis", `{"axis": "<axis>", "position": 0}`, badUserInput, "position"},
	{"axis at 3 of 2", "admin", "updateAxis", `{"axis": "<axis>", "position": 3}`, badUserInput, "position"},
	{"axis at a half", "admin", "updateAxis", `{"axis": "<axis>", "position": 1.5}`, invalid, ""},
	{"change no axis", "admin", "updateAxis", `{"axis": "<phase>"}`, notFound, "axis"},
	{"delete an axis with commitments", "admin", "deleteAxis", `{"axis": "<axis>"}`, conflict, ""},
	{"delete an axis as nobody", "", "deleteAxis", `{"axis": "<empty axis>"}`, unauthenticated, ""},
}

var accountMistakes = []mistake{
	{"sign up without an address", "", "signUp", `{"email": "", "name": "x", "nickname": "xyz", "password": "0123456789"}`, badUserInput, "email"},
	{"sign up with a name for an address", "", "signUp", `{"email": "Eve <eve@example.org>", "name": "x", "nickname": "xyz", "password": "0123456789"}`, badUserInput, "email"},
	{"sign up with two lines of address", "", "signUp", `{"email": "eve@example.org\nBcc: all", "name": "x", "nickname": "xyz", "password": "0123456789"}`, badUserInput, "email"},
	{"sign up with a long address", "", "signUp", `{"email": "` + strings.Repeat("a", 250) + `@example.org", "name": "x", "nickname": "xyz", "password": "0123456789"}`, badUserInput, "email"},
	{"sign up without a name", "", "signUp", `{"email": "eve@example.org", "name": "\u200b", "nickname": "xyz", "password": "0123456789"}`, badUserInput, "name"},
	{"sign up with a long name", "", "signUp", `{"email": "eve@example.org", "name": "` + long(81) + `", "nickname": "xyz", "password": "0123456789"}`, badUserInput, "name"},
	{"sign up with a name that turns around", "", "signUp", `{"email": "eve@example.org", "name": "\u202eeve", "nickname": "xyz", "password": "0123456789"}`, badUserInput, "name"},
	{"sign up with a short nickname", "", "signUp", `{"email": "eve@example.org", "name": "x", "nickname": "xy", "password": "0123456789"}`, badUserInput, "nickname"},
	{"sign up with a foreign nickname", "", "signUp", `{"email": "eve@example.org", "name": "x", "nickname": "ève-1", "password": "0123456789"}`, badUserInput, "nickname"},
	{"sign up with a short password", "", "signUp", `{"email": "eve@example.org", "name": "x", "nickname": "xyz", "password": "` + long(9) + `"}`, badUserInput, "password"},
	{"sign up with a long password", "", "signUp", `{"email": "eve@example.org", "name": "x", "nickname": "xyz", "password": "` + long(201) + `"}`, badUserInput, "password"},
	{"sign up in no language", "", "signUp", `{"email": "eve@example.org", "name": "x", "nickname": "xyz", "password": "0123456789", "language": "!"}`, badUserInput, "language"},
	{"sign up with a taken address", "", "signUp", `{"email": "Carol@Example.org", "name": "x", "nickname": "xyz", "password": "0123456789"}`, conflict, "email"},
	{"sign up with a taken nickname", "", "signUp", `{"email": "eve@example.org", "name": "x", "nickname": "CAROL", "password": "0123456789"}`, conflict, "nickname"},
	{"sign in with a wrong password", "", "signIn", `{"email": "carol@example.org", "password": "wrong"}`, unauthenticated, ""},
	{"sign in as nobody we know", "", "signIn", `{"email": "eve@example.org", "password": "wrong"}`, unauthenticated, ""},
	{"sign in without a password", "", "signIn", `{"email": "alice@example.org", "password": ""}`, unauthenticated, ""},
	{"sign in with a password of a megabyte", "", "signIn", `{"email": "carol@example.org", "password": "` + long(400_000) + `"}`, unauthenticated, ""},
	{"sign in with NUL", "", "signIn", `{"email": "carol@example.org\u0000", "password": "x"}`, badUserInput, "email"},
	{"sign out with a word", "alice", "signOut", `{"everywhere": "yes"}`, invalid, ""},
}

// comments asks a page of the thread of a commitment. Arguments may use the variable $v, a cursor, or $n, a number.
func comments(arguments string) string {
	query := `{ __typename commitment(reference: "roadmap-COMM-2026-03-1") { comments(` + arguments + `) { totalCount } } }`
	switch {
	case strings.Contains(arguments, "$v"):
		return "query($v: Cursor) " + query
	case strings.Contains(arguments, "$n"):
		return "query($n: Int) " + query
	}
	return query
}

var listMistakes = []mistake{
	{"first: -1", "", comments("first: -1"), "", badUserInput, "first"},
	{"first: 0", "", comments("first: 0"), "", badUserInput, "first"},
	{"first: 51", "", comments("first: 51"), "", badUserInput, "first"},
	{"first: 100000", "", comments("first: 100000"), "", badUserInput, "first"},
	{"first beyond 32 bits", "", comments("first: 4294967297"), "", badUserInput, "first"},
	{"first beyond 64 bits", "", comments("first: 99999999999999999999"), "", invalid, ""},
	{"first in words", "", comments(`first: "ten"`), "", invalid, ""},
	{"first in words, as variable", "", comments("first: $n"), `{"n": "ten"}`, invalid, ""},
	{"first as text", "", comments("first: $n"), `{"n": "10"}`, badUserInput, "first"},
	{"first as a fraction", "", comments("first: $n"), `{"n": 1.5}`, invalid, ""},
	{"last: 0", "", comments("last: 0"), "", badUserInput, "last"},
	{"last: -1", "", comments("last: -1"), "", badUserInput, "last"},
	{"first and last", "", comments("first: 1, last: 1"), "", badUserInput, "last"},
	{"empty cursor", "", comments(`after: ""`), "", badUserInput, "after"},
	{"a number for a cursor", "", comments("after: 5"), "", invalid, ""},
	{"a huge number for a cursor", "", comments("after: 99999999999999999999"), "", invalid, ""},
	{"a huge fraction for a cursor", "", comments("after: 1e999"), "", invalid, ""},
	{"an object for a cursor", "", comments("after: {a: 1}"), "", invalid, ""},
	{"a number for a cursor, as variable", "", comments("after: $v"), `{"v": 5}`, badUserInput, "after"},
	{"an object for a cursor, as variable", "", comments("after: $v"), `{"v": {"a": 1}}`, badUserInput, "after"},
	{"NUL for a cursor", "", comments("after: $v"), `{"v": "\u0000"}`, badUserInput, "after"},
	{"no cursor", "", comments("after: $v"), `{"v": "zibeline"}`, badUserInput, "after"},
	{"half a cursor", "", comments("after: $v"), `{"v": "<half a cursor of oldest>"}`, badUserInput, "after"},
	{"cursor with a tail", "", comments("before: $v"), `{"v": "<cursor of oldest>AA"}`, badUserInput, "before"},
	{"cursor of another list", "", comments("after: $v"), `{"v": "<cursor of supports>"}`, badUserInput, "after"},
	{"cursor of another order", "", comments("before: $v"), `{"v": "<cursor of newest>"}`, badUserInput, "before"},
	{"cursor of the same list elsewhere", "", comments("after: $v"), `{"v": "<cursor of another thread>"}`, badUserInput, "after"},
	{"cursor of another filter", "", comments("after: $v"), `{"v": "<cursor of roots>"}`, badUserInput, "after"},
	{"cursor of no filter", "", comments("after: $v, filter: {rootsOnly: true}"), `{"v": "<cursor of oldest>"}`, badUserInput, "after"},
	{"forged cursor", "", comments("after: $v"), `{"v": "<cursor of a forger>"}`, badUserInput, "after"},
	{"cursor of a stream", "", comments("after: $v"), `{"v": "<event cursor>"}`, badUserInput, "after"},
	// base64url of ["comments:OLDEST","2026-03-10T09:03:00Z","a\u0000"], [… , null, null], [… , 5, "a"] and [… ]
	{"forged cursor with NUL", "", comments("after: $v"), `{"v": "WyJjb21tZW50czpPTERFU1QiLCIyMDI2LTAzLTEwVDA5OjAzOjAwWiIsImFcdTAwMDAiXQ"}`, badUserInput, "after"},
	{"forged cursor with nulls", "", comments("after: $v"), `{"v": "WyJjb21tZW50czpPTERFU1QiLG51bGwsbnVsbF0"}`, badUserInput, "after"},
	{"forged cursor with a number", "", comments("after: $v"), `{"v": "WyJjb21tZW50czpPTERFU1QiLDUsImEiXQ"}`, badUserInput, "after"},
	{"forged cursor too short", "", comments("after: $v"), `{"v": "WyJjb21tZW50czpPTERFU1QiXQ"}`, badUserInput, "after"},
	{"unknown order", "", comments("orderBy: LOUDEST"), "", invalid, ""},
	{"51 nodes", "", `query($ids: [ID!]!) { __typename nodes(ids: $ids) { id } }`, `{"ids": [` + strings.Repeat(`"x",`, 50) + `"x"]}`, badUserInput, "ids"},
	{"both names of a commitment", "", `{ __typename commitment(id: "a", reference: "b") { id } }`, "", badUserInput, "id"},
	{"no name of a commitment", "", `{ __typename commitment { id } }`, "", badUserInput, "id"},
	{"a name with NUL", "", `query($v: String) { __typename commitment(reference: $v) { id } }`, `{"v": "\u0000"}`, badUserInput, "reference"},
	{"a code of two territories", "", `{ __typename territory(code: "11") { id } }`, "", badUserInput, "kind"},
	{"a version beyond 32 bits", "", `{ __typename commitment(reference: "roadmap-COMM-2026-03-1") { version(number: 2147483648) { id } } }`, "", badUserInput, "number"},
	{"a long search", "", `query($v: String) { __typename territories(filter: {text: $v}) { totalCount } }`, `{"v": "` + strings.Repeat("a ", 3000) + `"}`, badUserInput, "filter.text"},
	{"a long search of organizations", "", `query($v: String) { __typename organizations(filter: {text: $v}) { totalCount } }`, `{"v": "` + long(201) + `"}`, badUserInput, "filter.text"},
	{"a long search of commitments", "", `query($v: String) { __typename process(slug: "roadmap") { commitments(filter: {text: $v}) { totalCount } } }`, `{"v": "` + long(201) + `"}`, badUserInput, "filter.text"},
	{"a search with NUL", "", `query($v: String) { __typename process(slug: "roadmap") { commitments(filter: {text: $v}) { totalCount } } }`, `{"v": "\u0000"}`, badUserInput, "filter.text"},
	{"a search for nothing", "", `query($v: String!) { __typename search(query: $v) { totalCount } }`, `{"v": " \t\n\u00a0"}`, badUserInput, "query"},
	{"a search that is long", "", `query($v: String!) { __typename search(query: $v) { totalCount } }`, `{"v": "` + long(201) + `"}`, badUserInput, "query"},
	{"a search for NUL", "", `query($v: String!) { __typename search(query: $v) { totalCount } }`, `{"v": "\u0000"}`, badUserInput, "query"},
	{"a search in many axes", "", `query($v: [ID!]) { __typename search(query: "x", filter: {axes: $v}) { totalCount } }`, `{"v": [` + strings.Repeat(`"x",`, 2_000) + `"x"]}`, badUserInput, "filter.axes"},
	{"a search in many places", "", `query($v: [ID!]) { __typename search(query: "x", filter: {territories: $v}) { totalCount } }`, `{"v": [` + strings.Repeat(`"x",`, 2_000) + `"x"]}`, badUserInput, "filter.territories"},
	{"a search for many kinds", "", `query($v: [SearchKind!]) { __typename search(query: "x", filter: {kinds: $v}) { totalCount } }`, `{"v": [` + strings.Repeat(`"COMMENT",`, 2_000) + `"COMMENT"]}`, badUserInput, "filter.kinds"},
	{"a search on a page of another list", "", `query($v: Cursor) { __typename search(query: "x", after: $v) { nodes { itemId } } }`, `{"v": "<cursor of oldest>"}`, badUserInput, "after"},
	{"many axes", "", `query($v: [ID!]) { __typename process(slug: "roadmap") { commitments(filter: {axes: $v}) { totalCount } } }`, `{"v": [` + strings.Repeat(`"x",`, 40_000) + `"x"]}`, badUserInput, "filter.axes"},
	{"many places", "", `query($v: [ID!]) { __typename process(slug: "roadmap") { commitments(filter: {territories: $v}) { totalCount } } }`, `{"v": [` + strings.Repeat(`"x",`, 2_000) + `"x"]}`, badUserInput, "filter.territories"},
	{"many statuses", "", `query($v: [CommitmentStatus!]) { __typename process(slug: "roadmap") { commitments(filter: {statuses: $v}) { totalCount } } }`, `{"v": [` + strings.Repeat(`"OPEN",`, 70_000) + `"OPEN"]}`, badUserInput, "filter.statuses"},
	{"many states", "", `query($v: [AmendmentState!]) { __typename commitment(reference: "roadmap-COMM-2026-03-1") { amendments(filter: {states: $v}) { totalCount } } }`, `{"v": [` + strings.Repeat(`"ACCEPTED",`, 70_000) + `"ACCEPTED"]}`, badUserInput, "filter.states"},
	{"a status in small letters", "", `query($v: [CommitmentStatus!]) { __typename process(slug: "roadmap") { commitments(filter: {statuses: $v}) { totalCount } } }`, `{"v": ["OPEN", "open"]}`, invalid, ""},
}

var eventMistakes = []mistake{
	{"events of nothing", "", `{ events(topic: "commitment_0000000000000000000000000g") { endCursor } }`, "", notFound, "topic"},
	{"events of a person", "", `query($v: ID!) { events(topic: $v) { endCursor } }`, `{"v": "<alice>"}`, notFound, "topic"},
	{"events of nonsense", "", `query($v: ID!) { events(topic: $v) { endCursor } }`, `{"v": ""}`, notFound, "topic"},
	{"events of a draft", "steering", `query($v: ID!) { events(topic: $v) { endCursor } }`, `{"v": "<draft commitment>"}`, notFound, "topic"},
	{"events of a draft process", "admin", `query($v: ID!) { events(topic: $v) { endCursor } }`, `{"v": "<draft process>"}`, notFound, "topic"},
	{"events of an amendment", "", `query($v: ID!) { events(topic: $v) { endCursor } }`, `{"v": "<mergeable amendment>"}`, notFound, "topic"},
	{"no events", "", `query($v: ID!) { events(topic: $v, first: 0) { endCursor } }`, `{"v": "<commitment>"}`, badUserInput, "first"},
	{"51 events", "", `query($v: ID!) { events(topic: $v, first: 51) { endCursor } }`, `{"v": "<commitment>"}`, badUserInput, "first"},
	{"events after no cursor", "", `query($v: ID!, $a: EventCursor) { events(topic: $v, after: $a) { endCursor } }`, `{"v": "<commitment>", "a": "x"}`, badUserInput, "after"},
	{"events after an empty cursor", "", `query($v: ID!, $a: EventCursor) { events(topic: $v, after: $a) { endCursor } }`, `{"v": "<commitment>", "a": ""}`, badUserInput, "after"},
	{"events after half a cursor", "", `query($v: ID!, $a: EventCursor) { events(topic: $v, after: $a) { endCursor } }`, `{"v": "<commitment>", "a": "<half an event cursor>"}`, badUserInput, "after"},
	{"events after another topic's", "", `query($v: ID!, $a: EventCursor) { events(topic: $v, after: $a) { endCursor } }`, `{"v": "<commitment>", "a": "<event cursor of the process>"}`, badUserInput, "after"},
	{"events after a page", "", `query($v: ID!, $a: EventCursor) { events(topic: $v, after: $a) { endCursor } }`, `{"v": "<commitment>", "a": "<cursor of oldest>"}`, badUserInput, "after"},
	{"events after a number", "", `query($v: ID!, $a: EventCursor) { events(topic: $v, after: $a) { endCursor } }`, `{"v": "<commitment>", "a": 5}`, badUserInput, "after"},
}

var formMistakes = []mistake{
	{"nothing", "", "{", "", unparsable, ""},
	{"a word", "", "zib{eline", "", unparsable, ""},
	{"a query of 5001 tokens", "", "{" + strings.Repeat(" 1", 5_000), "", tooComplex, ""},
	{"a field again and again", "", "{" + strings.Repeat(" viewer", 1_000) + "}", "", tooComplex, ""},
	{"an unknown field", "", "{ zib }", "", invalid, ""},
	{"an unknown argument", "", `{ process(id: "x") { id } }`, "", invalid, ""},
	{"a field without a selection", "", "{ processes }", "", invalid, ""},
	{"two operations and no name", "", "query A { viewer { email } } query B { viewer { email } }", "", invalid, ""},
	{"a variable that is missing", "", "query($id: ID!) { node(id: $id) { id } }", "", invalid, ""},
	{"a variable that is null", "", "query($id: ID!) { node(id: $id) { id } }", `{"id": null}`, invalid, ""},
	{"a variable that nobody declared", "", "{ node(id: $id) { id } }", `{"id": "x"}`, invalid, ""},
	{"a list for a variable", "", "query($id: ID!) { node(id: $id) { id } }", `{"id": ["x"]}`, invalid, ""},
	{"an object for a variable", "", "query($id: ID!) { node(id: $id) { id } }", `{"id": {"x": 1}}`, invalid, ""},
	{"a text for an input", "alice", "mutation($input: AddSupportInput!) { addSupport(input: $input) { __typename } }", `{"input": "x"}`, invalid, ""},
	{"a list for an input", "alice", "mutation($input: AddSupportInput!) { addSupport(input: $input) { __typename } }", `{"input": [{"commitment": "<commitment>"}]}`, invalid, ""},
	{"pages in pages in pages", "", "{ processes { nodes { commitments { nodes { comments { nodes { replies { nodes { body } } } } } } } } }", "", tooComplex, ""},
	{"a commitment of itself", "", "{ node(id: \"<commitment>\") { ... on Commitment" + strings.Repeat(" { version { commitment", 6) + " { id }" + strings.Repeat(" } }", 6) + " } }", "", tooComplex, ""},
	{"fragments in a circle", "", "{ viewer { ...a } } fragment a on Viewer { ...a }", "", invalid, ""},
	{"deep introspection", "", "{ __schema { types { fields { type { fields { type { fields { type { fields { type { name } } } } } } } } } } }", "", invalid, ""},
}

// closedMistakes are all that a phase allows, once it has ended.
var closedMistakes = []mistake{
	{"comment", "bob", "postComment", `{"subject": "<commitment>", "body": "x"}`, closed, ""},
	{"comment on an amendment", "bob", "postComment", `{"subject": "<mergeable amendment>", "body": "x"}`, closed, ""},
	{"edit a comment", "alice", "editComment", `{"comment": "<comment>", "body": "x"}`, closed, ""},
	{"vote", "bob", "voteComment", `{"comment": "<comment>", "vote": "DOWN"}`, closed, ""},
	{"support", "carol", "addSupport", `{"commitment": "<commitment>"}`, closed, ""},
	{"support for an organization", "signatory", "addSupport", `{"commitment": "<commitment>", "organization": "<organization>"}`, closed, ""},
	{"take a support back", "alice", "removeSupport", `{"commitment": "<commitment>"}`, closed, ""},
	{"confirm a support", "alice", "confirmSupport", `{"commitment": "<commitment>"}`, closed, ""},
	{"begin an amendment", "bob", "draftAmendment", `{"commitment": "<commitment>"}`, closed, ""},
	{"submit an amendment", "alice", "submitAmendment", `{"amendment": "<draft amendment>"}`, closed, ""},
	{"accept", "steering", "acceptAmendment", `{"amendment": "<mergeable amendment>"}`, closed, ""},
	{"reject", "steering", "rejectAmendment", `{"amendment": "<mergeable amendment>", "reason": "x"}`, closed, ""},
	{"promote", "bob", "promoteAmendment", `{"amendment": "<rejected amendment>"}`, closed, ""},
}

func TestMistakesInAClosedPhase(t *testing.T) {
	eachStory(t, func(t *testing.T, st *story) {
		done(0, st.Write.Phase.UpdateOneID(st.names["phase"]).SetClosesAt(st.Clock.Now()).Exec(t.Context()))(t)
		for _, m := range closedMistakes {
			t.Run(m.name, func(t *testing.T) { st.refuses(t, m) })
		}
	})
}

// A token is good until its session ends, to the microsecond; then its bearer is told to sign in again.
func TestExpiredToken(t *testing.T) {
	eachStory(t, func(t *testing.T, st *story) {
		session := done(st.Read.Session.Query().Where(session.UserID(st.names["carol"])).Only(t.Context()))(t)
		who := func() reply { return st.post(t, "{ viewer { user { nickname } } }", nil, st.bearer("carol")...) }
		st.Clock.Set(session.ExpiresAt.Add(-time.Microsecond))
		if a := who(); string(a.Data) != `{"viewer":{"user":{"nickname":"carol"}}}` {
			t.Errorf("before the end: %s", a.raw)
		}
		st.Clock.Set(session.ExpiresAt)
		if a := who(); a.Code() != unauthenticated || a.Status != http.StatusUnauthorized {
			t.Errorf("at the end: status %d, %s", a.Status, a.raw)
		}
		st.refusesToken(t)
	})
}

// refusesToken asks that a mutation with carol's token changes nothing.
func (st *story) refusesToken(t *testing.T) {
	t.Helper()
	before := st.state(t)
	a := st.post(t, mutationNamed("addSupport"), map[string]any{"input": map[string]any{"commitment": st.names["commitment"]}}, st.bearer("carol")...)
	if a.Code() != unauthenticated || st.state(t) != before {
		t.Errorf("a mutation: %s", a.raw)
	}
}

// Signing in hashes one password, whatever is wrong: the time it takes tells nobody which accounts exist.
func TestWrongCredentialsCostTheSame(t *testing.T) {
	eachStory(t, func(t *testing.T, st *story) {
		for _, c := range []struct{ email, password string }{
			{"carol@example.org", password}, {"carol@example.org", "wrong password"}, {"carol@example.org", long(201)}, {"carol@example.org", ""},
			{"alice@example.org", "wrong password"}, {"nobody@example.org", "wrong password"}, {"nobody@example.org", long(201)}, {"zibeline", ""},
		} {
			before := st.Passwords.Derived()
			st.post(t, mutationNamed("signIn"), map[string]any{"input": map[string]any{"email": c.email, "password": c.password}})
			if n := st.Passwords.Derived() - before; n != 1 {
				t.Errorf("%s with %.20q: %d passwords hashed", c.email, c.password, n)
			}
		}
	})
}

// What is wrong about an e-mail address is never said: an unknown one and a wrong password are answered alike.
func TestWrongCredentialsLookAlike(t *testing.T) {
	eachStory(t, func(t *testing.T, st *story) {
		answers := map[string]bool{}
		for _, email := range []string{"carol@example.org", "CAROL@example.org", "alice@example.org", "eve@example.org", "zibeline"} {
			a := st.post(t, mutationNamed("signIn"), map[string]any{"input": map[string]any{"email": email, "password": "wrong password"}})
			answers[a.raw] = true
		}
		if len(answers) != 1 {
			t.Errorf("%d different answers: %v", len(answers), answers)
		}
	})
}

// A cursor that lies about the history of its topic is answered with a Reset, not believed.
func TestForgedEventCursor(t *testing.T) {
	eachStory(t, func(t *testing.T, st *story) {
		st.callCursors(t)
		topic := st.names["commitment"]
		head := done(live.ParseCursor(st.names["event cursor"]))(t)
		for _, forged := range []live.Cursor{
			{Topic: topic, Seq: 1, Nonce: 999},
			{Topic: topic, Seq: head.Seq, Nonce: head.Nonce + 1},
			{Topic: topic, Seq: head.Seq + 1, Nonce: head.Nonce},
			{Topic: topic, Seq: math.MaxInt64, Nonce: 1},
		} {
			a := st.post(t, `query($t: ID!, $a: EventCursor) { events(topic: $t, after: $a) { nodes { __typename cursor } endCursor hasNextPage } }`,
				map[string]any{"t": topic, "a": forged.String()})
			want := fmt.Sprintf(`{"events":{"nodes":[{"__typename":"Reset","cursor":"%s"}],"endCursor":"%[1]s","hasNextPage":false}}`, head)
			if string(a.Data) != want {
				t.Errorf("%+v: %s, want %s", forged, a.raw, want)
			}
		}
	})
}

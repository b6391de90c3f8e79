package server_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"ensemble/internal/testsite"
	"ensemble/server"
)

// asking is a question, who asks it, and in which language.
type asking struct {
	name, query string
	variables   map[string]any
	token       string
	language    string
}

// join opens a socket and asks the question on it. id is the id of the operation.
func (a asking) join(t testing.TB, s *testsite.Site, id string) *rawSocket {
	t.Helper()
	var headers []string
	if a.language != "" {
		headers = append(headers, "Accept-Language: "+a.language)
	}

	k := dialRaw(t, s, transportWS, headers...)
	first := `{"type":"connection_init"}`
	if a.token != "" {
		first = `{"type":"connection_init","payload":{"authorization":"Bearer ` + a.token + `","language":"*"}}`
	}
	k.say(t, first)
	k.wantMessage(t, `{"type":"connection_ack"}`)

	payload := testsite.Got(json.Marshal(map[string]any{"query": a.query, "variables": a.variables}))(t)
	k.say(t, `{"id":"`+id+`","type":"subscribe","payload":`+string(payload)+`}`)
	return k
}

// watchedBy waits until there are so many subscribers, in so many groups.
func watchedBy(t testing.TB, s *testsite.Site, subscribers, groups int) {
	t.Helper()
	testsite.Eventually(t, fmt.Sprintf("%d watch in %d groups", subscribers, groups), func() bool {
		return s.Hub.Subscriptions() == subscribers && s.Hub.Groups() == groups
	})
}

// sameQuestion lists ways to ask for the same events about id after start, in other words and by other people.
func sameQuestion(w *testsite.World, id, start string) []asking {
	const declared = `subscription($id: ID!, $after: EventCursor) `
	const plain = declared + `{ commentEvents(subject: $id, after: $after) { id ... on CommentPosted { comment { body } } } }`
	on := map[string]any{"id": id, "after": start}

	return []asking{
		{query: plain, variables: on},
		{query: `subscription Named($id:ID!$after:EventCursor)` +
			`{commentEvents(subject:$id,after:$after){id,...on CommentPosted{comment{body}}}}`, variables: on},
		{query: "# a remark\nsubscription($other: EventCursor, $it: ID = \"x\") " +
			"{ commentEvents(after: $other subject: $it) { id ... on CommentPosted { comment { body } } } }",
			variables: map[string]any{"it": id, "other": start}},
		{query: `subscription { commentEvents(subject: "` + id + `", after: "` + start + `") { ...F } } ` +
			`fragment F on CommentEvent { id ... on CommentPosted { comment { body } } }`},
		{query: declared + `{ commentEvents: commentEvents(subject: $id, after: $after) ` +
			`{ id: id ... on CommentPosted { comment { body: body } } } }`, variables: on},
		{query: declared + `{ commentEvents(subject: $id, after: $after) { id ...P } } ` +
			`fragment P on CommentPosted { comment { body } }`, variables: on},
		{query: plain, variables: on, token: w.Alice.Token},
		{query: plain, variables: on, token: w.Bob.Token},
	}
}

// joinInAllWays opens five sockets for each way to ask.
func joinInAllWays(t *testing.T, s *testsite.Site, ways []asking) (sockets []*rawSocket) {
	t.Helper()
	for round := range 5 {
		for i, way := range ways {
			sockets = append(sockets, way.join(t, s, fmt.Sprint(round, "-", i)))
		}
	}
	return sockets
}

// Many ask the same in other words: each event is executed once for all of them.
func TestGroupsShare(t *testing.T) {
	s := onSQLite(t)
	w := testsite.NewWorld(t, s)
	c := w.Commitment(t, "Un", "Texte.")
	own, api := beside(t, s, server.SocketSettings{})
	ways := sameQuestion(w, c.ID, testsite.StreamCursor(t, s, c.ID))

	sockets := joinInAllWays(t, own, ways)
	subscribers := len(sockets)
	testsite.Eventually(t, "all watch", func() bool { return s.Hub.Subscriptions() >= subscribers })
	before := s.Hub.Metrics.Rendered.Load()

	const events = 10
	for i := range events {
		w.Comment(t, w.Bob, c.ID, fmt.Sprint("Numéro ", i))
	}

	payloads := map[string]int{}
	for _, k := range sockets {
		for range events {
			var f testsite.Frame
			testsite.Must(t, json.Unmarshal([]byte(k.message(t)), &f))
			payloads[string(f.Payload)]++
		}
	}

	executions := s.Hub.Metrics.Rendered.Load() - before
	t.Logf("%d subscribers, %d events, %d executions, %d groups", subscribers, events, executions, s.Hub.Groups())
	if len(payloads) != events || executions != events {
		t.Errorf("%d answers, %d executions", len(payloads), executions)
	}
	if n := api.Metrics.Deliveries.Load(); n != int64(events*subscribers) {
		t.Errorf("%d deliveries", n)
	}

	// One who comes later, from before all of it, finds the answers made, or has them made once.
	late := ways[0].join(t, own, "late")
	for range events {
		late.message(t)
	}
	sockets = append(sockets, late)

	before = s.Hub.Metrics.Rendered.Load()
	w.Comment(t, w.Bob, c.ID, "Encore un.")
	for _, k := range sockets {
		k.message(t)
	}
	if n := s.Hub.Metrics.Rendered.Load() - before; n != 1 {
		t.Errorf("with one who came later, an event costs %d executions", n)
	}

	for _, k := range sockets {
		testsite.Must(t, k.conn.Close())
	}
	watchedBy(t, s, 0, 0)
	if n := s.Hub.Bytes(); n != 0 {
		t.Errorf("%d bytes of answers are left", n)
	}
}

// Somebody comes back who is far behind: as many events as fit are sent to them in one write.
func TestGroupsCoalesce(t *testing.T) {
	s := onSQLite(t)
	w := testsite.NewWorld(t, s)
	c := w.Commitment(t, "Un", "Texte.")
	start := testsite.StreamCursor(t, s, c.ID)

	const events = 60
	for i := range events {
		w.Comment(t, w.Bob, c.ID, fmt.Sprint("Numéro ", i))
	}

	own, api := beside(t, s, server.SocketSettings{})
	k := greeted(t, own)
	k.say(t, asks(testsite.CommentEvents, c.ID, start))
	for range events {
		k.message(t)
	}

	testsite.Eventually(t, "all are counted", func() bool { return api.Metrics.Deliveries.Load() == events })
	if n := api.Metrics.Writes.Load(); n > 2 {
		t.Errorf("%d events were sent in %d writes", events, n)
	}
}

// Questions that differ in one thing are in groups of their own: nobody gets the answer to another's question.
func TestGroupsSplit(t *testing.T) {
	s := onSQLite(t)
	w := testsite.NewWorld(t, s)
	c, other := w.Commitment(t, "Un", "Texte."), w.Commitment(t, "Deux", "Texte.")
	own, _ := beside(t, s, server.SocketSettings{})

	body := func(selection string) string {
		optional := ""
		if strings.Contains(selection, "$on") {
			optional = ", $on: Boolean = true"
		}
		return `subscription($id: ID!` + optional + `) { commentEvents(subject: $id) ` +
			`{ id ... on CommentPosted { ` + selection + ` } } }`
	}

	const events = `{ id ... on CommentPosted { comment { body } } }`
	on := map[string]any{"id": c.ID}
	ways := []asking{
		{name: "as it is", query: body(`comment { body }`), variables: on},
		{name: "another field", query: body(`comment { bodyHtml }`), variables: on},
		{name: "one field more", query: body(`comment { body bodyHtml }`), variables: on},
		{name: "another order", query: body(`comment { bodyHtml body }`), variables: on},
		{name: "an alias", query: body(`comment { text: body }`), variables: on},
		{name: "an argument", query: body(`comment { edits(first: 1) { totalCount } }`), variables: on},
		{name: "another argument", query: body(`comment { edits(first: 2) { totalCount } }`), variables: on},
		{name: "included", query: body(`comment { body @include(if: $on) }`), variables: on},
		{name: "not included", query: body(`comment { body @include(if: $on) }`),
			variables: map[string]any{"id": c.ID, "on": false}},
		{name: "skipped", query: body(`comment { body @skip(if: $on) }`), variables: on},
		{name: "another subject", query: body(`comment { body }`), variables: map[string]any{"id": other.ID}},
		{name: "another root", query: `subscription($id: ID!) { commitmentEvents(commitment: $id) ` + events + ` }`,
			variables: on},
		{name: "another root alias", query: `subscription($id: ID!) { all: commentEvents(subject: $id) ` + events + ` }`,
			variables: on},
		{name: "French", query: body(`comment { body }`), variables: on, language: "fr"},
		{name: "nobody's own", query: body(`comment { viewerVote }`), variables: on},
		{name: "Alice's own", query: body(`comment { viewerVote }`), variables: on, token: w.Alice.Token},
		{name: "Bob's own", query: body(`comment { viewerVote }`), variables: on, token: w.Bob.Token},
	}

	for i, way := range ways {
		way.join(t, own, "1")
		want := i + 1
		watchedBy(t, s, want, want)
	}
}

package server_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"ensemble/ent/comment"
	"ensemble/internal/testsite"
	"ensemble/server"
)

// subscription returns the message that subscribes with this query. Its variable id is on.
func subscription(id, query, on string) string {
	variables := map[string]any{"id": on}
	payload, _ := json.Marshal(map[string]any{"query": query, "variables": variables}) // nothing that could fail
	return `{"id":"` + id + `","type":"subscribe","payload":` + string(payload) + `}`
}

// simple returns the message that asks a query without variables.
func simple(id, query string) string { return subscription(id, query, "") }

// Queries are answered with one result and the end of the operation, in the same form as over HTTP.
func TestSocketQuery(t *testing.T) {
	s := onSQLite(t)
	k := greeted(t, s)

	for id, c := range map[string]struct{ query, data string }{
		"1":      {`{ __typename }`, `{"data":{"__typename":"Query"},"extensions":{"cost":1}}`},
		`\"é\\n`: {`query One { __typename } `, `{"data":{"__typename":"Query"},"extensions":{"cost":1}}`},
		"null":   {`{ node(id: "commitment_x") { id } }`, `{"data":{"node":null},"extensions":{"cost":2}}`},
	} {
		k.say(t, simple(id, c.query))
		k.wantMessage(t, `{"id":"`+id+`","type":"next","payload":`+c.data+`}`)
		k.wantMessage(t, `{"id":"`+id+`","type":"complete"}`)
	}

	k.say(t, simple("large", `{ __schema { types {
		name description fields { name description args { name description type { name } } type { name } }
	} } }`))

	large := k.message(t)
	if len(large) < 1<<16 || !strings.HasPrefix(large, `{"id":"large","type":"next","payload":{"data":`) {
		t.Errorf("%d bytes came: %.100s", len(large), large)
	}
	k.wantMessage(t, `{"id":"large","type":"complete"}`)
}

// A mutation writes one comment, as the person who opened the socket.
func TestSocketMutation(t *testing.T) {
	testsite.Each(t, func(t *testing.T, s *testsite.Site) {
		w := testsite.NewWorld(t, s)
		c := w.Commitment(t, "Un", "Texte.")
		k := dialRaw(t, s, transportWS)
		k.say(t, `{"type":"connection_init","payload":{"Authorization":"Bearer `+w.Alice.Token+`"}}`)
		k.wantMessage(t, `{"type":"connection_ack"}`)

		k.say(t, subscription("1", `mutation($id: ID!) {
			postComment(input: {subject: $id, body: "Par ici."}) { comment { body author { name } } }
		}`, c.ID))
		k.wantMessage(t, `{"id":"1","type":"next","payload":{"data":{"postComment":`+
			`{"comment":{"body":"Par ici.","author":{"name":"alice"}}}},"extensions":{"cost":24}}}`)
		k.wantMessage(t, `{"id":"1","type":"complete"}`)

		if n := testsite.Got(w.Read.Comment.Query().Where(comment.SubjectID(c.ID)).Count(t.Context()))(t); n != 1 {
			t.Errorf("%d comments were written", n)
		}

		k.say(t, simple("2", `mutation { postComment(input: {subject: "", body: ""}) { comment { id } } }`))
		if m := k.message(t); !strings.HasPrefix(m, `{"id":"2","type":"next","payload":{"errors":[{`) {
			t.Errorf("%s came", m)
		}
		k.wantMessage(t, `{"id":"2","type":"complete"}`)
	})
}

// An operation that cannot be carried out is refused with one error message and nothing more. The socket goes on.
func TestSocketErrors(t *testing.T) {
	s := onSQLite(t)
	k := greeted(t, s)

	for name, query := range map[string]string{
		"no document": `}`, "empty": ``, "no such field": `{ zibeline }`,
		"no such subscription": `subscription { zibeline }`,
		"two fields":           `subscription { a: commentEvents(subject: "1") { id } b: commentEvents(subject: "1") { id } }`,
		"introspection":        `subscription { __typename }`,
		"two operations":       `query A { __typename } query B { __typename }`,
		"nothing to watch":     `subscription { commentEvents(subject: "commitment_x") { id } }`,
		"no variable":          `query($x: ID!) { node(id: $x) { id } }`,
		"a condition that is null": `subscription($id: String = null, $on: Boolean = null) {
			commentEvents(subject: "commitment_x") { id @include(if: $on) cursor @skip(if: false) }
		}`,
	} {
		t.Run(name, func(t *testing.T) {
			k.say(t, simple("1", query))

			var refused struct {
				ID, Type string
				Payload  []testsite.Error
			}

			m := k.message(t)
			testsite.Must(t, json.Unmarshal([]byte(m), &refused))
			if refused.ID != "1" || refused.Type != "error" || len(refused.Payload) == 0 ||
				refused.Payload[0].Message == "" {
				t.Errorf("%s came", m)
			}

			k.say(t, `{"type":"ping"}`)
			k.wantMessage(t, `{"type":"pong"}`)
			k.say(t, simple("1", `{ __typename }`)) // the id is free again
			k.wantMessage(t, `{"id":"1","type":"next","payload":{"data":{"__typename":"Query"},"extensions":{"cost":1}}}`)
			k.wantMessage(t, `{"id":"1","type":"complete"}`)
		})
	}
}

// Once a client has completed an operation, nothing more is sent for it, and its id can be used again at once.
func TestSocketCompleteStops(t *testing.T) {
	s := onSQLite(t)
	w := testsite.NewWorld(t, s)
	c := w.Commitment(t, "Un", "Texte.")
	k := greeted(t, s)

	// A query that is completed at once is answered before that or not at all, and ends once.
	for round := range 50 {
		k.write([]byte(string(frameOf(fin|textData, []byte(simple("1", `{ old: __typename }`)))) +
			string(frameOf(fin|textData, []byte(`{"id":"1","type":"complete"}`))) +
			string(frameOf(fin|textData, []byte(`{"type":"ping"}`))) +
			string(frameOf(fin|textData, []byte(simple("1", `{ new: __typename }`))))))

		var came []string
		for !strings.HasSuffix(strings.Join(came, ""),
			`"new":"Query"},"extensions":{"cost":1}}}{"id":"1","type":"complete"}`) {
			came = append(came, k.message(t))
		}

		all := strings.Join(came, "\n")
		switch answered := strings.Index(all, `"old"`); {
		case answered > strings.Index(all, `"pong"`), strings.Count(all, `"complete"`) != 1+strings.Count(all, `"old"`):
			t.Fatalf("round %d:\n%s", round, all)
		}
	}

	k.say(t, `{"id":"nothing","type":"complete"}`) // completing what does not run is no mistake

	// Of a subscription that is completed, no event comes after the next pong.
	w.Comment(t, w.Bob, c.ID, "Zéro.")

	for round := range 20 {
		query := `subscription { commentEvents(subject: \"` + c.ID + `\", after: \"` + firstPlace(t, s, c.ID) + `\") { ` +
			`r` + fmt.Sprint(round) + `: __typename } }`
		k.say(t, `{"id":"w","type":"subscribe","payload":{"query":"`+query+`"}}`)
		if round%2 == 0 {
			if m := k.message(t); !strings.Contains(m, fmt.Sprintf(`"r%d":"CommentPosted"`, round)) {
				t.Fatalf("round %d: %s came", round, m)
			}
		}

		k.say(t, `{"id":"w","type":"complete"}`)
		k.say(t, `{"type":"ping"}`)
		for m := ""; m != `{"type":"pong"}`; {
			if m = k.message(t); m != `{"type":"pong"}` && !strings.Contains(m, fmt.Sprintf(`"r%d"`, round)) {
				t.Fatalf("round %d: %s came", round, m)
			}
		}

		w.Comment(t, w.Bob, c.ID, "Encore.")
	}

	k.say(t, `{"type":"ping"}`)
	k.wantMessage(t, `{"type":"pong"}`)
	testsite.Eventually(t, "nobody watches", func() bool { return s.Hub.Subscriptions() == 0 })
}

// firstPlace returns the cursor before the last event of a topic.
func firstPlace(t testing.TB, s *testsite.Site, topic string) string {
	t.Helper()
	events := testsite.Got(s.Events(t.Context(), topic, testsite.Head(t, s, topic)-2, 1))(t)
	return events[0].Cursor().String()
}

// A socket runs 100 operations. One more is refused with an error that says why; when one ends, another may begin.
func TestSocketManyOperations(t *testing.T) {
	s := onSQLite(t)
	w := testsite.NewWorld(t, s)
	c := w.Commitment(t, "Un", "Texte.")
	k := greeted(t, s)
	at := testsite.StreamCursor(t, s, c.ID)

	ask := func(id int) {
		k.say(t, fmt.Sprintf(`{"id":"%d","type":"subscribe","payload":{"query":%q,"variables":{"id":%q,"after":%q}}}`,
			id, testsite.CommentEvents, c.ID, at))
	}

	for id := range 101 {
		ask(id)
	}
	m := k.message(t)
	if !strings.HasPrefix(m, `{"id":"100","type":"error","payload":[{`) || !strings.Contains(m, "RATE_LIMITED") {
		t.Fatalf("%s came", m)
	}

	w.Comment(t, w.Bob, c.ID, "Pour cent.")
	seen := map[string]bool{}
	for range 100 {
		var f testsite.Frame
		testsite.Must(t, json.Unmarshal([]byte(k.message(t)), &f))
		seen[f.ID] = f.Type == "next"
	}
	if len(seen) != 100 || seen["100"] {
		t.Errorf("%d subscriptions got it", len(seen))
	}

	k.say(t, `{"id":"7","type":"complete"}`)
	ask(100)
	if m := k.message(t); !strings.HasPrefix(m, `{"id":"100","type":"next"`) {
		t.Fatalf("%s came", m)
	}
}

// A client asks for ten thousand subscriptions at once: a hundred begin, each of the others is refused, and the socket
// is as good as before.
func TestSocketTenThousandOperations(t *testing.T) {
	s := onSQLite(t)
	w := testsite.NewWorld(t, s)
	free, _ := beside(t, s, server.SocketSettings{Messages: 1 << 20})
	k := greeted(t, free)

	sent := make(chan struct{})
	go func() {
		defer close(sent)
		for id := range 10_000 {
			k.frame(fin|textData, subscription(fmt.Sprint(id), testsite.ProcessEvents, w.Process.ID))
		}
		k.frame(fin|textData, `{"type":"ping"}`)
	}()

	refused := 0
	for m := k.message(t); m != `{"type":"pong"}`; m = k.message(t) {
		if !strings.Contains(m, `"type":"error"`) || !strings.Contains(m, "RATE_LIMITED") {
			t.Fatalf("%s came", m)
		}
		refused++
	}
	<-sent
	if refused != 9900 {
		t.Errorf("%d were refused", refused)
	}

	testsite.Eventually(t, "a hundred are watched", func() bool { return s.Hub.Subscriptions() == 100 })
	if groups := s.Hub.Groups(); groups != 1 {
		t.Errorf("the hub has %d groups", groups)
	}

	testsite.Must(t, k.conn.Close())
	testsite.Eventually(t, "nobody watches", func() bool { return s.Hub.Subscriptions() == 0 })
	testsite.Eventually(t, "nothing is done for them", func() bool { return serving() == 0 })
}

// When a field of an event fails, the rest of the event is sent. The path of the error begins at the root, and the
// cursor is that of the event.
func TestSocketEventErrors(t *testing.T) {
	s := onSQLite(t)
	w := testsite.NewWorld(t, s)
	c := w.Commitment(t, "Un", "Texte.")
	k := greeted(t, s)

	k.say(t, `{"id":"1","type":"subscribe","payload":{"query":"subscription { `+
		`it: commentEvents(subject: \"`+c.ID+`\", after: \"`+testsite.StreamCursor(t, s, c.ID)+`\") { `+
		`cursor ... on CommentPosted { nodeId mine: comment { edits(first: -1) { totalCount } } } } }"}}`)

	m := w.Comment(t, w.Bob, c.ID, "Oui.")

	var came struct {
		Payload struct {
			Data   struct{ It map[string]any }
			Errors []struct {
				Path       []any
				Extensions map[string]any
			}
			Extensions struct{ Cursor string }
		}
	}
	raw := k.message(t)
	testsite.Must(t, json.Unmarshal([]byte(raw), &came))

	it, errs := came.Payload.Data.It, came.Payload.Errors
	if it["nodeId"] != m.ID || it["mine"] != nil || it["cursor"] != came.Payload.Extensions.Cursor ||
		it["cursor"] != testsite.StreamCursor(t, s, c.ID) {
		t.Errorf("%s came", raw)
	}
	if len(errs) != 1 || fmt.Sprint(errs[0].Path) != "[it mine edits]" ||
		errs[0].Extensions["code"] != "BAD_USER_INPUT" {
		t.Errorf("%s came", raw)
	}
}

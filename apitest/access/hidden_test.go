package access_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"ensemble/apitest/story"
	"ensemble/internal/testsite"
)

// standings are what is not public in the moderated process: names of the story, with the kinds of their ids.
var standings = map[string]string{
	"suspended comment":             "comment",
	"held comment":                  "comment",
	"refused comment":               "comment",
	"comment on a hidden amendment": "comment",
	"hidden amendment":              "amendment",
	"held amendment":                "amendment",
	"refusal":                       "moderation",
}

// What is hidden, held or refused is answered as what does not exist, whoever asks, also its author and the moderators:
// wherever ids are taken, in unmarked fields.
func TestHiddenThingsLookAbsent(t *testing.T) {
	story.Each(t, func(t *testing.T, st *story.Story) {
		wantAbsent(t, st, standings)
	})
}

// hiddenThings are what else is not public: names of the story, with the kinds of their ids.
var hiddenThings = map[string]string{
	"draft process":    "process",
	"draft commitment": "commitment",
	"draft version":    "version",
	"draft amendment":  "amendment",
	"draft phase":      "phase",
	"draft axis":       "axis",
}

// What is not public is answered as what does not exist, whoever asks, also its author, wherever ids are taken.
func TestDraftsLookAbsent(t *testing.T) {
	story.Each(t, func(t *testing.T, st *story.Story) {
		draft := st.Names["draft process"]
		st.Call("draft phase", "phase_0000000000000000000000001g")
		st.Call("draft axis", "axis_0000000000000000000000001g")
		st.SQL(t, `INSERT INTO phases (id, process_id, position, name, description, opens_at, comments, supports,
				amendment_submission, amendment_decision, amendment_promotion, announced)
			VALUES ($1, $2, 1, '{"fr": "x"}', '{}', $3, true, true, true, true, true, 'NOTHING')`,
			st.Names["draft phase"], draft, st.Now())
		st.SQL(t, `INSERT INTO axes (id, process_id, position, title, description)
			VALUES ($1, $2, 1, '{"fr": "x"}', '{}')`, st.Names["draft axis"], draft)

		wantAbsent(t, st, hiddenThings)
	})
}

// wantAbsent asks that everybody is answered about each thing what they are answered about an id of its kind that does
// not exist. things are names of the story, with the kinds of their ids.
func wantAbsent(t *testing.T, st *story.Story, things map[string]string) {
	t.Helper()
	absent := map[string]string{} // what is answered about no thing, by its kind and who asks
	for name, kind := range things {
		for _, who := range audience {
			if absent[kind+who] == "" {
				absent[kind+who] = everywhere(t, st, kind+"_0000000000000000000000000g", who)
			}
			if got, want := everywhere(t, st, st.Names[name], who), absent[kind+who]; got != want {
				t.Errorf("the %s, asked by %q:\n%s\nwant as absent:\n%s", name, who, got, want)
			}
		}
	}
}

// What moderators hid vanishes; where it has answers its place stays, without words, side, language or edit, and no
// filter finds it. Its author and moderators read it in the fields that are theirs.
func TestHiddenCommentsVanish(t *testing.T) {
	story.Each(t, func(t *testing.T, st *story.Story) {
		leaf, root := st.Names["deepest comment"], st.Names["comment"]
		st.SQL(t, "UPDATE comments SET hidden_at = created_at, edited_at = created_at WHERE id IN ($1, $2)", leaf, root)
		for _, who := range audience {
			wantVanished(t, st, leaf, root, who)
		}
	})
}

// wantVanished asks for two hidden comments as who: of leaf nothing is left, of root the place.
func wantVanished(t *testing.T, st *story.Story, leaf, root, who string) {
	t.Helper()
	a := st.Send(t, `query($leaf: ID!, $root: ID!, $subject: ID!) {
		leaf: node(id: $leaf) { id }
		root: node(id: $root) {
			... on Comment {
				body bodyHtml author { name } mentions { name } removal edits { totalCount } acceptsReplies
				language alignment editedAt viewerBody viewerLanguage viewerAlignment viewerEditedAt
			}
		}
		events(topic: $subject, first: 50) {
			nodes { ... on CommentPosted { nodeId actor { id } comment { id body } } }
		}
		commitment(id: $subject) {
			thread: comments(orderBy: THREAD) { nodes { id body } }
			below: comments(filter: {below: $root}) { nodes { id } }
			top: comments(orderBy: TOP) { nodes { body } }
			for: comments(filter: {alignment: FOR}) { totalCount nodes { id } }
			against: comments(filter: {alignment: AGAINST}) { totalCount nodes { id } }
			neutral: comments(filter: {alignment: NEUTRAL}) { totalCount nodes { id } }
		}
	}`, map[string]any{"leaf": leaf, "root": root, "subject": st.Names["commitment"]},
		append(st.Bearer(who), "Accept-Language", "fr")...)
	var got struct {
		Leaf       *struct{}
		Root       map[string]any
		Commitment map[string]json.RawMessage
		Events     struct{ Nodes []json.RawMessage }
	}
	testsite.Must(t, json.Unmarshal(a.Data, &got))

	if got.Leaf != nil || strings.Count(a.Raw, leaf) != 1 { // once as the event's nodeId
		t.Errorf("%q still sees the comment: %s", who, a.Raw)
	}

	mayRead := who == "alice" || who == "moderator" || who == "admin"
	body, reads := got.Root["viewerBody"].(string)
	if reads != mayRead || reads && !strings.Contains(body, testsite.Secret) {
		t.Errorf("%q reads %v", who, got.Root["viewerBody"])
	}
	if strings.Count(a.Raw, "surtout") > map[bool]int{true: 1}[mayRead] {
		t.Errorf("%q reads what was hidden: %s", who, a.Raw)
	}

	personal := fmt.Sprintf("%v %v %t",
		got.Root["viewerLanguage"], got.Root["viewerAlignment"], got.Root["viewerEditedAt"] != nil)
	if want := map[bool]string{true: "fr FOR true", false: "<nil> <nil> false"}[mayRead]; personal != want {
		t.Errorf("%q reads %s, want %s", who, personal, want)
	}
	maps.DeleteFunc(got.Root, func(field string, _ any) bool { return strings.HasPrefix(field, "viewer") })
	want := map[string]any{
		"body": nil, "bodyHtml": nil, "author": nil, "mentions": []any{}, "removal": "HIDDEN",
		"language": nil, "alignment": nil, "editedAt": nil,
		"edits": map[string]any{"totalCount": 0.0}, "acceptsReplies": false,
	}
	if fmt.Sprint(got.Root) != fmt.Sprint(want) {
		t.Errorf("%q: %v, want %v", who, got.Root, want)
	}

	for _, side := range []string{"for", "against", "neutral"} {
		if strings.Contains(string(got.Commitment[side]), root) {
			t.Errorf("%q finds it on the side %s", who, side)
		}
	}
	for _, e := range got.Events.Nodes {
		if strings.Contains(string(e), root) && !strings.Contains(string(e), `"actor":null`) {
			t.Errorf("%q learns who wrote it: %s", who, e)
		}
	}
}

// everywhere asks for an id wherever the schema takes one of a thing to read, and returns all answers without the id.
func everywhere(t *testing.T, st *story.Story, id, who string) string {
	t.Helper()
	var all strings.Builder
	for _, query := range []string{
		`query($id: ID!) { node(id: $id) { __typename id } }`,
		`query($id: ID!) { nodes(ids: [$id, $id]) { __typename id } }`,
		`query($id: ID!) { commitment(id: $id) { __typename id } }`,
		`query($id: ID!) { events(topic: $id) { endCursor } }`,
		`query($id: ID!) { process(slug: "roadmap") { commitments(filter: {axes: [$id]}) { totalCount nodes { id } } } }`,
		`query($id: ID!) {
			process(slug: "roadmap") {
				commitments(filter: {text: "draft"}) { totalCount counts { byStatus { count } byAxis { count } } }
			}
			a: nodes(ids: [$id]) { id }
		}`,
		`query { process(slug: "next-roadmap") { id } processes { totalCount } }`,
		`query { commitment(reference: "roadmap-COMM-2026-03-2") { id } }`,
	} {
		fmt.Fprintln(&all, st.Send(t, query, map[string]any{"id": id}, st.Bearer(who)...).Raw)
	}

	for _, field := range []string{
		"processEvents(process: $id)", "commitmentEvents(commitment: $id)",
		"commentEvents(subject: $id)", "amendmentEvents(commitment: $id)",
	} {
		fmt.Fprintln(&all, firstWord(t, st, "subscription($id: ID!) { "+field+" { id } }", id, who))
	}

	return strings.ReplaceAll(all.String(), id, "…")
}

// firstWord is the first message that a subscription gets, but for those of the protocol.
func firstWord(t *testing.T, st *story.Story, query, id, who string) string {
	t.Helper()
	dialer := websocket.Dialer{Subprotocols: []string{"graphql-transport-ws"}, HandshakeTimeout: 10 * time.Second}
	conn, response, err := dialer.Dial("ws"+strings.TrimPrefix(st.URL, "http")+"/graphql", http.Header{})
	if err != nil {
		t.Fatal(err)
	}
	_ = response.Body.Close()
	defer func() { _ = conn.Close() }()

	payload := map[string]any{}
	if who != "" {
		payload["authorization"] = st.Bearer(who)[1]
	}
	testsite.Must(t, conn.WriteJSON(map[string]any{"type": "connection_init", "payload": payload}))
	testsite.Must(t, conn.SetReadDeadline(time.Now().Add(10*time.Second)))

	for {
		_, message, err := conn.ReadMessage()
		if err != nil {
			t.Fatalf("%s of %s as %q: %v", query, id, who, err)
		}
		switch {
		case strings.Contains(string(message), "connection_ack"):
			variables := map[string]any{"id": id}
			testsite.Must(t, conn.WriteJSON(map[string]any{
				"id": "1", "type": "subscribe", "payload": map[string]any{"query": query, "variables": variables},
			}))
		case !strings.Contains(string(message), `"ping"`):
			return string(message)
		}
	}
}

package server_test

import (
	"encoding/json"
	"fmt"
	"iter"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"
	"github.com/vektah/gqlparser/v2/ast"

	"ensemble/consultation/moderation"
	"ensemble/graph/generated"
)

// A field is marked @viewer when its name says so, and only then: readers of a query see what depends on them.
func TestViewerMarks(t *testing.T) {
	schema := generated.NewExecutableSchema(generated.Config{}).Schema()
	for _, name := range slices.Sorted(maps.Keys(schema.Types)) {
		for _, f := range schema.Types[name].Fields {
			named, marked := strings.HasPrefix(f.Name, "viewer"), f.Directives.ForName("viewer") != nil
			if named != marked && !strings.HasPrefix(name, "__") {
				t.Errorf("%s.%s: marked is %v", name, f.Name, marked)
			}
		}
	}
}

// asker writes queries that ask everything a type has and that everybody may see.
type asker struct{ schema *ast.Schema }

// all are the fields of a type, and theirs, down to a depth at which only plain values are asked.
func (q asker) all(typ string, depth int) string {
	var fields []string
	for _, f := range q.schema.Types[typ].Fields {
		of := q.schema.Types[f.Type.Name()]
		switch {
		case strings.HasPrefix(f.Name, "__"), needsArgument(f), f.Directives.ForName("viewer") != nil:
		case of.IsLeafType():
			fields = append(fields, f.Name+typ+": "+f.Name) // types of an interface have fields of one name that differ
		case depth > 0:
			if inside := q.inside(of, depth-1); inside != "" {
				fields = append(fields, f.Name+typ+": "+f.Name+" { "+inside+" }")
			}
		}
	}
	return strings.Join(fields, " ")
}

// inside is what to ask of the type of a field; of an interface, of each type it can be.
func (q asker) inside(of *ast.Definition, depth int) string {
	if of.Kind == ast.Object {
		return q.all(of.Name, depth)
	}
	parts := []string{"__typename"}
	for _, one := range q.schema.GetPossibleTypes(of) {
		parts = append(parts, "... on "+one.Name+" { __typename "+q.all(one.Name, min(depth, 1))+" }")
	}
	return strings.Join(parts, " ")
}

func needsArgument(f *ast.FieldDefinition) bool {
	for _, a := range f.Arguments {
		if a.Type.NonNull && a.DefaultValue == nil {
			return true
		}
	}
	return false
}

// audience is everybody who asks: a visitor, a stranger, authors, and those who are trusted with something.
var audience = []string{"", "carol", "alice", "bob", "signatory", "owner", "steering", "moderator", "admin"}

// Whoever asks, what is not marked is answered the same, to the byte.
func TestUnmarkedFieldsAreTheSameForAll(t *testing.T) {
	schema := generated.NewExecutableSchema(generated.Config{}).Schema()
	q := asker{schema}
	eachStory(t, func(t *testing.T, st *story) {
		spacious(t, st.Site)
		st.sqlOn(t, "UPDATE comments SET hidden_at = created_at WHERE id = $1", st.names["answer"])
		queries, id := map[string]string{}, quoted(st.names["commitment"])
		arguments := map[string]string{
			"commitment": "(id: " + id + ")", "events": "(topic: " + id + ", first: 50)", "node": "(id: " + id + ")",
			"process": `(slug: "roadmap")`, "search": `(query: "` + secret + `", first: 50)`, "territory": `(code: "FR")`, "nodes": "(ids: [])", "invitation": `(token: "x")`,
			"moderationLog": "(process: " + quoted(st.names["moderated process"]) + ")",
		}
		for _, f := range schema.Query.Fields {
			if !strings.HasPrefix(f.Name, "__") && f.Directives.ForName("viewer") == nil {
				queries[f.Name] = "{ " + f.Name + arguments[f.Name] + " { " + q.inside(schema.Types[f.Type.Name()], 3) + " } }"
			}
		}
		queries["log of moderation"] = "{ events(topic: " + quoted(moderation.ModerationLogTopic(st.names["moderated process"])) + ", first: 50) { " + q.inside(schema.Types["EventPage"], 3) + " } }"
		for _, def := range schema.GetPossibleTypes(schema.Types["Node"]) {
			queries["nodes "+def.Name] = "query($ids: [ID!]!) { nodes(ids: $ids) { __typename ... on " + def.Name + " { " + q.all(def.Name, 2) + " } } }"
		}
		for name, query := range queries {
			for ids := range st.pages() {
				var first reply
				for i, who := range audience {
					a := st.post(t, query, map[string]any{"ids": ids}, append(st.bearer(who), "Accept-Language", "fr")...)
					if i == 0 {
						first = a
					}
					if len(a.Errors) > 0 || a.raw != first.raw {
						t.Errorf("%s, asked by %q: %s", name, who, firstDifference(indented(t, a.raw), indented(t, first.raw)))
					}
					for _, never := range []string{"Une injure", "Une provocation", "Le casino", "Un autre texte", "Voyez vous", "citation"} {
						if strings.Contains(a.raw, never) {
							t.Errorf("%s tells %q", name, never)
						}
					}
				}
				if !strings.Contains(query, "$ids") {
					break
				}
			}
		}
	})
}

// pages are the ids of all that the story has, as many at once as may be asked for.
func (st *story) pages() iter.Seq[[]string] {
	return slices.Chunk(slices.Sorted(maps.Values(st.names)), 50)
}

func indented(t *testing.T, raw string) string {
	t.Helper()
	var v any
	done(0, json.Unmarshal([]byte(raw), &v))(t)
	return string(done(json.MarshalIndent(v, "", " "))(t))
}

// ofDrafts are marked fields that are only true of what is no public node; goldens show them.
var ofDrafts = []string{"Commitment.viewerCanPublish", "Amendment.viewerCanEdit", "Amendment.viewerCanSubmit"}

// Each marked field is answered differently to somebody in the story: the mark is there for a reason.
func TestMarkedFieldsDependOnWhoAsks(t *testing.T) {
	schema := generated.NewExecutableSchema(generated.Config{}).Schema()
	eachStory(t, func(t *testing.T, st *story) {
		spacious(t, st.Site)
		for _, name := range slices.Sorted(maps.Keys(schema.Types)) {
			for _, f := range schema.Types[name].Fields {
				if f.Directives.ForName("viewer") != nil && !toldElsewhere(schema.Types[name]) && !slices.Contains(ofDrafts, name+"."+f.Name) {
					st.dependsOnWhoAsks(t, schema, schema.Types[name], f)
				}
			}
		}
	})
}

// toldElsewhere says whether marked fields of a type answer only whoever acts or listens: goldens of mutations,
// TestLiveNotifications and TestLiveModerationQueue show them.
func toldElsewhere(of *ast.Definition) bool {
	return of.Name == "Subscription" || strings.HasSuffix(of.Name, "Payload") || slices.Contains(of.Interfaces, "NotificationEvent")
}

func (st *story) dependsOnWhoAsks(t *testing.T, schema *ast.Schema, of *ast.Definition, f *ast.FieldDefinition) {
	t.Helper()
	selection := f.Name
	if of := schema.Types[f.Type.Name()]; !of.IsLeafType() {
		selection += " { " + asker{schema}.all(of.Name, 1) + " }"
	}
	query := "query($ids: [ID!]!) { nodes(ids: $ids) { ... on " + of.Name + " { " + selection + " } } }"
	if of == schema.Query {
		query = "{ " + selection + " }"
	}
	answers := map[string]bool{}
	for _, who := range audience {
		all := ""
		for ids := range st.pages() {
			a := st.post(t, query, map[string]any{"ids": ids}, st.bearer(who)...)
			soundErrors(t, a)
			all += a.raw
		}
		answers[all] = true
	}
	if len(answers) < 2 {
		t.Errorf("%s.%s is the same for all", of.Name, f.Name)
	}
}

// A marked field that is reached through an interface is still marked.
func TestMarkThroughInterface(t *testing.T) {
	eachStory(t, func(t *testing.T, st *story) {
		a := st.post(t, `query($id: ID!) { node(id: $id) { ... on CommentSubject { viewerCanComment } } }`,
			map[string]any{"id": st.names["commitment"]}, st.bearer("carol")...)
		if string(a.Data) != `{"node":{"viewerCanComment":true}}` {
			t.Error(a.raw)
		}
	})
}

// hiddenThings are not public, and what they are.
var hiddenThings = map[string]string{
	"draft process": "process", "draft commitment": "commitment", "draft version": "version", "draft amendment": "amendment",
	"draft phase": "phase", "draft axis": "axis",
}

// Whoever asks, also their author: what is not public is answered as what does not exist, wherever ids are taken.
func TestDraftsLookAbsent(t *testing.T) {
	eachStory(t, func(t *testing.T, st *story) {
		draft := st.names["draft process"]
		st.call("draft phase", "phase_0000000000000000000000001g")
		st.call("draft axis", "axis_0000000000000000000000001g")
		st.sqlOn(t, `INSERT INTO phases (id, process_id, position, name, description, opens_at, comments, supports, amendment_submission,
			amendment_decision, amendment_promotion, announced) VALUES ($1, $2, 1, '{"fr": "x"}', '{}', $3, true, true, true, true, true, 'NOTHING')`,
			st.names["draft phase"], draft, st.Now())
		st.sqlOn(t, `INSERT INTO axes (id, process_id, position, title, description) VALUES ($1, $2, 1, '{"fr": "x"}', '{}')`, st.names["draft axis"], draft)
		for name, kind := range hiddenThings {
			for _, who := range audience {
				absent := kind + "_0000000000000000000000000g"
				got, want := st.everywhere(t, st.names[name], who), st.everywhere(t, absent, who)
				if got != want {
					t.Errorf("the %s, asked by %q:\n%s\nwant as absent:\n%s", name, who, got, want)
				}
			}
		}
	})
}

// everywhere asks for an id wherever the schema takes one of a thing to read, and returns all answers without the id.
func (st *story) everywhere(t *testing.T, id, who string) string {
	t.Helper()
	var all strings.Builder
	for _, query := range []string{
		`query($id: ID!) { node(id: $id) { __typename id } }`,
		`query($id: ID!) { nodes(ids: [$id, $id]) { __typename id } }`,
		`query($id: ID!) { commitment(id: $id) { __typename id } }`,
		`query($id: ID!) { events(topic: $id) { endCursor } }`,
		`query($id: ID!) { process(slug: "roadmap") { commitments(filter: {axes: [$id]}) { totalCount nodes { id } } } }`,
		`query($id: ID!) { process(slug: "roadmap") { commitments(filter: {text: "draft"}) { totalCount counts { byStatus { count } byAxis { count } } } } a: nodes(ids: [$id]) { id } }`,
		`query { process(slug: "next-roadmap") { id } processes { totalCount } }`,
		`query { commitment(reference: "roadmap-COMM-2026-03-2") { id } }`,
	} {
		fmt.Fprintln(&all, st.post(t, query, map[string]any{"id": id}, st.bearer(who)...).raw)
	}
	for _, field := range []string{"processEvents(process: $id)", "commitmentEvents(commitment: $id)", "comments(subject: $id)", "amendments(commitment: $id)"} {
		fmt.Fprintln(&all, st.firstWord(t, "subscription($id: ID!) { "+field+" { id } }", id, who))
	}
	return strings.ReplaceAll(all.String(), id, "…")
}

// firstWord is the first message that a subscription gets.
func (st *story) firstWord(t *testing.T, query, id, who string) string {
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
		payload["authorization"] = st.bearer(who)[1]
	}
	done(0, conn.WriteJSON(map[string]any{"type": "connection_init", "payload": payload}))(t)
	done(0, conn.SetReadDeadline(time.Now().Add(10*time.Second)))(t)
	for {
		_, message, err := conn.ReadMessage()
		if err != nil {
			t.Fatalf("%s of %s as %q: %v", query, id, who, err)
		}
		switch {
		case strings.Contains(string(message), "connection_ack"):
			done(0, conn.WriteJSON(map[string]any{"id": "1", "type": "subscribe", "payload": map[string]any{"query": query, "variables": map[string]any{"id": id}}}))(t)
		case !strings.Contains(string(message), `"ping"`):
			return string(message)
		}
	}
}

// What moderators hid vanishes; where there are answers the place stays, without words. Its author and moderators read
// it in the field that is theirs.
func TestHiddenCommentsVanish(t *testing.T) {
	eachStory(t, func(t *testing.T, st *story) {
		leaf, root := st.names["deepest comment"], st.names["comment"]
		st.sqlOn(t, "UPDATE comments SET hidden_at = created_at WHERE id IN ($1, $2)", leaf, root)
		query := `query($leaf: ID!, $root: ID!, $subject: ID!) {
			leaf: node(id: $leaf) { id } root: node(id: $root) { ... on Comment { body bodyHtml author { name } mentions { name } removal edits { totalCount } acceptsReplies viewerBody } }
			events(topic: $subject, first: 50) { nodes { ... on CommentPosted { commentId comment { id body } } } }
			commitment(id: $subject) { thread: comments(orderBy: THREAD) { nodes { id body } } below: comments(filter: {below: $root}) { nodes { id } }
				top: comments(orderBy: TOP) { nodes { body } } } }`
		for _, who := range audience {
			a := st.post(t, query, map[string]any{"leaf": leaf, "root": root, "subject": st.names["commitment"]}, append(st.bearer(who), "Accept-Language", "fr")...)
			var got struct {
				Leaf *struct{}
				Root map[string]any
			}
			done(0, json.Unmarshal(a.Data, &got))(t)
			if got.Leaf != nil || strings.Count(a.raw, leaf) != 1 { // once as the event's commentId
				t.Errorf("%q still sees the comment: %s", who, a.raw)
			}
			mayRead := who == "alice" || who == "moderator" || who == "admin"
			if body, reads := got.Root["viewerBody"].(string); reads != mayRead || reads && !strings.Contains(body, secret) {
				t.Errorf("%q reads %v", who, got.Root["viewerBody"])
			}
			delete(got.Root, "viewerBody")
			want := map[string]any{
				"body": nil, "bodyHtml": nil, "author": nil, "mentions": []any{}, "removal": "HIDDEN",
				"edits": map[string]any{"totalCount": 0.0}, "acceptsReplies": false,
			}
			if fmt.Sprint(got.Root) != fmt.Sprint(want) {
				t.Errorf("%q: %v, want %v", who, got.Root, want)
			}
			if strings.Count(a.raw, "surtout") > map[bool]int{true: 1}[mayRead] {
				t.Errorf("%q reads what was hidden: %s", who, a.raw)
			}
		}
	})
}

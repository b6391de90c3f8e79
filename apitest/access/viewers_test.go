package access_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"

	"ensemble/apitest/story"
	"ensemble/graph/generated"
	"ensemble/internal/testsite"
	"ensemble/live"
	"ensemble/server"
)

// side are people who ask at the same time and may see different things: a visitor, an author, another author, a
// stranger who has reported, a moderator, and a program.
var side = []string{"", "alice", "bob", "carol", "MODERATOR", "token"}

// Whoever asks at the same time as others, with the same documents, gets what they get when they are alone. If no field
// of a document is marked, that is what nobody gets.
func TestQueriesOfManyAtOnce(t *testing.T) {
	schema := generated.NewExecutableSchema(generated.Config{}).Schema()
	story.Each(t, func(t *testing.T, st *story.Story) {
		gather(t, st)
		goOnTelling(t, st)

		alone := map[string]string{} // by operation and who asks
		all := reading(t)
		for _, g := range all {
			for _, who := range side {
				g.As = who
				alone[g.Path+who] = settled(t, g.Ask(t, st).Raw)
				if !asksViewer(t, schema, g.Query) && alone[g.Path+who] != alone[g.Path] {
					t.Errorf("%s as %q: %s", g.Path, who, story.FirstDifference(alone[g.Path+who], alone[g.Path]))
				}
			}
		}

		var asking sync.WaitGroup
		for i, who := range slices.Concat(side, side) {
			asking.Go(func() {
				for j := range all {
					g := all[(j+i/len(side)*7)%len(all)] // some ask the same at the same time, some another thing
					g.As = who
					if got := settled(t, g.Ask(t, st).Raw); got != alone[g.Path+who] {
						difference := story.FirstDifference(got, alone[g.Path+who])
						t.Errorf("%s as %q, among others: %s", g.Path, who, difference)
					}
				}
			})
		}
		asking.Wait()
	})
}

// reading are the operations that write nothing.
func reading(t *testing.T) []story.Operation {
	t.Helper()
	var all []story.Operation
	for _, g := range story.Operations(t) {
		if !g.Writes() {
			all = append(all, g)
		}
	}
	return all
}

// settled is an answer on many lines, with its errors in one order: errors of fields that are resolved side by side
// come in any order.
func settled(t *testing.T, raw string) string {
	t.Helper()
	var answer map[string]any
	if err := json.Unmarshal([]byte(raw), &answer); err != nil {
		t.Errorf("%s: %v", raw, err)
	}

	if errs, some := answer["errors"].([]any); some {
		slices.SortFunc(errs, func(a, b any) int { return strings.Compare(fmt.Sprint(a), fmt.Sprint(b)) })
	}

	text, err := json.MarshalIndent(answer, "", " ")
	if err != nil {
		t.Error(err)
	}
	return string(text)
}

// asksViewer reports whether a document asks for a marked field.
func asksViewer(t *testing.T, schema *ast.Schema, query string) bool {
	t.Helper()
	doc, err := gqlparser.LoadQueryWithRules(schema, query, nil)
	if err != nil {
		t.Fatal(err)
	}

	var inside func(ast.SelectionSet) bool
	inside = func(set ast.SelectionSet) bool {
		return slices.ContainsFunc(set, func(s ast.Selection) bool {
			switch s := s.(type) {
			case *ast.Field:
				return isMarked(s.Definition) || inside(s.SelectionSet)
			case *ast.InlineFragment:
				return inside(s.SelectionSet)
			case *ast.FragmentSpread:
				return inside(s.Definition.SelectionSet)
			}
			return false
		})
	}

	return slices.ContainsFunc(doc.Operations, func(op *ast.OperationDefinition) bool {
		return inside(op.SelectionSet)
	})
}

// stream is a subscription that people have open at the same time.
type stream struct {
	field, of, topic string // as in watchable
	marked           bool   // whether it asks for marked fields
	query            string
	kinds            []string // of events
}

// streams are each subscription to events, of what is public, twice: without marked fields and with them.
func streams(t *testing.T) []stream {
	t.Helper()
	w := &walk{schema: generated.NewExecutableSchema(generated.Config{}).Schema()}
	var all []stream
	for _, s := range []stream{
		{field: "amendmentEvents", of: "moderated commitment", topic: "moderated commitment"},
		{field: "commentEvents", of: "moderated commitment", topic: "moderated commitment"},
		{field: "commitmentEvents", of: "moderated commitment", topic: "moderated commitment"},
		{field: "moderationEvents", of: "moderated process", topic: "log of the moderated process"},
		{field: "processEvents", of: "moderated process", topic: "moderated process"},
		{field: "notificationEvents", topic: "me"},
		{field: "viewerModerationQueueEvents", of: "moderated process", topic: "queue of the moderated process"},
	} {
		f := w.schema.Subscription.Fields.ForName(s.field)
		s.kinds = w.possible(f)
		for _, s.marked = range []bool{false, true} {
			s.query = w.stream(f, s.kinds, s.marked)
			all = append(all, s)
		}
	}

	for _, f := range w.schema.Subscription.Fields {
		watched := slices.ContainsFunc(all, func(s stream) bool { return s.field == f.Name })
		if f.Arguments.ForName("after") != nil && !watched {
			t.Errorf("nobody watches %s", f.Name)
		}
	}
	return all
}

// stream writes a subscription that asks for everything in its events: without marked fields, or with them.
func (w *walk) stream(f *ast.FieldDefinition, kinds []string, marked bool) string {
	var parts, fragments []string
	for _, kind := range kinds {
		part := "... on " + kind + " { __typename"
		for _, f := range w.schema.Types[kind].Fields {
			of := w.schema.Types[f.Type.Name()]
			switch alias := " " + f.Name + kind + ": " + f.Name; {
			case strings.HasPrefix(f.Name, "__"), isMarked(f) && !marked:
			case of.Kind == ast.Object && !isMarked(f):
				part += alias + " { ...Of" + of.Name + " }"
				fragment := "fragment Of" + of.Name + " on " + of.Name +
					" { __typename" + w.plainly(of.Name, marked) + " }"
				if !slices.Contains(fragments, fragment) {
					fragments = append(fragments, fragment)
				}
			default:
				part += alias + w.shallow(f)
			}
		}
		parts = append(parts, part+" }")
	}

	params, args := "$after: EventCursor", "after: $after"
	if first := f.Arguments[0]; first.Name != "after" {
		params, args = "$id: ID!, "+params, first.Name+": $id, "+args
	}
	return "subscription(" + params + ") { " +
		f.Name + "(" + args + ") { __typename id " + strings.Join(parts, " ") + " } } " + strings.Join(fragments, " ")
}

// plainly are the fields of a type that are marked, or those that are not.
func (w *walk) plainly(typ string, marked bool) string {
	var text string
	for _, f := range w.schema.Types[typ].Fields {
		if isMarked(f) == marked && !strings.HasPrefix(f.Name, "__") && !needsArgument(f) {
			text += " " + f.Name + w.shallow(f)
		}
	}
	return text
}

// served puts a server before the site whose sockets are on hub, without limits to what is asked.
func served(t *testing.T, st *story.Story, hub *live.Hub) *testsite.Site {
	t.Helper()
	other, _ := st.Beside(t, func(api *server.Server) { api.Hub, api.MaxDepth, api.MaxCost = hub, 1000, 1<<30 })
	return other
}

// aloneHub is a hub that shares nothing with the site's hub.
func aloneHub(st *story.Story) *live.Hub {
	hub := st.Process(live.NewMemoryBroker()).Hub
	st.Run(hub.Run)
	return hub
}

// company are people who watch together, on a site that they share, and how far they have read.
type company struct {
	*story.Story
	streams []stream
	sockets map[string]*testsite.Socket
	from    map[string]live.Cursor // by topic
	alone   *testsite.Site
	hub     *live.Hub // of alone
}

// heard is what somebody gets on each stream, by its number in company.streams.
type heard map[string][]string

// topicOf is the topic of a stream as somebody watches it.
func (c *company) topicOf(s stream, who string) string {
	if s.topic == "me" {
		return c.Cast[who].ID
	}
	return c.Names[s.topic]
}

// ask opens all streams as somebody, from where the company has read.
func (c *company) ask(t *testing.T, k *testsite.Socket, who string) {
	t.Helper()
	for i, s := range c.streams {
		variables := map[string]any{"id": c.Names[s.of]}
		if topic := c.topicOf(s, who); topic != "" {
			at := c.from[topic]
			at.Topic = topic
			variables["after"] = at.String()
		}
		k.Subscribe(t, fmt.Sprint(i), s.query, variables)
	}
}

// hear reads what somebody gets, up to the last event of each topic. A stream that they may not watch answers once with
// an error: it is then added to refused.
func (c *company) hear(t *testing.T, k *testsite.Socket, who string, refused map[string]bool) heard {
	t.Helper()
	told, open := heard{}, map[string]string{}
	for i, s := range c.streams {
		id := fmt.Sprint(i)
		if last := c.last(t, s, who); last != "" && !refused[who+id] {
			open[id] = last
		}
	}

	for len(open) > 0 {
		f := k.Take(t)
		told[f.ID] = append(told[f.ID], f.Type+" "+string(f.Payload))
		if f.Type == "error" {
			refused[who+f.ID] = true
			if !strings.Contains(string(f.Payload), "UNAUTHENTICATED") &&
				!strings.Contains(string(f.Payload), "NOT_FOUND") {
				field := c.streams[testsite.Got(strconv.Atoi(f.ID))(t)].field
				t.Fatalf("%s of %q: %s", field, who, f.Payload)
			}
			delete(open, f.ID)
		}
		if last := open[f.ID]; last != "" && strings.Contains(string(f.Payload), `"id":"`+last+`"`) {
			delete(open, f.ID)
		}
	}
	return told
}

// last is the id of the newest event on a stream since the company has read, or "" if there is none. A visitor has no
// topic of their own: it is "none" then, so that hear waits for the error.
func (c *company) last(t *testing.T, s stream, who string) (id string) {
	t.Helper()
	topic := c.topicOf(s, who)
	if topic == "" {
		return "none"
	}

	for _, e := range testsite.Got(c.Events(t.Context(), topic, c.from[topic].Seq, 10_000))(t) {
		ofAmendment := s.field == "commentEvents" && strings.HasPrefix(string(e.Type), "Amendment")
		if slices.Contains(s.kinds, string(e.Type)) && !ofAmendment {
			id = e.ID
		}
	}
	return id
}

// compare asks that everybody gets in company what they get alone; on public streams without marked fields, that is
// what nobody gets. Then the company has read everything.
func (c *company) compare(t *testing.T, what string, refused map[string]bool) {
	t.Helper()
	var nobody heard
	before := maps.Clone(refused)
	for _, who := range side {
		together, alone := c.hear(t, c.sockets[who], who, refused), c.hearAlone(t, who)
		if who == "" {
			nobody = together
		}

		for i, s := range c.streams {
			id := fmt.Sprint(i)
			if before[who+id] {
				continue
			}
			got, want := strings.Join(together[id], "\n"), strings.Join(alone[id], "\n")
			if got != want {
				t.Errorf("%s: %s as %q, marked %v, in company, and alone: %s",
					what, s.field, who, s.marked, story.FirstDifference(got, want))
			}
			public := s.topic != "me" && !strings.HasPrefix(s.field, "viewer")
			if public && !s.marked && !slices.Equal(together[id], nobody[id]) {
				t.Errorf("%s: %s as %q, and as nobody: %s",
					what, s.field, who, story.FirstDifference(got, strings.Join(nobody[id], "\n")))
			}
		}
	}

	c.advance(t)
}

// hearAlone opens all streams as somebody on the site where they are alone, and reads what they get.
func (c *company) hearAlone(t *testing.T, who string) heard {
	t.Helper()
	k := testsite.Dial(t, c.alone, c.Cast[who].Token)
	c.ask(t, k, who)
	alone := c.hear(t, k, who, map[string]bool{})
	k.Kill()
	testsite.Eventually(t, "they have gone", func() bool { return c.hub.Subscriptions() == 0 })
	return alone
}

// advance sets from to the last event of each topic.
func (c *company) advance(t *testing.T) {
	t.Helper()
	for _, s := range c.streams {
		for _, who := range side {
			if topic := c.topicOf(s, who); topic != "" {
				for _, e := range testsite.Got(c.Events(t.Context(), topic, c.from[topic].Seq, 10_000))(t) {
					c.from[topic] = e.Cursor()
				}
			}
		}
	}
}

// meanwhile is what happens while people watch.
var meanwhile = []struct{ as, mutation, input string }{
	{"bob", "postComment", `{"subject": "<moderated commitment>", "body": "Un mot de trop, @alice (zibeline)."}`},
	{"alice", "voteComment", `{"comment": "<new comment>", "vote": "UP"}`},
	{"carol", "reportContent", `{"item": "<new comment>", "reason": "SPAM"}`},
	{"MODERATOR", "hideContent", `{"item": "<new comment>", "reason": "SPAM", "facts": "Une réclame."}`},
	{"bob", "appealDecision", `{"moderation": "<new moderation>", "text": "Pas du tout."}`},
	{"alice", "postComment", `{"subject": "<moderated commitment>", "body": "Le casino (zibeline)."}`},
	{"MODERATOR", "publishHeldContent", `{"item": "<new comment>", "facts": "Relu."}`},
	{"alice", "editComment", `{"comment": "<new comment>", "body": "Le jeu (zibeline)."}`},
	{"STEERING", "rejectAmendment", `{"amendment": "<open amendment>", "reason": "Trop court."}`},
	{"MODERATOR", "hideContent", `{"item": "<open amendment>", "reason": "SPAM", "facts": "Une réclame."}`},
	{"bob", "postComment", `{"subject": "<moderated commitment>", "body": "Dommage (zibeline)."}`},
}

// Whoever watches with others, all through what is posted, held, hidden and published, gets what they get alone;
// without marked fields, what nobody gets. Those who ask the same share what is made.
func TestStreamsOfManyAtOnce(t *testing.T) {
	story.Each(t, func(t *testing.T, st *story.Story) {
		gather(t, st)
		goOnTelling(t, st)
		callTopics(st)
		act(t, st, "bob", "postComment", `{"subject": "<moderated commitment>", "body": "Avant (zibeline)."}`)
		testsite.Must(t, st.TellPeople(t.Context()))

		hub := aloneHub(st)
		c := &company{
			Story: st, streams: streams(t), alone: served(t, st, hub), hub: hub,
			sockets: map[string]*testsite.Socket{}, from: map[string]live.Cursor{},
		}
		together, refused := served(t, st, st.Hub), map[string]bool{}
		for _, who := range side {
			c.sockets[who] = testsite.Dial(t, together, st.Cast[who].Token)
		}
		for _, who := range side {
			c.ask(t, c.sockets[who], who)
		}
		c.compare(t, "history", refused)

		// The moderator asks for the queue twice in the same words.
		testsite.Eventually(t, "those who ask the same share", func() bool {
			return st.Hub.Subscriptions()-st.Hub.Groups() == 5*(len(side)-1)+1
		})

		for _, m := range meanwhile {
			st.Pass()
			act(t, st, m.as, m.mutation, m.input)
			st.Call("new comment", testsite.Only[string](t, st.Logged,
				"SELECT id FROM comments ORDER BY created_at DESC, id DESC LIMIT 1"))
			st.Call("new moderation", testsite.Only[string](t, st.Logged,
				"SELECT id FROM moderations ORDER BY created_at DESC, id DESC LIMIT 1"))
			testsite.Must(t, st.TellPeople(t.Context()))
			c.compare(t, m.mutation+" by "+m.as, refused)
		}
	})
}

// The numbers of a pulse are the same for all, and the same as alone. How many watch, and when, is not asked.
func TestPulsesOfManyAtOnce(t *testing.T) {
	schema := generated.NewExecutableSchema(generated.Config{}).Schema()
	all := asker{schema}.all("ProcessPulse", 2)
	numbers := regexp.MustCompile(`\b(measuredAt|watcherCount)ProcessPulse: \w+ `).ReplaceAllString(all, "")
	query := "subscription($id: ID!) { processPulse(process: $id) { " + numbers + " } }"
	story.Each(t, func(t *testing.T, st *story.Story) {
		gather(t, st)
		goOnTelling(t, st)

		hub := aloneHub(st)
		together, alone := served(t, st, st.Hub), served(t, st, hub)
		id := map[string]any{"id": st.Names["moderated process"]}

		var sockets []*testsite.Socket
		for _, who := range side {
			k := testsite.Dial(t, together, st.Cast[who].Token)
			k.Subscribe(t, "1", query, id)
			sockets = append(sockets, k)
		}

		lonely := testsite.Dial(t, alone, "")
		lonely.Subscribe(t, "1", query, id)
		want := string(lonely.Expect(t, "next").Payload)
		for i, k := range sockets {
			if got := string(k.Expect(t, "next").Payload); got != want {
				t.Errorf("as %q: %s\nalone: %s", side[i], got, want)
			}
		}
	})
}

package access_test

import (
	"encoding/json"
	"iter"
	"maps"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/vektah/gqlparser/v2/ast"

	"ensemble/apitest/story"
	"ensemble/consultation/moderation"
	"ensemble/graph/generated"
	"ensemble/internal/testsite"
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

// asker writes queries that ask of a type everything that everybody may see.
type asker struct{ schema *ast.Schema }

// all are the fields of a type and, down to depth levels, the fields of those; at the last level only plain values.
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

// inside is what to ask of a field of the type of; if that is an interface, of each type that it can be.
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

// needsArgument reports whether a field cannot be asked without arguments.
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

// What is not marked is answered the same to the byte, whoever asks.
func TestUnmarkedFieldsAreTheSameForAll(t *testing.T) {
	story.Each(t, func(t *testing.T, st *story.Story) {
		testsite.Unlimited(t, st.Site)
		st.SQL(t, "UPDATE comments SET hidden_at = created_at WHERE id = $1", st.Names["answer"])

		for name, query := range unmarkedQueries(st) {
			for ids := range pages(st) {
				wantSameForAll(t, st, name, query, ids)
				if !strings.Contains(query, "$ids") {
					break
				}
			}
		}
	})
}

// unmarkedQueries ask everything that everybody may see, by what they ask: of each field of the root, of each type of
// node, whose ids are the variable $ids, and of the log of moderation.
func unmarkedQueries(st *story.Story) map[string]string {
	schema := generated.NewExecutableSchema(generated.Config{}).Schema()
	q := asker{schema}
	queries, id := map[string]string{}, strconv.Quote(st.Names["commitment"])

	arguments := map[string]string{
		"commitment":    "(id: " + id + ")",
		"events":        "(topic: " + id + ", first: 50)",
		"node":          "(id: " + id + ")",
		"process":       `(slug: "roadmap")`,
		"organization":  `(id: "` + st.Names["organization"] + `")`,
		"user":          `(nickname: "alice")`,
		"search":        `(query: "` + testsite.Secret + `", first: 50)`,
		"territory":     `(code: "FR")`,
		"nodes":         "(ids: [])",
		"invitation":    `(token: "x")`,
		"moderationLog": "(process: " + strconv.Quote(st.Names["moderated process"]) + ")",
	}
	for _, f := range schema.Query.Fields {
		if !strings.HasPrefix(f.Name, "__") && f.Directives.ForName("viewer") == nil {
			inside := q.inside(schema.Types[f.Type.Name()], 3)
			queries[f.Name] = "{ " + f.Name + arguments[f.Name] + " { " + inside + " } }"
		}
	}

	log := strconv.Quote(moderation.ModerationLogTopic(st.Names["moderated process"]))
	queries["log of moderation"] = "{ events(topic: " + log + ", first: 50) { " +
		q.inside(schema.Types["EventPage"], 3) + " } }"

	for _, def := range schema.GetPossibleTypes(schema.Types["Node"]) {
		queries["nodes "+def.Name] = "query($ids: [ID!]!) { nodes(ids: $ids) { __typename ... on " + def.Name +
			" { " + q.all(def.Name, 2) + " } } }"
	}
	return queries
}

// wantSameForAll asks a query as everybody: no answer differs from a visitor's, and none has words that are hidden.
func wantSameForAll(t *testing.T, st *story.Story, name, query string, ids []string) {
	t.Helper()
	var first testsite.Reply
	for i, who := range audience {
		a := st.Send(t, query, map[string]any{"ids": ids}, append(st.Bearer(who), "Accept-Language", "fr")...)
		if i == 0 {
			first = a
		}
		if len(a.Errors) > 0 || a.Raw != first.Raw {
			difference := story.FirstDifference(indented(t, a.Raw), indented(t, first.Raw))
			t.Errorf("%s, asked by %q: %s", name, who, difference)
		}

		for _, never := range []string{
			"Une injure", "Une provocation", "Le casino", "Un autre texte", "Voyez vous", "citation",
		} {
			if strings.Contains(a.Raw, never) {
				t.Errorf("%s tells %q", name, never)
			}
		}
	}
}

// pages are the ids of everything in the story, as many at once as may be asked for.
func pages(st *story.Story) iter.Seq[[]string] {
	return slices.Chunk(slices.Sorted(maps.Values(st.Names)), 50)
}

// indented is JSON with a line for each value.
func indented(t *testing.T, raw string) string {
	t.Helper()
	var v any
	testsite.Must(t, json.Unmarshal([]byte(raw), &v))
	return string(testsite.Got(json.MarshalIndent(v, "", " "))(t))
}

// ofDrafts are marked fields that are only true of what is no public node; goldens have them.
var ofDrafts = []string{"Commitment.viewerCanPublish", "Amendment.viewerCanEdit", "Amendment.viewerCanSubmit"}

// Each marked field is answered differently to somebody in the story: the mark is there for a reason.
func TestMarkedFieldsDependOnWhoAsks(t *testing.T) {
	schema := generated.NewExecutableSchema(generated.Config{}).Schema()
	story.Each(t, func(t *testing.T, st *story.Story) {
		testsite.Unlimited(t, st.Site)
		for _, name := range slices.Sorted(maps.Keys(schema.Types)) {
			for _, f := range schema.Types[name].Fields {
				known := toldElsewhere(schema.Types[name]) || slices.Contains(ofDrafts, name+"."+f.Name)
				if f.Directives.ForName("viewer") != nil && !known {
					dependsOnWhoAsks(t, st, schema, schema.Types[name], f)
				}
			}
		}
	})
}

// toldElsewhere reports whether the marked fields of a type are only in answers to mutations and in subscriptions. The
// golden files of mutations, TestLiveNotifications and TestLiveModerationQueue have those.
func toldElsewhere(of *ast.Definition) bool {
	return of.Name == "Subscription" || strings.HasSuffix(of.Name, "Payload") ||
		slices.Contains(of.Interfaces, "NotificationEvent")
}

// dependsOnWhoAsks asks a marked field of a type as everybody: at least two answers differ.
func dependsOnWhoAsks(t *testing.T, st *story.Story, schema *ast.Schema, of *ast.Definition, f *ast.FieldDefinition) {
	t.Helper()
	selection := f.Name
	if to := schema.Types[f.Type.Name()]; !to.IsLeafType() {
		selection += " { " + asker{schema}.all(to.Name, 1) + " }"
	}
	query := "query($ids: [ID!]!) { nodes(ids: $ids) { ... on " + of.Name + " { " + selection + " } } }"
	if of == schema.Query {
		query = "{ " + selection + " }"
	}

	answers := map[string]bool{}
	for _, who := range audience {
		all := ""
		for ids := range pages(st) {
			a := st.Send(t, query, map[string]any{"ids": ids}, st.Bearer(who)...)
			testsite.WantSoundErrors(t, a)
			all += a.Raw
		}
		answers[all] = true
	}

	if len(answers) < 2 {
		t.Errorf("%s.%s is the same for all", of.Name, f.Name)
	}
}

// A marked field that is reached through an interface is still marked.
func TestMarkThroughInterface(t *testing.T) {
	story.Each(t, func(t *testing.T, st *story.Story) {
		a := st.Send(t, `query($id: ID!) { node(id: $id) { ... on CommentSubject { viewerCanComment } } }`,
			map[string]any{"id": st.Names["commitment"]}, st.Bearer("carol")...)
		if string(a.Data) != `{"node":{"viewerCanComment":true}}` {
			t.Error(a.Raw)
		}
	})
}

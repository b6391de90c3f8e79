package graph_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/99designs/gqlgen/graphql"
	"github.com/99designs/gqlgen/graphql/executor"

	"ensemble/consultation/refusal"
	"ensemble/graph"
	"ensemble/graph/document"
	"ensemble/graph/generated"
)

// lines is n lines, each with its number in format.
func lines(n int, format string) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, format, i)
	}
	return b.String()
}

// TestPrescreen checks that documents which would take long to validate are refused, and others are not.
func TestPrescreen(t *testing.T) {
	for _, c := range []struct {
		name, query, refused string // refused is the limit that refuses it; "" for none, though GraphQL may refuse it
	}{
		{"nothing", "", ""},
		{"no GraphQL", "\x00{ \" ", ""},
		{"as long as allowed", "{" + lines(4_998, " a%d") + "}", ""},
		{"longer", "{" + lines(4_999, " a%d") + "}", "tokens"},
		{"a hundred thousand fields", "{" + strings.Repeat(" id", 100_000) + "}", "repeats"},
		{"a hundred thousand aliases", "{" + lines(100_000, " a%d:__typename") + "}", "repeats"},
		{"a hundred thousand brackets", strings.Repeat("{", 100_000), "tokens"},
		{"a hundred thousand comments", strings.Repeat("#\n", 100_000) + "{ __typename }", "tokens"},
		{"a name as long as allowed", "{ " + strings.Repeat("a", 100) + ": __typename }", ""},
		{"a longer name", "{ " + strings.Repeat("a", 101) + ": __typename }", "nameSize"},
		{"one field as often as allowed", "{" + strings.Repeat(" id", 500) + "}", ""},
		{"more often", "{" + strings.Repeat(" id", 501) + "}", "repeats"},
		{"fragments in a chain", "{ ...f0 }" +
			lines(400, " fragment f%d on Query { a: viewer { email } ...x }"), "repeats"},
		{"fragments everywhere", "{" + lines(600, " ...f%d") + "}", "repeats"},
		{"a text as long as allowed", `{ a(b: "` + strings.Repeat("a", 256<<10) + `") }`, ""},
		{"a longer text", `{ a(b: "` + strings.Repeat("a", 256<<10+1) + `") }`, "textSize"},
		{"a comment that is longer", "{ a } #" + strings.Repeat("a", 1<<20), ""},
		{"a longer block of text", `{ a(b: """` + strings.Repeat("a", 256<<10+1) + `""") }`, "textSize"},
		{"lists as deep as allowed", "{ a(b: " + strings.Repeat("[", 20) + strings.Repeat("]", 20) + ")" +
			strings.Repeat("{ b", 30) + strings.Repeat("}", 31), ""},
		{"deeper lists", "{ a(b: " + strings.Repeat("[", 21), "nesting"},
		{"deeper objects", "query($a: A = " + strings.Repeat("{b:", 21), "nesting"},
		{"deeper, of both", "{ a @b(c: " + strings.Repeat("[{d:", 11), "nesting"},
		{"introspection", "{ __schema { types { name fields { name type { name ofType { name } } } } } }", ""},
	} {
		err := graph.Prescreen(c.query, graph.UsualTokens)

		refused := ""
		if err != nil {
			why, _ := err.Unwrap().(*refusal.Error)
			for name := range why.Details {
				if name != "limit" {
					refused = name
				}
			}
		}

		if refused != c.refused {
			t.Errorf("%s: refused by %q, want %q: %v", c.name, refused, c.refused, err)
		}
	}
}

// Whatever strangers send, neither the look at its tokens nor the parser, the rules or the scales panic; what is let
// through is answered by errors or by a cost.
func FuzzDocument(f *testing.F) {
	for _, seed := range []string{
		"#", "\ufeff{a", `{a(b:"""`,
		"{ viewer { ...a } } fragment a on Viewer { ...a }",
		nested(13),
		"{ __schema { types { name } } }",
		"{" + strings.Repeat(" id", 600) + "}",
		`query($a: [Int!] = [[[1]]]) { nodes(ids: $a) { id } }`,
		`{ processes(first: {a: [{b: {c: []}}]}) { totalCount } }`,
		"subscription { commentEvents(subject: \"x\") { id } }",
		"mutation { signOut(input: {}) { endedSessions } }",
	} {
		f.Add(seed)
	}

	exec := executor.New(generated.NewExecutableSchema(generated.Config{}))
	exec.SetDefaultRulesFn(graph.Rules)
	exec.SetParserTokenLimit(graph.UsualTokens)

	limits := graph.UsualLimits
	limits.Schema = generated.NewExecutableSchema(generated.Config{}).Schema()
	exec.Use(limits)

	f.Fuzz(func(t *testing.T, query string) {
		ctx := graphql.StartOperationTrace(context.Background())
		readable, err := document.Readable(query, graph.UsualTokens)
		if err != nil || graph.Prescreen(readable, graph.UsualTokens) != nil {
			return
		}
		params := &graphql.RawParams{Query: readable}
		op, errs := exec.CreateOperationContext(ctx, params)
		if len(errs) > 0 {
			return
		}
		if cost, ok := op.Stats.GetExtension("Limits").(int); !ok || cost < 0 || cost > limits.MaxCost {
			t.Errorf("it costs %d", cost)
		}
	})
}

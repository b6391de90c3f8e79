package graph_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/99designs/gqlgen/graphql"
	"github.com/99designs/gqlgen/graphql/executor"

	"ensemble/consultation/refusal"
	"ensemble/graph"
	"ensemble/graph/generated"
)

// weighed returns what an operation costs, and why it is refused, or nil.
func weighed(t *testing.T, limits graph.Limits, query, variables string) (cost int, refused *refusal.Error) {
	t.Helper()

	exec := executor.New(generated.NewExecutableSchema(generated.Config{}))
	exec.SetDefaultRulesFn(graph.Rules)
	limits.Schema = generated.NewExecutableSchema(generated.Config{}).Schema()
	exec.Use(limits)

	params := &graphql.RawParams{Query: query}
	numbers := json.NewDecoder(strings.NewReader(variables)) // which stay as they are written, as on the server
	numbers.UseNumber()
	if err := numbers.Decode(&params.Variables); err != nil {
		t.Fatal(err)
	}

	ctx := graphql.StartOperationTrace(t.Context())
	op, errs := exec.CreateOperationContext(ctx, params)
	if len(errs) > 0 {
		var ok bool
		if refused, ok = errs[0].Unwrap().(*refusal.Error); !ok {
			t.Fatalf("%s: %v", query, errs)
		}
	}

	cost, _ = op.Stats.GetExtension("Limits").(int)
	return cost, refused
}

// An operation costs one for each field, as often as it is asked for: each item of a page or list counts.
func TestCosts(t *testing.T) {
	for _, c := range []struct {
		name, query, variables string
		cost                   int
	}{
		// Fields, and the items of pages and lists.
		{"a field and one below", `{ viewer { email } }`, `{}`, 2},
		{"a page counts for each of its items", `{ processes(first: 7) { nodes { id slug } } }`, `{}`, 1 + 1 + 7*1},
		{"no page size is the usual one", `{ processes { nodes { id } } }`, `{}`, 1 + 1 + 20},
		{"what is beside the items counts once",
			`{ processes(first: 7) { totalCount pageInfo { endCursor } nodes { id } } }`, `{}`, 1 + 5 + 2 + 1 + 7},
		{"edges are items too", `{ processes(first: 7) { edges { cursor node { id } } } }`, `{}`, 1 + 1 + 7*2},
		{"long arguments", `query($s: String!) { process(slug: $s) { id } }`,
			`{"s": "` + strings.Repeat("a", 8<<10) + `"}`, 2 + 2},
		{"an argument of each item", `query($s: String!) {
			processes(first: 7) { nodes { commitments(first: 1, filter: {text: $s}) { totalCount } } }
		}`,
			`{"s": "a"}`, 744},
		{"a long one of each item", `query($s: String!) {
			processes(first: 7) { nodes { commitments(first: 1, filter: {text: $s}) { totalCount } } }
		}`,
			`{"s": "` + strings.Repeat("a", 4<<10) + `"}`, 744 + 7},
		{"a long literal", `{ process(slug: "` + strings.Repeat("a", 5<<10) + `") { id } }`, `{}`, 2 + 1},
		{"pages multiply",
			`{ processes(first: 3) { nodes { commitments(last: 4) { nodes { id } } } } }`, `{}`, 1 + 1 + 3*(1+1+4)},
		{"a short list", `{ node(id: "x") { ... on Territory { ancestors { id code } } } }`, `{}`, 1 + 1 + 5*1},
		{"a list of known size", `{ process(slug: "x") { axes { id title } } }`, `{}`, 1 + 1 + 10*2},
		{"a list in a list", `{ node(id: "x") { ... on Amendment { diff { body { spans { text } } } } } }`, `{}`,
			1 + 1 + 400 + 8*(1+5)},

		// Sizes: in variables, by default, and those that will be refused.
		{"a variable", `query($n: Int) { processes(first: $n) { nodes { id } } }`, `{"n": 7}`, 1 + 1 + 7},
		{"a variable that is absent", `query($n: Int) { processes(first: $n) { nodes { id } } }`, `{}`, 1 + 1 + 20},
		{"a variable with a default", `query($n: Int = 4) { processes(first: $n) { nodes { id } } }`, `{}`, 1 + 1 + 4},
		{"a variable in the place of a default",
			`query($n: Int! = 4) { events(topic: "x", first: $n) { nodes { id } } }`, `{}`, 1 + 1 + 4},
		{"the default of an argument", `{ events(topic: "x") { nodes { id } } }`, `{}`, 1 + 1 + 20},
		{"a size that will be refused", `{ processes(first: 1000000) { nodes { id } } }`, `{}`, 1 + 1 + 50},
		{"a size that no number holds",
			`query($n: Int) { processes(first: $n) { nodes { id } } }`, `{"n": 2147483648}`, 1 + 1 + 50},
		{"a size below nothing", `{ processes(first: -5) { nodes { id } } }`, `{}`, 1 + 1 + 1},

		// Ids.
		{"ids", `{ nodes(ids: ["a", "b", "c"]) { id } }`, `{}`, 1 + 3},
		{"ids in a variable", `query($ids: [ID!]!) { nodes(ids: $ids) { id } }`, `{"ids": ["a", "b"]}`, 1 + 2},

		// Aliases, fragments and directives.
		{"aliases", `{ a: viewer { email } b: viewer { x: email y: email } }`, `{}`, 5},
		{"long names", "{ viewer { " + strings.Repeat("x", 31) + ": email " + strings.Repeat("y", 96) + ": email } }", `{}`,
			1 + 1 + 4},
		{"a fragment, wherever it is spread",
			`{ a: viewer { ...v } b: viewer { ...v } } fragment v on Viewer { email language }`, `{}`, 6},
		{"a fragment of a page",
			`{ processes(first: 7) { ...p } } fragment p on ProcessConnection { nodes { id } }`, `{}`, 1 + 1 + 7},
		{"inline fragments", `{ node(id: "x") { id ... on Comment { body } ... on Actor { name } } }`, `{}`, 1 + 3},
		{"types that exclude each other", `{
			node(id: "x") { id ... on Comment { body } ... on User { id name } ... on Comment { depth } ... u }
		} fragment u on User { nickname }`, `{}`, 1 + 1 + 1},
		{"ten plain fields of an object", `{ processes(first: 7) { nodes { id slug publishedAt createdAt updatedAt
			commentMaxLength evaluatingLimit commitmentCount __typename a: id } } }`, `{}`, 1 + 1 + 7*1},
		{"eleven", `{ processes(first: 7) { nodes { id slug publishedAt createdAt updatedAt
			commentMaxLength evaluatingLimit commitmentCount __typename a: id b: id } } }`, `{}`, 1 + 1 + 7*2},
		{"plain fields and one that is made", `{ processes(first: 7) { nodes { id slug title } } }`, `{}`, 1 + 1 + 7*2},
		{"a plain field with a long name", `{ processes(first: 7) { nodes { ` + strings.Repeat("a", 32) + `: id } } }`,
			`{}`, 1 + 1 + 7*2},
		{"parts of a text, which are no nodes",
			`{ node(id: "x") { ... on Amendment { diff { body { spans { kind text } } } } } }`, `{}`, 1 + 1 + 400 + 8*(1+5*2)},
		{"a list of lists that are short", `{ process(slug: "x") { commitments(first: 50) { nodes { id
			amendments(first: 20) { totalCount nodes { id state } } } } } }`, `{}`, 1 + 1 + 1 + 50*(1+1+5+1+20*1)},
		{"what is left out", `{ viewer { email @skip(if: true) } }`, `{}`, 2},

		// What has a price: texts, what is computed of them, a search. Then the other kinds of operations.
		{"a text and its HTML", `{ node(id: "x") { ... on Amendment { body bodyHtml } } }`, `{}`, 1 + 3 + 100},
		{"a price in a page", `{ node(id: "x") { ... on Amendment { comments(first: 7) { nodes { bodyHtml } } } } }`, `{}`,
			1 + 1 + 1 + 7*10},
		{"a merge", `{ node(id: "x") { ... on Amendment { merge { body } } } }`, `{}`, 1 + 300 + 3},
		{"a search", `{ search(query: "x", first: 7) { nodes { itemId } } }`, `{}`, 50 + 1 + 7},
		{"a search with excerpts", `{ search(query: "x", first: 7) { nodes { excerpt { text } } } }`, `{}`, 50 + 1 + 7*(28+5)},
		{"a condition that looks at each row", `{ organizations(first: 7, filter: {text: "x", isVerified: true}) { nodes { id } } }`, `{}`,
			1 + 30 + 1 + 7},
		{"conditions in variables", `query($f: CommentFilter) { node(id: "x") { ... on Commitment {
			a: comments(first: 1, filter: $f) { totalCount } b: comments(first: 1, filter: {by: null}) { totalCount } } } }`,
			`{"f": {"by": "PERSON", "below": "y", "rootsOnly": true}}`, 1 + (1 + 20 + 20 + 5) + (1 + 5)},
		{"a condition in a variable", `query($t: String) { process(slug: "x") {
			commitments(first: 1, filter: {text: $t}) { totalCount } } }`, `{"t": "x"}`, 1 + 1 + 100 + 5},
		{"counts, each by itself", `{ process(slug: "x") { commitments(first: 1, filter: {territories: ["y"]}) {
			counts { __typename byStatus { count } } } } }`, `{}`, 1 + (1 + 10) + 1 + 1 + (10 + 5)},
		{"a mutation", `mutation { signOut { endedSessions } }`, `{}`, 20 + 1},
		{"a mutation with a price", `mutation($i: SignInInput!) { signIn(input: $i) { token } }`,
			`{"i": {"email": "a", "password": "b"}}`, 300 + 1},
		{"an event", `subscription {
			commitmentEvents(commitment: "x") {
				cursor ... on CommentPosted { comment { replies(first: 2) { nodes { id } } } }
			}
		}`, `{}`, 1 + 1 + 1 + 1 + 1 + 2},
		{"introspection", `{ __schema { types { fields { name } } } }`, `{}`, 1 + 1 + 4*(1+4)},
	} {
		cost, refused := weighed(t, graph.UsualLimits, c.query, c.variables)
		if cost != c.cost || refused != nil {
			t.Errorf("%s: costs %d, want %d; refused: %v", c.name, cost, c.cost, refused)
		}
	}
}

// The pages that clients usually ask for stay far below the limit.
func TestUsualPages(t *testing.T) {
	for name, query := range map[string]string{
		"a process": `{ process(slug: "x") { id streamCursor axes { id title }
			commitments(first: 20) { totalCount nodes { id number reference title supportCount commentCount } } } }`,
		"a commitment": `{ commitment(reference: "x") { id number title bodyHtml version { number author { name } }
			versions { totalCount } streamCursor
			amendments(first: 10) { totalCount nodes { id state mergeState author { name } } }
			comments(first: 20, orderBy: OLDEST) { totalCount nodes { id body bodyHtml depth parent { id } replyCount
				alignment createdAt author { name } } pageInfo { hasNextPage endCursor } }
			supports(first: 5) { totalCount nodes { supporter { name } } } } }`,
		"an amendment": `{ node(id: "x") { ... on Amendment { title bodyHtml rationaleHtml state author { name }
			diff { body { kind spans { kind text } } } merge { title body conflicts { base current proposed } } } } }`,
		"a comment that is posted": `mutation { postComment(input: {subject: "x", body: "y"}) {
			comment { id body createdAt author { name } } } }`,
		"an event": `subscription { commitmentEvents(commitment: "x") { __typename cursor
			... on CommentPosted { comment { id body createdAt author { name } } } } }`,
	} {
		if cost, refused := weighed(t, graph.UsualLimits, query, `{}`); cost >= 1_000 || refused != nil {
			t.Errorf("%s costs %d; refused: %v", name, cost, refused)
		}
	}
}

// introspection is what GraphiQL and graphql-codegen ask, with all that graphql-js 16 has options for.
const introspection = `query IntrospectionQuery {
	__schema {
		description
		queryType { name kind } mutationType { name kind } subscriptionType { name kind }
		types { ...FullType }
		directives { name description isRepeatable locations args(includeDeprecated: true) { ...InputValue } }
	}
}
fragment FullType on __Type {
	kind name description specifiedByURL isOneOf
	fields(includeDeprecated: true) {
		name description args(includeDeprecated: true) { ...InputValue } type { ...TypeRef } isDeprecated deprecationReason
	}
	inputFields(includeDeprecated: true) { ...InputValue }
	interfaces { ...TypeRef }
	enumValues(includeDeprecated: true) { name description isDeprecated deprecationReason }
	possibleTypes { ...TypeRef }
}
fragment InputValue on __InputValue {
	name description type { ...TypeRef } defaultValue isDeprecated deprecationReason
}
fragment TypeRef on __Type {
	kind name ofType { kind name ofType { kind name ofType { kind name ofType { kind name
		ofType { kind name ofType { kind name ofType { kind name ofType { kind name ofType { kind name } } } } } } } } }
}`

// Tools may ask for the whole schema, which is paid by what it holds.
func TestIntrospectionOfTools(t *testing.T) {
	cost, refused := weighed(t, graph.UsualLimits, introspection, `{}`)
	if cost < 1_000 || cost > 2_800 || refused != nil {
		t.Errorf("costs %d; refused: %v", cost, refused)
	}
}

// nested is a query that asks for a field in itself, n levels deep in all.
func nested(n int) string {
	return `{ node(id: "x") { ... on Comment ` + nestedComment(n) + " } }"
}

// nestedComment is the part of nested that is asked of a comment.
func nestedComment(n int) string {
	return strings.Repeat("{ parent ", n-2) + "{ id }" + strings.Repeat(" }", n-2)
}

// fragmentsThatDouble returns a query with 200 fragments, each of which spreads the next one twice.
func fragmentsThatDouble() string {
	doubled := `{ ...f0 }`
	for i := range 200 {
		doubled += fmt.Sprintf(" fragment f%d on Query { ...f%d a%[1]d: viewer { email } ...f%[2]d }", i, i+1)
	}
	return doubled + ` fragment f200 on Query { viewer { email } }`
}

// Operations that are deeper or cost more than allowed are refused for that, in whatever form.
func TestLimits(t *testing.T) {
	var fields []string
	for i := range 3000 {
		fields = append(fields, fmt.Sprintf("f%d: __typename", i))
	}

	introspection := func(n int) string {
		return `{ __type(name: "Query") { ` + strings.Repeat("ofType { ", n-2) + "name" +
			strings.Repeat(" }", n-2) + " } }"
	}

	for _, c := range []struct {
		name, query string
		what        string // "" when it is let through
	}{
		{"as deep as allowed", nested(12), ""},
		{"one deeper", nested(13), "depth"},
		{"deep in a fragment", `{ node(id: "x") { ...c } } fragment c on Comment ` + nestedComment(13), "depth"},
		{"introspection as deep as allowed", introspection(20), ""},
		{"introspection one deeper", introspection(21), "depth"},
		{"as many fields as allowed", "{ " + strings.Join(fields, " ") + " }", ""},
		{"one more", "{ more: __typename " + strings.Join(fields, " ") + " }", "cost"},
		{"pages in pages",
			`{ processes { nodes { commitments { nodes { comments { nodes { id } } } } } } }`, "cost"},
		{"pages in pages of an event", `subscription {
			commitmentEvents(commitment: "x") {
				... on CommentPosted {
					comment { replies { nodes { replies { nodes { replies { nodes { id } } } } } } }
				}
			}
		}`, "cost"},
		{"lists in lists", `{
			process(slug: "x") { axes { process { axes { process { axes { process { axes {
				process { axes { id } }
			} } } } } } } }
		}`, "cost"},
		{"fragments that double", fragmentsThatDouble(), "cost"},
	} {
		_, refused := weighed(t, graph.UsualLimits, c.query, `{}`)

		isRefused := refused != nil && refused.Code == graph.TooComplex &&
			refused.Details[c.what] != nil && refused.Details["limit"] != nil
		switch {
		case c.what == "" && refused != nil:
			t.Errorf("%s: %v", c.name, refused)
		case c.what != "" && !isRefused:
			t.Errorf("%s: %v, want a refusal for its %s", c.name, refused, c.what)
		}
	}

	_, refused := weighed(t, graph.Limits{MaxDepth: 2, MaxCost: 1}, `{ viewer { email } }`, `{}`)
	if refused == nil || refused.Details["cost"] != 2 || refused.Details["limit"] != 1 {
		t.Errorf("a limit that is set: %v", refused)
	}
}

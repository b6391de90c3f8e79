package main

import (
	"context"
	"fmt"
	"strings"
)

const nodesQuery = `query($ids: [ID!]!) { nodes(ids: $ids) { ... on Amendment { %s } } }`

// answers are attacks by a short question with a long answer.
func answers(w *world) []attack {
	quotes := w.find("all >")
	noise := w.slow()

	// ask has the same operation asked again and again.
	ask := func(query string, variables map[string]any) func(context.Context, *caller, int) {
		return func(ctx context.Context, c *caller, _ int) {
			c.ask(ctx, "", question{Query: query, Variables: variables})
		}
	}
	same := func(count int, fields string) func(context.Context, *caller, int) {
		ids := some(quotes.amendments[:1], 0, count)
		return ask(fmt.Sprintf(nodesQuery, fields), map[string]any{"ids": ids})
	}

	return []attack{
		{name: "answers/html", atOnce: 4, about: "an amendment five times, its HTML under 100 names",
			try: same(5, aliases(100, "bodyHtml"))},
		{name: "answers/html allowed", atOnce: 4, about: "an amendment, its HTML under 29 names",
			try: same(1, aliases(29, "bodyHtml"))},
		{name: "answers/text", atOnce: 4, about: "an amendment 50 times, its text under 58 names",
			try: same(50, aliases(58, "body"))},
		{name: "answers/text allowed", atOnce: 4, about: "an amendment 50 times, its text under 19 names: 19 MB",
			try: same(50, aliases(19, "body"))},
		{name: "answers/diff", atOnce: 4, about: "a long difference under eleven names",
			try: ask(fmt.Sprintf(`query($id: ID!) { node(id: $id) { ... on Amendment { %s } } }`,
				aliases(11, "diff { body { kind spans { kind text } } }")),
				map[string]any{"id": noise[0].amendments[0]})},
		{name: "answers/conflicts", atOnce: 4, about: "a merge with many conflicts, under eight names",
			try: ask(fmt.Sprintf(`query($id: ID!) { node(id: $id) { ... on Amendment { %s } } }`,
				aliases(8, "merge { body conflicts { base current proposed } }")),
				map[string]any{"id": noise[0].amendments[0]})},
		{name: "answers/excerpts", atOnce: 4, about: "50 results of a search, with their excerpts",
			try: func(ctx context.Context, c *caller, n int) {
				c.ask(ctx, "", question{Query: `query($q: String!) { search(query: $q, first: 50) { totalCount
					counts { kind count } nodes { title { text isMatch } a: excerpt { text isMatch } } } }`,
					Variables: map[string]any{"q": pick(searched, n)}})
			}},
		{name: "answers/introspection", atOnce: 4, about: "the whole schema, under names of its own",
			try: ask("{ "+aliases(3, "__schema { types { name description fields { name description args { name "+
				"description type { name kind ofType { name kind } } } type { name kind ofType { name kind } } } } }")+" }", nil)},
		{name: "answers/comments", atOnce: 4, about: "50 comments of 5,000 signs, their HTML under five names",
			try: ask(fmt.Sprintf(`query($id: ID!) { node(id: $id) { ... on Commitment { comments(first: 50) { nodes { %s } } } } }`,
				aliases(5, "bodyHtml")), map[string]any{"id": quotes.commitment})},
		{name: "answers/event", atOnce: 5, about: "questions whose events have a long text as HTML under ten names, almost a megabyte",
			try: stirred(w, quotes.commitment, func(ctx context.Context, c *caller, n int) {
				watch(ctx, c, "", quotes.commitment, largeEvent(n), nil)
			})},
	}
}

// searched are words that are in many texts of the demo.
var searched = strings.Fields("numérique médiation inclusion territoire département accompagnement formation lieu public")

// largeEvent selects much of an event, under other names each time.
func largeEvent(n int) string {
	return fmt.Sprintf("c%d: commitmentEvents(commitment: $commitment, after: $after) { cursor ... on CommentPosted { "+
		"comment { subject { ... on Commitment { %s } } } } }", n, aliases(10, "bodyHtml"))
}

package main

import (
	"context"
	"encoding/base64"
	"fmt"
	"strings"
)

// puzzles are attacks by small documents, and by values, that once meant much work or memory.
func puzzles() []attack {
	ask := func(q func(n int) question) func(context.Context, *caller, int) {
		return func(ctx context.Context, c *caller, n int) { c.post(ctx, "/graphql", "", q(n).json()) }
	}
	const page = "query($a: Cursor) { %s } # %d"
	cursor := base64.RawURLEncoding.EncodeToString([]byte(`["x"` + strings.Repeat(",1", 350_000) + "]"))

	return []attack{
		{name: "puzzles/fragments", atOnce: 8, about: "fragments forty times in each other, at the root of a subscription",
			try: ask(func(n int) question { return question{Query: multiplied(10, 40) + fmt.Sprint("#", n)} })},
		{name: "puzzles/nesting", atOnce: 4, about: "a megabyte of text in 2,400 lists in each other",
			try: ask(func(n int) question {
				return question{Query: fmt.Sprintf(`{ processes(after: %s"%s"%s) { totalCount } } # %d`, strings.Repeat("[", 2_400),
					strings.Repeat("\x7f", megabyte), strings.Repeat("]", 2_400), n)}
			})},
		{name: "puzzles/cursors", atOnce: 4, about: "a cursor of a megabyte that 190 fields read",
			try: ask(func(n int) question {
				return question{
					Query:     fmt.Sprintf(page, aliases(190, "processes(first: 1, after: $a) { totalCount }"), n),
					Variables: map[string]any{"a": cursor},
				}
			})},
		{name: "puzzles/values", atOnce: 16, about: "150,000 objects in a variable that nobody asks for",
			try: func(ctx context.Context, c *caller, n int) {
				c.post(ctx, "/graphql", "", fmt.Appendf(nil, `{"query":"{ __typename } # %d","variables":{"a":[{"":0}%s]}}`,
					n, strings.Repeat(`,{"":0}`, 140_000)))
			}},
		{name: "puzzles/names", atOnce: 4, about: "thousands of fields that are nearly there",
			try: ask(func(n int) question {
				var names strings.Builder
				for i := range 4_900 {
					fmt.Fprintf(&names, " postComent%d%s", i, strings.Repeat("x", 80))
				}
				return question{Query: fmt.Sprintf("mutation { %s } # %d", names.String(), n)}
			})},
		{name: "puzzles/other", atOnce: 4, about: "prices by the defaults of another operation",
			try: ask(func(n int) question {
				return question{OperationName: "A", Variables: map[string]any{"m": 50}, Query: fmt.Sprintf(
					`query A($n: Int, $m: Int) { ...F } query B($n: Int = 1, $m: Int) { ...F } # %d
					fragment F on Query { processes(first: $n, last: $m) { nodes {
						commitments(first: $n, last: $m) { nodes { comments(first: $n, last: $m) { nodes { body } } } }
					} } }`, n)}
			})},
		{name: "puzzles/excerpts", atOnce: 4, about: "a search for two hundred ligatures of eighteen letters",
			try: ask(func(n int) question {
				return question{Query: fmt.Sprintf("{ search(query: %q, first: 1) { nodes { excerpt { text } } } } # %d",
					strings.Repeat("ﷺ", 200), n)}
			})},
	}
}

// multiplied returns a subscription of n fragments that each spread the next one so many times.
func multiplied(n, times int) string {
	var b strings.Builder
	b.WriteString("subscription { ...F0 }")
	for i := range n {
		fmt.Fprintf(&b, " fragment F%d on Subscription {%s }", i, strings.Repeat(fmt.Sprintf(" ...F%d", i+1), times))
	}
	fmt.Fprintf(&b, ` fragment F%d on Subscription { processEvents(process: "x") { cursor } }`, n)
	return b.String()
}

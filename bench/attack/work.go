package main

import (
	"context"
	"fmt"
	"strings"
)

// work are attacks by questions that take long to answer, each time about other texts.
func work(w *world) []attack {
	unlike, long := allAmendments(w.slow()), allAmendments(w.places)

	return []attack{
		// Comparisons of texts that are unlike each other.
		{name: "work/merge refused", atOnce: 8, about: "30 merges in one operation", try: merges(unlike, 30)},
		{name: "work/merge", atOnce: 16, about: "nine merges in one operation, other amendments each time",
			try: merges(unlike, 9)},
		{name: "work/merge of many", atOnce: 32, addresses: 16, about: "the same from 16 addresses",
			try: merges(unlike, 9)},
		{name: "work/diff", atOnce: 16, about: "each version compared with each other", try: compareVersions(w.slow())},

		// Other work, and work for somebody who has gone.
		{name: "work/html", atOnce: 16, about: "29 long texts as HTML, others each time",
			try: func(ctx context.Context, c *caller, n int) {
				c.ask(ctx, "", question{Query: fmt.Sprintf(nodesQuery, "bodyHtml"),
					Variables: map[string]any{"ids": some(long, n*29, 29)}})
			}},
		{name: "work/search", atOnce: 16, about: "searches for several words, counted and with excerpts", try: search},
		{name: "work/gone", atOnce: 16, about: "merges whose client hangs up at once", try: hangUp(unlike)},
		{name: "work/passwords", atOnce: 16, about: "passwords tried on an account",
			try: func(ctx context.Context, c *caller, n int) {
				c.ask(ctx, "", question{Query: fmt.Sprintf(
					`mutation { signIn(input: {email: "participant@example.org", password: "wrong%d"}) { token } }`, n)})
			}},
	}
}

// merges asks for the merges of so many amendments at once.
func merges(ids []string, count int) func(context.Context, *caller, int) {
	return func(ctx context.Context, c *caller, n int) { c.ask(ctx, "", mergeQuestion(some(ids, n*count, count))) }
}

func mergeQuestion(ids []string) question {
	var fields strings.Builder
	for i, id := range ids {
		fmt.Fprintf(&fields, "a%d: node(id: %q) { ... on Amendment { merge { title } } } ", i, id)
	}
	return question{Query: "{ " + fields.String() + "}"}
}

// compareVersions asks for differences between versions, others each time.
func compareVersions(places []place) func(context.Context, *caller, int) {
	return func(ctx context.Context, c *caller, n int) {
		p, newer := pick(places, n), n/len(places)%versions+1
		var fields strings.Builder
		for i := range 10 {
			fmt.Fprintf(&fields, "a%d: diff(since: %d) { body { kind } } ", i, (newer+i)%versions+1)
		}
		c.ask(ctx, "", question{Query: fmt.Sprintf(`query($id: ID!) { commitment(id: $id) { version(number: %d) { %s } } }`,
			newer, fields.String()), Variables: map[string]any{"id": p.commitment}})
	}
}

// search looks for words that many texts have, other ones each time.
func search(ctx context.Context, c *caller, n int) {
	words := pick(searched, n) + " " + pick(searched, n/len(searched)+1) + " " + fmt.Sprint(n % 10)[:1]
	c.ask(ctx, "", question{Query: `query($q: String!) { search(query: $q, first: 50) { totalCount counts { kind count }
		nodes { title { text } excerpt { text } } } }`, Variables: map[string]any{"q": words}})
}

// hangUp asks for merges and does not wait for the answer.
func hangUp(ids []string) func(context.Context, *caller, int) {
	return func(ctx context.Context, c *caller, n int) {
		conn, err := c.dial(ctx)
		if err != nil {
			return
		}
		defer func() { _ = conn.Close() }()
		body := mergeQuestion(some(ids, n*9, 9)).json()
		if _, err := fmt.Fprintf(conn, "POST /graphql HTTP/1.1\r\nHost: bench\r\nContent-Type: application/json\r\n"+
			"Content-Length: %d\r\n\r\n%s", len(body), body); err == nil {
			c.count("hung up")
		}
	}
}

// worst is the worst that one address may do for a while: all kinds of work at once, until its budgets are used up, and
// then as much as they fill again.
func worst(w *world) attack {
	kinds := work(w)
	allowed := []attack{kinds[1], kinds[3], kinds[4], kinds[5]} // not what is refused, and one address
	return attack{name: "worst", atOnce: 64, longer: true, about: "merges, differences, HTML and searches, all that is allowed",
		try: func(ctx context.Context, c *caller, n int) { pick(allowed, n).try(ctx, c, n) }}
}

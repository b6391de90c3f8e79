package main

import (
	"context"
	"fmt"
	"net/http"
)

// places are attacks that take what there is only so much of, and lists that have no pages.
func places(w *world) []attack {
	return []attack{
		{name: "places/streams", atOnce: 64, most: 6400, addresses: 64, about: "streams reserved from 64 addresses, 100 each",
			try: reserve},
		{name: "places/streams of one", atOnce: 8, about: "streams reserved from one address", try: reserve},

		{name: "places/connections", atOnce: 2000, most: 2000, about: "2,000 connections that ask nothing",
			try: func(ctx context.Context, c *caller, _ int) {
				if conn, err := c.dial(ctx); err == nil {
					defer func() { _ = conn.Close() }()
					c.count("connected")
					<-ctx.Done()
				}
			}},

		// What a page holds besides pages.
		{name: "places/lists", atOnce: 8, about: "lists without pages within each other",
			try: func(ctx context.Context, c *caller, n int) {
				c.ask(ctx, "", question{Query: fmt.Sprintf("{ l%d: processes(first: 2) { nodes { axes { process { axes { process "+
					"{ phases { id } } } } } } } }", n)})
			}},
		{name: "places/counts", atOnce: 8, about: "pages of commitments with all counts, in the longest lists",
			try: func(ctx context.Context, c *caller, n int) {
				c.ask(ctx, "", question{Query: fmt.Sprintf("{ l%d: processes(first: 2) { nodes { commitments(first: 20) { totalCount "+
					"counts { byAxis { count axis { title } } byTerritory { count territory { name ancestors { name } } } byStatus { count } } "+
					"nodes { title territories { name } } } } } }", n)})
			}},
		{name: "places/nodes", atOnce: 8, about: "50 texts at once, with their threads",
			try: func(ctx context.Context, c *caller, n int) {
				c.ask(ctx, "", question{Query: "query($ids: [ID!]!) { nodes(ids: $ids) { ... on Amendment { title " +
					"comments(first: 50) { totalCount } commitment { title amendments(first: 10) { nodes { title } } } } } }",
					Variables: map[string]any{"ids": some(allAmendments(w.places), n*50, 50)}})
			}},
	}
}

// reserve asks for a stream of events and does not open it.
func reserve(ctx context.Context, c *caller, _ int) {
	r, err := http.NewRequestWithContext(ctx, http.MethodPut, "http://"+c.server+"/graphql/stream", nil)
	if err != nil {
		panic("bench/attack: " + err.Error())
	}
	c.do(r)
}

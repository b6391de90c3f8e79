package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"
)

const (
	// manyDocuments is how many different ones are sent: as many as once filled the memory.
	manyDocuments = 850

	megabyte = 1_000_000 // a body has 1 MiB at most, with the quotes around the document
)

// documents are attacks by operations that are large, and different each time.
func documents() []attack {
	filler := strings.Repeat("a", megabyte)
	post := func(body func(n int) []byte) func(context.Context, *caller, int) {
		return func(ctx context.Context, c *caller, n int) { c.post(ctx, "/graphql", "", body(n)) }
	}
	// around writes a comment, which needs nothing escaped, and a query behind it.
	around := func(query string) func(n int) []byte {
		return func(n int) []byte { return fmt.Appendf(nil, `{"query":"# %d %s\n%s"}`, n, filler, query) }
	}

	return []attack{
		{name: "documents/comments", atOnce: 4, most: manyDocuments, about: "a megabyte of comment around a small query",
			try: post(around("{ __typename }"))},
		{name: "documents/twice", atOnce: 4, most: manyDocuments, about: "the same, each document twice",
			try: post(func(n int) []byte { return around("{ __typename }")(n / 2) })},
		{name: "documents/invalid", atOnce: 4, most: manyDocuments, about: "a megabyte that cannot be parsed",
			try: post(around("{ __typename "))},
		{name: "documents/unknown", atOnce: 4, most: manyDocuments, about: "a megabyte that does not fit the schema",
			try: post(around("{ nothing }"))},
		{name: "documents/hashes", atOnce: 4, most: manyDocuments, about: "a megabyte to remember by its hash",
			try: post(func(n int) []byte { return persisted(fmt.Sprintf("# %d %s\n{ __typename }", n, filler)).json() })},
		{name: "documents/small", atOnce: 8, about: "another small document each time, twice",
			try: post(func(n int) []byte {
				return question{Query: fmt.Sprintf("{ %s } # %d", aliases(200, "__typename"), n/2)}.json()
			})},
		{name: "documents/variables", atOnce: 4, most: manyDocuments, about: "a megabyte of variables",
			try: post(func(n int) []byte {
				return fmt.Appendf(nil, `{"query":"query($q: String!) { search(query: $q) { totalCount } }","variables":{"q":"%d%s"}}`,
					n, filler)
			})},
		{name: "documents/lists", atOnce: 4, most: manyDocuments, about: "a list of 100,000 values that 190 fields read",
			try: post(func(n int) []byte {
				return fmt.Appendf(nil, `{"query":"query($l: [CommitmentStatus!]) { process(slug: \"x%d\") { %s } }",`+
					`"variables":{"l":["OPEN"%s]}}`, n, aliases(190, "commitments(filter: {statuses: $l}) { totalCount }"),
					strings.Repeat(`,"OPEN"`, 100_000))
			})},
		{name: "documents/names", atOnce: 4, most: manyDocuments, about: "a megabyte for a name, to sign up with",
			try: post(func(n int) []byte {
				return fmt.Appendf(nil, `{"query":"mutation($n: String!) { signUp(input: {email: \"a%d@example.org\", `+
					`nickname: \"name-%[1]d\", password: \"long enough for anybody\", name: $n}) { token } }","variables":{"n":"%[2]s"}}`,
					n, strings.Repeat("a ", 500_000))
			})},
	}
}

// persisted sends a document with its hash, so that it is remembered.
func persisted(document string) question {
	hash := sha256.Sum256([]byte(document))
	return question{Query: document, Extensions: map[string]any{
		"persistedQuery": map[string]any{"version": 1, "sha256Hash": hex.EncodeToString(hash[:])},
	}}
}

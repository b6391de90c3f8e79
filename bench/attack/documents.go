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
	comment := func(n int) string { return fmt.Sprintf("# %d %s\n", n, strings.Repeat("a", megabyte)) }
	ask := func(make func(n int) question) func(context.Context, *caller, int) {
		return func(ctx context.Context, c *caller, n int) { c.ask(ctx, "", make(n)) }
	}

	return []attack{
		{name: "documents/comments", atOnce: 4, most: manyDocuments, about: "a megabyte of comment around a small query",
			try: ask(func(n int) question { return question{Query: comment(n) + "{ __typename }"} })},
		{name: "documents/twice", atOnce: 4, most: manyDocuments, about: "the same, each document twice",
			try: ask(func(n int) question { return question{Query: comment(n/2) + "{ __typename }"} })},
		{name: "documents/invalid", atOnce: 4, most: manyDocuments, about: "a megabyte that cannot be parsed",
			try: ask(func(n int) question { return question{Query: comment(n) + "{ __typename "} })},
		{name: "documents/unknown", atOnce: 4, most: manyDocuments, about: "a megabyte that does not fit the schema",
			try: ask(func(n int) question { return question{Query: comment(n) + "{ nothing }"} })},
		{name: "documents/hashes", atOnce: 4, most: manyDocuments, about: "a megabyte to remember by its hash",
			try: ask(func(n int) question { return persisted(comment(n) + "{ __typename }") })},
		{name: "documents/small", atOnce: 8, about: "another small document each time, twice",
			try: ask(func(n int) question {
				return question{Query: fmt.Sprintf("{ %s }", aliases(400, fmt.Sprintf("__typename @skip(if: %t)", n/2%2 == 0))) +
					fmt.Sprintf("# %d", n/2)}
			})},
		{name: "documents/variables", atOnce: 4, most: manyDocuments, about: "a megabyte of variables",
			try: ask(func(n int) question {
				return question{Query: "query($q: String!) { search(query: $q) { totalCount } }",
					Variables: map[string]any{"q": fmt.Sprint(n, strings.Repeat("b", megabyte))}}
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

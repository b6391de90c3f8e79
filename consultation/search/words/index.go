// Package words says what a text is found by and what a query asks for: words without case and accents, their stems
// in French and English, and phrases. It writes both in the syntax of SQLite (FTS5) and of PostgreSQL (tsvector,
// tsquery), so that both databases find the same; they split, fold and stem nothing themselves. And it marks in a text
// what a query found.
//
// It is made of pure functions and knows no tables: package search writes the index and asks it.
package words

import (
	"fmt"
	"strings"

	"ensemble/consultation/text/clean"
)

// Text is a title and a body in one language, as plain text; either may be empty.
type Text struct {
	Language    string // BCP 47; empty for names
	Title, Body string
}

// maxIndexed bounds what one document puts into the index, in bytes of tokens: PostgreSQL takes a megabyte. Texts
// within the limits of the rules stay far below, unless they exist in many languages without spaces.
const maxIndexed = 400_000

// Index is what a document is found by.
type Index struct{ title, body tokens }

// tokens are those of a text: its words in their order, one list for each language, and the stems of all.
type tokens struct {
	words [][]string
	stems []string
}

// IndexOf returns the index of a document that exists in some languages.
func IndexOf(texts ...Text) Index {
	var ix Index
	left := maxIndexed
	for _, t := range texts {
		in := tongueOf(t.Language)
		ix.title.add(in, t.Title, &left)
		ix.body.add(in, t.Body, &left)
	}
	return ix
}

// add adds the words of s, while their tokens take no more than left bytes, which it counts down.
func (ts *tokens) add(in *tongue, s string, left *int) {
	var words []string
	for _, w := range clean.Words(s) {
		for word := range strings.FieldsSeq(w.Folded) {
			exact := in.exact(word)
			stem, ok := in.stem(word)
			if *left -= len(exact) + len(stem); *left < 0 {
				break
			}

			words = append(words, exact)
			if ok && stem != exact {
				ts.stems = append(ts.stems, stem)
			}
		}
	}
	ts.words = append(ts.words, words)
}

// FTS5 returns the columns title and body for a table whose tokens are separated by spaces. Phrases end at a single
// ".", since no query asks for that.
func (ix Index) FTS5() (title, body string) { return ix.title.spaced(), ix.body.spaced() }

func (ts tokens) spaced() string {
	var parts []string
	for _, words := range append(ts.words, ts.stems) {
		if len(words) > 0 {
			parts = append(parts, strings.Join(words, " "))
		}
	}
	return strings.Join(parts, " . ")
}

// TSVector returns the column title, and the column words, which has the title and the body. Places say which words are
// side by side. They end at 16,383, PostgreSQL's limit: phrases after that are not found.
func (ix Index) TSVector() (title, words string) {
	var b strings.Builder
	next := ix.title.placed(&b, 1)
	title = b.String()
	ix.body.placed(&b, next)
	return title, b.String()
}

// placed writes the words with their places, from place on, then the stems, and returns the next free place. One place
// stays empty after each language, so that no phrase goes across two.
func (ts tokens) placed(b *strings.Builder, place int) (next int) {
	for _, words := range ts.words {
		for _, word := range words {
			fmt.Fprintf(b, "'%s':%d ", word, place)
			place++
		}
		place++
	}

	for _, stem := range ts.stems {
		fmt.Fprintf(b, "'%s' ", stem)
	}
	return place
}

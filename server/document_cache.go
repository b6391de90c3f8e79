package server

import (
	"context"
	"crypto/sha256"
	"strings"
	"unicode/utf8"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/lexer"
	"github.com/vektah/gqlparser/v2/parser"
	"github.com/vektah/gqlparser/v2/validator"

	"ensemble/bounded"
	"ensemble/graph"
)

const (
	parsedBytes = 16 << 20 // of parsed documents: some 500 of the size of our largest page
	wordBytes   = 150      // that a word or sign of a document takes once it is parsed, at most (TestDocumentsAreCounted)
)

// documentCache remembers documents that were valid, from the second time they come: who sends each document once
// takes no memory. Documents that differ only in comments, spaces and commas are one. It implements gqlgen's cache of
// documents, by their texts.
type documentCache struct {
	schema *ast.Schema
	texts  *bounded.Cache[digest]             // the digest of a text as it was sent → that of its words
	once   *bounded.Cache[struct{}]           // by the digest of words: those that came once
	parsed *bounded.Cache[*ast.QueryDocument] // by the digest of words
}

// digest stands for a text: its SHA-256.
type digest string

func digestOf(text string) digest {
	sum := sha256.Sum256([]byte(text))
	return digest(sum[:])
}

func newDocumentCache(schema *ast.Schema) *documentCache {
	return &documentCache{
		schema: schema,
		texts:  bounded.New[digest](parsedBytes / 8),
		once:   bounded.New[struct{}](parsedBytes / 8),
		parsed: bounded.New[*ast.QueryDocument](parsedBytes),
	}
}

// Get returns the document of a text, if it is remembered.
func (c *documentCache) Get(_ context.Context, text string) (*ast.QueryDocument, bool) {
	words, known := c.texts.Get(string(digestOf(text)))
	if !known {
		return nil, false
	}
	return c.parsed.Get(string(words))
}

// Add is told of a text that is a valid document. What it remembers is parsed anew from the words alone: the document
// that gqlgen has parsed holds the whole text in memory, with its comments.
func (c *documentCache) Add(_ context.Context, text string, _ *ast.QueryDocument) {
	words, n := wordsOf(text)
	key := digestOf(words)

	if _, known := c.parsed.Get(string(key)); !known {
		if _, again := c.once.Get(string(key)); !again {
			c.once.Add(string(key), struct{}{}, 0)
			return
		}

		document, err := parser.ParseQuery(&ast.Source{Input: words})
		if err != nil || len(validator.ValidateWithRules(c.schema, document, graph.Rules())) > 0 {
			return // impossible, but then the text is parsed each time
		}
		c.parsed.Add(string(key), document, len(words)+n*wordBytes)
	}

	c.texts.Add(string(digestOf(text)), key, len(key))
}

// wordsOf returns the words and signs of a document with a space between them, and how many there are. What does not
// mean anything to GraphQL is left out: comments, spaces and commas.
func wordsOf(text string) (words string, n int) {
	part := func(from, to int) string { return text[from:to] }
	if utf8.RuneCountInString(text) != len(text) { // the lexer counts code points
		runes := []rune(text)
		part = func(from, to int) string { return string(runes[from:to]) }
	}

	var b strings.Builder
	tokens := lexer.New(&ast.Source{Input: text})
	for {
		t, err := tokens.ReadToken()
		if err != nil || t.Kind == lexer.EOF {
			return b.String(), n
		}
		if t.Kind == lexer.Comment {
			continue
		}

		if n++; n > 1 {
			b.WriteByte(' ')
		}
		b.WriteString(part(t.Pos.Start, t.Pos.End))
	}
}

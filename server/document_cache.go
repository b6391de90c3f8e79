package server

import (
	"context"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/lexer"

	"ensemble/bounded"
)

const (
	parsedBytes = 16 << 20 // of parsed documents: some 100 of the size of our largest page
	wordBytes   = 150      // that a word or sign of a document takes once it is parsed, at most (TestDocumentsAreCounted)
)

// documentCache remembers documents that were valid, from the second time they come: who sends each document once
// takes no memory. It implements gqlgen's cache of documents, by their texts.
type documentCache struct {
	once   *bounded.Cache[struct{}] // by the hash of a text: those that came once
	parsed *bounded.Cache[*ast.QueryDocument]
}

func newDocumentCache() *documentCache {
	return &documentCache{
		once:   bounded.New[struct{}](parsedBytes / 8),
		parsed: bounded.New[*ast.QueryDocument](parsedBytes),
	}
}

// Get returns the document of a text, if it is remembered.
func (c *documentCache) Get(_ context.Context, text string) (*ast.QueryDocument, bool) {
	return c.parsed.Get(hashOf(text))
}

// Add is told of a text that is a valid document. The document holds the whole text in memory: the errors of its answer
// say where in the text they are.
func (c *documentCache) Add(_ context.Context, text string, document *ast.QueryDocument) {
	key := hashOf(text)
	if _, again := c.once.Get(key); !again {
		c.once.Add(key, struct{}{}, 0)
		return
	}
	c.parsed.Add(key, document, len(text)+wordsIn(text)*wordBytes)
}

// wordsIn counts the words and signs of a document.
func wordsIn(text string) (n int) {
	tokens := lexer.New(&ast.Source{Input: text})
	for {
		t, err := tokens.ReadToken()
		if err != nil || t.Kind == lexer.EOF {
			return n
		}
		n++
	}
}

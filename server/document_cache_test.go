package server

import (
	"fmt"
	"runtime"
	"strings"
	"testing"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/parser"
	"github.com/vektah/gqlparser/v2/validator"

	"ensemble/graph"
)

// valid parses and validates a document, as gqlgen does before it tells the cache of it.
func valid(t testing.TB, text string) *ast.QueryDocument {
	t.Helper()
	document, err := parser.ParseQuery(&ast.Source{Input: text})
	if err != nil {
		t.Fatal(err)
	}
	if errs := validator.ValidateWithRules(contract(), document, graph.Rules()); len(errs) > 0 {
		t.Fatal(errs)
	}
	return document
}

// A document is remembered from the second time it comes, as it was parsed.
func TestDocumentsThatComeAgain(t *testing.T) {
	const text = "query A($id: ID!) { node(id: $id) { id ... on Comment { body a: author { __typename } } } }"
	c := newDocumentCache()
	document := valid(t, text)
	for times := range 3 {
		found, known := c.Get(t.Context(), text)
		if known != (times == 2) || known && found != document {
			t.Errorf("known is %t when it comes for time %d", known, times+1)
		}
		c.Add(t.Context(), text, document)
	}
}

// A hundred documents of a megabyte, most of it comments, leave no more than there may be.
func TestDocumentsWithLongComments(t *testing.T) {
	c := newDocumentCache()
	comment := "\n# " + strings.Repeat("x", 1<<20)

	before := heap()
	for i := range 100 {
		text := fmt.Sprintf("{ a%d: __typename }", i) + comment
		document := valid(t, text)
		for range 2 {
			c.Add(t.Context(), text, document)
		}
		if _, known := c.Get(t.Context(), text); !known {
			t.Fatal("a valid document is not remembered")
		}
	}
	if grown := heap() - before; grown > parsedBytes*11/10 {
		t.Errorf("memory grew by %d bytes", grown)
	}
	runtime.KeepAlive(c)
}

// Parsed documents take no more memory than they are counted for, and are not counted for many times as much.
func TestDocumentsAreCounted(t *testing.T) {
	for name, text := range map[string]string{
		"names":     "{" + strings.Repeat(" %[1]s", 1) + manyTimes(1500, " a%d: __typename") + "}",
		"arguments": "{" + manyTimes(300, ` a%d: node(id: "x") { id }`) + "}",
		"nested":    "{" + strings.Repeat(" processes { nodes {", 1) + manyTimes(700, " a%d: id") + "} } }",
		"variables": "query A(" + manyTimes(400, "$a%d: ID! ") + ") {" + manyTimes(400, " a%[1]d: node(id: $a%[1]d) { id }") + "}",
		"fragments": "{" + manyTimes(300, " ...f%d") + " }" + manyTimes(300, " fragment f%d on Query { __typename }"),
	} {
		text = strings.ReplaceAll(text, "%[1]s", "__typename")
		c := newDocumentCache()

		const copies = 10
		before := heap()
		for i := range copies {
			own := strings.Replace(text, "{", fmt.Sprintf("{ own%d: __typename", i), 1)
			document := valid(t, own)
			for range 2 {
				c.Add(t.Context(), own, document)
			}
		}
		grown := heap() - before
		counted, n := c.parsed.Bytes()
		t.Logf("%s: %d documents, counted %d, taken %d", name, n, counted, grown)
		if n == 0 || grown > counted*11/10 || grown < counted/3 {
			t.Errorf("%s: %d documents take %d bytes, counted as %d", name, n, grown, counted)
		}
		runtime.KeepAlive(c)
	}
}

// manyTimes writes a format n times, with the numbers from 0.
func manyTimes(n int, format string) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, format, i)
	}
	return b.String()
}

// heap returns how many bytes are in use.
func heap() int {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int(m.HeapAlloc)
}

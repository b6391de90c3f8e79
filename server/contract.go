package server

import (
	"bytes"
	"cmp"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/formatter"

	"ensemble/graph/generated"
	"ensemble/web"
)

// contractPath is where the contract is served as one document, for tools.
const contractPath = "/schema.graphql"

// contract is the schema that we serve. The generated package has one for the whole process.
var contract = sync.OnceValue(func() *ast.Schema {
	schema := generated.NewExecutableSchema(generated.Config{}).Schema()
	delete(schema.Directives, "defer") // the parser brings these; our contract does not have them
	delete(schema.Types, "Float")
	return schema
})

// contractText returns the contract as one document: what our files define in the order in which they do, each type
// with all that extends it.
func contractText(schema *ast.Schema) []byte {
	doc := &ast.SchemaDocument{Schema: ast.SchemaDefinitionList{{
		Description: schema.Description,
		OperationTypes: ast.OperationTypeDefinitionList{
			{Operation: ast.Query, Type: schema.Query.Name},
			{Operation: ast.Mutation, Type: schema.Mutation.Name},
			{Operation: ast.Subscription, Type: schema.Subscription.Name},
		},
	}}}

	for _, d := range schema.Directives {
		if !d.Position.Src.BuiltIn {
			doc.Directives = append(doc.Directives, d)
		}
	}
	slices.SortFunc(doc.Directives, func(a, b *ast.DirectiveDefinition) int { return inOrder(a.Position, b.Position) })

	for _, d := range schema.Types {
		if !d.BuiltIn {
			doc.Definitions = append(doc.Definitions, d)
		}
	}
	slices.SortFunc(doc.Definitions, func(a, b *ast.Definition) int { return inOrder(a.Position, b.Position) })

	var text bytes.Buffer
	formatter.NewFormatter(&text, formatter.WithIndent("  ")).FormatSchemaDocument(doc)
	return text.Bytes()
}

// inOrder compares two places in our files.
func inOrder(a, b *ast.Position) int {
	return cmp.Or(cmp.Compare(a.Src.Name, b.Src.Name), cmp.Compare(a.Start, b.Start))
}

// servedContract is the contract as it is sent: as text, and compressed.
type servedContract struct {
	plain, packed []byte
	etag          string // weak, since it is the same for both
}

// newServedContract makes it once.
var newServedContract = sync.OnceValue(func() servedContract {
	text := contractText(contract())
	var packed bytes.Buffer
	w := gzip.NewWriter(&packed)
	_, _ = w.Write(text) // a buffer takes everything
	_ = w.Close()

	sum := sha256.Sum256(text)
	return servedContract{text, packed.Bytes(), `W/"` + hex.EncodeToString(sum[:8]) + `"`}
})

// ServeHTTP sends the contract to anybody, also to pages of other sites. Browsers show it as text.
func (c servedContract) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Content-Type", "text/plain; charset=utf-8")
	h.Set("Access-Control-Allow-Origin", "*")
	h.Set("Cache-Control", "no-cache") // ask each time, with the ETag
	h.Set("ETag", c.etag)
	h.Set("Vary", "Accept-Encoding")
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		h.Set("Allow", "GET, HEAD")
		http.Error(w, "Only GET and HEAD.", http.StatusMethodNotAllowed)
		return
	}

	body := c.plain
	if web.AcceptsGzip(r.Header) {
		h.Set("Content-Encoding", "gzip")
		body = c.packed
	}
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(body))
}

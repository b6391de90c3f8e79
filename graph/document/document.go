// Package document reads the text of GraphQL documents.
package document

import (
	"errors"

	"github.com/99designs/gqlgen/graphql/errcode"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"
	"github.com/vektah/gqlparser/v2/parser"
)

// Parse returns the document of a text that is Readable and has at most so many words and signs. Errors:
// GRAPHQL_PARSE_FAILED.
func Parse(readable string, tokens int) (*ast.QueryDocument, *gqlerror.Error) {
	doc, err := parser.ParseQueryWithTokenLimit(&ast.Source{Input: readable}, tokens)
	if wrong, ok := errors.AsType[*gqlerror.Error](err); ok {
		return nil, coded(wrong)
	}
	if err != nil {
		return nil, coded(gqlerror.Wrap(err))
	}
	if len(doc.Operations)+len(doc.Fragments) == 0 {
		return nil, coded(gqlerror.Errorf("The document is empty."))
	}
	return doc, nil
}

// coded gives an error its code.
func coded(err *gqlerror.Error) *gqlerror.Error {
	errcode.Set(err, errcode.ParseFailed)
	return err
}

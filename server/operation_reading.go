package server

import (
	"cmp"
	"context"
	"net/http"

	"github.com/99designs/gqlgen/graphql"
	"github.com/99designs/gqlgen/graphql/errcode"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"ensemble/bounded"
	"ensemble/consultation/refusal"
	"ensemble/graph"
	"ensemble/graph/document"
	"ensemble/graph/variables"
)

// reading reads operations before gqlgen's executor weighs them. That would read them by itself, but follows an older
// edition of GraphQL and finds some wrong values only when a field is executed.
type reading struct {
	schema    *ast.Schema
	tokens    int // of a document, at most
	known     *documentCache
	find      func(*graphql.RawParams) *gqlerror.Error // finds the text of a document that goes by an id or a hash
	variables variables.Reader
}

// newReading returns how operations are read, with the documents that go by their hash.
func (s *Server) newReading() (*reading, persisted) {
	persisted := persisted{bounded.New[string](persistedBytes)}
	r := &reading{
		schema: contract(), tokens: cmp.Or(s.MaxTokens, graph.UsualTokens), known: newDocumentCache(),
		find: persisted.find, variables: graph.Variables(contract()),
	}
	if s.Documents != nil {
		for _, text := range ownQueries {
			s.Documents.add(hashOf(text), text)
		}
		r.find = s.Documents.trust
	}
	return r, persisted
}

// readFirst is a transport whose operations are read so.
type readFirst struct {
	graphql.Transport
	reading *reading
}

// Do implements graphql.Transport.
func (t readFirst) Do(w http.ResponseWriter, r *http.Request, exec graphql.GraphExecutor) {
	t.Transport.Do(w, r, executor{exec, t.reading})
}

// executor is gqlgen's executor whose operations are read so.
type executor struct {
	graphql.GraphExecutor
	*reading
}

// CreateOperationContext implements graphql.GraphExecutor.
func (r executor) CreateOperationContext(
	ctx context.Context, params *graphql.RawParams,
) (*graphql.OperationContext, gqlerror.List) {
	doc, errs := r.document(ctx, params)
	unread := &graphql.OperationContext{RawQuery: params.Query, OperationName: params.OperationName}
	if errs != nil {
		return unread, errs
	}

	read := *params
	if op := doc.Operations.ForName(params.OperationName); op != nil { // the executor says that there is none
		values, wrong := r.variables.Read(op, params.Variables)
		if len(wrong) > 0 {
			return unread, wrongVariables(wrong)
		}
		read.Variables = values
	}

	return r.GraphExecutor.CreateOperationContext(context.WithValue(ctx, documentKey{}, doc), &read)
}

// wrongVariables says what is wrong with variables. Errors: BAD_USER_INPUT, each with its field.
func wrongVariables(wrong []*refusal.Error) (errs gqlerror.List) {
	for _, w := range wrong {
		errs = append(errs, gqlerror.Wrap(w))
	}
	return errs
}

// document returns the document of a request, valid, and puts its text into params where that has a hash or an id.
func (r *reading) document(ctx context.Context, params *graphql.RawParams) (*ast.QueryDocument, gqlerror.List) {
	if err := r.find(params); err != nil {
		return nil, gqlerror.List{err}
	}
	if doc, ok := r.known.Get(ctx, params.Query); ok {
		return doc, nil
	}

	doc, err := r.parse(params.Query)
	switch {
	case err != nil:
		return nil, gqlerror.List{err}
	case len(doc.Operations) == 0:
		err := gqlerror.Errorf("no operation provided")
		errcode.Set(err, errcode.ValidationFailed)
		return nil, gqlerror.List{err}
	}

	if errs := graph.Validate(r.schema, doc); len(errs) > 0 {
		return nil, errs
	}

	r.known.Add(ctx, params.Query, doc)
	return doc, nil
}

// parse returns the document of a text that does not take long. Errors: GRAPHQL_PARSE_FAILED, TOO_COMPLEX.
func (r *reading) parse(text string) (*ast.QueryDocument, *gqlerror.Error) {
	readable, err := document.Readable(text, r.tokens)
	if err != nil {
		return nil, err
	}
	if err := graph.Prescreen(readable, r.tokens); err != nil {
		return nil, err
	}
	return document.Parse(readable, r.tokens)
}

// documentKey is the key of the document that was read, in the context of the executor.
type documentKey struct{}

// readDocument gives the executor that document, as if it had remembered it.
type readDocument struct{}

// Get implements graphql.Cache.
func (readDocument) Get(ctx context.Context, _ string) (*ast.QueryDocument, bool) {
	doc, ok := ctx.Value(documentKey{}).(*ast.QueryDocument)
	return doc, ok
}

// Add implements graphql.Cache.
func (readDocument) Add(context.Context, string, *ast.QueryDocument) {}

package server

import (
	"context"
	"testing"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2"

	"ensemble/graph"
)

// A null that the root field may not have leaves no answer at all; a null further inside is part of the answer.
func TestNullPropagates(t *testing.T) {
	const query = `subscription { it: comments(subject: "commitment_a") { id } }`
	doc, errs := gqlparser.LoadQueryWithRules(contract(), query, nil)
	if errs != nil {
		t.Fatal(errs)
	}
	op := &graphql.OperationContext{Operation: doc.Operations[0]}

	for data, want := range map[string]string{
		`{"it":null}`:                      "null",
		`{"it":{"id":"1","comment":null}}`: `{"it":{"id":"1","comment":null}}`,
		`{"it":{"id":null}}`:               `{"it":{"id":null}}`,
	} {
		a := &renderer{
			next:    func(ctx context.Context) *graphql.Response { return &graphql.Response{Data: []byte(data)} },
			running: graph.AtRoot(t.Context(), op),
		}
		if got := a.execute(t.Context()); string(got.Data) != want {
			t.Errorf("%s becomes %s", data, got.Data)
		}
	}
}

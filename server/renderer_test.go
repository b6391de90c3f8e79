package server

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"ensemble/graph"
	"ensemble/live"
)

// A null that the root field may not have leaves no answer at all; a null further inside is part of the answer.
func TestNullPropagates(t *testing.T) {
	const query = `subscription { it: commentEvents(subject: "commitment_a") { id } }`
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

// An event whose answer has an error of ours is tried for fifteen seconds, and then sent; one without any data is given
// up after fifteen seconds and five tries. Another event is another matter.
func TestHopelessAnswers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		first, second := live.Event{ID: "first"}, live.Event{ID: "second"}
		ours := gqlerror.List{{Extensions: map[string]any{"code": graph.InternalError}}}
		partly := &graphql.Response{Data: []byte(`{"it":{"comment":null}}`), Errors: ours}
		nothing := &graphql.Response{Errors: ours}

		a := &renderer{}
		for _, c := range []struct {
			event    live.Event
			response *graphql.Response
			after    time.Duration
			again    bool
			hopeless bool
		}{
			{first, &graphql.Response{Errors: gqlerror.List{{Message: "theirs"}}}, 0, false, false},
			{first, partly, 0, true, false},
			{first, partly, 14 * time.Second, true, false},
			{first, partly, time.Second, false, false},
			{second, nothing, 0, true, false},
			{second, nothing, 0, true, false},
			{second, nothing, 0, true, false},
			{second, nothing, time.Hour, true, false}, // four tries
			{second, nothing, 0, true, true},
			{first, nothing, 0, true, false},
			{first, nothing, 0, true, false},
			{first, nothing, 0, true, false},
			{first, nothing, 0, true, false},
			{first, nothing, 14 * time.Second, true, false},
			{first, nothing, time.Second, true, true},
		} {
			<-time.After(c.after) // of the test's own clock
			if again := a.again(c.event, c.response); again != c.again || a.isHopeless(c.response) != c.hopeless {
				t.Errorf("%+v: again is %t, after %d tries", c, again, a.tries)
			}
		}
	})
}

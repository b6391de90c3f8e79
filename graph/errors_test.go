package graph

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"
	"golang.org/x/text/language"

	"ensemble/auth"
	"ensemble/consultation/refusal"
	"ensemble/live"
)

// presenter is Errors with what it logs, and the codes that it reports.
type presenter struct {
	Errors
	log   bytes.Buffer
	codes []string
}

// newPresenter writes its log to memory.
func newPresenter() *presenter {
	p := &presenter{}
	p.Errors = Errors{
		Logger:    slog.New(slog.NewTextHandler(&p.log, nil)),
		RequestID: func(context.Context) string { return "request-7" },
		Seen:      func(_ context.Context, code string) { p.codes = append(p.codes, code) },
	}
	return p
}

// at returns a context in which a field is resolved.
func at(name string) context.Context {
	definition := &ast.FieldDefinition{Name: name}
	field := graphql.CollectedField{Field: &ast.Field{Name: name, Alias: name, Definition: definition}}

	query := &ast.OperationDefinition{Operation: ast.Query}
	ctx := graphql.WithOperationContext(context.Background(), &graphql.OperationContext{Operation: query})
	return graphql.WithFieldContext(ctx, &graphql.FieldContext{Field: field})
}

// inputOf is the context in which an argument of the field of ctx is read, or what names leads to inside it.
func inputOf(ctx context.Context, names ...string) context.Context {
	for _, name := range names {
		ctx = graphql.WithPathContext(ctx, graphql.NewPathWithField(name))
	}
	return ctx
}

// presented is an error and how it must be presented.
type presented struct {
	name    string
	ctx     context.Context
	err     error
	message string
	code    any
	field   any
	logged  string // a part of the log; "" if nothing is logged
}

// An error is presented with its message, its code and its input's field. Only our own faults are logged, and clients
// never get their cause.
func TestPresent(t *testing.T) {
	refused := &refusal.Error{
		Code: refusal.Conflict, Message: "Give a number from %d to %d.", Args: []any{1, 2}, Field: "position",
		Details: map[string]any{"current": "x"}, Err: errors.New("secret cause"),
	}
	const ours = "Something went wrong on our side. Quote the request id request-7."
	field := at("process")
	invalid := &gqlerror.Error{
		Message: "unknown field", Extensions: map[string]any{"code": "GRAPHQL_VALIDATION_FAILED"},
	}
	inInput := func(err error, names ...string) error { return graphql.ErrorOnPath(inputOf(field, names...), err) }

	for _, c := range []presented{
		{"refusal", field, refused, "Give a number from 1 to 2.", "CONFLICT", "position", ""},
		{"wrapped refusal", field, fmt.Errorf("load: %w", refused), "Give a number from 1 to 2.",
			"CONFLICT", "position", ""},
		{"refusal beside another error", field, errors.Join(errors.New("x"), refused),
			"Give a number from 1 to 2.", "CONFLICT", "position", ""},
		{"cursor", field, fmt.Errorf("subscribe: %w", live.ErrCursor),
			"This is not a cursor of this topic.", "BAD_USER_INPUT", "after", ""},
		{"database", field, fmt.Errorf("select: %w", sql.ErrConnDone),
			ours, "INTERNAL_SERVER_ERROR", nil, "sql: connection is already closed"},
		{"null where none may be", field, errors.New("the requested element is null"),
			ours, "INTERNAL_SERVER_ERROR", nil, "path=process"},
		{"GraphQL's own", context.Background(), invalid,
			"unknown field", "GRAPHQL_VALIDATION_FAILED", nil, ""},
		{"of an extension", context.Background(), gqlerror.Errorf("unsupported APQ version"),
			"unsupported APQ version", BadRequest, nil, ""},
		{"input with a reason", field, inInput(refusal.BadInput("", "This is not a string."), "input", "title", "text"),
			"This is not a string.", "BAD_USER_INPUT", "title.text", ""},
		{"input without a reason", field, inInput(errors.New("strconv: x"), "first"),
			"This value cannot be read.", "BAD_USER_INPUT", "first", ""},
		{"the input itself", field, inInput(errors.New("no map"), "input"),
			"This value cannot be read.", "BAD_USER_INPUT", "input", ""},
	} {
		t.Run(c.name, func(t *testing.T) { wantPresented(t, c) })
	}
}

// wantPresented presents the error of c.
func wantPresented(t *testing.T, c presented) {
	t.Helper()
	p := newPresenter()
	shown := p.Present(c.ctx, c.err)

	if shown.Message != c.message || shown.Extensions["code"] != c.code || shown.Extensions["field"] != c.field {
		t.Errorf("%q, %v", shown.Message, shown.Extensions)
	}
	if shown.Err != nil || strings.Contains(shown.Error(), "secret") {
		t.Errorf("the cause shows: %v", shown)
	}
	if graphql.HasOperationContext(c.ctx) && shown.Path.String() != "process" {
		t.Errorf("path %s", shown.Path)
	}

	if (c.logged == "") != (p.log.Len() == 0) || !strings.Contains(p.log.String(), c.logged) {
		t.Errorf("logged %q, want %q", p.log.String(), c.logged)
	}
	if len(p.codes) != 1 || p.codes[0] != fmt.Sprint(c.code) {
		t.Errorf("told %v", p.codes)
	}
}

// TestPresentLeavesTheRefusalAlone checks that a refusal, which many requests may share, is not changed.
func TestPresentLeavesTheRefusalAlone(t *testing.T) {
	shared := refusal.BadInput("", "This is not a string.")
	field := at("process")
	newPresenter().Present(field, graphql.ErrorOnPath(inputOf(field, "after"), shared))
	if shared.Field != "" {
		t.Errorf("%+v", shared)
	}
}

// TestPresentOfAbandonedRequest checks that errors after the client has gone are not in a usual log: nobody needs to
// look at them.
func TestPresentOfAbandonedRequest(t *testing.T) {
	p := newPresenter()
	ctx, cancel := context.WithCancel(at("process"))
	cancel()
	p.Present(ctx, fmt.Errorf("select: %w", context.Canceled))
	if p.log.Len() > 0 {
		t.Errorf("logged %q", p.log.String())
	}
}

// Our own faults are presented in the language that the request asks for.
func TestPresentInFrench(t *testing.T) {
	ctx := auth.WithLanguages(at("process"), []language.Tag{language.MustParse("fr-CA")})
	shown := newPresenter().Present(ctx, errors.New("x"))
	if !strings.HasPrefix(shown.Message, "Une erreur s’est produite de notre côté.") {
		t.Error(shown.Message)
	}
}

// After a panic the log has the place, and the client the request id alone.
func TestRecover(t *testing.T) {
	const ours = "Something went wrong on our side. Quote the request id request-7."
	for _, cause := range []any{"assignment to nil map", errors.New("pq: secret"), nil, 7} {
		p := newPresenter()
		err := p.Recover(at("process"), cause)
		shown := p.Present(at("process"), err)

		if shown.Message != ours || shown.Path.String() != "process" {
			t.Errorf("%v: %v", cause, shown)
		}
		if shown.Extensions["code"] != "INTERNAL_SERVER_ERROR" || shown.Extensions["requestId"] != "request-7" {
			t.Errorf("%v: %v", cause, shown.Extensions)
		}

		if !strings.Contains(p.log.String(), "stack=") || !strings.Contains(p.log.String(), "errors_test.go") {
			t.Errorf("%v: logged %q", cause, p.log.String())
		}
	}
}

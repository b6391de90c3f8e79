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

// presenter records what Errors logs, and the codes that it reports to Seen.
type presenter struct {
	Errors
	log   bytes.Buffer
	codes []string
}

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
	field := graphql.CollectedField{Field: &ast.Field{Name: name, Alias: name, Definition: &ast.FieldDefinition{Name: name}}}
	ctx := graphql.WithOperationContext(context.Background(), &graphql.OperationContext{Operation: &ast.OperationDefinition{Operation: ast.Query}})
	return graphql.WithFieldContext(ctx, &graphql.FieldContext{Field: field})
}

// inputOf returns the context in which an argument of the field is read; names is the path to it.
func inputOf(ctx context.Context, names ...string) context.Context {
	for _, name := range names {
		ctx = graphql.WithPathContext(ctx, graphql.NewPathWithField(name))
	}
	return ctx
}

func TestPresent(t *testing.T) {
	refused := &refusal.Error{
		Code: refusal.Conflict, Message: "Give a number from %d to %d.", Args: []any{1, 2}, Field: "position",
		Details: map[string]any{"current": "x"}, Err: errors.New("secret cause"),
	}
	const ours = "Something went wrong on our side. Quote the request id request-7."
	field := at("process")

	for _, c := range []struct {
		name    string
		ctx     context.Context
		err     error
		message string
		code    any
		field   any
		logged  string
	}{
		{"refusal", field, refused, "Give a number from 1 to 2.", "CONFLICT", "position", ""},
		{"wrapped refusal", field, fmt.Errorf("load: %w", refused), "Give a number from 1 to 2.", "CONFLICT", "position", ""},
		{"refusal beside another error", field, errors.Join(errors.New("x"), refused), "Give a number from 1 to 2.", "CONFLICT", "position", ""},
		{"cursor", field, fmt.Errorf("subscribe: %w", live.ErrCursor), "This is not a cursor of this topic.", "BAD_USER_INPUT", "after", ""},
		{"database", field, fmt.Errorf("select: %w", sql.ErrConnDone), ours, "INTERNAL_SERVER_ERROR", nil, "sql: connection is already closed"},
		{"null where none may be", field, errors.New("the requested element is null"), ours, "INTERNAL_SERVER_ERROR", nil, "path=process"},
		{"GraphQL's own", context.Background(), &gqlerror.Error{Message: "unknown field", Extensions: map[string]any{"code": "GRAPHQL_VALIDATION_FAILED"}}, "unknown field", "GRAPHQL_VALIDATION_FAILED", nil, ""},
		{"of an extension", context.Background(), gqlerror.Errorf("unsupported APQ version"), "unsupported APQ version", BadRequest, nil, ""},
		{"input with a reason", field, graphql.ErrorOnPath(inputOf(field, "input", "title", "text"), refusal.BadInput("", "This is not a string.")), "This is not a string.", "BAD_USER_INPUT", "title.text", ""},
		{"input without a reason", field, graphql.ErrorOnPath(inputOf(field, "first"), errors.New("strconv: x")), "This value cannot be read.", "BAD_USER_INPUT", "first", ""},
		{"the input itself", field, graphql.ErrorOnPath(inputOf(field, "input"), errors.New("no map")), "This value cannot be read.", "BAD_USER_INPUT", "input", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
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
		})
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

// TestPresentOfAbandonedRequest checks that errors after the client has gone are logged as INFO: nobody needs to look
// at them.
func TestPresentOfAbandonedRequest(t *testing.T) {
	p := newPresenter()
	ctx, cancel := context.WithCancel(at("process"))
	cancel()
	p.Present(ctx, fmt.Errorf("select: %w", context.Canceled))
	if !strings.Contains(p.log.String(), "level=INFO") {
		t.Errorf("logged %q", p.log.String())
	}
}

func TestPresentInFrench(t *testing.T) {
	ctx := auth.WithLanguages(at("process"), []language.Tag{language.MustParse("fr-CA")})
	shown := newPresenter().Present(ctx, errors.New("x"))
	if !strings.HasPrefix(shown.Message, "Une erreur s’est produite de notre côté.") {
		t.Error(shown.Message)
	}
}

// TestRecover checks that the log has the panic and where it was, and that the client learns nothing of it.
func TestRecover(t *testing.T) {
	for _, cause := range []any{"assignment to nil map", errors.New("pq: secret"), nil, 7} {
		p := newPresenter()
		err := p.Recover(at("process"), cause)
		shown := p.Present(at("process"), err)

		if shown.Message != "Something went wrong on our side. Quote the request id request-7." || shown.Path.String() != "process" {
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

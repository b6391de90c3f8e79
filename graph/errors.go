package graph

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"strings"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"ensemble/consultation/message"
	"ensemble/consultation/refusal"
	"ensemble/live"
)

// Codes that rules do not know.
const (
	InternalError = "INTERNAL_SERVER_ERROR"     // whatever is not in the table of translate
	BadRequest    = refusal.Code("BAD_REQUEST") // what is sent is no GraphQL request
	TooComplex    = refusal.Code("TOO_COMPLEX") // beyond Limits; Details have the depth or cost, and the limit
)

// Errors makes what clients see of errors. It is the only place where errors get their code.
type Errors struct {
	Logger    *slog.Logger
	RequestID func(context.Context) string
	Seen      func(ctx context.Context, code string) // told about each error, for the request log
	Limited   func(limit string)                     // told about each refusal by a limit, for metrics; may be nil
}

// Present translates a refusal, lets GraphQL's own errors through, and hides the rest behind a neutral sentence.
func (e Errors) Present(ctx context.Context, err error) *gqlerror.Error {
	shown := graphql.DefaultErrorPresenter(ctx, err)
	refused := translate(err)

	if input := inputAt(ctx, shown.Path); input != "" {
		refused = misread(refused, input)
		shown.Path = graphql.GetFieldContext(ctx).Path()
	}

	switch {
	case refused != nil:
		shown.Message = refused.In(languages(ctx))
		shown.Extensions = extensions(refused)
		if name := limitOf(refused); name != "" && e.Limited != nil {
			e.Limited(name)
		}
	case errors.Unwrap(shown) != nil && shown.Extensions["code"] == nil:
		e.Logger.Log(ctx, severity(ctx), "internal error", slog.String("path", shown.Path.String()), slog.Any("error", err))
		shown = e.internal(ctx, shown)
	case shown.Extensions["code"] == nil: // an extension of gqlgen's did not want the request
		shown.Extensions = map[string]any{"code": BadRequest}
	}

	shown.Err = nil
	e.Seen(ctx, fmt.Sprint(shown.Extensions["code"]))
	return shown
}

// severity of an error of ours: none when the client has gone, since that is what ended the work.
func severity(ctx context.Context) slog.Level {
	if errors.Is(ctx.Err(), context.Canceled) {
		return slog.LevelInfo
	}
	return slog.LevelError
}

// inputAt returns the input that could not be read, as rules name inputs, when the path of an error goes on into the
// arguments of the field; empty otherwise.
func inputAt(ctx context.Context, path ast.Path) string {
	field := graphql.GetFieldContext(ctx)
	if field == nil || len(path) <= len(field.Path()) {
		return ""
	}

	var names []string
	for _, name := range path[len(field.Path()):] {
		names = append(names, fmt.Sprint(name))
	}

	if len(names) > 1 && names[0] == "input" {
		names = names[1:]
	}

	return strings.Join(names, ".")
}

// misread refuses an input that could not be read, with the reason if a scalar gave one.
func misread(reason *refusal.Error, input string) *refusal.Error {
	if reason == nil {
		return refusal.BadInput(input, "This value cannot be read.")
	}
	return refusal.BadInput(input, reason.Message, reason.Args...)
}

// Recover turns a panic in a resolver into an error that tells nothing.
func (e Errors) Recover(ctx context.Context, cause any) error {
	e.Logger.ErrorContext(ctx, "panic", slog.Any("panic", cause), slog.String("stack", string(debug.Stack())))
	return e.internal(ctx, &gqlerror.Error{Path: graphql.GetPath(ctx)})
}

func (e Errors) internal(ctx context.Context, at *gqlerror.Error) *gqlerror.Error {
	return &gqlerror.Error{
		Message:    message.Say(languages(ctx), "Something went wrong on our side. Quote the request id %s.", e.RequestID(ctx)),
		Path:       at.Path,
		Locations:  at.Locations,
		Extensions: map[string]any{"code": InternalError, "requestId": e.RequestID(ctx)},
	}
}

// translate finds the refusal that an error stands for; nil for none.
func translate(err error) *refusal.Error {
	if refused, ok := errors.AsType[*refusal.Error](err); ok {
		return refused
	}
	if errors.Is(err, live.ErrCursor) {
		return refusal.BadInput("after", "This is not a cursor of this topic.")
	}
	return nil
}

// limitOf names the limit that a refusal is about; empty when it is about none.
func limitOf(refused *refusal.Error) string {
	switch refused.Code {
	case refusal.RateLimited:
		name, _ := refused.Details["limit"].(string)
		return name
	case TooComplex:
		for name := range refused.Details {
			if name != "limit" {
				return name
			}
		}
	}
	return ""
}

func extensions(refused *refusal.Error) map[string]any {
	out := map[string]any{"code": string(refused.Code)}
	if refused.Field != "" {
		out["field"] = refused.Field
	}
	for k, v := range refused.Details {
		out[k] = v
	}
	return out
}

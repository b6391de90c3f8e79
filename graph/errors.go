package graph

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"strings"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"ensemble/consultation/message"
	"ensemble/consultation/refusal"
	"ensemble/fair"
	"ensemble/live"
)

// Codes that the rules have no use for; the others are in package refusal.
const (
	InternalError = "INTERNAL_SERVER_ERROR"     // an error that RefusalOf does not know
	BadRequest    = refusal.Code("BAD_REQUEST") // what was sent is no GraphQL request
	TooComplex    = refusal.Code("TOO_COMPLEX") // beyond Limits or Prescreen; Details has the figure and the limit
)

// Errors turns errors into what clients see of them. No other place gives an error its code.
type Errors struct {
	Logger    *slog.Logger
	RequestID func(context.Context) string
	Seen      func(ctx context.Context, code string) // called for each error, for the request log
	Limited   func(limit string)                     // called for each refusal by a limit, for metrics; may be nil
}

// Present translates a refusal, lets GraphQL's own errors through, and replaces all others by a neutral sentence; those
// are logged.
func (e Errors) Present(ctx context.Context, err error) *gqlerror.Error {
	shown := graphql.DefaultErrorPresenter(ctx, err)
	refused := RefusalOf(err)

	// An argument that cannot be read is a refusal at its field, whatever the error says.
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
		e.Logger.Log(ctx, severity(ctx), "internal error",
			slog.String("path", shown.Path.String()), slog.Any("error", err))
		shown = e.internal(ctx, shown)
	case shown.Extensions["code"] == nil: // from an extension of gqlgen, which refused the request
		shown.Extensions = map[string]any{"code": BadRequest}
	}

	shown.Err = nil // the cause is for the log only
	e.Seen(ctx, fmt.Sprint(shown.Extensions["code"]))
	return shown
}

// addError adds an error beside the value that the field returns.
func addError(ctx context.Context, err error) {
	graphql.AddError(ctx, graphql.AddFieldLocationToError(ctx, err))
}

// lastOf adds all errors of which err was put together but the last, and returns that: a field returns one.
func lastOf(ctx context.Context, err error) error {
	if err == nil {
		return nil
	}
	all := refusal.Each(err)
	for _, one := range all[:len(all)-1] {
		addError(ctx, one)
	}
	return all[len(all)-1]
}

// severity returns the level at which an internal error is logged. When the client has gone, nobody needs to look at
// it: that is what ended the work.
func severity(ctx context.Context) slog.Level {
	if errors.Is(ctx.Err(), context.Canceled) {
		return slog.LevelDebug // there may be one for each field
	}
	return slog.LevelError
}

// inputAt returns the name of the input that could not be read, as rules name inputs: "title.text". It is empty unless
// the path of the error leads beyond the field, into its arguments.
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

// misread returns the refusal of an input that could not be read. reason is what a scalar said about it; nil for
// nothing. It is copied, since many requests share it.
func misread(reason *refusal.Error, input string) *refusal.Error {
	if reason == nil {
		return refusal.BadInput(input, "This value cannot be read.")
	}
	return refusal.BadInput(input, reason.Message, reason.Args...)
}

// Recover turns a panic in a resolver into an error that says nothing about it. The log has the panic and its stack.
func (e Errors) Recover(ctx context.Context, cause any) error {
	e.Logger.ErrorContext(ctx, "panic", slog.Any("panic", cause), slog.String("stack", string(debug.Stack())))
	return e.internal(ctx, &gqlerror.Error{Path: graphql.GetPath(ctx)})
}

// internal returns the neutral sentence, at the place of another error.
func (e Errors) internal(ctx context.Context, at *gqlerror.Error) *gqlerror.Error {
	return &gqlerror.Error{
		Message: message.Say(languages(ctx),
			"Something went wrong on our side. Quote the request id %s.", e.RequestID(ctx)),
		Path:       at.Path,
		Locations:  at.Locations,
		Extensions: map[string]any{"code": InternalError, "requestId": e.RequestID(ctx)},
	}
}

// RefusalOf returns the refusal that an error stands for; nil when it is none.
func RefusalOf(err error) *refusal.Error {
	if refused, ok := errors.AsType[*refusal.Error](err); ok {
		return refused
	}
	if errors.Is(err, fair.ErrBusy) {
		return refusal.TooOften("turns", time.Second)
	}
	if errors.Is(err, live.ErrCursor) {
		return refusal.BadInput("after", "This is not a cursor of this topic.")
	}
	return nil
}

// limitOf returns the name of the limit that a refusal is about; empty when it is about none.
func limitOf(refused *refusal.Error) string {
	switch refused.Code {
	case refusal.RateLimited, BadRequest:
		name, _ := refused.Details["limit"].(string)
		return name
	case TooComplex: // Details has "limit" and the figure, under the limit's name
		for name := range refused.Details {
			if name != "limit" {
				return name
			}
		}
	}
	return ""
}

// extensions returns what clients see of a refusal besides its message.
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

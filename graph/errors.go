package graph

import (
	"context"
	"errors"
	"log/slog"
	"runtime/debug"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"ensemble/consultation"
	"ensemble/live"
)

// internalError is the code of whatever is not in the table of translate.
const internalError = "INTERNAL_SERVER_ERROR"

// Errors makes what clients see of errors. It is the only place where errors get their code.
type Errors struct {
	Logger    *slog.Logger
	RequestID func(context.Context) string
	Seen      func(ctx context.Context, code string) // told about each error, for the request log
}

// Present translates a refusal, lets GraphQL's own errors through, and hides the rest behind a neutral sentence.
func (e Errors) Present(ctx context.Context, err error) *gqlerror.Error {
	shown := graphql.DefaultErrorPresenter(ctx, err)
	refusal := translate(err)
	switch {
	case refusal != nil:
		shown.Message = refusal.In(languages(ctx))
		shown.Extensions = extensions(refusal)
	case errors.Unwrap(shown) != nil && shown.Extensions["code"] == nil:
		e.Logger.ErrorContext(ctx, "internal error", slog.String("path", shown.Path.String()), slog.Any("error", err))
		shown = e.internal(ctx, shown)
	case shown.Extensions["code"] == nil:
		shown.Extensions = map[string]any{"code": internalError}
	}
	shown.Err = nil
	code, _ := shown.Extensions["code"].(string)
	e.Seen(ctx, code)
	return shown
}

// Recover turns a panic in a resolver into an error that tells nothing.
func (e Errors) Recover(ctx context.Context, cause any) error {
	e.Logger.ErrorContext(ctx, "panic", slog.Any("panic", cause), slog.String("stack", string(debug.Stack())))
	return e.internal(ctx, &gqlerror.Error{Path: graphql.GetPath(ctx)})
}

func (e Errors) internal(ctx context.Context, at *gqlerror.Error) *gqlerror.Error {
	return &gqlerror.Error{
		Message:    consultation.Say(languages(ctx), "Something went wrong on our side. Quote the request id %s.", e.RequestID(ctx)),
		Path:       at.Path,
		Locations:  at.Locations,
		Extensions: map[string]any{"code": internalError, "requestId": e.RequestID(ctx)},
	}
}

// translate finds the refusal that an error stands for; nil for none.
func translate(err error) *consultation.Error {
	if refusal, ok := errors.AsType[*consultation.Error](err); ok {
		return refusal
	}
	if errors.Is(err, live.ErrCursor) {
		return consultation.BadInput("after", "This is not a cursor of this topic.")
	}
	return nil
}

func extensions(refusal *consultation.Error) map[string]any {
	out := map[string]any{"code": string(refusal.Code)}
	if refusal.Field != "" {
		out["field"] = refusal.Field
	}
	for k, v := range refusal.Details {
		out[k] = v
	}
	return out
}

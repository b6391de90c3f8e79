package server

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"ensemble/consultation/input"
	"ensemble/graph"
	"ensemble/live"
)

// failing is how long an event whose answer has an error of ours is tried again before it is sent with the error:
// as long as a database may need to start again.
const failing = 15 * time.Second

// renderer executes one question for all who ask it: once for each event. It implements live.Renderer.
type renderer struct {
	*asked
	narrowing input.Narrowing
	ctx       context.Context // of nobody, or of the only person if the question is personal; ends with the server

	feed    *graph.Feed             // nil until the subscription is open
	next    graphql.ResponseHandler // executes the event that was put in the feed
	running context.Context

	trouble string    // the event that fails
	since   time.Time // when it first did
	tries   int       // how often it did
}

var errNoAnswer = errors.New("server: a subscription could not be opened")

// refused is why a question may no longer be asked.
type refused struct{ errs gqlerror.List }

// Error implements error; only the log has it, since the client is told errs.
func (r *refused) Error() string { return "server: no longer allowed: " + r.errs.Error() }

// Unwrap tells the Hub that the question ends, and is not to be tried again.
func (r *refused) Unwrap() error { return live.ErrRefused }

// tooNarrow is why a question cannot be answered for all who ask it: their languages differ in more than was supposed.
type tooNarrow struct {
	question *asked
	wider    input.Narrowing
}

// Error implements error.
func (*tooNarrow) Error() string { return "server: the languages of the texts have changed" }

// Unwrap tells the Hub that this question ends: those who asked it go on with another one.
func (*tooNarrow) Unwrap() error { return live.ErrRefused }

// Render implements live.Renderer.
func (a *renderer) Render(ctx context.Context, events []live.Event) ([][]byte, error) {
	rendered := make([][]byte, 0, len(events))
	for len(rendered) < len(events) {
		if err := a.open(); err != nil {
			return nil, err
		}

		some, err := a.renderSome(ctx, events[len(rendered):])
		if err != nil {
			a.feed = nil // an event may be left in it
			return nil, err
		}

		rendered = append(rendered, some...)
	}
	return rendered, nil
}

// renderSome renders events up to one that hides something: what may be listened to may be something else after it.
func (a *renderer) renderSome(ctx context.Context, events []live.Event) (rendered [][]byte, err error) {
	for i, put := range a.feed.Put(events) {
		var payload []byte
		if put != nil {
			put()

			response := a.execute(ctx)
			if t := a.feed.Unfit.Load(); t != nil {
				return nil, &tooNarrow{a.asked, a.narrowing.Widened(*t)}
			}
			if a.again(events[i], response) {
				err := fmt.Errorf("answer %s: %w", events[i].ID, response.Errors)
				if a.isHopeless(response) && a.server.pingDatabase(ctx) == nil {
					err = &refused{gqlerror.List{a.server.errors().Present(ctx, err)}}
				}
				return nil, err
			}
			payload = encode(response, events[i])
		}

		rendered = append(rendered, payload)
		if events[i].Hides() {
			a.feed = nil
			break
		}
	}
	return rendered, nil
}

// open asks whether the question may be asked, and has it ready for events, if it is not open.
func (a *renderer) open() error {
	if a.feed != nil {
		return nil
	}

	params := a.asked.request()
	op, errs := a.exec.CreateOperationContext(a.ctx, &params)
	if errs != nil {
		return &refused{errs}
	}
	stream, errs := a.server.streamOf(a.ctx, op)
	switch {
	case hasInternal(errs):
		return errors.Join(errNoAnswer, context.Cause(a.ctx))
	case errs != nil:
		return &refused{errs}
	}

	feed := stream.NewFeed()
	feed.Narrowing = a.narrowing
	next, running := a.exec.DispatchOperation(feed.In(a.ctx), op)

	// gqlgen gives events no root field to report errors at.
	a.feed, a.next, a.running = feed, next, graph.AtRoot(running, op)
	return nil
}

// execute makes the response to the event in the feed. gqlgen leaves a null in a root field that must not be null: here
// the whole data of the response becomes null.
func (a *renderer) execute(ctx context.Context) *graphql.Response {
	running, cancel := context.WithTimeout(a.running, operationTime)
	defer cancel()
	defer context.AfterFunc(ctx, cancel)()

	response := a.next(running)
	if response == nil {
		return &graphql.Response{Errors: unanswered(context.Cause(running))}
	}

	root := graphql.GetFieldContext(running).Field
	maybeNull := bytes.HasSuffix(response.Data, []byte(":null}")) // a quick look before the data is decoded
	if root.Definition.Type.NonNull && maybeNull && isNull(response.Data, root.Alias) {
		response.Data = []byte("null")
	}
	return response
}

// isNull reports whether the root field with this alias is null in the data of an answer.
func isNull(data []byte, alias string) bool {
	var fields map[string]json.RawMessage
	return json.Unmarshal(data, &fields) == nil && string(fields[alias]) == "null"
}

// unanswered returns the errors of a response that never came. Nobody sees them: the event is tried again.
func unanswered(cause error) gqlerror.List {
	return gqlerror.List{{Err: cause, Extensions: map[string]any{"code": graph.InternalError}}}
}

// hasInternal reports whether one of the errors is our fault, so that trying again may help.
func hasInternal(errs gqlerror.List) bool {
	for _, e := range errs {
		if e.Extensions["code"] == graph.InternalError {
			return true
		}
	}
	return false
}

// lacksTurn reports whether one of the errors is that a heavy part of the answer got no turn, so that trying again will
// help.
func lacksTurn(errs gqlerror.List) bool {
	return slices.ContainsFunc(errs, func(e *gqlerror.Error) bool { return limitOf(e) == "turns" })
}

// again reports whether the answer to an event is to be thrown away, and the event to be rendered again. It is when the
// answer has an error of ours, or a part of it got no turn, until the same event has failed for the time failing; then
// the answer is sent as it is. An answer without any data is never sent: see isHopeless.
func (a *renderer) again(e live.Event, response *graphql.Response) bool {
	if !hasInternal(response.Errors) && !lacksTurn(response.Errors) {
		return false
	}
	if a.trouble != e.ID {
		a.trouble, a.since, a.tries = e.ID, time.Now(), 0
	}
	a.tries++
	return response.Data == nil || time.Since(a.since) < failing
}

// maxTries is how often an answer is tried that has no data although the database is there.
const maxTries = 5

// isHopeless reports whether the event that was just tried has failed so often, and for so long, that trying again will
// not help: its answer takes more time than there is, or there cannot be one. The subscription ends with the errors.
func (a *renderer) isHopeless(response *graphql.Response) bool {
	return response.Data == nil && a.tries >= maxTries && time.Since(a.since) >= failing
}

// encode writes a response once for everybody, with the event's cursor; a pulse has none.
func encode(response *graphql.Response, e live.Event) []byte {
	shown := *response
	shown.Extensions = map[string]any{}
	if e.Type != live.Pulse {
		shown.Extensions["cursor"] = e.Cursor().String()
	}
	maps.Copy(shown.Extensions, response.Extensions)

	if shown.Data == nil { // events say so
		shown.Data = []byte("null")
	}
	return bodyOf(&shown)
}

// listens reports whether an operation is a subscription.
func listens(op *graphql.OperationContext) bool { return op.Operation.Operation == ast.Subscription }

// cloned copies variables, however deep: executions of the same question run side by side, and each writes into its
// own.
func cloned(variables map[string]any) map[string]any {
	copied := make(map[string]any, len(variables))
	for name, v := range variables {
		copied[name] = clonedValue(v)
	}
	return copied
}

// clonedValue copies a variable with all that is in it.
func clonedValue(v any) any {
	switch v := v.(type) {
	case map[string]any:
		return cloned(v)
	case []any:
		copied := make([]any, len(v))
		for i, item := range v {
			copied[i] = clonedValue(item)
		}
		return copied
	}
	return v
}

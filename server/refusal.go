package server

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"ensemble/consultation/refusal"
	"ensemble/graph"
)

// rejection is why a request does not reach the executor.
type rejection struct {
	outcome outcome
	message string
	allow   string // the methods that would do, when that is the reason
	limit   string // on how many there may be at the same time, when that is the reason
	refused error  // by another limit, when that is the reason
}

// turnAway answers a request that does not reach the executor.
func (s *Server) turnAway(w http.ResponseWriter, r *http.Request, exec graphql.GraphExecutor, no *rejection) {
	if no.allow != "" {
		w.Header().Set("Allow", no.allow)
	}

	var cause error = &refusal.Error{Code: graph.BadRequest, Message: no.message}
	switch {
	case no.refused != nil:
		cause = no.refused
	case no.limit != "":
		cause = crowded(no.limit, no.message)
	}

	s.respond(w, r, no.outcome, exec.DispatchError(r.Context(), gqlerror.List{gqlerror.Wrap(cause)}))
}

// refuse answers a request that does not reach GraphQL as GraphQL would.
func (s *Server) refuse(ctx context.Context, w http.ResponseWriter, err error) {
	shown := s.errors().Present(ctx, err)

	status := http.StatusInternalServerError
	switch refusal.CodeOf(err) {
	case refusal.Unauthenticated:
		status = http.StatusUnauthorized
		w.Header().Set("WWW-Authenticate", "Bearer")
	case refusal.Forbidden:
		status = http.StatusForbidden
	case refusal.RateLimited:
		status = http.StatusTooManyRequests
		retryAfter(w.Header(), gqlerror.List{shown})
	}

	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(map[string]any{"errors": []any{shown}}) // the client may be gone
}

// crowdedRetry is after how long to come back when a number is exceeded, and nobody knows when it falls, in seconds.
const crowdedRetry = 30

// crowded makes the error of a limit on how many there may be at the same time.
func crowded(limit, message string, args ...any) *refusal.Error {
	return &refusal.Error{
		Code: refusal.RateLimited, Message: message, Args: args,
		Details: map[string]any{"limit": limit, "retryAfter": crowdedRetry},
	}
}

// beyond makes the error of a limit on what one request may be like: coming back later does not help.
func beyond(limit string, bound int, message string, args ...any) *refusal.Error {
	return &refusal.Error{
		Code: graph.BadRequest, Message: message, Args: args, Details: map[string]any{"limit": limit, "bound": bound},
	}
}

// retryAfter sets the header Retry-After to the seconds that the first error with such a number says.
func retryAfter(h http.Header, errs gqlerror.List) {
	for _, e := range errs {
		if after, ok := e.Extensions["retryAfter"].(int); ok {
			h.Set("Retry-After", fmt.Sprint(after))
			return
		}
	}
}

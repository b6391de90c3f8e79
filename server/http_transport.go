package server

import (
	"encoding/json"
	"net/http"

	"github.com/99designs/gqlgen/graphql"
	"github.com/gorilla/websocket"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"ensemble/graph"
)

// The two media types of answers. Source: the GraphQL over HTTP specification.
const (
	plainJSON   = "application/json"
	graphQLJSON = "application/graphql-response+json"
)

// overHTTP answers queries and mutations by POST, and queries by GET.
type overHTTP struct{ server *Server }

// Supports implements graphql.Transport. Who offers another protocol than WebSocket, as clients of HTTP/2 do, is
// answered in this one. Source: RFC 9110, section 7.8.
func (overHTTP) Supports(r *http.Request) bool { return !websocket.IsWebSocketUpgrade(r) }

// Do implements graphql.Transport.
func (t overHTTP) Do(w http.ResponseWriter, r *http.Request, exec graphql.GraphExecutor) {
	if mediaOf(r) == "" {
		t.server.turnAway(w, r, exec, &rejection{
			outcome: unacceptable, message: "The answer is application/json or application/graphql-response+json.",
		})
		return
	}

	params, no := paramsOf(r)
	if no != nil {
		t.server.turnAway(w, r, exec, no)
		return
	}

	op, errs := exec.CreateOperationContext(r.Context(), params)
	if errs != nil {
		t.server.respond(w, r, outcomeWithout(errs),
			exec.DispatchError(graphql.WithOperationContext(r.Context(), op), errs))
		return
	}

	if no := unsuitable(r.Method, op.Operation.Operation); no != nil {
		t.server.turnAway(w, r, exec, no)
		return
	}

	responses, ctx := exec.DispatchOperation(r.Context(), op)
	if response := responses(ctx); response != nil { // nil when the client has gone
		t.server.respond(w, r, outcomeOf(response), response)
	}
}

// unsuitable reports why an operation cannot be done by this method, or nil: what changes something must not be a link,
// and one answer is no stream.
func unsuitable(method string, operation ast.Operation) *rejection {
	if operation == ast.Subscription {
		return &rejection{outcome: unstreamed, message: "Subscriptions need a WebSocket, or /graphql/stream."}
	}
	return unsafe(method, operation)
}

func unsafe(method string, operation ast.Operation) *rejection {
	if operation == ast.Mutation && method == http.MethodGet {
		return &rejection{outcome: badMethod, message: "Mutations need POST.", allow: "POST"}
	}
	return nil
}

// mediaOf returns the media type of an answer; empty when the client accepts none of ours.
func mediaOf(r *http.Request) string { return acceptedOf(r, plainJSON, graphQLJSON) }

func (s *Server) respond(w http.ResponseWriter, r *http.Request, came outcome, response *graphql.Response) {
	media := mediaOf(r)
	if media == "" {
		media = plainJSON // it says why
	}
	w.Header().Set("Content-Type", media+"; charset=utf-8")

	s.setCookies(w, response)
	if came == busy {
		retryAfter(w.Header(), response.Errors)
	}

	w.WriteHeader(came.of(media, s.DraftStatuses))
	_, _ = w.Write(bodyOf(response)) // the client may be gone
}

// bodyOf returns a response as it is sent. When nothing was executed, there is no field data. The sessions for the
// cookies of a browser are never sent: setCookies has read them, or there is no browser.
func bodyOf(response *graphql.Response) []byte {
	graph.TakeSessions(response)
	return toJSON(struct {
		Errors     gqlerror.List   `json:"errors,omitempty"`
		Data       json.RawMessage `json:"data,omitempty"`
		Extensions map[string]any  `json:"extensions,omitempty"`
	}{response.Errors, response.Data, response.Extensions})
}

// uncached forbids caches to store answers, since they depend on who asks. Vary is for caches that store them all the
// same.
func uncached(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Cache-Control", "private, no-store")
		w.Header().Set("Vary", "Cookie, Authorization, Accept-Language, Accept, Origin")
		next.ServeHTTP(w, r)
	})
}

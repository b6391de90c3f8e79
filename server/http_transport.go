package server

import (
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

// Supports implements graphql.Transport. A client that offers to switch to another protocol than WebSocket, such as
// HTTP/2, is answered over HTTP as it asked. Source: RFC 9110, section 7.8.
func (overHTTP) Supports(r *http.Request) bool { return !websocket.IsWebSocketUpgrade(r) }

// Do implements graphql.Transport.
func (t overHTTP) Do(w http.ResponseWriter, r *http.Request, exec graphql.GraphExecutor) {
	if mediaOf(r) == "" {
		t.server.turnAway(w, r, exec, &rejection{
			outcome: unacceptable, message: "The answer is application/json or application/graphql-response+json.",
		})
		return
	}

	params, no := t.server.paramsOf(r)
	if no != nil {
		t.server.turnAway(w, r, exec, no)
		return
	}

	op, errs := t.server.readInTurn(r.Context(), exec, params)
	if errs != nil {
		came := outcomeOfErrors(errs) // before they are presented: then they no longer wrap a refusal
		response := exec.DispatchError(graphql.WithOperationContext(r.Context(), op), errs)
		t.server.respond(w, r, came, response)
		return
	}

	if no := unsuitable(r.Method, op.Operation.Operation); no != nil {
		t.server.turnAway(w, r, exec, no)
		return
	}

	responses, ctx := exec.DispatchOperation(r.Context(), op)
	response := responses(ctx)
	switch {
	case response == nil: // the client has gone
	case op.Operation.Operation == ast.Query:
		t.server.respondPacked(w, r, response)
	default:
		t.server.respond(w, r, outcomeOf(response), response)
	}
}

// unsuitable reports why an operation cannot be done by this method, or nil: a link must not change anything, and a
// subscription has more than one answer.
func unsuitable(method string, operation ast.Operation) *rejection {
	if operation == ast.Subscription {
		return &rejection{outcome: unstreamed, message: "Subscriptions need a WebSocket, or /graphql/stream."}
	}
	return mutationByGet(method, operation)
}

// mutationByGet refuses a mutation by GET, or returns nil: a link must not change anything.
func mutationByGet(method string, operation ast.Operation) *rejection {
	if operation == ast.Mutation && method == http.MethodGet {
		return &rejection{outcome: badMethod, message: "Mutations need POST.", allow: "POST"}
	}
	return nil
}

// mediaOf returns the media type of an answer; empty when the client accepts none of ours.
func mediaOf(r *http.Request) string { return acceptedOf(r, plainJSON, graphQLJSON) }

// respond writes a response with the status of its outcome, and sets its cookies.
func (s *Server) respond(w http.ResponseWriter, r *http.Request, came outcome, response *graphql.Response) {
	s.setCookies(w, response) // of the sessions that are taken out of the body
	s.send(w, r, came, response.Errors, bodyOf(response))
}

// respondPacked writes the response to a query, compressed where the client takes that. Only queries have such answers:
// those to mutations may have a token in them, and how well a secret can be compressed beside what others have written
// tells of it (the attack is known as BREACH).
func (s *Server) respondPacked(w http.ResponseWriter, r *http.Request, response *graphql.Response) {
	s.send(w, r, outcomeOf(response), response.Errors, s.packed(w.Header(), r, bodyOf(response)))
}

// send writes a response whose body is made.
func (s *Server) send(w http.ResponseWriter, r *http.Request, came outcome, errs gqlerror.List, body []byte) {
	media := mediaOf(r)
	if media == "" {
		media = plainJSON // the response says what is accepted
	}
	w.Header().Set("Content-Type", media+"; charset=utf-8")
	if came == busy {
		retryAfter(w.Header(), errs)
	}

	w.WriteHeader(came.of(media, s.DraftStatuses))
	s.write(w, r, body)
}

// bodyOf returns a response as it is sent. When nothing was executed, there is no field data. Sessions,
// which become cookies, are never sent in the body: setCookies has taken them, or there is no browser.
func bodyOf(response *graphql.Response) []byte {
	graph.TakeSessions(response)

	b := append(make([]byte, 0, len(response.Data)+200), '{')
	member := func(name string, value []byte) {
		if len(b) > 1 {
			b = append(b, ',')
		}
		b = append(append(append(b, '"'), name...), '"', ':')
		b = append(b, value...)
	}

	if len(response.Errors) > 0 {
		member("errors", toJSON(response.Errors))
	}
	if response.Data != nil {
		member("data", response.Data) // is JSON already, and may be megabytes
	}
	if len(response.Extensions) > 0 {
		member("extensions", toJSON(response.Extensions))
	}
	return append(b, '}')
}

// asTyped forbids browsers to take an answer for anything but what its Content-Type says: people write part of it.
func asTyped(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Content-Type-Options", "nosniff")
		next.ServeHTTP(w, r)
	})
}

// uncached forbids caches to store answers, since they depend on who asks. Vary is for caches that store them all the
// same.
func uncached(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Cache-Control", "private, no-store")
		w.Header().Set("Vary", "Cookie, Authorization, Accept-Language, Accept, Accept-Encoding, Origin")
		next.ServeHTTP(w, r)
	})
}

package server

import (
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"net/url"
	"os"
	"strings"
	"unicode/utf8"

	"github.com/99designs/gqlgen/graphql"
	"github.com/gorilla/websocket"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"ensemble/consultation"
	"ensemble/graph"
)

// The two media types of answers. Source: the GraphQL over HTTP specification.
const (
	plainJSON   = "application/json"
	graphQLJSON = "application/graphql-response+json"
)

// overHTTP answers queries and mutations by POST, and queries by GET.
type overHTTP struct{ server *Server }

// refusal is why a request does not reach the executor.
type refusal struct {
	outcome outcome
	message string
	allow   string // the methods that would do, when that is the reason
	limit   string // the one that is met, when that is the reason
}

// Supports implements graphql.Transport. Who offers another protocol than WebSocket, as clients of HTTP/2 do, is answered in
// this one. Source: RFC 9110, section 7.8.
func (overHTTP) Supports(r *http.Request) bool { return !websocket.IsWebSocketUpgrade(r) }

// Do implements graphql.Transport.
func (t overHTTP) Do(w http.ResponseWriter, r *http.Request, exec graphql.GraphExecutor) {
	if mediaOf(r) == "" {
		t.server.turnAway(w, r, exec, &refusal{outcome: unacceptable, message: "The answer is application/json or application/graphql-response+json."})
		return
	}
	params, no := paramsOf(r)
	if no != nil {
		t.server.turnAway(w, r, exec, no)
		return
	}
	op, errs := exec.CreateOperationContext(r.Context(), params)
	if errs != nil {
		t.server.respond(w, r, outcomeWithout(errs), exec.DispatchError(graphql.WithOperationContext(r.Context(), op), errs))
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

func paramsOf(r *http.Request) (*graphql.RawParams, *refusal) {
	start := graphql.Now()
	var params *graphql.RawParams
	var no *refusal
	switch r.Method {
	case http.MethodPost:
		params, no = readBody(r)
	case http.MethodGet:
		params, no = readURL(r.URL)
	default:
		no = &refusal{outcome: badMethod, message: "Use POST or GET.", allow: "GET, POST"}
	}
	if no != nil {
		return nil, no
	}
	if params.Query == "" && params.Extensions["persistedQuery"] == nil && params.Extensions[documentIDName] == nil {
		return nil, &refusal{outcome: malformed, message: "The query is missing."}
	}
	params.Headers = r.Header
	params.ReadTime = graphql.TraceTiming{Start: start, End: graphql.Now()}
	return params, nil
}

func readBody(r *http.Request) (*graphql.RawParams, *refusal) {
	media, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || media != plainJSON {
		return nil, &refusal{outcome: badMediaType, message: "The Content-Type must be application/json."}
	}
	body, err := io.ReadAll(r.Body)
	if _, large := errors.AsType[*http.MaxBytesError](err); large {
		return nil, &refusal{outcome: tooLarge, message: "The request is too large."}
	}
	if errors.Is(err, os.ErrDeadlineExceeded) {
		return nil, &refusal{outcome: tooSlow, message: "The request took too long to arrive."}
	}
	if err != nil || !utf8.Valid(body) {
		return nil, &refusal{outcome: unreadable, message: "The body is not valid UTF-8."}
	}
	if !json.Valid(body) {
		return nil, &refusal{outcome: unreadable, message: "The body is not JSON."}
	}
	if strings.HasPrefix(strings.TrimLeft(string(body[:min(len(body), 64)]), " \t\r\n"), "[") {
		return nil, &refusal{outcome: malformed, message: "Operations are sent one by one, not as a list."}
	}
	params, ok := readParams(body)
	if !ok {
		return nil, &refusal{outcome: malformed, message: "The body is not the JSON of a GraphQL request."}
	}
	return params, nil
}

// isText says whether what an address says is UTF-8.
func isText(q url.Values) bool {
	for name, values := range q {
		if !utf8.ValidString(name) || !utf8.ValidString(strings.Join(values, "")) {
			return false
		}
	}
	return true
}

func readURL(u *url.URL) (*graphql.RawParams, *refusal) {
	q, err := url.ParseQuery(u.RawQuery)
	params := &graphql.RawParams{Query: q.Get("query"), OperationName: q.Get("operationName")}
	if err != nil || !isText(q) {
		return nil, &refusal{outcome: unreadable, message: "The address is not that of a GraphQL request."}
	}
	for name, into := range map[string]*map[string]any{"variables": &params.Variables, "extensions": &params.Extensions} {
		switch given := q.Get(name); {
		case given != "" && !json.Valid([]byte(given)):
			return nil, &refusal{outcome: unreadable, message: "The address is not that of a GraphQL request."}
		case !decode(given, into):
			return nil, &refusal{outcome: malformed, message: "The address is not that of a GraphQL request."}
		}
	}
	withDocumentID(params, q.Get(documentIDName))
	return params, nil
}

// unsuitable says why an operation cannot be done by this method: what changes something must not be a link, and one
// answer is no stream.
func unsuitable(method string, operation ast.Operation) *refusal {
	if operation == ast.Subscription {
		return &refusal{outcome: unstreamed, message: "Subscriptions need a WebSocket, or /graphql/stream."}
	}
	return unsafe(method, operation)
}

func unsafe(method string, operation ast.Operation) *refusal {
	if operation == ast.Mutation && method == http.MethodGet {
		return &refusal{outcome: badMethod, message: "Mutations need POST.", allow: "POST"}
	}
	return nil
}

// turnAway answers a request that does not reach the executor.
func (s *Server) turnAway(w http.ResponseWriter, r *http.Request, exec graphql.GraphExecutor, no *refusal) {
	if no.allow != "" {
		w.Header().Set("Allow", no.allow)
	}
	cause := &consultation.Error{Code: graph.BadRequest, Message: no.message}
	if no.limit != "" {
		cause = crowded(no.limit, no.message)
	}
	if no.outcome == tooLarge {
		s.Metrics.limited("bodySize")
	}
	s.respond(w, r, no.outcome, exec.DispatchError(r.Context(), gqlerror.List{gqlerror.Wrap(cause)}))
}

// mediaOf is the media type of an answer; empty when the client accepts none of ours.
func mediaOf(r *http.Request) string { return acceptedOf(r, plainJSON, graphQLJSON) }

func (s *Server) respond(w http.ResponseWriter, r *http.Request, came outcome, response *graphql.Response) {
	media := mediaOf(r)
	if media == "" {
		media = plainJSON // it says why
	}
	w.Header().Set("Content-Type", media+"; charset=utf-8")
	if came == busy {
		retryAfter(w.Header(), response.Errors)
	}
	w.WriteHeader(came.of(media, s.DraftStatuses))
	_, _ = w.Write(bodyOf(response)) // the client may be gone
}

// bodyOf is a response as it is sent. Without data, since nothing was executed, it does not mention any.
func bodyOf(response *graphql.Response) []byte {
	return toJSON(struct {
		Errors     gqlerror.List   `json:"errors,omitempty"`
		Data       json.RawMessage `json:"data,omitempty"`
		Extensions map[string]any  `json:"extensions,omitempty"`
	}{response.Errors, response.Data, response.Extensions})
}

// uncached keeps answers out of caches: they depend on who asks. Vary says so to caches that do not listen.
func uncached(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Cache-Control", "private, no-store")
		w.Header().Set("Vary", "Cookie, Authorization, Accept-Language, Accept, Origin")
		next.ServeHTTP(w, r)
	})
}

package server

import (
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strings"
	"unicode/utf8"

	"github.com/99designs/gqlgen/graphql"
	"github.com/99designs/gqlgen/graphql/errcode"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"ensemble/consultation"
	"ensemble/graph"
)

// The two media types of answers. Source: the GraphQL over HTTP specification, for statuses too.
const (
	plainJSON   = "application/json"
	graphQLJSON = "application/graphql-response+json"
)

// overHTTP answers queries and mutations by POST, and queries by GET.
type overHTTP struct{}

// refusal is why a request does not reach the executor.
type refusal struct {
	status  int
	message string
	allow   string // the methods that would do, when that is the reason
}

// Supports implements graphql.Transport.
func (overHTTP) Supports(r *http.Request) bool { return r.Header.Get("Upgrade") == "" }

// Do implements graphql.Transport.
func (overHTTP) Do(w http.ResponseWriter, r *http.Request, exec graphql.GraphExecutor) {
	params, no := paramsOf(r)
	if no != nil {
		no.answer(w, r, exec)
		return
	}
	op, errs := exec.CreateOperationContext(r.Context(), params)
	if errs != nil {
		respond(w, r, statusOf(r, errs), exec.DispatchError(graphql.WithOperationContext(r.Context(), op), errs))
		return
	}
	if no := unsuitable(r.Method, op.Operation.Operation); no != nil {
		no.answer(w, r, exec)
		return
	}
	responses, ctx := exec.DispatchOperation(r.Context(), op)
	respond(w, r, http.StatusOK, responses(ctx))
}

func paramsOf(r *http.Request) (*graphql.RawParams, *refusal) {
	params := &graphql.RawParams{Headers: r.Header}
	params.ReadTime.Start = graphql.Now()
	var no *refusal
	switch r.Method {
	case http.MethodPost:
		no = readBody(r, params)
	case http.MethodGet:
		no = readURL(r.URL, params)
	default:
		no = &refusal{http.StatusMethodNotAllowed, "Use POST or GET.", "GET, POST"}
	}
	params.ReadTime.End = graphql.Now()
	return params, no
}

func readBody(r *http.Request, params *graphql.RawParams) *refusal {
	media, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || media != plainJSON {
		return &refusal{status: http.StatusUnsupportedMediaType, message: "The Content-Type must be application/json."}
	}
	body, err := io.ReadAll(r.Body)
	if _, large := errors.AsType[*http.MaxBytesError](err); large {
		return &refusal{status: http.StatusRequestEntityTooLarge, message: "The request is too large."}
	}
	if err != nil || !utf8.Valid(body) {
		return &refusal{status: http.StatusBadRequest, message: "The body is not valid UTF-8."}
	}
	if len(body) == 0 || !decode(string(body), params) {
		return &refusal{status: http.StatusBadRequest, message: "The body is not the JSON of a GraphQL request."}
	}
	return nil
}

func readURL(u *url.URL, params *graphql.RawParams) *refusal {
	q, err := url.ParseQuery(u.RawQuery)
	params.Query, params.OperationName = q.Get("query"), q.Get("operationName")
	if err != nil || !utf8.ValidString(params.Query) || !decode(q.Get("variables"), &params.Variables) ||
		!decode(q.Get("extensions"), &params.Extensions) {
		return &refusal{status: http.StatusBadRequest, message: "The address is not that of a GraphQL request."}
	}
	return nil
}

// decode reads one JSON value, numbers as they are written; an absent one leaves v as it is.
func decode(s string, v any) bool {
	if s == "" {
		return true
	}
	d := json.NewDecoder(strings.NewReader(s))
	d.UseNumber()
	if d.Decode(v) != nil {
		return false
	}
	_, err := d.Token()
	return err == io.EOF
}

// unsuitable says why an operation cannot be done by this method: what changes something must not be a link, and one
// answer is no stream.
func unsuitable(method string, operation ast.Operation) *refusal {
	switch {
	case operation == ast.Subscription:
		return &refusal{status: http.StatusBadRequest, message: "Subscriptions need a WebSocket."}
	case operation == ast.Mutation && method == http.MethodGet:
		return &refusal{http.StatusMethodNotAllowed, "Mutations need POST.", "POST"}
	}
	return nil
}

func (no *refusal) answer(w http.ResponseWriter, r *http.Request, exec graphql.GraphExecutor) {
	if no.allow != "" {
		w.Header().Set("Allow", no.allow)
	}
	cause := &consultation.Error{Code: graph.BadRequest, Message: no.message}
	respond(w, r, no.status, exec.DispatchError(r.Context(), gqlerror.List{gqlerror.Wrap(cause)}))
}

// statusOf a request that is no operation of our schema.
func statusOf(r *http.Request, errs gqlerror.List) int {
	switch {
	case errcode.GetErrorKind(errs) != errcode.KindProtocol:
		return http.StatusOK // PersistedQueryNotFound: the client will send the query
	case mediaOf(r) == graphQLJSON:
		return http.StatusBadRequest
	}
	return http.StatusUnprocessableEntity
}

// mediaOf is the first media type that the client accepts and we have; plain JSON when it names none.
func mediaOf(r *http.Request) string {
	for part := range strings.SplitSeq(r.Header.Get("Accept"), ",") {
		if media, _, err := mime.ParseMediaType(part); err == nil && (media == plainJSON || media == graphQLJSON) {
			return media
		}
	}
	return plainJSON
}

func respond(w http.ResponseWriter, r *http.Request, status int, response *graphql.Response) {
	if response == nil {
		return // the client has gone
	}
	body, err := json.Marshal(response)
	if err != nil {
		panic("server: an answer that is no JSON: " + err.Error())
	}
	w.Header().Set("Content-Type", mediaOf(r)+"; charset=utf-8")
	w.WriteHeader(status)
	_, _ = w.Write(body) // the client may be gone
}

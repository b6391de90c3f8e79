package server

import (
	"crypto/rand"
	"net/http"

	"github.com/99designs/gqlgen/graphql"

	"ensemble/auth"
)

// Server-sent events. Source: https://github.com/enisdenjo/graphql-sse/blob/master/PROTOCOL.md
const (
	streamPath  = "/graphql/stream"
	streamToken = "X-GraphQL-Event-Stream-Token" // #nosec G101 -- the name of a header
	streamMedia = "text/event-stream"
	lastEventID = "Last-Event-ID"
)

// overStream is the GraphQL transport of server-sent events, in both modes of the protocol. Distinct: one request is
// one operation, and its answers are the response. Single connection: PUT reserves a stream, GET opens it, each POST
// begins an operation whose answers go there, DELETE ends one.
type overStream struct{ server *Server }

// Supports implements graphql.Transport.
func (overStream) Supports(r *http.Request) bool { return r.URL.Path == streamPath }

// Do implements graphql.Transport. It returns as soon as a stream is open; from then on the stream needs no goroutine
// while nothing happens.
func (t overStream) Do(w http.ResponseWriter, r *http.Request, exec graphql.GraphExecutor) {
	w.Header().Set("Referrer-Policy", "no-referrer") // the address may contain a token
	token, elsewhere := ticketOf(r)

	var no *rejection
	switch {
	case elsewhere:
		no = &rejection{outcome: malformed, message: "Send the token of the stream in a header."}
	case r.Method == http.MethodPut:
		no = t.reserve(w, r, exec)
	case r.Method == http.MethodDelete:
		no = t.stop(w, r, token)
	case r.Method == http.MethodGet && token != "":
		no = t.open(w, r, token)
	case r.Method == http.MethodPost && token != "":
		no = t.begin(w, r, exec, token)
	case r.Method == http.MethodGet, r.Method == http.MethodPost:
		no = t.distinct(w, r, exec)
	default:
		no = &rejection{outcome: badMethod, message: "Use POST, GET, PUT or DELETE.", allow: "GET, POST, PUT, DELETE"}
	}

	if no != nil {
		t.server.turnAway(w, r, exec, no)
	}
}

// ticketOf returns the token of a reserved stream that a request names, "" for none. Addresses are written down in many
// places, so only a GET may have it there, as the parameter token: EventSource cannot set headers, and the token opens
// the stream once. elsewhere says that it is in the address of another request.
func ticketOf(r *http.Request) (token string, elsewhere bool) {
	if token := r.Header.Get(streamToken); token != "" {
		return token, false
	}
	token = r.URL.Query().Get("token")
	if r.Method != http.MethodGet {
		return "", token != ""
	}
	return token, false
}

// distinct answers one operation. When the operation does not fit our schema, its errors are sent in the stream, too:
// pages that use EventSource cannot read other responses.
func (t overStream) distinct(w http.ResponseWriter, r *http.Request, exec graphql.GraphExecutor) *rejection {
	if no := wantsStream(r); no != nil {
		return no
	}

	params, no := t.server.paramsOf(r)
	if no != nil {
		return no
	}

	op, errs := t.server.readInTurn(r.Context(), exec, params)

	switch {
	case outcomeOfErrors(errs) == busy: // it may be had later
		t.server.respond(w, r, busy, exec.DispatchError(graphql.WithOperationContext(r.Context(), op), errs))
	case errs != nil:
		t.server.once(w, r, exec.DispatchError(graphql.WithOperationContext(r.Context(), op), errs))
	case listens(op):
		return t.subscribe(w, r, exec, params)
	default:
		if no := mutationByGet(r.Method, op.Operation.Operation); no != nil {
			return no
		}

		responses, ctx := exec.DispatchOperation(r.Context(), op)
		t.server.once(w, r, responses(ctx))
	}

	return nil
}

// wantsStream refuses a request that does not accept server-sent events; nil for one that does.
func wantsStream(r *http.Request) *rejection {
	if acceptedOf(r, streamMedia) == "" {
		return &rejection{outcome: unacceptable, message: "The answer is text/event-stream."}
	}
	return nil
}

// subscribe opens a stream for one subscription.
func (t overStream) subscribe(
	w http.ResponseWriter, r *http.Request, exec graphql.GraphExecutor, params *graphql.RawParams,
) *rejection {
	if no := t.server.sockets.admit(t.server.addressOf(r), t.server.Sockets.PerAddress); no != nil {
		return no
	}

	c := &eventStream{whole: !r.ProtoAtLeast(1, 1)}
	c.connect(t.server, r, exec, c)

	c.only = newOperation(&c.connection, "", params)
	c.only.seen = r.Header.Get(lastEventID)
	c.operations, c.state = []*operation{c.only}, ready

	if no := c.start(w); no != nil {
		return no
	}

	c.only.begin()
	return nil
}

// reserve promises a stream to whoever asks, and answers with its token.
func (t overStream) reserve(w http.ResponseWriter, r *http.Request, exec graphql.GraphExecutor) *rejection {
	if acceptedOf(r, "text/plain") == "" {
		return &rejection{outcome: unacceptable, message: "The answer is text/plain."}
	}

	if no := t.server.sockets.mayCome(t.server.addressOf(r), t.server.Sockets.PerAddress); no != nil {
		return no
	}

	c := &eventStream{ticket: rand.Text()}

	c.connect(t.server, r, exec, c)
	c.sending, c.state = true, ready // what is said waits for the stream

	ok, given := t.server.reserved.add(c)
	if !ok {
		return &rejection{outcome: busy, limit: "addressStreams", message: "Too many streams are waiting to be opened."}
	}
	if given != nil {
		given.End()
	}

	c.after(reservationTime, c.expire)

	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.WriteHeader(http.StatusCreated)
	_, _ = w.Write([]byte(c.ticket)) // the client may be gone
	return nil
}

// open begins a reserved stream. EventSource cannot say who it is, so the token will do.
func (t overStream) open(w http.ResponseWriter, r *http.Request, token string) *rejection {
	c := t.server.reserved.find(token)
	if c == nil || auth.Caller(r.Context()).SignedIn() && !c.isOf(r) {
		return noStream()
	}

	if no := wantsStream(r); no != nil {
		return no
	}

	if !r.ProtoAtLeast(1, 1) {
		return otherVersion() // what was answered before is in chunks
	}

	address := t.server.addressOf(r)
	if no := t.server.sockets.admit(address, t.server.Sockets.PerAddress); no != nil {
		return no
	}

	if !t.server.reserved.claim(c) {
		t.server.sockets.release(address)
		return &rejection{outcome: conflict, message: "This stream is open already."}
	}

	c.movedTo(address)
	if no := c.start(w); no != nil {
		return no
	}

	if c.person != nil {
		c.Changed() // since operations began, perhaps: nobody followed them
	}
	return nil
}

// begin begins an operation whose answers go to a reserved stream, whether that is open already or not.
func (t overStream) begin(w http.ResponseWriter, r *http.Request, exec graphql.GraphExecutor, token string) *rejection {
	c := t.server.reserved.find(token)
	if c == nil || !c.isOf(r) {
		return noStream()
	}

	params, no := t.server.paramsOf(r)
	if no != nil {
		return no
	}

	id, _ := params.Extensions["operationId"].(string)
	if id == "" || len(id) > maxID {
		return &rejection{outcome: malformed, message: "The operation id is missing or too long."}
	}

	if op, errs := t.server.readInTurn(r.Context(), exec, params); errs != nil {
		came := unaccepted
		if outcomeOfErrors(errs) == busy {
			came = busy
		}
		t.server.respond(w, r, came, exec.DispatchError(graphql.WithOperationContext(r.Context(), op), errs))
		return nil
	}

	op := newOperation(&c.connection, id, params)
	op.sentBy(r)

	switch c.register(op) {
	case duplicate:
		return &rejection{outcome: conflict, message: "An operation with this id runs already."}
	case noRoom:
		errs := tooManyOperations(r.Context(), t.server)
		t.server.respond(w, r, busy, &graphql.Response{Errors: errs})
		return nil
	case notReady:
		return noStream()
	}

	op.begin()
	w.WriteHeader(http.StatusAccepted)
	return nil
}

// stop ends an operation that is the sender's to end, if it has not ended by itself.
func (t overStream) stop(w http.ResponseWriter, r *http.Request, token string) *rejection {
	c := t.server.reserved.find(token)
	if c == nil || !c.isOf(r) {
		return noStream()
	}

	id := r.URL.Query().Get("operationId")
	if id == "" {
		return &rejection{outcome: malformed, message: "The operation id is missing."}
	}

	if c.completeFor(r, id) {
		_, _ = c.Write(c.completion(id)) // the reader finds out when the client is gone
	}

	w.WriteHeader(http.StatusOK)
	return nil
}

// noStream refuses a token that belongs to no stream, or to a stream of somebody else.
func noStream() *rejection { return &rejection{outcome: notFound, message: "There is no such stream."} }

package server

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"sync"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"ensemble/consultation"
	"ensemble/live"
)

// operation is one query, mutation or subscription on a WebSocket.
type operation struct {
	socket *webSocket
	id     string
	params *graphql.RawParams // nil once it has begun
	cancel context.CancelFunc

	mu     sync.Mutex
	stream *stream // of a subscription that has been admitted
	over   bool
}

func newOperation(c *webSocket, id string, params *graphql.RawParams) *operation {
	return &operation{socket: c, id: id, params: params}
}

// stream is what a subscription is sent.
type stream struct {
	live.Subscription
	socket  *socket
	head    []byte // of each message: what comes before the payload
	waiting bool   // guarded by socket.mu
	ended   func(*stream, error)
}

// Wake implements live.Sink.
func (s *stream) Wake() { s.socket.pump(s) }

// End implements live.Sink.
func (s *stream) End(err error) { s.ended(s, err) }

// stop ends what runs, without a word to the client.
func (op *operation) stop() {
	op.mu.Lock()
	defer op.mu.Unlock()
	op.over = true
	if op.cancel != nil {
		op.cancel()
	}
	if op.stream != nil {
		op.leave()
	}
}

func (op *operation) leave() {
	op.stream.Leave()
	op.stream = nil
	op.socket.server.Metrics.Subscriptions.Add(-1)
}

// run does it, in a goroutine of its own, which for a subscription ends as soon as it is admitted.
func (op *operation) run() {
	c := op.socket
	start := time.Now()
	ctx, cancel := context.WithCancel(c.context())
	defer cancel()
	op.mu.Lock()
	op.cancel = cancel
	over := op.over
	op.mu.Unlock()
	if over {
		return
	}
	defer c.server.recoverOperation(ctx, op)
	request, errs := c.exec.CreateOperationContext(ctx, op.params)
	op.params = nil
	switch {
	case errs != nil:
		op.refuse(c.exec.DispatchError(graphql.WithOperationContext(ctx, request), errs).Errors)
	case listens(request):
		op.listen(ctx, request)
	default:
		responses, ctx := c.exec.DispatchOperation(ctx, request)
		op.answer(responses(ctx))
	}
	recordOf(ctx).logOperation(ctx, c.server.Logger, start)
}

// answer sends the response of a query or mutation.
func (op *operation) answer(response *graphql.Response) {
	if len(op.socket.take(func(o *operation) bool { return o == op })) == 0 || response == nil {
		return // the client no longer wants it
	}
	payload, err := json.Marshal(response)
	if err != nil {
		panic("server: an answer that is no JSON: " + err.Error())
	}
	id := string(appendJSONString(nil, op.id))
	op.socket.say(`{"id":` + id + `,"type":"next","payload":` + string(payload) + `}`)
	op.socket.say(`{"id":` + id + `,"type":"complete"}`)
}

// refuse sends errors instead of an answer; nothing follows them.
func (op *operation) refuse(errs gqlerror.List) {
	if len(op.socket.take(func(o *operation) bool { return o == op })) == 0 {
		return
	}
	op.say("error", errs)
}

func (op *operation) say(kind string, payload any) {
	b, err := json.Marshal(struct {
		ID      string `json:"id"`
		Type    string `json:"type"`
		Payload any    `json:"payload"`
	}{op.id, kind, payload})
	if err != nil {
		panic("server: errors that are no JSON: " + err.Error())
	}
	op.socket.say(string(b))
}

// listen joins those who ask the same.
func (op *operation) listen(ctx context.Context, request *graphql.OperationContext) {
	c := op.socket
	question, after, errs := c.server.ask(ctx, c.exec, request)
	if errs != nil {
		op.refuse(errs)
		return
	}
	s := &stream{socket: &c.socket, ended: op.ended}
	s.head = append(appendJSONString([]byte(`{"id":`), op.id), `,"type":"next","payload":`...)
	if err := c.server.Hub.Join(ctx, question, after, &s.Subscription, s); err != nil {
		if errors.Is(err, live.ErrStopped) || ctx.Err() != nil {
			return // the socket closes: the client comes back
		}
		op.refuse(gqlerror.List{c.server.errors().Present(graphql.WithOperationContext(ctx, request), err)})
		return
	}
	op.mu.Lock()
	defer op.mu.Unlock()
	c.server.Metrics.Subscriptions.Add(1)
	if op.stream = s; op.over {
		op.leave()
	}
}

// ended is told that nothing comes any more.
func (op *operation) ended(_ *stream, err error) {
	if no, ok := errors.AsType[*refused](err); ok {
		op.refuse(no.errs)
		op.stop()
	}
}

// tooManyOperations is what a socket is told that asks for more than it may.
func tooManyOperations(ctx context.Context, s *Server) gqlerror.List {
	refusal := &consultation.Error{
		Code: consultation.RateLimited, Message: "At most %d operations run on one socket at the same time.", Args: []any{s.Sockets.Operations},
	}
	return gqlerror.List{s.errors().Present(ctx, refusal)}
}

// recoverOperation turns a panic into an error that tells nothing.
func (s *Server) recoverOperation(ctx context.Context, op *operation) {
	if cause := recover(); cause != nil {
		s.errors().Recover(ctx, cause)
		op.refuse(gqlerror.List{s.errors().Present(ctx, errPanic)})
	}
}

var errPanic = errors.New("server: a panic outside of resolvers")

// logOperation writes the line of one operation on a socket.
func (rec *record) logOperation(ctx context.Context, logger *slog.Logger, start time.Time) {
	rec.mu.Lock()
	defer rec.mu.Unlock()
	logger.InfoContext(ctx, "operation", slog.Duration("took", time.Since(start)), slog.String("operation", rec.operation),
		slog.String("viewer", rec.viewer), slog.String("code", rec.code))
}

// readParams reads the payload of a subscribe message.
func readParams(payload json.RawMessage) (*graphql.RawParams, bool) {
	var given struct {
		Query         *string        `json:"query"`
		OperationName string         `json:"operationName"`
		Variables     map[string]any `json:"variables"`
		Extensions    map[string]any `json:"extensions"`
	}
	if len(payload) == 0 || !decode(string(payload), &given) || (given.Query == nil && given.Extensions == nil) {
		return nil, false
	}
	params := &graphql.RawParams{OperationName: given.OperationName, Variables: given.Variables, Extensions: given.Extensions}
	if given.Query != nil {
		params.Query = *given.Query
	}
	params.ReadTime.Start = graphql.Now()
	params.ReadTime.End = params.ReadTime.Start
	return params, true
}

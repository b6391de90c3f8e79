package server

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"slices"
	"sync"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"ensemble/auth"
	"ensemble/live"
)

// maxID is how many bytes the id of an operation may have: it stays in memory, and is sent with every event.
const maxID = 256

// operation is one query, mutation or subscription on a connection.
type operation struct {
	socket *connection
	id     string
	params *graphql.RawParams // nil once it is admitted
	seen   string             // a cursor that goes before the argument after
	token  string             // whose rights it has, when that is not the connection's: see operation_token.go
	cancel context.CancelFunc

	charged bool // to the budgets of whoever sent it; what comes with a request of HTTP is paid for already

	moving sync.Mutex // held while there is going to be another stream

	mu      sync.Mutex
	listed  bool    // among the subscriptions of the person
	joining *stream // of a subscription that is about to be admitted
	stream  *stream // of one that has been
	over    bool
	stale   bool        // the person changed before stream was there
	expiry  *time.Timer // ends it with its token; nil when that is the connection's
}

// newOperation makes an operation that does not run yet: see register and begin.
func newOperation(c *connection, id string, params *graphql.RawParams) *operation {
	return &operation{socket: c, id: id, params: params}
}

// stop ends what runs, without a word to the client.
func (op *operation) stop() {
	op.mu.Lock()
	defer op.mu.Unlock()

	op.over = true
	op.dismiss()

	if op.cancel != nil {
		op.cancel()
	}
	if op.joining != nil {
		op.joining.hush()
	}
	if op.stream != nil {
		op.leave()
	}
}

// leave ends the stream of the subscription, which must have one. op.mu is held.
func (op *operation) leave() {
	op.stream.drop()
	op.stream = nil
}

// begin lets the operation run when it is its turn.
func (op *operation) begin() {
	start := time.Now()
	op.socket.askInTurn(func(done func()) { op.run(start, done) })
}

// run executes the operation, in a goroutine of its own, which for a subscription ends as soon as it is admitted. Its
// turn, for which it has waited since start, is over then, or when all that is left is to answer.
func (op *operation) run(start time.Time, done func()) {
	c := op.socket
	if time.Since(start) > operationTime {
		c.tryLater()
		return
	}

	ctx, cancel := context.WithCancel(c.context())
	defer cancel()

	if !op.runs(cancel) {
		return
	}
	defer op.runs(nil)
	defer c.server.recoverOperation(ctx, op)

	ctx, err := op.pay(ctx)
	if err != nil {
		op.refuse(gqlerror.List{c.server.errors().Present(ctx, err)})
		return
	}

	viewer, ok := op.identify(ctx)
	if !ok {
		return
	}
	op.endWith(viewer)

	ctx = auth.WithViewer(ctx, viewer)
	if err := op.payAs(ctx, viewer); err != nil {
		op.refuse(gqlerror.List{c.server.errors().Present(ctx, err)})
		return
	}

	request, errs := c.exec.CreateOperationContext(ctx, op.params)
	switch {
	case errs != nil:
		op.refuse(c.exec.DispatchError(graphql.WithOperationContext(ctx, request), errs).Errors)
	case listens(request):
		op.listen(ctx, request, done)
	default:
		done()
		responses, ctx := c.exec.DispatchOperation(ctx, request)
		op.answer(responses(ctx))
	}

	recordOf(ctx).logOperation(ctx, c.server.Logger, start)
}

// runs reports whether the operation may go on: it may not once it was stopped. cancel is what stop calls to end the
// work that runs; pass nil when that work has ended.
func (op *operation) runs(cancel context.CancelFunc) bool {
	op.mu.Lock()
	defer op.mu.Unlock()
	op.cancel = cancel
	return !op.over
}

// answer sends the response of a query or mutation.
func (op *operation) answer(response *graphql.Response) {
	if response == nil {
		return // it was stopped
	}
	op.finish(op.socket.onlyAnswer(op.id, bodyOf(response)))
}

// finish writes the last of an operation, unless the client has stopped it. Once it has, it may use the id for
// something else, and must not take this for its answer.
func (op *operation) finish(frames []byte) {
	c := op.socket

	c.opMu.Lock()
	i := slices.Index(c.operations, op)

	// Only whoever took it out of the socket ends it.
	if i >= 0 {
		c.operations = slices.Delete(c.operations, i, i+1)
		_, _ = c.Write(frames) // the reader finds out when the client is gone
	}
	c.opMu.Unlock()
	if i >= 0 {
		op.mu.Lock()
		op.dismiss()
		op.mu.Unlock()
		c.over()
	}
}

// refuse sends errors instead of an answer; nothing follows them.
func (op *operation) refuse(errs gqlerror.List) {
	op.finish(op.socket.noAnswer(op.id, errs))
}

// listen joins those who ask the same. Its turn is over when it is admitted.
func (op *operation) listen(ctx context.Context, request *graphql.OperationContext, admitted func()) {
	if errs := op.enlist(); errs != nil {
		op.refuse(errs)
		return
	}

	question, after, errs := op.socket.server.ask(ctx, op.socket.exec, request)
	admitted()

	switch {
	case ctx.Err() != nil:
		return // it was stopped
	case hasInternal(errs):
		op.socket.tryLater()
		return
	}

	op.params = nil // the question has what is asked
	if errs == nil {
		op.moving.Lock()
		errs = op.join(graphql.WithOperationContext(ctx, request), question, cmp.Or(op.seen, after))
		op.moving.Unlock()
	}

	if errs != nil {
		op.refuse(errs)
		return
	}

	if op.isStale() {
		op.socket.Changed()
	}
}

// isStale says, once, whether the person changed while the subscription was being admitted.
func (op *operation) isStale() bool {
	op.mu.Lock()
	defer op.mu.Unlock()
	stale := op.stale
	op.stale = false
	return stale
}

// join has the Hub send the answers to the question from the position after on. It returns no errors when the operation
// was stopped meanwhile, or when the socket closes. op.moving is held.
func (op *operation) join(ctx context.Context, question live.Question, after string) gqlerror.List {
	c := op.socket
	s := &stream{socket: &c.socket, pulse: question.Pulse, op: op, since: time.Now().UnixNano()}

	s.head = c.head(op.id)
	if !op.mayJoin(s) {
		return nil
	}

	err := c.server.Hub.Join(ctx, question, after, &s.Subscription, c.sink(s))

	op.mu.Lock()
	defer op.mu.Unlock()
	op.joining = nil

	if err != nil {
		if errors.Is(err, live.ErrStopped) || ctx.Err() != nil {
			return nil // the socket closes: the client comes back
		}
		return gqlerror.List{c.server.errors().Present(ctx, c.server.tooMany(question.Payer, err))}
	}

	if op.stream = s; op.over {
		op.leave()
	}

	return nil
}

// mayJoin reports whether s may be joined. If the client thinks better of it meanwhile, it is sent nothing.
func (op *operation) mayJoin(s *stream) bool {
	op.mu.Lock()
	defer op.mu.Unlock()
	op.joining = s
	return !op.over
}

// admitted returns the stream of a subscription; nil before it is admitted, and after it is over.
func (op *operation) admitted() *stream {
	op.mu.Lock()
	defer op.mu.Unlock()
	return op.stream
}

// toReadmit does what admitted does, for who asks again. A subscription that is not admitted yet asks again by itself,
// as soon as it is.
func (op *operation) toReadmit() *stream {
	op.mu.Lock()
	defer op.mu.Unlock()
	op.stale = op.stream == nil
	return op.stream
}

// readmit asks again, as whoever ctx says, whether the subscription may be had. It goes on where it was, unless it is
// refused.
func (op *operation) readmit(ctx context.Context) {
	old := op.toReadmit()
	if old == nil {
		return
	}

	params := old.Asked().(*asked).request()
	request, errs := op.socket.exec.CreateOperationContext(ctx, &params)

	var question live.Question
	if errs == nil {
		question, _, errs = op.socket.server.ask(ctx, op.socket.exec, request)
	}

	switch {
	case ctx.Err() != nil: // the server stops
	case hasInternal(errs):
		op.socket.tryLater()
	case errs != nil:
		op.stop()
		op.refuse(errs)
	default:
		op.move(graphql.WithOperationContext(ctx, request), nil, question)
	}
}

// move lets the subscription continue at the same position with another question. It does nothing when the stream is no
// longer from, unless from is nil.
func (op *operation) move(ctx context.Context, from *stream, question live.Question) {
	op.moving.Lock()
	defer op.moving.Unlock()

	old := op.admitted()
	if old == nil || from != nil && old != from || old.Key() == question.Key {
		return
	}

	old.drop()
	question.Moved = true
	if errs := op.join(ctx, question, old.place()); errs != nil {
		op.refuse(errs)
	}
}

// has reports whether s is the operation's stream now, and not an earlier one.
func (op *operation) has(s *stream) bool {
	op.mu.Lock()
	defer op.mu.Unlock()
	return s == op.stream || s == op.joining
}

// ended is called when nothing comes any more from a stream. It refuses the operation, or, when the answer depends on
// languages that the shared question left out, continues with a question that leaves out fewer.
func (op *operation) ended(s *stream, err error) {
	if narrow, ok := errors.AsType[*tooNarrow](err); ok {
		question := narrow.question.in(op.socket.languages, narrow.wider)
		question.Payer = s.Payer()
		op.move(op.socket.context(), s, question)
		return
	}

	var errs gqlerror.List
	if no, ok := errors.AsType[*refused](err); ok {
		errs = no.errs
	} else if errors.Is(err, live.ErrAllQuestions) {
		server := op.socket.server
		errs = gqlerror.List{server.errors().Present(op.socket.context(), server.tooMany(s.Payer(), err))}
	}
	if errs != nil && op.has(s) {
		op.stop()
		op.refuse(errs)
	}
}

// tooManyOperations returns the answer to a socket that asks for more operations than it may have at the same time.
func tooManyOperations(ctx context.Context, s *Server) gqlerror.List {
	refusal := crowded("socketOperations",
		"At most %d operations run on one socket at the same time.", s.Sockets.Operations)
	return gqlerror.List{s.errors().Present(ctx, refusal)}
}

// recoverOperation turns a panic into an error that reveals nothing about it.
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
	logger.InfoContext(ctx, "operation", slog.Duration("took", time.Since(start)),
		slog.String("operation", rec.operation),
		slog.String("viewer", rec.viewer), slog.String("code", rec.code))
}

package server

import (
	"context"
	"runtime"
	"sync"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"ensemble/auth"
	"ensemble/fair"
	"ensemble/graph"
)

// operationTurns are the turns of operations: of requests to be read and weighed, which takes time for those that are
// refused, too; then of queries and mutations to be executed.
type operationTurns struct{ reading, executing *fair.Queue }

// newOperationTurns returns turns for this machine: one caller has as many at once as there are processors, and one more
// to be executed where another machine's may do the work. An address has twice as many, so that whoever else asks shares
// the processors with few.
func newOperationTurns(onPostgres bool) operationTurns {
	n := runtime.GOMAXPROCS(0)
	shares := func(one int) fair.Shares { return fair.Shares{Turns: 16*n + 16, Address: 2 * one, Caller: one} }
	turns := operationTurns{reading: fair.New(shares(n)), executing: fair.New(shares(n))}
	if onPostgres {
		turns.executing = fair.New(shares(n + 1))
	}
	return turns
}

// takeTurn waits in a queue for the turn of whoever asks: a person, or else everybody at their network address. Call
// done when it is over; more than once does no harm. In the context that it returns, whatever else is done in turns
// takes those of the same.
func (s *Server) takeTurn(ctx context.Context, queue *fair.Queue) (_ context.Context, done func(), err error) {
	if s.Limits == nil {
		return ctx, func() {}, nil
	}
	ctx = fair.As(ctx, auth.Caller(ctx).UserID, auth.AddressFrom(ctx))
	done, err = queue.Take(ctx)
	if refused := graph.RefusalOf(err); refused != nil {
		err = refused
	}
	if err != nil {
		return ctx, nil, err
	}
	return ctx, sync.OnceFunc(done), nil
}

// executeInTurn executes a query or mutation when it is its turn.
func (s *Server) executeInTurn(ctx context.Context, next graphql.OperationHandler) *graphql.Response {
	ctx, done, err := s.takeTurn(ctx, s.operationTurns.executing)
	if err != nil {
		return &graphql.Response{Errors: gqlerror.List{s.errors().Present(ctx, err)}}
	}
	defer done()
	return next(ctx)(ctx)
}

// readKey is the key of what ends the turn to read an operation.
type readKey struct{}

// readInTurn parses, validates and weighs an operation when it is its turn. The turn ends before the budgets are asked,
// which may wait for Redis: see charge. What it waits here is taken from the time of the operation: see timed.
func (s *Server) readInTurn(
	ctx context.Context, exec graphql.GraphExecutor, params *graphql.RawParams,
) (*graphql.OperationContext, gqlerror.List) {
	waiting, cancel := context.WithTimeout(ctx, operationTime)
	defer cancel()
	_, done, err := s.takeTurn(waiting, s.operationTurns.reading)
	if err != nil {
		return &graphql.OperationContext{RawQuery: params.Query}, gqlerror.List{gqlerror.Wrap(err)}
	}
	defer done()
	return exec.CreateOperationContext(context.WithValue(ctx, readKey{}, done), params)
}

// isRead ends the turn to read an operation, if it was read in one.
func isRead(ctx context.Context) {
	if done, ok := ctx.Value(readKey{}).(func()); ok {
		done()
	}
}

// turnForBytes waits for the turn to decode or compress so many bytes, if they are more than usual operations have.
func (s *Server) turnForBytes(ctx context.Context, bytes int) (done func(), err error) {
	if bytes <= portion {
		return func() {}, nil
	}
	ctx, cancel := context.WithTimeout(ctx, operationTime)
	defer cancel()
	_, done, err = s.takeTurn(ctx, s.operationTurns.reading)
	return done, err
}

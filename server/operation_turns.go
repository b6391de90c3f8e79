package server

import (
	"context"
	"runtime"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"ensemble/auth"
	"ensemble/fair"
)

// newOperationTurns returns the turns of queries and mutations. One caller has one more at once than there are
// processors, so that whoever else asks shares these with few; in all there are several times as many, since operations
// mostly wait for the database.
func newOperationTurns() *fair.Queue {
	processors := runtime.GOMAXPROCS(0)
	return fair.New(fair.Shares{Turns: 4*processors + 4, Address: 2*processors + 2, Caller: processors + 1})
}

// inTurn executes a query or mutation when it is the turn of whoever asks: a person, or else everybody at their network
// address.
func (s *Server) inTurn(ctx context.Context, next graphql.OperationHandler) *graphql.Response {
	if s.Limits == nil {
		return next(ctx)(ctx)
	}

	ctx = fair.As(ctx, auth.Caller(ctx).UserID, auth.AddressFrom(ctx))
	done, err := s.operationTurns.Take(ctx)
	if err != nil {
		return &graphql.Response{Errors: gqlerror.List{s.errors().Present(ctx, err)}}
	}
	defer done()
	return next(ctx)(ctx)
}

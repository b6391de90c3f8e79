package graph

import (
	"context"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"

	"ensemble/auth"
	"ensemble/consultation/permission"
)

// Personal returns an operation middleware: it closes auth.ViewerFrom to every field of a query or a subscription that
// is not marked @viewer or under one that is. A forgotten mark can hide something, never leak it.
func Personal(ctx context.Context, next graphql.OperationHandler) graphql.ResponseHandler {
	return next(auth.WithGate(ctx, mayDependOnViewer))
}

// Permitted returns a middleware of root fields: a mutation that the table of permissions does not know, or that the
// caller's token is not for, does not begin.
func Permitted(ctx context.Context, next graphql.RootResolver) graphql.Marshaler {
	field := graphql.GetRootFieldContext(ctx)
	if graphql.GetOperationContext(ctx).Operation.Operation == ast.Mutation {
		if err := permission.MayTry(auth.Caller(ctx), field.Field.Name); err != nil {
			graphql.AddError(ctx, err)
			return graphql.Null
		}
	}
	return next(ctx)
}

// mayDependOnViewer reports whether the field being resolved may know who asks: a mutation, or a marked field and what
// is under it.
func mayDependOnViewer(ctx context.Context) bool {
	if graphql.HasOperationContext(ctx) && graphql.GetOperationContext(ctx).Operation.Operation == ast.Mutation {
		return true
	}
	for field := graphql.GetFieldContext(ctx); field != nil; field = field.Parent {
		if field.Field.Field != nil && field.Field.Definition.Directives.ForName("viewer") != nil {
			return true
		}
	}
	return false
}

// viewer returns who asks, in fields that may know.
func viewer(ctx context.Context) auth.Viewer { return auth.ViewerFrom(ctx) }

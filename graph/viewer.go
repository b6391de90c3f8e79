package graph

import (
	"context"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"

	"ensemble/auth"
	"ensemble/consultation/permission"
)

// Personal is an operation middleware. It makes auth.ViewerFrom return nobody in every field of a query or
// subscription, except those that are marked @viewer and all below them. So a forgotten mark can hide something, never
// leak it.
func Personal(ctx context.Context, next graphql.OperationHandler) graphql.ResponseHandler {
	return next(auth.WithGate(ctx, mayDependOnViewer))
}

// Permitted is a middleware of root fields. It refuses a mutation before its resolver runs when the table of
// permissions does not have it, or when the caller's token has no scope for it. Errors: those of permission.MayTry.
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

// mayDependOnViewer reports whether the field that is being resolved may know who is asking: any field of a mutation,
// and elsewhere a marked field or one below it.
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

// viewer returns who is asking; nobody in fields that may not know: see Personal.
func viewer(ctx context.Context) auth.Viewer { return auth.ViewerFrom(ctx) }

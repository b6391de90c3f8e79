package graph

import (
	"context"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"

	"ensemble/auth"
	"ensemble/consultation"
	"ensemble/ent"
	"ensemble/ent/role"
	"ensemble/graph/batch"
)

// Personal is an operation middleware: it closes auth.ViewerFrom to every field of a query or a subscription that is
// not marked @viewer or under one that is. A forgotten mark can hide something, never leak it.
func Personal(ctx context.Context, next graphql.OperationHandler) graphql.ResponseHandler {
	return next(auth.WithGate(ctx, mayDependOnViewer))
}

// Permitted is a middleware of root fields: a mutation that the table of permissions does not know, or that the caller's
// token is not for, does not begin.
func Permitted(ctx context.Context, next graphql.RootResolver) graphql.Marshaler {
	field := graphql.GetRootFieldContext(ctx)
	if graphql.GetOperationContext(ctx).Operation.Operation == ast.Mutation {
		if err := consultation.MayTry(auth.Caller(ctx), field.Field.Name); err != nil {
			graphql.AddError(ctx, err)
			return graphql.Null
		}
	}
	return next(ctx)
}

// mayDependOnViewer says whether the field being resolved may know who asks: a mutation, or a marked field and what is
// under it.
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

// viewer is who asks, in fields that may know.
func viewer(ctx context.Context) auth.Viewer { return auth.ViewerFrom(ctx) }

// rolesIn are what the viewer is trusted with in a process, as it is now: they may just have created it.
func (r *Resolver) rolesIn(ctx context.Context, p *ent.Process) ([]role.Name, error) {
	held, err := batch.Load(ctx, p, "viewerRoles", func(ctx context.Context, rows []*ent.Process) (map[string][]*ent.Role, error) {
		found, err := r.Consultation.Read.Role.Query().
			Where(role.UserID(viewer(ctx).UserID), role.ProcessIDIn(ids(rows)...)).Order(role.ByName()).All(ctx)
		return groupBy(found, func(held *ent.Role) string { return held.ProcessID }), err
	})
	names := []role.Name{}
	for _, role := range held[p.ID] {
		names = append(names, role.Name)
	}
	return names, err
}

// kept has a browser keep the token of a new session as a cookie.
func kept(ctx context.Context) func(*consultation.Session, error) (*consultation.Session, error) {
	return func(made *consultation.Session, err error) (*consultation.Session, error) {
		if err == nil {
			auth.KeepSession(ctx, made.Token, made.ExpiresAt)
		}
		return made, err
	}
}

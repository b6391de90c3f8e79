package graph

import (
	"context"

	"ensemble/consultation/roadmap"
	"ensemble/ent"
	"ensemble/ent/territory"
	"ensemble/graph/batch"
	"ensemble/graph/generated"
	"ensemble/graph/model"
	"ensemble/graph/relay"
)

func (r *queryResolver) Territories(ctx context.Context, filter *model.TerritoryFilter, first *int, after *string, last *int, before *string) (*relay.Connection[*ent.Territory], error) {
	return r.territoriesIn(filter, args(first, after, last, before))
}

func (r *queryResolver) Territory(ctx context.Context, code string, kind *territory.Kind) (*ent.Territory, error) {
	return orNil(r.Consultation.TerritoryByCode(ctx, code, kind))
}

func (r *territoryResolver) Parent(ctx context.Context, obj *ent.Territory) (*ent.Territory, error) {
	return batch.One(ctx, obj, "parent", func(t *ent.Territory) string { return value(t.ParentID) }, r.nodes().Territories)
}

func (r *territoryResolver) Ancestors(ctx context.Context, obj *ent.Territory) ([]*ent.Territory, error) {
	above, err := batch.Load(ctx, obj, "ancestors", r.Consultation.Ancestors)
	rows := []*ent.Territory{}
	for _, id := range roadmap.AncestorIDs(obj) {
		rows = append(rows, above[id])
	}
	return rows, err
}

func (r *territoryResolver) Children(ctx context.Context, obj *ent.Territory, first *int, after *string, last *int, before *string) (*relay.Connection[*ent.Territory], error) {
	list := relay.Of(r.Consultation.Read.Territory.Query(), territoryOrder).
		Under(territory.FieldParentID, func(t *ent.Territory) string { return value(t.ParentID) })
	return relay.Nested(ctx, obj, list, args(first, after, last, before))
}

func (r *Resolver) Territory() generated.TerritoryResolver { return &territoryResolver{r} }

type territoryResolver struct{ *Resolver }

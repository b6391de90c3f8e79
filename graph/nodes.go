package graph

import (
	"context"

	"ensemble/consultation"
	"ensemble/consultation/change"
	"ensemble/consultation/public"
	"ensemble/ent"
	"ensemble/graph/batch"
	"ensemble/graph/relay"

	"entgo.io/ent/dialect/sql"
)

// nodes finds what everybody may see by ids, also of several kinds: it may be asked for ids that clients send. For one
// kind there is public.Finder.
type nodes struct{ *consultation.Service }

func (r *Resolver) nodes() nodes { return nodes{r.Consultation} }

// Actors finds people and organizations, by their ids. Ids of other kinds are left out.
func (n nodes) Actors(ctx context.Context, ids []string) (map[string]relay.Actor, error) {
	kinds := change.ByKind{}
	kinds.Add(ids...)

	actors := make(map[string]relay.Actor, len(ids))
	if err := collect(ctx, actors, kinds["user"], public.Finder[*ent.User](n, "user")); err != nil {
		return nil, err
	}

	return actors, collect(ctx, actors, kinds["organization"], public.Finder[*ent.Organization](n, "organization"))
}

// collect reads rows with find and adds them to found, under their ids. It does not call find when there are no ids.
func collect[T batch.Row, V any](ctx context.Context, found map[string]V, ids []string,
	find func(context.Context, []string) ([]T, error),
) error {
	if len(ids) == 0 {
		return nil
	}

	rows, err := find(ctx, ids)
	for _, row := range batch.Together(rows) {
		found[row.NodeID()] = any(row).(V)
	}

	return err
}

// withIDs returns a function that finds rows of a query by their ids, in no order. It is for references from a row that
// may be seen to the row that it belongs to: nobody asks again whether everybody may see that one.
func withIDs[Q change.QueryOf[Q, T, P, O], T any, P, O ~func(*sql.Selector)](
	query func() Q,
) func(ctx context.Context, ids []string) ([]T, error) {
	return func(ctx context.Context, ids []string) ([]T, error) {
		return query().Where(P(sql.FieldIn("id", ids...))).All(ctx)
	}
}

// byIDs finds nodes of any kinds by their ids, with one query for each kind. What not everybody may see is left out.
func (n nodes) byIDs(ctx context.Context, ids []string) (map[string]relay.Node, error) {
	kinds := change.ByKind{}
	kinds.Add(ids...)

	found := make(map[string]relay.Node, len(ids))
	for kind, some := range kinds {
		rows, err := n.PublicNodes(ctx, kind, some)
		if err != nil {
			return nil, err
		}

		kin := make([]batch.Kin, len(rows))
		for i, row := range rows {
			kin[i], found[row.NodeID()] = row.(batch.Kin), row
		}
		batch.TogetherOfOneKind(kin)
	}

	return found, nil
}

// maxNodes bounds the ids of nodes(ids:), like a page.
const maxNodes = 50

// orNil passes on the result of reading one row. A row that does not exist becomes nil without an error, the answer
// null. A row that does is prepared for package batch.
func orNil[T batch.Row](row T, err error) (T, error) {
	if err != nil {
		var none T
		if ent.IsNotFound(err) {
			err = nil
		}
		return none, err
	}
	return batch.Together([]T{row})[0], nil
}

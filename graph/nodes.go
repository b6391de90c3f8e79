package graph

import (
	"context"

	"ensemble/consultation"
	"ensemble/consultation/change"
	"ensemble/ent"
	"ensemble/ent/amendment"
	"ensemble/ent/axis"
	"ensemble/ent/comment"
	"ensemble/ent/commitment"
	"ensemble/ent/process"
	"ensemble/ent/version"
	"ensemble/graph/batch"
	"ensemble/graph/relay"
)

// nodes finds rows by their ids. Its exported methods find only what everybody may see, so they may be asked for ids
// that clients send. Those whose name begins with any find every row: they follow references from a row that may be
// seen to the rows that it belongs to.
type nodes struct{ *consultation.Service }

func (r *Resolver) nodes() nodes { return nodes{r.Consultation} }

// publicOf finds the nodes of a kind that everybody may see, in no order. Others are left out.
func publicOf[T batch.Row](ctx context.Context, n nodes, kind string, ids []string) ([]T, error) {
	found, err := n.PublicNodes(ctx, kind, ids)

	rows := make([]T, len(found))
	for i, row := range found {
		rows[i] = row.(T)
	}
	return rows, err
}

func (n nodes) Amendments(ctx context.Context, ids []string) ([]*ent.Amendment, error) {
	return publicOf[*ent.Amendment](ctx, n, "amendment", ids)
}

func (n nodes) Comments(ctx context.Context, ids []string) ([]*ent.Comment, error) {
	return publicOf[*ent.Comment](ctx, n, "comment", ids)
}

func (n nodes) Commitments(ctx context.Context, ids []string) ([]*ent.Commitment, error) {
	return publicOf[*ent.Commitment](ctx, n, "commitment", ids)
}

func (n nodes) Moderations(ctx context.Context, ids []string) ([]*ent.Moderation, error) {
	return publicOf[*ent.Moderation](ctx, n, "moderation", ids)
}

func (n nodes) Organizations(ctx context.Context, ids []string) ([]*ent.Organization, error) {
	return publicOf[*ent.Organization](ctx, n, "organization", ids)
}

func (n nodes) Phases(ctx context.Context, ids []string) ([]*ent.Phase, error) {
	return publicOf[*ent.Phase](ctx, n, "phase", ids)
}

func (n nodes) Processes(ctx context.Context, ids []string) ([]*ent.Process, error) {
	return publicOf[*ent.Process](ctx, n, "process", ids)
}

func (n nodes) Territories(ctx context.Context, ids []string) ([]*ent.Territory, error) {
	return publicOf[*ent.Territory](ctx, n, "territory", ids)
}

func (n nodes) Users(ctx context.Context, ids []string) ([]*ent.User, error) {
	return publicOf[*ent.User](ctx, n, "user", ids)
}

func (n nodes) Versions(ctx context.Context, ids []string) ([]*ent.Version, error) {
	return publicOf[*ent.Version](ctx, n, "version", ids)
}

// Actors finds people and organizations, by their ids. Ids of other kinds are left out.
func (n nodes) Actors(ctx context.Context, ids []string) (map[string]relay.Actor, error) {
	people, organizations := byKind(ids, "user"), byKind(ids, "organization")

	actors := make(map[string]relay.Actor, len(ids))
	if err := collect(ctx, actors, people, n.Users); err != nil {
		return nil, err
	}

	return actors, collect(ctx, actors, organizations, n.Organizations)
}

// byKind returns those of the ids that are of a kind.
func byKind(ids []string, kind string) []string {
	var some []string
	for _, id := range ids {
		if k, ok := change.KindOf(id); ok && k == kind {
			some = append(some, id)
		}
	}
	return some
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

func (n nodes) anyAmendments(ctx context.Context, ids []string) ([]*ent.Amendment, error) {
	return n.Read.Amendment.Query().Where(amendment.IDIn(ids...)).All(ctx)
}

func (n nodes) anyAxes(ctx context.Context, ids []string) ([]*ent.Axis, error) {
	return n.Read.Axis.Query().Where(axis.IDIn(ids...)).All(ctx)
}

func (n nodes) anyComments(ctx context.Context, ids []string) ([]*ent.Comment, error) {
	return n.Read.Comment.Query().Where(comment.IDIn(ids...)).All(ctx)
}

func (n nodes) anyCommitments(ctx context.Context, ids []string) ([]*ent.Commitment, error) {
	return n.AllCommitments().Where(commitment.IDIn(ids...)).All(ctx)
}

func (n nodes) anyProcesses(ctx context.Context, ids []string) ([]*ent.Process, error) {
	return n.AllProcesses().Where(process.IDIn(ids...)).All(ctx)
}

func (n nodes) anyVersions(ctx context.Context, ids []string) ([]*ent.Version, error) {
	return n.Read.Version.Query().Where(version.IDIn(ids...)).All(ctx)
}

// byIDs finds nodes of any kinds by their ids, with one query for each kind. What not everybody may see is left out.
func (n nodes) byIDs(ctx context.Context, ids []string) (map[string]relay.Node, error) {
	kinds := map[string][]string{}
	for _, id := range ids {
		if kind, ok := change.KindOf(id); ok {
			kinds[kind] = append(kinds[kind], id)
		}
	}

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

package graph

import (
	"context"

	"ensemble/consultation"
	"ensemble/ent"
	"ensemble/ent/amendment"
	"ensemble/ent/axis"
	"ensemble/ent/comment"
	"ensemble/ent/commitment"
	"ensemble/ent/moderation"
	"ensemble/ent/organization"
	"ensemble/ent/phase"
	"ensemble/ent/process"
	"ensemble/ent/support"
	"ensemble/ent/territory"
	"ensemble/ent/user"
	"ensemble/ent/version"
	"ensemble/graph/batch"
	"ensemble/graph/relay"
)

// nodes finds rows by their ids. The exported ones find what everybody may see: they answer ids that strangers
// name. The others follow references from a row that may be seen to what it belongs to.
type nodes struct{ *consultation.Service }

func (r *Resolver) nodes() nodes { return nodes{r.Consultation} }

func (n nodes) Amendments(ctx context.Context, ids []string) ([]*ent.Amendment, error) {
	return n.PublicAmendments().Where(amendment.IDIn(ids...)).All(ctx)
}

func (n nodes) Comments(ctx context.Context, ids []string) ([]*ent.Comment, error) {
	return n.PublicComments().Where(comment.IDIn(ids...)).All(ctx)
}

func (n nodes) Commitments(ctx context.Context, ids []string) ([]*ent.Commitment, error) {
	return n.PublicCommitments().Where(commitment.IDIn(ids...)).All(ctx)
}

func (n nodes) Moderations(ctx context.Context, ids []string) ([]*ent.Moderation, error) {
	return n.LoggedModerations().Where(moderation.IDIn(ids...)).All(ctx)
}

func (n nodes) Processes(ctx context.Context, ids []string) ([]*ent.Process, error) {
	return n.PublicProcesses().Where(process.IDIn(ids...)).All(ctx)
}

func (n nodes) Phases(ctx context.Context, ids []string) ([]*ent.Phase, error) {
	return n.Read.Phase.Query().Where(phase.IDIn(ids...), phase.HasProcessWith(process.PublishedAtNotNil())).All(ctx)
}

func (n nodes) Axes(ctx context.Context, ids []string) ([]*ent.Axis, error) {
	return n.Read.Axis.Query().Where(axis.IDIn(ids...), axis.HasProcessWith(process.PublishedAtNotNil())).All(ctx)
}

func (n nodes) Versions(ctx context.Context, ids []string) ([]*ent.Version, error) {
	return n.Read.Version.Query().Where(version.IDIn(ids...),
		version.HasCommitmentWith(commitment.StatusNEQ(commitment.StatusDRAFT))).All(ctx)
}

func (n nodes) Supports(ctx context.Context, ids []string) ([]*ent.Support, error) {
	return n.Read.Support.Query().Where(support.IDIn(ids...)).All(ctx)
}

func (n nodes) Territories(ctx context.Context, ids []string) ([]*ent.Territory, error) {
	return n.Read.Territory.Query().Where(territory.IDIn(ids...)).All(ctx)
}

func (n nodes) Organizations(ctx context.Context, ids []string) ([]*ent.Organization, error) {
	return n.Read.Organization.Query().Where(organization.IDIn(ids...)).All(ctx)
}

func (n nodes) Users(ctx context.Context, ids []string) ([]*ent.User, error) {
	return n.People().Where(user.IDIn(ids...)).All(ctx)
}

// Actors finds people and organizations by ids of both kinds.
func (n nodes) Actors(ctx context.Context, ids []string) (map[string]relay.Actor, error) {
	people, organizations := byKind(ids, "user"), byKind(ids, "organization")
	actors := make(map[string]relay.Actor, len(ids))
	if err := collect(ctx, actors, people, n.Users); err != nil {
		return nil, err
	}
	return actors, collect(ctx, actors, organizations, n.Organizations)
}

func byKind(ids []string, kind string) []string {
	var some []string
	for _, id := range ids {
		if k, ok := consultation.KindOf(id); ok && k == kind {
			some = append(some, id)
		}
	}
	return some
}

// collect finds rows and puts them into found under their ids.
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

// finders answer node(id:) by the kind that the id names.
var finders = map[string]func(n nodes, ctx context.Context, ids []string, found map[string]relay.Node) error{
	"amendment":    finder(nodes.Amendments),
	"axis":         finder(nodes.Axes),
	"comment":      finder(nodes.Comments),
	"commitment":   finder(nodes.Commitments),
	"moderation":   finder(nodes.Moderations),
	"organization": finder(nodes.Organizations),
	"phase":        finder(nodes.Phases),
	"process":      finder(nodes.Processes),
	"support":      finder(nodes.Supports),
	"territory":    finder(nodes.Territories),
	"user":         finder(nodes.Users),
	"version":      finder(nodes.Versions),
}

func finder[T batch.Row](find func(nodes, context.Context, []string) ([]T, error)) func(nodes, context.Context, []string, map[string]relay.Node) error {
	return func(n nodes, ctx context.Context, ids []string, found map[string]relay.Node) error {
		return collect(ctx, found, ids, func(ctx context.Context, ids []string) ([]T, error) { return find(n, ctx, ids) })
	}
}

// byIDs finds nodes of any kinds, one query per kind; ids that name nothing public are left out.
func (n nodes) byIDs(ctx context.Context, ids []string) (map[string]relay.Node, error) {
	found := make(map[string]relay.Node, len(ids))
	for kind, find := range finders {
		if err := find(n, ctx, byKind(ids, kind), found); err != nil {
			return nil, err
		}
	}
	return found, nil
}

// maxNodes bounds nodes(ids:), like a page.
const maxNodes = 50

// orNil makes "no such row" an answer of null. A row that is found can share what its fields load: see package batch.
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

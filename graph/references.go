package graph

import (
	"context"

	"ensemble/consultation"
	"ensemble/ent"
	"ensemble/ent/phase"
	"ensemble/graph/batch"
	"ensemble/graph/relay"
)

// References that several resolvers follow. Each is read once for all rows that were loaded together.

func (r *Resolver) processOf(ctx context.Context, c *ent.Commitment) (*ent.Process, error) {
	return batch.One(ctx, c, "process", func(c *ent.Commitment) string { return c.ProcessID }, r.nodes().anyProcesses)
}

func (r *Resolver) currentVersion(ctx context.Context, c *ent.Commitment) (*ent.Version, error) {
	return batch.One(ctx, c, "version", func(c *ent.Commitment) string { return c.VersionID }, r.nodes().anyVersions)
}

func (r *Resolver) commitmentOfVersion(ctx context.Context, v *ent.Version) (*ent.Commitment, error) {
	return batch.One(ctx, v, "commitment", func(v *ent.Version) string { return v.CommitmentID }, r.nodes().anyCommitments)
}

func (r *Resolver) commitmentOfAmendment(ctx context.Context, a *ent.Amendment) (*ent.Commitment, error) {
	return batch.One(ctx, a, "commitment", func(a *ent.Amendment) string { return a.CommitmentID }, r.nodes().anyCommitments)
}

func (r *Resolver) baseOf(ctx context.Context, a *ent.Amendment) (*ent.Version, error) {
	return batch.One(ctx, a, "base", func(a *ent.Amendment) string { return a.BaseID }, r.nodes().anyVersions)
}

// actorOf follows the reference to a person, or to the organization in whose name they acted.
func actorOf[T batch.Row](ctx context.Context, n nodes, row T, reference string, id func(T) string) (relay.Actor, error) {
	actors, err := batch.Load(ctx, row, reference, func(ctx context.Context, rows []T) (map[string]relay.Actor, error) {
		return n.Actors(ctx, batch.IDs(rows, id))
	})
	return actors[id(row)], err
}

// stillThere leaves out an account that was erased.
func stillThere(actor relay.Actor, err error) (relay.Actor, error) {
	if u, ok := actor.(*ent.User); ok && u.ErasedAt != nil {
		return nil, err
	}
	return actor, err
}

func value(id *string) string {
	if id == nil {
		return ""
	}
	return *id
}

// phasesOf are the phases of a process, in order.
func (r *Resolver) phasesOf(ctx context.Context, p *ent.Process) ([]*ent.Phase, error) {
	byProcess, err := batch.Load(ctx, p, "phases", func(ctx context.Context, rows []*ent.Process) (map[string][]*ent.Phase, error) {
		phases, err := r.Consultation.Read.Phase.Query().Where(phase.ProcessIDIn(ids(rows)...)).
			Order(phase.ByPosition()).All(ctx)
		groups := groupBy(phases, func(f *ent.Phase) string { return f.ProcessID })
		batch.Know(phases, "process", rows)
		return groups, err
	})
	return byProcess[p.ID], err
}

func ids[T batch.Row](rows []T) []string {
	return batch.IDs(rows, func(row T) string { return row.NodeID() })
}

// groupBy splits rows that were read together by a key, in order.
func groupBy[T batch.Row](rows []T, key func(T) string) map[string][]T {
	groups := make(map[string][]T)
	for _, row := range batch.Together(rows) {
		groups[key(row)] = append(groups[key(row)], row)
	}
	return groups
}

// openings are what the process of a commitment allows now.
func (r *Resolver) openings(ctx context.Context, c *ent.Commitment) (consultation.Openings, error) {
	p, err := r.processOf(ctx, c)
	if err != nil {
		return consultation.Openings{}, err
	}
	return r.openingsOf(ctx, p)
}

func (r *Resolver) openingsOf(ctx context.Context, p *ent.Process) (consultation.Openings, error) {
	phases, err := r.phasesOf(ctx, p)
	return consultation.OpeningsAt(phases, r.Consultation.Now()), err
}

// place is what decides about a comment, besides the comment: amendment is nil on a commitment's own thread.
type place struct {
	commitment *ent.Commitment
	amendment  *ent.Amendment
	openings   consultation.Openings
}

func (r *Resolver) placeOf(ctx context.Context, m *ent.Comment) (place, error) {
	subject, err := r.subjectOf(ctx, m)
	if err != nil {
		return place{}, err
	}
	at := place{}
	switch s := subject.(type) {
	case *ent.Commitment:
		at.commitment = s
	case *ent.Amendment:
		at.amendment = s
		if at.commitment, err = r.commitmentOfAmendment(ctx, s); err != nil {
			return place{}, err
		}
	}
	at.openings, err = r.openings(ctx, at.commitment)
	return at, err
}

// subjectOf is what a comment is about.
func (r *Resolver) subjectOf(ctx context.Context, m *ent.Comment) (relay.CommentSubject, error) {
	n := r.nodes()
	subjects, err := batch.Load(ctx, m, "subject", func(ctx context.Context, rows []*ent.Comment) (map[string]relay.CommentSubject, error) {
		all := batch.IDs(rows, func(m *ent.Comment) string { return m.SubjectID })
		found := make(map[string]relay.CommentSubject, len(all))
		if err := collect(ctx, found, byKind(all, "commitment"), n.anyCommitments); err != nil {
			return nil, err
		}
		return found, collect(ctx, found, byKind(all, "amendment"), n.anyAmendments)
	})
	return subjects[m.SubjectID], err
}

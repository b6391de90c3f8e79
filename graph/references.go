package graph

import (
	"context"

	"ensemble/consultation/change"
	"ensemble/consultation/processes"
	"ensemble/ent"
	"ensemble/ent/phase"
	"ensemble/ent/predicate"
	"ensemble/ent/version"
	"ensemble/graph/batch"
	"ensemble/graph/relay"
)

// References that several resolvers follow, each read once for all rows that were loaded together: see package batch.
// What a row refers to exists, so these functions return no nil without an error, unless they say so.

// processOf returns the process of a commitment.
func (r *Resolver) processOf(ctx context.Context, c *ent.Commitment) (*ent.Process, error) {
	return batch.One(ctx, c, "process", func(c *ent.Commitment) string { return c.ProcessID },
		withIDs(r.Consultation.AllProcesses))
}

// currentVersion returns the current version of a commitment.
func (r *Resolver) currentVersion(ctx context.Context, c *ent.Commitment) (*ent.Version, error) {
	current := func(c *ent.Commitment) string { return c.VersionID }
	versions, err := batch.Load(ctx, c, "version",
		func(ctx context.Context, rows []*ent.Commitment) (map[string]*ent.Version, error) {
			return r.oneVersionEach(ctx, rows, version.IDIn(batch.IDs(rows, current)...))
		})
	return versions[c.ID], err
}

// oneVersionEach finds the version of each commitment that meets the conditions, by the commitment's id. Fields of the
// versions need not read the commitments again.
func (r *Resolver) oneVersionEach(
	ctx context.Context, rows []*ent.Commitment, which ...predicate.Version,
) (map[string]*ent.Version, error) {
	found, err := r.Consultation.Read.Version.Query().Where(which...).All(ctx)
	byCommitment := keyBy(found, func(v *ent.Version) string { return v.CommitmentID })
	batch.Know(found, "commitment", rows)
	return byCommitment, err
}

// commitmentOfVersion returns the commitment whose text a version is.
func (r *Resolver) commitmentOfVersion(ctx context.Context, v *ent.Version) (*ent.Commitment, error) {
	return batch.One(ctx, v, "commitment", func(v *ent.Version) string { return v.CommitmentID },
		withIDs(r.Consultation.AllCommitments))
}

// commitmentOfAmendment returns the commitment that an amendment wants to change.
func (r *Resolver) commitmentOfAmendment(ctx context.Context, a *ent.Amendment) (*ent.Commitment, error) {
	return batch.One(ctx, a, "commitment", func(a *ent.Amendment) string { return a.CommitmentID },
		withIDs(r.Consultation.AllCommitments))
}

// baseOf returns the version that an amendment was written on.
func (r *Resolver) baseOf(ctx context.Context, a *ent.Amendment) (*ent.Version, error) {
	return batch.One(ctx, a, "base", func(a *ent.Amendment) string { return a.BaseID },
		withIDs(r.Consultation.Read.Version.Query))
}

// actorOf follows the reference to a person, or to the organization in whose name they acted. It returns nil when id
// returns "" for row.
func actorOf[T batch.Row](
	ctx context.Context, n nodes, row T, reference string, id func(T) string,
) (relay.Actor, error) {
	actors, err := batch.Load(ctx, row, reference, func(ctx context.Context, rows []T) (map[string]relay.Actor, error) {
		return n.Actors(ctx, batch.IDs(rows, id))
	})
	return actors[id(row)], err
}

// stillThere passes on an actor; nil instead of an account that was erased.
func stillThere(actor relay.Actor, err error) (relay.Actor, error) {
	if u, ok := actor.(*ent.User); ok && u.ErasedAt != nil {
		return nil, err
	}
	return actor, err
}

// value returns what id points to; "" for nil.
func value(id *string) string {
	if id == nil {
		return ""
	}
	return *id
}

// phasesOf returns the phases of a process, in order.
func (r *Resolver) phasesOf(ctx context.Context, p *ent.Process) ([]*ent.Phase, error) {
	byProcess, err := batch.Load(ctx, p, "phases",
		func(ctx context.Context, rows []*ent.Process) (map[string][]*ent.Phase, error) {
			phases, err := r.Consultation.Read.Phase.Query().Where(phase.ProcessIDIn(ids(rows)...)).
				Order(phase.ByPosition()).All(ctx)

			groups := groupBy(phases, func(f *ent.Phase) string { return f.ProcessID })
			batch.Know(phases, "process", rows)
			return groups, err
		})
	return byProcess[p.ID], err
}

// ids returns the ids of rows.
func ids[T batch.Row](rows []T) []string {
	return batch.IDs(rows, func(row T) string { return row.NodeID() })
}

// groupBy groups rows that one query read by a key; each group is in the order of the rows. It marks all of them as
// loaded together.
func groupBy[T batch.Row](rows []T, key func(T) string) map[string][]T {
	groups := make(map[string][]T)
	for _, row := range batch.Together(rows) {
		groups[key(row)] = append(groups[key(row)], row)
	}
	return groups
}

// keyBy returns rows by their key, which no two of them share, and lets them answer together.
func keyBy[T batch.Row](rows []T, key func(T) string) map[string]T {
	keyed := make(map[string]T, len(rows))
	for _, row := range batch.Together(rows) {
		keyed[key(row)] = row
	}
	return keyed
}

// openings returns what the process of a commitment allows now.
func (r *Resolver) openings(ctx context.Context, c *ent.Commitment) (processes.Openings, error) {
	p, err := r.processOf(ctx, c)
	if err != nil {
		return processes.Openings{}, err
	}
	return r.openingsOf(ctx, p)
}

// openingsOf returns what a process allows now.
func (r *Resolver) openingsOf(ctx context.Context, p *ent.Process) (processes.Openings, error) {
	phases, err := r.phasesOf(ctx, p)
	return processes.OpeningsAt(phases, r.Consultation.Now()), err
}

// place is where a comment stands: what decides, besides the comment itself, what may be done to it.
type place struct {
	commitment *ent.Commitment
	amendment  *ent.Amendment // nil for a comment on the commitment
	openings   processes.Openings
}

// placeOf returns where a comment stands.
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

// subjectOf returns the commitment or amendment that a comment is about. The reference is named after the kind of the
// subject, so that commentsOn can answer it for the comments that it lists.
func (r *Resolver) subjectOf(ctx context.Context, m *ent.Comment) (relay.CommentSubject, error) {
	if on, _ := change.KindOf(m.SubjectID); on == "amendment" {
		return batch.One(ctx, m, "amendment", subjectOfKind("amendment"), withIDs(r.Consultation.Read.Amendment.Query))
	}
	return batch.One(ctx, m, "commitment", subjectOfKind("commitment"), withIDs(r.Consultation.AllCommitments))
}

// subjectOfKind returns a function for the id of a comment's subject; it returns "" for subjects of another kind.
func subjectOfKind(kind string) func(*ent.Comment) string {
	return func(m *ent.Comment) string {
		if k, _ := change.KindOf(m.SubjectID); k != kind {
			return ""
		}
		return m.SubjectID
	}
}

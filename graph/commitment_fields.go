package graph

import (
	"context"
	"errors"

	"ensemble/auth"
	"ensemble/consultation/processes"
	"ensemble/consultation/public"
	"ensemble/ent"
	"ensemble/ent/amendment"
	"ensemble/ent/commitment"
	"ensemble/ent/predicate"
	"ensemble/ent/territory"
	"ensemble/ent/version"
	"ensemble/graph/batch"
	"ensemble/graph/model"
	"ensemble/graph/relay"
)

// commitmentsOf returns the list of a process's public commitments. Errors: BAD_USER_INPUT for bad arguments.
func (r *Resolver) commitmentsOf(
	ctx context.Context, p *ent.Process, filter *model.CommitmentFilter, order model.CommitmentOrder, a relay.Args,
) (*relay.CommitmentConnection, error) {
	f := model.CommitmentFilter{}
	if filter != nil {
		f = *filter
	}

	err := errors.Join(
		searchable("filter.text", f.Text), fewChoices("filter.axes", f.Axes),
		fewChoices("filter.territories", f.Territories), fewChoices("filter.statuses", f.Statuses),
	)
	if err != nil {
		return nil, err
	}

	q := r.Consultation.PublicCommitments().Where(matching(f)...)
	list := inTimeWith(r, f.Text, inProcess(q, commitmentOrder(order)).By(f))
	page, err := relay.Nested(ctx, p, list, a)
	if err == nil && filter == nil { // the whole list: the process has its length
		page = page.Total(p.CommitmentCount)
	}

	return page, err
}

// inProcess returns the list of the rows of q under their processes.
func inProcess(q *ent.CommitmentQuery, order relay.Order[*ent.Commitment]) relay.List[*ent.Commitment] {
	return relay.Of(q, order).
		Under(commitment.FieldProcessID, func(c *ent.Commitment) string { return c.ProcessID }).Knowing("process")
}

// matching returns the conditions of a filter.
func matching(f model.CommitmentFilter) []predicate.Commitment {
	conditions := []predicate.Commitment{public.Containing(commitment.FieldSearchText, f.Text)}
	if f.Axes != nil {
		conditions = append(conditions, commitment.AxisIDIn(f.Axes...))
	}

	if f.Statuses != nil {
		conditions = append(conditions, commitment.StatusIn(f.Statuses...))
	}

	if f.Territories != nil {
		conditions = append(conditions, commitment.HasTerritoriesWith(public.Within(f.Territories...)))
	}

	return conditions
}

// territoriesOf returns the territories of a commitment, in the order of their codes.
func (r *Resolver) territoriesOf(ctx context.Context, c *ent.Commitment) ([]*ent.Territory, error) {
	named, err := batch.Load(ctx, c, "territories",
		func(ctx context.Context, rows []*ent.Commitment) (map[string][]*ent.Territory, error) {
			found, err := r.Consultation.Read.Commitment.Query().Where(commitment.IDIn(ids(rows)...)).
				Select(commitment.FieldID).
				WithTerritories(func(q *ent.TerritoryQuery) { q.Order(territory.ByCode(), territory.ByID()) }).All(ctx)

			byCommitment := make(map[string][]*ent.Territory, len(found))
			var all []*ent.Territory
			for _, c := range found {
				byCommitment[c.ID] = c.Edges.Territories
				all = append(all, c.Edges.Territories...)
			}

			batch.Together(all) // those of all commitments, so that their fields are read together, too
			return byCommitment, err
		})

	return named[c.ID], err
}

// supportsOf returns the viewer's own support of a commitment and those of the organizations that they sign for.
func (r *Resolver) supportsOf(ctx context.Context, c *ent.Commitment) ([]*ent.Support, error) {
	given, err := batch.Load(ctx, c, "viewerSupports",
		func(ctx context.Context, rows []*ent.Commitment) (map[string][]*ent.Support, error) {
			found, err := r.Consultation.SupportsOf(ctx, viewer(ctx), ids(rows))
			return groupBy(found, func(s *ent.Support) string { return s.CommitmentID }), err
		})
	return given[c.ID], err
}

// mayAt reports whether the viewer may do something to a commitment, under what its process allows now.
func (r *Resolver) mayAt(
	ctx context.Context, c *ent.Commitment, may func(auth.Viewer, *ent.Commitment, processes.Openings) error,
) (bool, error) {
	v := viewer(ctx)
	if !v.SignedIn() {
		return false, nil
	}

	o, err := r.openings(ctx, c)
	if err != nil {
		return false, err
	}

	return may(v, c, o) == nil, nil
}

// versionOf returns the version of a commitment with a number; nil when there is none.
func (r *Resolver) versionOf(ctx context.Context, c *ent.Commitment, number int) (*ent.Version, error) {
	found, err := batch.Load(ctx, c, batch.Arguments(ctx),
		func(ctx context.Context, rows []*ent.Commitment) (map[string]*ent.Version, error) {
			return r.oneVersionEach(ctx, rows, version.CommitmentIDIn(ids(rows)...), version.Number(number))
		})
	return found[c.ID], err
}

// draftOn returns the viewer's draft of an amendment of a commitment; nil when there is none.
func (r *Resolver) draftOn(ctx context.Context, c *ent.Commitment) (*ent.Amendment, error) {
	drafts, err := batch.Load(ctx, c, "viewerAmendmentDraft",
		func(ctx context.Context, rows []*ent.Commitment) (map[string]*ent.Amendment, error) {
			found, err := r.Consultation.AmendmentDrafts(viewer(ctx)).
				Where(amendment.CommitmentIDIn(ids(rows)...)).All(ctx)
			return keyBy(found, func(a *ent.Amendment) string { return a.CommitmentID }), err
		})

	return drafts[c.ID], err
}

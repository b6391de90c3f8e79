package graph

import (
	"context"
	"errors"
	"maps"
	"slices"

	"ensemble/auth"
	"ensemble/consultation/processes"
	"ensemble/consultation/public"
	"ensemble/consultation/roadmap"
	"ensemble/ent"
	"ensemble/ent/amendment"
	"ensemble/ent/axis"
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
	ctx context.Context, p *ent.Process, filter *model.CommitmentFilter, order *model.CommitmentOrder, a relay.Args,
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
		conditions = append(conditions, commitment.HasTerritoriesWith(public.WithinAny(f.Territories)))
	}

	return conditions
}

// facets holds the counts of one list and of the lists that are read with it: axes and territories by process, the
// others by process and key.
type facets struct {
	axes        map[string][]*ent.Axis
	byAxis      public.Counts
	byStatus    public.Counts
	territories map[string][]*model.TerritoryCount
}

// countsOf returns the facets of a page of commitments, each without its own condition of the filter: how many there
// would be on each axis is counted whichever axes are asked for. A list of drafts has no counts.
func (r *Resolver) countsOf(ctx context.Context, page *relay.CommitmentConnection) (*model.CommitmentCounts, error) {
	f, ok := relay.FilterOf[model.CommitmentFilter](page)
	if !ok {
		return &model.CommitmentCounts{}, nil // a list of drafts
	}

	all, err := batch.Load(ctx, page, batch.Arguments(ctx),
		func(ctx context.Context, pages []*relay.CommitmentConnection) (all facets, err error) {
			if f.Text == nil {
				return r.facetsOf(ctx, ids(pages), f)
			}
			err = r.inTime(ctx, func(ctx context.Context) error { all, err = r.facetsOf(ctx, ids(pages), f); return err })
			return all, err
		})
	if err != nil {
		return nil, err
	}

	counts := &model.CommitmentCounts{ByTerritory: all.territories[page.NodeID()]}
	for _, a := range all.axes[page.NodeID()] {
		counts.ByAxis = append(counts.ByAxis, &model.AxisCount{Axis: a, Count: all.byAxis.Of(page.NodeID(), a.ID)})
	}
	for _, s := range public.PublicStatuses() {
		counts.ByStatus = append(counts.ByStatus,
			&model.CommitmentStatusCount{Status: s, Count: all.byStatus.Of(page.NodeID(), string(s))})
	}

	return counts, nil
}

// facetsOf counts the facets of processes under a filter.
func (r *Resolver) facetsOf(ctx context.Context, processes []string, f model.CommitmentFilter) (all facets, err error) {
	axes, err := r.Consultation.Read.Axis.Query().Where(axis.ProcessIDIn(processes...)).
		Order(axis.ByPosition()).All(ctx)
	if err != nil {
		return all, err
	}

	all.axes = groupBy(axes, func(a *ent.Axis) string { return a.ProcessID })

	// Each facet is counted without its own condition.
	anyAxis, anyStatus, anywhere := f, f, f
	anyAxis.Axes, anyStatus.Statuses, anywhere.Territories = nil, nil, nil

	in := func(f model.CommitmentFilter) *ent.CommitmentQuery {
		return r.Consultation.PublicCommitments().Where(matching(f)...).Where(commitment.ProcessIDIn(processes...))
	}

	if all.byAxis, err = roadmap.CountCommitments(ctx, in(anyAxis), commitment.FieldAxisID); err != nil {
		return all, err
	}
	if all.byStatus, err = roadmap.CountCommitments(ctx, in(anyStatus), commitment.FieldStatus); err != nil {
		return all, err
	}

	all.territories, err = r.countTerritories(ctx, processes, in(anywhere))
	return all, err
}

// countTerritories counts the found commitments of each process by territory, in the order of the territories' codes.
// Territories that have none are left out.
func (r *Resolver) countTerritories(
	ctx context.Context, processes []string, found *ent.CommitmentQuery,
) (map[string][]*model.TerritoryCount, error) {
	count, err := roadmap.CountTerritories(ctx, found)
	if err != nil {
		return nil, err
	}

	territoryOf := func(key [2]string) string { return key[1] } // after the process
	keys := batch.IDs(slices.Collect(maps.Keys(count)), territoryOf)
	places, err := r.Consultation.Read.Territory.Query().Where(territory.IDIn(keys...)).
		Order(territory.ByCode(), territory.ByID()).All(ctx)
	if err != nil {
		return nil, err
	}

	counts := make(map[string][]*model.TerritoryCount, len(processes))
	for _, t := range batch.Together(places) {
		for _, process := range processes {
			if n := count.Of(process, t.ID); n > 0 {
				counts[process] = append(counts[process], &model.TerritoryCount{Territory: t, Count: n})
			}
		}
	}

	return counts, nil
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

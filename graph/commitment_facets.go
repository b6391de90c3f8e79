package graph

import (
	"context"
	"maps"
	"slices"

	"ensemble/consultation/public"
	"ensemble/consultation/roadmap"
	"ensemble/ent"
	"ensemble/ent/axis"
	"ensemble/ent/commitment"
	"ensemble/ent/territory"
	"ensemble/graph/batch"
	"ensemble/graph/model"
	"ensemble/graph/relay"
)

// facetOf returns a facet of a page of commitments. It is counted when it is asked for, once for all pages that are
// read together: count gets their processes, and the filter, whose own condition on the facet it takes out. How many
// there would be on each axis is counted whichever axes are asked for. A list of drafts has no facets.
func facetOf[V any](
	ctx context.Context, r *Resolver, page *relay.CommitmentConnection, name string,
	count func(ctx context.Context, processes []string, f model.CommitmentFilter) (map[string][]V, error),
) ([]V, error) {
	f, ok := relay.FilterOf[model.CommitmentFilter](page)
	if !ok {
		return nil, nil // a list of drafts
	}

	counted, err := batch.Load(ctx, page, name,
		func(ctx context.Context, pages []*relay.CommitmentConnection) (counted map[string][]V, err error) {
			if f.Text == nil {
				return count(ctx, ids(pages), f)
			}
			err = r.inTime(ctx, func(ctx context.Context) error { counted, err = count(ctx, ids(pages), f); return err })
			return counted, err
		})
	return counted[page.NodeID()], err
}

// commitmentsIn returns the query for the public commitments of processes that a filter lets through.
func (r *Resolver) commitmentsIn(processes []string, f model.CommitmentFilter) *ent.CommitmentQuery {
	return r.Consultation.PublicCommitments().Where(matching(f)...).Where(commitment.ProcessIDIn(processes...))
}

// countByAxis counts the commitments of a list on each axis of its process, in the order of the axes.
func (r *Resolver) countByAxis(ctx context.Context, page *relay.CommitmentConnection) ([]*model.AxisCount, error) {
	return facetOf(ctx, r, page, "byAxis",
		func(ctx context.Context, processes []string, f model.CommitmentFilter) (map[string][]*model.AxisCount, error) {
			axes, err := r.Consultation.Read.Axis.Query().Where(axis.ProcessIDIn(processes...)).
				Order(axis.ByPosition()).All(ctx)
			if err != nil {
				return nil, err
			}

			f.Axes = nil
			count, err := roadmap.CountCommitments(ctx, r.commitmentsIn(processes, f), commitment.FieldAxisID)

			counts := make(map[string][]*model.AxisCount, len(processes))
			for _, a := range batch.Together(axes) {
				counts[a.ProcessID] = append(counts[a.ProcessID],
					&model.AxisCount{Axis: a, Count: count.Of(a.ProcessID, a.ID)})
			}
			return counts, err
		})
}

// countByStatus counts the commitments of a list with each public status.
func (r *Resolver) countByStatus(
	ctx context.Context, page *relay.CommitmentConnection,
) ([]*model.CommitmentStatusCount, error) {
	type counts = map[string][]*model.CommitmentStatusCount

	return facetOf(ctx, r, page, "byStatus",
		func(ctx context.Context, processes []string, f model.CommitmentFilter) (counts, error) {
			f.Statuses = nil
			count, err := roadmap.CountCommitments(ctx, r.commitmentsIn(processes, f), commitment.FieldStatus)

			all := make(counts, len(processes))
			for _, process := range processes {
				for _, s := range public.PublicStatuses() {
					all[process] = append(all[process],
						&model.CommitmentStatusCount{Status: s, Count: count.Of(process, string(s))})
				}
			}
			return all, err
		})
}

// countByTerritory counts the commitments of a list by territory, in the order of the territories' codes. Territories
// that have none are left out.
func (r *Resolver) countByTerritory(
	ctx context.Context, page *relay.CommitmentConnection,
) ([]*model.TerritoryCount, error) {
	type counts = map[string][]*model.TerritoryCount

	return facetOf(ctx, r, page, "byTerritory",
		func(ctx context.Context, processes []string, f model.CommitmentFilter) (counts, error) {
			f.Territories = nil
			count, err := roadmap.CountTerritories(ctx, r.commitmentsIn(processes, f))
			if err != nil {
				return nil, err
			}

			territoryOf := func(key [2]string) string { return key[1] } // after the process
			keys := batch.IDs(slices.Collect(maps.Keys(count)), territoryOf)
			places, err := r.Consultation.Read.Territory.Query().Where(territory.IDIn(keys...)).
				Order(territory.ByCode(), territory.ByID()).All(ctx)

			all := make(counts, len(processes))
			for _, t := range batch.Together(places) {
				for _, process := range processes {
					if n := count.Of(process, t.ID); n > 0 {
						all[process] = append(all[process], &model.TerritoryCount{Territory: t, Count: n})
					}
				}
			}
			return all, err
		})
}

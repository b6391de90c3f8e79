package graph

import (
	"context"
	"slices"

	"ensemble/consultation/roadmap"
	"ensemble/ent"
	"ensemble/ent/version"
	"ensemble/graph/batch"
)

// diffOf compares a version with an earlier or later one of its commitment; nil when there is no such version.
func (r *Resolver) diffOf(ctx context.Context, v *ent.Version, since *int, asked *string) (*roadmap.TextDiff, error) {
	p, err := r.processOfVersion(ctx, v)
	if err != nil {
		return nil, err
	}

	number := v.Number - 1
	if since != nil {
		number = *since
	}

	other := &ent.Version{}
	if number != 0 || since != nil {
		if other, err = r.versionNumbered(ctx, v, number, since == nil); err != nil || other == nil {
			return nil, err
		}
	}

	lang := languageOf(ctx, v.Body, p, asked)
	return roadmap.NewTextDiff(lang, other.Title[lang], other.Body[lang], v.Title[lang], v.Body[lang]), nil
}

// versionNumbered finds the version of v's commitment with a number; each row's own when before is set: the one
// before it.
func (r *Resolver) versionNumbered(ctx context.Context, v *ent.Version, number int, before bool) (*ent.Version, error) {
	type place struct {
		commitment string
		number     int
	}

	found, err := batch.Load(ctx, v, batch.Arguments(ctx), func(ctx context.Context, rows []*ent.Version) (map[place]*ent.Version, error) {
		numbers := []int{number}
		if before {
			numbers = nil
			for _, row := range rows {
				numbers = append(numbers, row.Number-1)
			}
		}

		slices.Sort(numbers)
		versions, err := r.Consultation.Read.Version.Query().Where(version.NumberIn(slices.Compact(numbers)...),
			version.CommitmentIDIn(batch.IDs(rows, func(v *ent.Version) string { return v.CommitmentID })...)).All(ctx)

		byPlace := make(map[place]*ent.Version, len(versions))
		for _, other := range versions {
			byPlace[place{other.CommitmentID, other.Number}] = other
		}
		return byPlace, err
	})

	return found[place{v.CommitmentID, number}], err
}

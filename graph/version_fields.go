package graph

import (
	"context"
	"slices"

	"ensemble/consultation/roadmap"
	"ensemble/ent"
	"ensemble/ent/version"
	"ensemble/graph/batch"
)

// diffOf returns the difference between a version and the version numbered since, which may be a later one; nil since
// means the one before it, and 0 the empty text. It returns nil when there is no such version.
func (r *Resolver) diffOf(ctx context.Context, v *ent.Version, since *int, asked *string) (*roadmap.TextDiff, error) {
	p, err := r.processOfVersion(ctx, v)
	if err != nil {
		return nil, err
	}

	number := v.Number - 1
	if since != nil {
		number = *since
	}

	other := &ent.Version{} // before the first version there is nothing
	if number != 0 || since != nil {
		if other, err = r.versionNumbered(ctx, v, number, since == nil); err != nil || other == nil {
			return nil, err
		}
	}

	lang := languageOf(ctx, v.Body, p, asked)
	return roadmap.NewTextDiff(lang, other.Title[lang], other.Body[lang], v.Title[lang], v.Body[lang]), nil
}

// versionNumbered returns the version with a number of v's commitment; nil when there is none. before says that this is
// the version before v: then the rows that were loaded together with v are each answered with the one before them.
func (r *Resolver) versionNumbered(ctx context.Context, v *ent.Version, number int, before bool) (*ent.Version, error) {
	type place struct {
		commitment string
		number     int
	}

	found, err := batch.Load(ctx, v, batch.Arguments(ctx),
		func(ctx context.Context, rows []*ent.Version) (map[place]*ent.Version, error) {
			numbers := []int{number}
			if before {
				numbers = nil
				for _, row := range rows {
					numbers = append(numbers, row.Number-1)
				}
			}

			// All combinations of numbers and commitments are read, some more than needed.
			slices.Sort(numbers)
			versions, err := r.Consultation.Read.Version.Query().Where(version.NumberIn(slices.Compact(numbers)...),
				version.CommitmentIDIn(batch.IDs(rows, func(v *ent.Version) string { return v.CommitmentID })...)).
				All(ctx)

			byPlace := make(map[place]*ent.Version, len(versions))
			for _, other := range versions {
				byPlace[place{other.CommitmentID, other.Number}] = other
			}
			return byPlace, err
		})

	return found[place{v.CommitmentID, number}], err
}

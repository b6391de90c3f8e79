package graph

import (
	"context"

	"ensemble/consultation/roadmap"
	"ensemble/ent"
	"ensemble/ent/predicate"
	"ensemble/ent/support"
	"ensemble/graph/batch"
	"ensemble/graph/model"
	"ensemble/graph/relay"
)

// supportersOf returns the list of a commitment's supports. Errors: BAD_USER_INPUT for bad arguments.
func (r *Resolver) supportersOf(
	ctx context.Context, c *ent.Commitment, filter *model.SupportFilter, a relay.Args,
) (*relay.SupportConnection, error) {
	f := model.SupportFilter{}
	if filter != nil {
		f = *filter
	}

	q := r.Consultation.Read.Support.Query().Where(supportsMatching(f)...)
	list := relay.Of(q, supportOrder).
		Under(support.FieldCommitmentID, func(s *ent.Support) string { return s.CommitmentID }).
		Knowing("commitment").By(f)

	page, err := relay.Nested(ctx, c, list, a)
	if err == nil && filter == nil { // the whole list: the commitment has its length
		page = page.Total(c.SupportCount + c.EarlierSupportCount)
	}

	return page, err
}

// supportsMatching returns the conditions of a filter.
func supportsMatching(f model.SupportFilter) []predicate.Support {
	var conditions []predicate.Support

	switch {
	case f.By == nil:
	case *f.By == model.SupporterKindPerson:
		conditions = append(conditions, support.UserIDNotNil())
	default:
		conditions = append(conditions, support.OrganizationIDNotNil())
	}

	if f.IsOnCurrentText != nil {
		current := roadmap.OnCurrentText()
		if !*f.IsOnCurrentText {
			current = support.Not(current)
		}
		conditions = append(conditions, current)
	}

	return conditions
}

// countSupports counts the supports of a list: those of people and of organizations, those on the current text and on
// earlier ones. Unlike facets, these counts have all conditions of the list's filter.
func (r *Resolver) countSupports(ctx context.Context, page *relay.SupportConnection) (*model.SupportCounts, error) {
	f, _ := relay.FilterOf[model.SupportFilter](page)

	counts, err := batch.Load(ctx, page, batch.Arguments(ctx),
		func(ctx context.Context, pages []*relay.SupportConnection) (map[string]*model.SupportCounts, error) {
			parent := parentColumn(page.NodeID(), support.FieldCommitmentID, support.FieldOrganizationID)
			supports := r.Consultation.Read.Support.Query().Where(supportsMatching(f)...)
			tallies, err := roadmap.CountSupports(ctx, supports, parent, ids(pages))

			counts := make(map[string]*model.SupportCounts, len(pages))
			for _, p := range pages {
				counts[p.NodeID()] = &model.SupportCounts{}
			}

			for _, t := range tallies {
				addSupports(counts[t.Parent], t)
			}
			return counts, err
		})

	return counts[page.NodeID()], err
}

// addSupports adds a tally to counts.
func addSupports(c *model.SupportCounts, t roadmap.SupportTally) {
	if t.Person == 1 {
		c.People += t.Count
	} else {
		c.Organizations += t.Count
	}

	if t.Current == 1 {
		c.OnCurrentText += t.Count
	} else {
		c.OnEarlierTexts += t.Count
	}
}

// commitmentOfSupport returns the commitment that a support is for.
func (r *Resolver) commitmentOfSupport(ctx context.Context, s *ent.Support) (*ent.Commitment, error) {
	return batch.One(ctx, s, "commitment", func(s *ent.Support) string { return s.CommitmentID },
		withIDs(r.Consultation.AllCommitments))
}

package graph

import (
	"ensemble/consultation/public"
	"ensemble/ent/predicate"
	"ensemble/ent/territory"
	"ensemble/graph/model"
	"ensemble/graph/relay"
)

// territoriesIn returns the list of the territories that a filter lets through. Errors: BAD_USER_INPUT for bad
// arguments.
func (r *Resolver) territoriesIn(filter *model.TerritoryFilter, a relay.Args) (*relay.TerritoryConnection, error) {
	f := model.TerritoryFilter{}
	if filter != nil {
		f = *filter
	}
	if err := searchable("filter.text", f.Text); err != nil {
		return nil, err
	}

	q := r.Consultation.Read.Territory.Query().Where(territoriesMatching(f)...)
	return relay.Page(inTimeWith(r, f.Text, relay.Of(q, territoryOrder).By(f)), a)
}

// territoriesMatching returns the conditions of a filter. A territory is not within itself.
func territoriesMatching(f model.TerritoryFilter) []predicate.Territory {
	conditions := []predicate.Territory{public.Containing(territory.FieldSearchName, f.Text)}
	if f.Kind != nil {
		conditions = append(conditions, territory.KindEQ(*f.Kind))
	}
	if f.Within != nil {
		conditions = append(conditions, public.Within(*f.Within), territory.IDNEQ(*f.Within))
	}
	return conditions
}

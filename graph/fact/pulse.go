package fact

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"time"

	"ensemble/consultation/roadmap"
	"ensemble/ent"
	"ensemble/ent/organization"
	"ensemble/graph/batch"
	"ensemble/live"
)

// ProcessPulse is the numbers of a process at one moment.
type ProcessPulse struct {
	*roadmap.Pulse
	At           time.Time
	WatcherCount int
	nodes        Nodes
}

// The parts of a pulse.
type (
	TerritoryComments struct {
		roadmap.Discussion
		Territory *ent.Territory
	}
	OrganizationKindComments struct {
		roadmap.Discussion
		Kind *organization.Kind // nil: people in their own name
	}
)

// PulseOf is what a live.Pulse of a process says; nil if it says something else.
func PulseOf(e live.Event, nodes Nodes) *ProcessPulse {
	reading, _ := e.Reading()
	numbers, ok := reading.Numbers.(roadmap.Pulse)
	if !ok {
		return nil
	}
	return &ProcessPulse{Pulse: &numbers, At: e.At, WatcherCount: reading.Watchers, nodes: nodes}
}

// PersonSupportCount is how many supports people have given.
func (p *ProcessPulse) PersonSupportCount() int { return p.PersonSupports }

// OrganizationSupportCount is how many supports organizations have given.
func (p *ProcessPulse) OrganizationSupportCount() int { return p.OrganizationSupports }

// SupportCount is how many supports there are.
func (p *ProcessPulse) SupportCount() int { return p.PersonSupports + p.OrganizationSupports }

// CommentsByTerritory are the comments of each territory that has some, in the order of codes.
func (p *ProcessPulse) CommentsByTerritory(ctx context.Context) ([]*TerritoryComments, error) {
	if len(p.Territories) == 0 {
		return nil, nil
	}
	found, err := p.nodes.Territories(ctx, slices.Collect(maps.Keys(p.Territories)))
	if err != nil {
		return nil, err
	}
	slices.SortFunc(found, func(a, b *ent.Territory) int {
		return cmp.Or(cmp.Compare(a.Code, b.Code), cmp.Compare(a.ID, b.ID))
	})
	parts := make([]*TerritoryComments, len(found))
	for i, t := range batch.Together(found) {
		parts[i] = &TerritoryComments{p.Territories[t.ID], t}
	}
	return parts, nil
}

var kinds = []organization.Kind{
	organization.KindSTATE, organization.KindLOCAL_AUTHORITY, organization.KindHUB, organization.KindASSOCIATION,
	organization.KindRESEARCH, organization.KindCOMPANY, organization.KindCARE_AND_SOCIAL, organization.KindOTHER,
}

// CommentsByOrganizationKind are the comments of each kind of organization, then those of people.
func (p *ProcessPulse) CommentsByOrganizationKind() []*OrganizationKindComments {
	people := p.Discussion
	parts := make([]*OrganizationKindComments, 0, len(kinds)+1)
	for _, kind := range kinds {
		parts = append(parts, &OrganizationKindComments{p.Kinds[kind], &kind})
		people = people.Without(p.Kinds[kind])
	}
	return append(parts, &OrganizationKindComments{people, nil})
}

package fact

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"time"

	"ensemble/consultation/public"
	"ensemble/consultation/roadmap"
	"ensemble/ent"
	"ensemble/ent/organization"
	"ensemble/graph/batch"
	"ensemble/live"
)

// ProcessPulse has the numbers of a process at one moment.
type ProcessPulse struct {
	*roadmap.Pulse
	MeasuredAt   time.Time // in UTC
	WatcherCount int       // open connections that watch the process
	nodes        Nodes
}

// TerritoryComments and OrganizationKindComments are parts of a pulse: the comments of one territory, or of one kind of
// author.
type (
	TerritoryComments struct {
		roadmap.Discussion
		Territory *ent.Territory
	}
	OrganizationKindComments struct {
		roadmap.Discussion
		Kind *organization.Kind // nil for people in their own names
	}
)

// PulseOf returns the pulse that an event carries; nil when the event is no pulse of a process.
func PulseOf(e live.Event, nodes Nodes) *ProcessPulse {
	reading, _ := e.Reading()
	numbers, ok := reading.Numbers.(roadmap.Pulse)
	if !ok {
		return nil
	}
	return &ProcessPulse{Pulse: &numbers, MeasuredAt: e.At, WatcherCount: reading.Watchers, nodes: nodes}
}

// PersonSupportCount returns how many supports are people's own.
func (p *ProcessPulse) PersonSupportCount() int { return p.PersonSupports }

// OrganizationSupportCount returns how many supports are of organizations.
func (p *ProcessPulse) OrganizationSupportCount() int { return p.OrganizationSupports }

// SupportCount returns how many supports there are in all.
func (p *ProcessPulse) SupportCount() int { return p.PersonSupports + p.OrganizationSupports }

// CommentsByTerritory returns the comments of each territory that has some, in the order of the territories' codes; nil
// when there are none.
func (p *ProcessPulse) CommentsByTerritory(ctx context.Context) ([]*TerritoryComments, error) {
	if len(p.Territories) == 0 {
		return nil, nil
	}

	found, err := public.Finder[*ent.Territory](p.nodes, "territory")(ctx, slices.Collect(maps.Keys(p.Territories)))
	if err != nil {
		return nil, err
	}

	// Territories of different kinds can have the same code: the id fixes their order.
	slices.SortFunc(found, func(a, b *ent.Territory) int {
		return cmp.Or(cmp.Compare(a.Code, b.Code), cmp.Compare(a.ID, b.ID))
	})

	parts := make([]*TerritoryComments, len(found))
	for i, t := range batch.Together(found) {
		parts[i] = &TerritoryComments{p.Territories[t.ID], t}
	}
	return parts, nil
}

// kinds lists the kinds of organizations in the order in which they are counted.
var kinds = []organization.Kind{
	organization.KindSTATE, organization.KindLOCAL_AUTHORITY, organization.KindHUB, organization.KindASSOCIATION,
	organization.KindRESEARCH, organization.KindCOMPANY, organization.KindCARE_AND_SOCIAL, organization.KindOTHER,
}

// CommentsByOrganizationKind returns the comments in the name of each kind of organization, then those of people in
// their own names: all that are left.
func (p *ProcessPulse) CommentsByOrganizationKind() []*OrganizationKindComments {
	people := p.Discussion
	parts := make([]*OrganizationKindComments, 0, len(kinds)+1)

	for _, kind := range kinds {
		parts = append(parts, &OrganizationKindComments{p.Kinds[kind], &kind})
		people = people.Without(p.Kinds[kind])
	}

	return append(parts, &OrganizationKindComments{people, nil})
}

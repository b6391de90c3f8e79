package graph

import (
	"ensemble/consultation/public"
	"ensemble/ent/amendment"
	"ensemble/graph/model"
)

// statesIn returns the counts of all public states, in their order; a state that is not in counts has 0.
func statesIn(counts map[amendment.State]int) []*model.AmendmentStateCount {
	states := public.PublicStates()
	parts := make([]*model.AmendmentStateCount, len(states))
	for i, state := range states {
		parts[i] = &model.AmendmentStateCount{State: state, Count: counts[state]}
	}
	return parts
}

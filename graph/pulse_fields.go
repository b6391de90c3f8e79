package graph

import (
	"ensemble/consultation/public"
	"ensemble/ent/amendment"
	"ensemble/graph/model"
)

// statesIn are the counts of all public states.
func statesIn(counts map[amendment.State]int) []*model.AmendmentStateCount {
	states := public.PublicStates()
	parts := make([]*model.AmendmentStateCount, len(states))
	for i, state := range states {
		parts[i] = &model.AmendmentStateCount{State: state, Count: counts[state]}
	}
	return parts
}

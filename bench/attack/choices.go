package main

import (
	"fmt"
	"slices"
	"strings"
)

// choices asks for lists under the conditions of filters that take many values, or that find by an index. What a facet
// costs under all conditions that it may have is measured with it.
func (w *world) choices() (all []price) {
	places := map[string]any{"territories": w.territories}
	narrow := map[string]any{"territories": w.territories, "axes": w.axes, "statuses": []string{"OPEN", "ADOPTED"}}
	many := func(value string) []string { return slices.Repeat([]string{value}, mostChoices) }

	const sample = "processes(last: 1) { nodes { %s } }"
	thread := fmt.Sprintf("node(id: %q) { ... on Commitment { %%s } }", w.places[0].commitment)
	process := fmt.Sprintf("node(id: %q) { ... on Process { %%s } }", w.process)
	ask := func(field, what, token, around, list string, filter map[string]any) {
		p := counted(field, what, around, list).with("f", filterOf(field), filter)
		p.token = token
		all = append(all, p)
	}

	commitments := func(field, what, selection string, filter map[string]any) {
		ask(field, what, "", sample, "commitments(first: 1, filter: $f) { "+selection+" }", filter)
	}
	for _, selection := range []string{"nodes { id }", "edges { cursor }", "totalCount", "nodes { id } totalCount"} {
		commitments("CommitmentFilter.territories", "all territories: "+selection, selection, places)
	}
	commitments("CommitmentFilter.axes", "", "nodes { id }", map[string]any{"axes": w.axes})
	commitments("CommitmentFilter.statuses", "", "nodes { id }", map[string]any{"statuses": many("OPEN")})
	for _, facet := range []string{"byAxis", "byTerritory", "byStatus"} {
		commitments("CommitmentCounts."+facet, "all territories, axes", "counts { "+facet+" { count } }", narrow)
	}
	commitments("CommitmentFilter.territories", "no facet", "counts { __typename }", narrow)

	amendments := "amendments(first: 1, filter: $f) { nodes { id } }"
	for field, value := range map[string]any{
		"states": many("EVALUATING"), "mergeState": "CONFLICTING", "by": "PERSON", "author": w.Author.UserID,
	} {
		ask("AmendmentFilter."+field, "", "", thread, amendments, map[string]any{field: value})
	}
	for field, value := range map[string]any{"by": "ORGANIZATION", "isOnCurrentText": false} {
		ask("SupportFilter."+field, "", "", thread, "supports(first: 1, filter: $f) { nodes { id } }", map[string]any{field: value})
	}
	for field, value := range map[string]any{"states": many("OPEN"), "reasons": many("SPAM"), "kind": "COMMENT"} {
		ask("ModerationCaseFilter."+field, "", w.Token, process, "viewerModerationQueue(first: 1, filter: $f) { nodes { id } }",
			map[string]any{field: value})
	}
	for field, value := range map[string]any{"within": w.territories[0], "kind": "DEPARTMENT"} {
		ask("TerritoryFilter."+field, "", "", "__typename %s", "territories(first: 1, filter: $f) { nodes { id } }", map[string]any{field: value})
	}
	for field, value := range map[string]any{"territory": w.territories[0], "kind": "STATE", "isVerified": false} {
		ask("OrganizationFilter."+field, "", "", "__typename %s", "organizations(first: 1, filter: $f) { nodes { id } }",
			map[string]any{field: value})
	}
	for field, value := range map[string]any{"kinds": many("COMMENT"), "axes": w.axes, "territories": w.territories} {
		ask("SearchFilter."+field, "", "", "__typename %s", `search(query: "zzq0", first: 1, filter: $f) { nodes { itemId } }`,
			map[string]any{field: value})
	}
	ask("NotificationFilter.kinds", "", w.Token, "viewer { %s }", "notifications(first: 1, filter: $f) { nodes { id } }",
		map[string]any{"kinds": many("MENTION")})
	return all
}

// filterOf returns the type of a filter's variable, for a condition of it or a facet under it.
func filterOf(field string) string {
	of, _, _ := strings.Cut(field, ".")
	return strings.TrimSuffix(strings.TrimSuffix(of, "Counts"), "Filter") + "Filter"
}

// counted asks for a selection twenty times at once, around which there is something.
func counted(field, what, around, selection string) price {
	return again(field, what, "", fmt.Sprintf(around, aliases(20, selection)))
}

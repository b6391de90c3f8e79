package roadmap

import (
	"context"
	"fmt"

	"ensemble/consultation/text/merge"
	"ensemble/ent"
	"ensemble/ent/amendment"
)

// Merge is what accepting an amendment would make of a current text, in the amendment's language.
type Merge struct {
	Version   *ent.Version // the current one
	Title     string
	Body      string
	Conflicts []*Conflicting
}

// Conflicting are words that the current text and the amendment both changed.
type Conflicting struct {
	IsInTitle bool   `json:"isInTitle"`
	Base      string `json:"base"`
	Current   string `json:"current"`
	Proposed  string `json:"proposed"`
}

// NewMerge merges an amendment of base into current: by paragraph, then by word. If current does not exist in the
// amendment's language, the result is the proposed text.
func NewMerge(a *ent.Amendment, base, current *ent.Version) *Merge {
	m := &Merge{Version: current, Title: a.Title, Body: a.Body}
	if _, exists := current.Body[a.Language]; !exists || base.ID == current.ID {
		return m
	}
	m.Title = m.merge(true, base.Title[a.Language], current.Title[a.Language], a.Title)
	m.Body = m.merge(false, base.Body[a.Language], current.Body[a.Language], a.Body)
	return m
}

// merge returns the merged text, and adds the words that both texts changed to the conflicts.
func (m *Merge) merge(inTitle bool, base, current, proposed string) string {
	merged, conflicts := merge.ThreeWay(base, current, proposed)
	for _, c := range conflicts {
		m.Conflicts = append(m.Conflicts, &Conflicting{inTitle, c.Base, c.Ours, c.Theirs})
	}
	return merged
}

// State returns how the amendment relates to the version that it was merged into: CLEAN when that is its base.
func (m *Merge) State(a *ent.Amendment) amendment.MergeState {
	switch {
	case a.BaseID == m.Version.ID:
		return amendment.MergeStateCLEAN
	case len(m.Conflicts) > 0:
		return amendment.MergeStateCONFLICTING
	}
	return amendment.MergeStateMERGEABLE
}

// mergeInto merges an amendment into the commitment's current text.
func (tx *tx) mergeInto(ctx context.Context, a *ent.Amendment, c *ent.Commitment) (*Merge, error) {
	base, err := tx.Version.Get(ctx, a.BaseID)
	if err != nil {
		return nil, fmt.Errorf("base of amendment %s: %w", a.ID, err)
	}
	return tx.mergeOf(ctx, a, base, c)
}

// mergeOf does what mergeInto does, for an amendment whose base was read already. It reads the current text, unless
// that is the base.
func (tx *tx) mergeOf(ctx context.Context, a *ent.Amendment, base *ent.Version, c *ent.Commitment) (*Merge, error) {
	if base.ID == c.VersionID {
		return NewMerge(a, base, base), nil
	}

	current, err := tx.Version.Get(ctx, c.VersionID)
	if err != nil {
		return nil, fmt.Errorf("current version of commitment %s: %w", c.ID, err)
	}
	return NewMerge(a, base, current), nil
}

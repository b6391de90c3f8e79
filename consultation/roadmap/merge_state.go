package roadmap

import (
	"context"
	"fmt"

	"ensemble/auth"
	"ensemble/consultation/permission"
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
// amendment's language, the result is the proposed text. It may take long, and waits for nobody: in a transaction let
// MergeInTurn come before, so that it is made already.
func NewMerge(a *ent.Amendment, base, current *ent.Version) *Merge {
	m, _ := newMerge(a, base, current, func(base, current, proposed string) (threeWay, error) {
		return mergeAtOnce(base, current, proposed), nil
	})
	return m
}

// MergeInTurn does what NewMerge does, when it is the turn of whoever ctx is for. It fails when ctx ends, and with
// fair.ErrBusy.
func MergeInTurn(ctx context.Context, a *ent.Amendment, base, current *ent.Version) (*Merge, error) {
	return newMerge(a, base, current, func(base, current, proposed string) (threeWay, error) {
		return mergeInTurn(ctx, base, current, proposed)
	})
}

// newMerge merges titles and bodies as merge does.
func newMerge(
	a *ent.Amendment, base, current *ent.Version, merge func(base, current, proposed string) (threeWay, error),
) (*Merge, error) {
	m := &Merge{Version: current, Title: a.Title, Body: a.Body}
	if _, exists := current.Body[a.Language]; !exists || base.ID == current.ID {
		return m, nil
	}

	title, err := merge(base.Title[a.Language], current.Title[a.Language], a.Title)
	if err != nil {
		return nil, err
	}
	body, err := merge(base.Body[a.Language], current.Body[a.Language], a.Body)
	if err != nil {
		return nil, err
	}

	m.Title, m.Body = title.merged, body.merged
	m.add(true, title.conflicts)
	m.add(false, body.conflicts)
	return m, nil
}

// add adds the words that both texts changed.
func (m *Merge) add(inTitle bool, conflicts []merge.Conflict) {
	for _, c := range conflicts {
		m.Conflicts = append(m.Conflicts, &Conflicting{inTitle, c.Base, c.Ours, c.Theirs})
	}
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

// mergeAhead makes what mergeInto will need in the transaction that comes after, where it is then remembered: nobody
// should wait for a transaction that compares long texts. It returns the amendment with its base, or nil and makes
// nothing when there is no such amendment, or when the viewer may not do what the command does: the transaction says so.
func (s *Roadmap) mergeAhead(
	ctx context.Context, command, amendmentID string, about func(*ent.Amendment) permission.About,
) (*ent.Amendment, error) {
	a, err := s.Read.Amendment.Query().Where(amendment.ID(amendmentID)).WithBase().WithCommitment().Only(ctx)
	if ent.IsNotFound(err) || err == nil && permission.Ask(auth.ViewerFrom(ctx), command, about(a)) != nil {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	_, err = s.merge(ctx, a)
	return a, err
}

// merge merges an amendment, which has its base and its commitment, into the current text, outside of transactions. It
// fails when ctx ends, and with fair.ErrBusy.
func (s *Roadmap) merge(ctx context.Context, a *ent.Amendment) (*Merge, error) {
	current, err := s.Read.Version.Get(ctx, a.Edges.Commitment.VersionID)
	if err != nil {
		return nil, fmt.Errorf("current version of commitment %s: %w", a.CommitmentID, err)
	}
	return MergeInTurn(ctx, a, a.Edges.Base, current)
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

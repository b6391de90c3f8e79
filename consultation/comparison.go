package consultation

import (
	"context"
	"fmt"

	"entgo.io/ent/dialect/sql"

	"ensemble/ent"
	"ensemble/ent/amendment"
	"ensemble/ent/predicate"
	"ensemble/live"
)

// compareAmendments is the job that compares amendments under evaluation with the text that others have changed.
const compareAmendments = "compare amendments"

// compareAmendments finds amendments under evaluation that were compared with an earlier text.
func (s *Service) compareAmendments(ctx context.Context) error {
	stale, err := s.Read.Amendment.Query().Where(amendment.StateEQ(amendment.StateEVALUATING), amendment.HiddenAtIsNil(),
		predicate.Amendment(sql.FieldsLT(amendment.FieldMergeChecked, amendment.FieldMergeDue))).Order(amendment.ByID()).Limit(keepBatch).All(ctx)
	if err != nil {
		return fmt.Errorf("find amendments to compare: %w", err)
	}
	err = each(stale, "compare amendment", func(a *ent.Amendment) error { return s.compareAmendment(ctx, a) })
	if err == nil && len(stale) == keepBatch {
		s.Jobs.Wake(compareAmendments)
	}
	return err
}

// compareAmendment compares a with the current text, unless it was decided or compared since a was read: then the next
// sweep does, if need be.
func (s *Service) compareAmendment(ctx context.Context, a *ent.Amendment) error {
	return s.inTx(ctx, func(ctx context.Context, tx *Tx) error {
		c, err := tx.Commitment.Get(ctx, a.CommitmentID)
		if err != nil {
			return err
		}
		state, err := tx.mergeState(ctx, a, c)
		if err != nil {
			return err
		}
		n, err := tx.Amendment.Update().SetMergeState(state).SetMergeChecked(c.VersionNumber).Where(amendment.ID(a.ID),
			amendment.StateEQ(amendment.StateEVALUATING), amendment.HiddenAtIsNil(), amendment.MergeChecked(a.MergeChecked)).Save(ctx)
		if err == nil && n == 1 && state != a.MergeState {
			tx.record(live.Event{
				Topic: c.ID, Type: live.AmendmentMergeStateChanged, Subject: a.ID,
				Data: map[string]any{"mergeState": state},
			})
		}
		return err
	})
}

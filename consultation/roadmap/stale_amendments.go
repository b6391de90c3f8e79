package roadmap

import (
	"context"
	"fmt"

	"entgo.io/ent/dialect/sql"

	"ensemble/consultation/change"
	"ensemble/ent"
	"ensemble/ent/amendment"
	"ensemble/ent/predicate"
	"ensemble/live"
)

// compareAmendments is the name of the job that compares amendments under evaluation with a text that has changed.
const compareAmendments = "compare amendments"

// underEvaluation matches the amendments that wait for a decision, but for those that moderators hid.
var underEvaluation = amendment.And(amendment.StateEQ(amendment.StateEVALUATING), amendment.HiddenAtIsNil())

// compareAmendments compares the amendments under evaluation that were last compared with an earlier text. It takes
// change.JobBatch of them, and wakes the job again when there may be more.
func (s *Roadmap) compareAmendments(ctx context.Context) error {
	earlier := predicate.Amendment(sql.FieldsLT(amendment.FieldMergeChecked, amendment.FieldMergeDue))
	stale, err := s.Read.Amendment.Query().Where(underEvaluation, earlier).WithBase().WithCommitment().
		Order(amendment.ByID()).Limit(change.JobBatch).All(ctx)
	if err != nil {
		return fmt.Errorf("find amendments to compare: %w", err)
	}

	err = change.Each(stale, "compare amendment", func(a *ent.Amendment) error { return s.compareAmendment(ctx, a) })
	if err == nil && len(stale) == change.JobBatch {
		s.Jobs.Wake(compareAmendments)
	}
	return err
}

// compareAmendment compares a, which has its base and its commitment, with the current text. It changes nothing if a was
// decided, hidden or compared after it was read: if need be, the next run of the job finds it.
func (s *Roadmap) compareAmendment(ctx context.Context, a *ent.Amendment) error {
	m, err := s.merge(ctx, a)
	if err != nil {
		return err
	}
	state := m.State(a)

	return change.In(ctx, s, func(ctx context.Context, tx *tx) error {
		// Do not lock the commitment: if its text changes meanwhile, the amendment is due again.
		n, err := tx.Amendment.Update().SetMergeState(state).SetMergeChecked(m.Version.Number).
			Where(amendment.ID(a.ID), underEvaluation, amendment.MergeChecked(a.MergeChecked)).Save(ctx)

		if err == nil && n == 1 && state != a.MergeState {
			tx.Record(live.Event{
				Topic: a.CommitmentID, Type: live.AmendmentMergeStateChanged, Subject: a.ID,
				Data: map[string]any{"mergeState": state},
			})
		}
		return err
	})
}

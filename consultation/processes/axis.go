package processes

import (
	"context"
	"slices"

	"ensemble/consultation/change"
	"ensemble/consultation/input"
	"ensemble/consultation/public"
	"ensemble/consultation/refusal"
	"ensemble/ent"
	"ensemble/ent/axis"
	"ensemble/ent/commitment"
)

// CreateAxis adds an axis after the others of its process.
// Errors: UNAUTHENTICATED; NOT_FOUND when there is no such process, or the viewer may not see it; FORBIDDEN unless the
// viewer administers it; BAD_USER_INPUT.
func (s *Processes) CreateAxis(ctx context.Context, in CreateAxisInput) (*ent.Axis, error) {
	return change.Once(ctx, s, in, s.Read.Axis.Get,
		func(ctx context.Context, tx *tx) (*ent.Axis, error) {
			p, err := tx.processToConfigure(ctx, in.Process)
			if err != nil {
				return nil, err
			}

			title, about, err := axisTexts(in.Title, in.Description, p.Languages, &ent.Axis{Description: input.Texts{}})
			if err != nil {
				return nil, err
			}

			n, err := tx.Axis.Query().Where(axis.ProcessID(p.ID)).Count(ctx)
			if err != nil {
				return nil, err
			}

			id := s.NewID("axis")
			if err := tx.configured(ctx, "createAxis", p, id, nil); err != nil {
				return nil, err
			}
			return tx.Axis.Create().SetID(id).SetProcessID(p.ID).SetPosition(n + 1).
				SetTitle(title).SetDescription(about).Save(ctx)
		})
}

// axisTexts checks the title and the description of an axis. What is absent is taken from before. Errors:
// BAD_USER_INPUT.
func axisTexts(
	title, about []*input.TextInput, languages []string, before *ent.Axis,
) (input.Texts, input.Texts, error) {
	t, wrongTitle := input.Official("title", title, languages, before.Title, input.TitleLine)
	if about == nil {
		return t, before.Description, wrongTitle
	}
	d, wrongDescription := input.Official("description", about, languages, before.Description, input.BodyProse)
	return t, d, refusal.Together(wrongTitle, wrongDescription)
}

// UpdateAxis changes an axis; what is nil stays. At a new position, the other axes make room for it.
// Errors: UNAUTHENTICATED; NOT_FOUND when there is no such axis, or the viewer may not see its process; FORBIDDEN
// unless the viewer administers it; BAD_USER_INPUT.
func (s *Processes) UpdateAxis(ctx context.Context, in UpdateAxisInput) (*ent.Axis, error) {
	return change.Once(ctx, s, in, s.Read.Axis.Get,
		func(ctx context.Context, tx *tx) (*ent.Axis, error) {
			a, p, err := tx.axisToConfigure(ctx, in.Axis)
			if err != nil {
				return nil, err
			}

			title, about, err := axisTexts(in.Title, in.Description, p.Languages, a)
			if err != nil {
				return nil, err
			}

			if in.Position != nil {
				if err := tx.placeAxis(ctx, a, *in.Position); err != nil {
					return nil, err
				}
			}

			if err := tx.configured(ctx, "updateAxis", p, a.ID, nil); err != nil {
				return nil, err
			}
			return a.Update().SetTitle(title).SetDescription(about).SetNillablePosition(in.Position).Save(ctx)
		})
}

// placeAxis numbers the axes of a process anew, from 1, with a at the position. The caller has locked the process.
// Errors: BAD_USER_INPUT on position.
func (tx *tx) placeAxis(ctx context.Context, a *ent.Axis, position int) error {
	axes, err := tx.Axis.Query().Where(axis.ProcessID(a.ProcessID), axis.IDNEQ(a.ID)).Order(axis.ByPosition()).All(ctx)
	if err != nil {
		return err
	}
	if position < 1 || position > len(axes)+1 {
		return refusal.BadInput("position", "Give a number from %d to %d.", 1, len(axes)+1)
	}

	for i, other := range slices.Insert(axes, position-1, a) {
		if err := tx.Axis.Update().Where(axis.ID(other.ID)).SetPosition(i + 1).Exec(ctx); err != nil {
			return err
		}
	}
	return nil
}

// DeleteAxis removes an axis that has no commitments, and returns its process.
// Errors: UNAUTHENTICATED; NOT_FOUND when there is no such axis, or the viewer may not see its process; FORBIDDEN
// unless the viewer administers it; CONFLICT with the number of its commitments, drafts included.
func (s *Processes) DeleteAxis(ctx context.Context, in DeleteAxisInput) (*ent.Process, error) {
	return public.OnceAtHead(ctx, s, in, s.processNow, func(ctx context.Context, tx *tx) (*ent.Process, error) {
		a, p, err := tx.axisToConfigure(ctx, in.Axis)
		if err != nil {
			return nil, err
		}

		used, err := tx.Commitment.Query().Where(commitment.AxisID(a.ID)).Count(ctx)
		if err != nil {
			return nil, err
		}
		if used > 0 {
			return nil, refusal.Full(used, "The axis has %d commitments.")
		}

		if err := tx.Axis.DeleteOne(a).Exec(ctx); err != nil {
			return nil, err
		}
		if err := tx.configured(ctx, "deleteAxis", p, a.ID, nil); err != nil {
			return nil, err
		}

		// The axes after it go one up, so that the positions have no gap.
		return p, tx.Axis.Update().Where(axis.ProcessID(p.ID), axis.PositionGT(a.Position)).AddPosition(-1).Exec(ctx)
	})
}

// axisToConfigure reads an axis of a process that the viewer administers. The process is locked, so that nobody puts a
// commitment on the axis meanwhile.
// Errors: UNAUTHENTICATED; NOT_FOUND on axis; FORBIDDEN.
func (tx *tx) axisToConfigure(ctx context.Context, id string) (*ent.Axis, *ent.Process, error) {
	processOf := func(a *ent.Axis) string { return a.ProcessID }
	return partToConfigure(ctx, tx, "axis", id, processOf, tx.Axis.Get, tx.Axis.Get)
}

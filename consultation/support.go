package consultation

import (
	"context"

	"ensemble/auth"
	"ensemble/ent"
	"ensemble/ent/predicate"
	"ensemble/ent/support"
	"ensemble/live"
)

// SupportInput names a support: whose, on what.
type SupportInput struct {
	Commitment     string
	Organization   *string // nil: the viewer's own
	IdempotencyKey *string
}

// AddSupport supports the current text. Adding twice changes nothing.
func (s *Service) AddSupport(ctx context.Context, in SupportInput) (*ent.Support, error) {
	return once(ctx, s, Retry{"addSupport", in.IdempotencyKey, in}, s.Read.Support.Get,
		func(ctx context.Context, tx *Tx) (*ent.Support, error) {
			c, given, err := tx.supportFor(ctx, in)
			if err != nil || given != nil {
				return given, err
			}
			viewer := auth.ViewerFrom(ctx)
			create := tx.Support.Create().SetID(s.NewID("support")).SetCommitmentID(c.ID).SetVersionID(c.VersionID).
				SetVersionNumber(c.VersionNumber).SetCreatedAt(s.now())
			if in.Organization != nil {
				create.SetOrganizationID(*in.Organization).SetSignatoryID(viewer.UserID)
			} else {
				create.SetUserID(viewer.UserID)
			}
			if given, err = create.Save(ctx); err != nil {
				return nil, err
			}
			return given, tx.countSupports(ctx, c, live.SupportAdded, given, +1, 0)
		})
}

// RemoveSupport takes a support back and returns the commitment. Removing what is not there changes nothing.
func (s *Service) RemoveSupport(ctx context.Context, in SupportInput) (*ent.Commitment, error) {
	return once(ctx, s, Retry{"removeSupport", in.IdempotencyKey, in}, s.Read.Commitment.Get,
		func(ctx context.Context, tx *Tx) (*ent.Commitment, error) {
			c, given, err := tx.supportFor(ctx, in)
			if err != nil || given == nil {
				return c, err
			}
			if err := tx.Support.DeleteOne(given).Exec(ctx); err != nil {
				return nil, err
			}
			current, earlier := -1, 0
			if given.VersionID != c.VersionID {
				current, earlier = 0, -1
			}
			if err := tx.countSupports(ctx, c, live.SupportRemoved, given, current, earlier); err != nil {
				return nil, err
			}
			return tx.Commitment.Get(ctx, c.ID)
		})
}

// ConfirmSupport moves a support given on an earlier text to the current one. Confirming twice changes nothing.
// Errors: NOT_FOUND when there is none.
func (s *Service) ConfirmSupport(ctx context.Context, in SupportInput) (*ent.Support, error) {
	return once(ctx, s, Retry{"confirmSupport", in.IdempotencyKey, in}, s.Read.Support.Get,
		func(ctx context.Context, tx *Tx) (*ent.Support, error) {
			c, given, err := tx.supportFor(ctx, in)
			switch {
			case err != nil:
				return nil, err
			case given == nil:
				return nil, notFound("commitment")
			case given.VersionID == c.VersionID:
				return given, nil
			}
			given, err = given.Update().SetVersionID(c.VersionID).SetVersionNumber(c.VersionNumber).
				SetConfirmedAt(s.now()).Save(ctx)
			if err != nil {
				return nil, err
			}
			return given, tx.countSupports(ctx, c, live.SupportConfirmed, given, +1, -1)
		})
}

// supportFor locks the commitment, checks that the viewer may support it, and reads the support that is there, if any.
func (tx *Tx) supportFor(ctx context.Context, in SupportInput) (*ent.Commitment, *ent.Support, error) {
	viewer := auth.ViewerFrom(ctx)
	if err := signedIn(viewer); err != nil {
		return nil, nil, err
	}
	if _, err := tx.publicCommitment(ctx, "commitment", in.Commitment); err != nil {
		return nil, nil, err
	}
	c, err := tx.lockCommitment(ctx, in.Commitment)
	if err != nil {
		return nil, nil, err
	}
	o, err := tx.openings(ctx, c.ProcessID)
	if err != nil {
		return nil, nil, err
	}
	if err := MaySupport(viewer, c, o); err != nil {
		return nil, nil, err
	}
	if err := maySign(ctx, tx, viewer, in.Organization); err != nil {
		return nil, nil, err
	}
	given, err := tx.Support.Query().Where(support.CommitmentID(c.ID), supportOf(viewer, in.Organization)).Only(ctx)
	return c, given, ignoreNotFound(err)
}

// supportOf matches the organization's support or, without one, the viewer's own.
func supportOf(viewer auth.Viewer, organization *string) predicate.Support {
	if organization != nil {
		return support.OrganizationID(*organization)
	}
	return support.UserID(viewer.UserID)
}

func (tx *Tx) countSupports(ctx context.Context, c *ent.Commitment, t live.Type, given *ent.Support, current, earlier int) error {
	c, err := c.Update().AddSupportCount(current).AddEarlierSupportCount(earlier).SetActiveAt(tx.service.now()).Save(ctx)
	if err != nil {
		return err
	}
	tx.record(live.Event{Topic: c.ID, Type: t, Subject: given.ID, Actor: Supporter(given), Data: map[string]any{
		"supportCount": c.SupportCount, "earlierSupportCount": c.EarlierSupportCount,
	}})
	return nil
}

// Supporter is the id of the person or organization that supports.
func Supporter(given *ent.Support) string {
	if given.OrganizationID != nil {
		return *given.OrganizationID
	}
	return *given.UserID
}

// SupportsOf are the viewer's supports of commitments, and those of organizations they sign for.
func (s *Service) SupportsOf(ctx context.Context, v auth.Viewer, commitments []string) ([]*ent.Support, error) {
	if !v.SignedIn() {
		return []*ent.Support{}, nil
	}
	return s.Read.Support.Query().Where(support.CommitmentIDIn(commitments...),
		support.Or(support.UserID(v.UserID), support.OrganizationIDIn(v.SignsFor...))).Order(support.ByCreatedAt(), support.ByID()).All(ctx)
}

package roadmap

import (
	"context"

	"ensemble/auth"
	"ensemble/consultation/organizations"
	"ensemble/consultation/permission"
	"ensemble/consultation/public"
	"ensemble/consultation/refusal"
	"ensemble/ent"
	"ensemble/ent/predicate"
	"ensemble/ent/support"
	"ensemble/live"
)

// AddSupport supports the current text of a commitment, and announces that. The support has the commitment in its
// edges. Adding twice changes nothing.
// Errors: UNAUTHENTICATED; NOT_FOUND when the commitment is not public; TERMS_NOT_ACCEPTED; FORBIDDEN until the
// viewer's address is confirmed, and when they may not sign for the organization; CLOSED where supports are not taken.
func (s *Roadmap) AddSupport(ctx context.Context, in AddSupportInput) (*ent.Support, error) {
	return onceWithCommitment(ctx, s, in, s.Read.Support.Get, ofSupport,
		func(ctx context.Context, tx *tx) (*ent.Support, error) {
			c, given, err := tx.supportFor(ctx, SupportInput(in))
			if err != nil {
				return nil, err
			}
			if given != nil {
				given.Edges.Commitment = c
				return given, nil
			}

			viewer := auth.ViewerFrom(ctx)
			create := tx.Support.Create().SetID(s.NewID("support")).SetCommitmentID(c.ID).SetVersionID(c.VersionID).
				SetVersionNumber(c.VersionNumber).SetCreatedAt(s.Moment())
			if in.Organization != nil {
				create.SetOrganizationID(*in.Organization).SetSignatoryID(viewer.UserID)
			} else {
				create.SetUserID(viewer.UserID)
			}

			if given, err = create.Save(ctx); err != nil {
				return nil, err
			}
			given.Edges.Commitment, err = tx.countSupports(ctx, c, live.SupportAdded, given, +1, 0)
			return given, err
		})
}

// RemoveSupport takes a support back, announces that, and returns the commitment. Removing what is not there changes
// nothing.
// Errors: UNAUTHENTICATED; NOT_FOUND when the commitment is not public; TERMS_NOT_ACCEPTED; FORBIDDEN until the
// viewer's address is confirmed, and when they may not sign for the organization; CLOSED where supports are not taken.
func (s *Roadmap) RemoveSupport(ctx context.Context, in RemoveSupportInput) (*ent.Commitment, error) {
	return public.OnceAtHead(ctx, s, in, s.commitmentNow, func(ctx context.Context, tx *tx) (*ent.Commitment, error) {
		c, given, err := tx.supportFor(ctx, SupportInput(in))
		if err != nil || given == nil {
			return c, err
		}
		if err := tx.Support.DeleteOne(given).Exec(ctx); err != nil {
			return nil, err
		}

		// It was counted apart if it was given on an earlier text.
		current, earlier := -1, 0
		if given.VersionID != c.VersionID {
			current, earlier = 0, -1
		}
		return tx.countSupports(ctx, c, live.SupportRemoved, given, current, earlier)
	})
}

// ConfirmSupport puts a support that was given on an earlier text on the current one, and announces that. The support
// has the commitment in its edges. Confirming twice changes nothing.
// Errors: UNAUTHENTICATED; NOT_FOUND when the commitment is not public, or there is no support; TERMS_NOT_ACCEPTED;
// FORBIDDEN until the viewer's address is confirmed, and when they may not sign for the organization; CLOSED where
// supports are not taken.
func (s *Roadmap) ConfirmSupport(ctx context.Context, in ConfirmSupportInput) (*ent.Support, error) {
	return onceWithCommitment(ctx, s, in, s.Read.Support.Get, ofSupport,
		func(ctx context.Context, tx *tx) (*ent.Support, error) {
			c, given, err := tx.supportFor(ctx, SupportInput(in))
			switch {
			case err != nil:
				return nil, err
			case given == nil:
				return nil, refusal.Missing("commitment")
			case given.VersionID == c.VersionID:
				given.Edges.Commitment = c
				return given, nil
			}

			given, err = given.Update().SetVersionID(c.VersionID).SetVersionNumber(c.VersionNumber).
				SetConfirmedAt(s.Moment()).Save(ctx)
			if err != nil {
				return nil, err
			}
			given.Edges.Commitment, err = tx.countSupports(ctx, c, live.SupportConfirmed, given, +1, -1)
			return given, err
		})
}

// supportFor locks the commitment, checks that the viewer may support it, and reads the support that is there, nil for
// none.
// Errors: UNAUTHENTICATED; NOT_FOUND on commitment; those of MaySupport; FORBIDDEN on organization.
func (tx *tx) supportFor(ctx context.Context, in SupportInput) (*ent.Commitment, *ent.Support, error) {
	viewer := auth.ViewerFrom(ctx)
	if err := permission.AskSignedIn(viewer); err != nil {
		return nil, nil, err
	}

	c, err := tx.lockPublicCommitment(ctx, "commitment", in.Commitment)
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
	if err := organizations.MaySignNow(ctx, tx.Tx, viewer, in.Organization); err != nil {
		return nil, nil, err
	}

	given, err := tx.Support.Query().Where(support.CommitmentID(c.ID), supportOf(viewer, in.Organization)).Only(ctx)
	return c, given, refusal.IgnoreMissing(err)
}

// supportOf matches the support of the organization or, if that is nil, the viewer's own.
func supportOf(viewer auth.Viewer, organization *string) predicate.Support {
	if organization != nil {
		return support.OrganizationID(*organization)
	}
	return support.UserID(viewer.UserID)
}

// ofSupport returns where a support has its commitment: see onceWithCommitment.
func ofSupport(given *ent.Support) (string, **ent.Commitment) {
	return given.CommitmentID, &given.Edges.Commitment
}

// countSupports adds to the commitment's counts of supports on the current text and on earlier ones, records the event
// t with the new counts, and returns the commitment as it is now.
func (tx *tx) countSupports(
	ctx context.Context, c *ent.Commitment, t live.Type, given *ent.Support, current, earlier int,
) (*ent.Commitment, error) {
	c, err := c.Update().AddSupportCount(current).AddEarlierSupportCount(earlier).SetActiveAt(tx.Moment()).Save(ctx)
	if err != nil {
		return nil, err
	}

	e := live.Event{Topic: c.ID, Type: t, Subject: given.ID, Data: map[string]any{
		"supportCount": c.SupportCount, "earlierSupportCount": c.EarlierSupportCount,
	}}
	if t != live.SupportRemoved { // nobody need know who took it back
		e.Actor = public.Supporter(given)
	}
	tx.Record(e)
	return c, nil
}

// SupportsOf returns the supports that the viewer, or an organization they sign for, gave to the commitments, oldest
// first.
func (s *Roadmap) SupportsOf(ctx context.Context, v auth.Viewer, commitments []string) ([]*ent.Support, error) {
	if !v.SignedIn() {
		return []*ent.Support{}, nil
	}

	theirs := support.Or(support.UserID(v.UserID), support.OrganizationIDIn(v.SignsFor...))
	return s.Read.Support.Query().Where(support.CommitmentIDIn(commitments...), theirs).
		Order(support.ByCreatedAt(), support.ByID()).All(ctx)
}

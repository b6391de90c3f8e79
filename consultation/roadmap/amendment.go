package roadmap

import (
	"context"

	"ensemble/auth"
	"ensemble/consultation/organizations"
	"ensemble/consultation/permission"
	"ensemble/consultation/processes"
	"ensemble/consultation/public"
	"ensemble/consultation/refusal"
	"ensemble/ent"
	"ensemble/ent/amendment"
	"ensemble/ent/commitment"
)

// amended is a commitment that somebody wants to amend, with all that decides whether they may: what the process allows
// now, and what they have there already.
type amended struct {
	commitment *ent.Commitment
	process    *ent.Process
	openings   processes.Openings
	has        Amending
}

// amendedBy reads what decides whether the viewer may amend c, each row once.
func (tx *tx) amendedBy(ctx context.Context, viewer auth.Viewer, c *ent.Commitment) (*amended, error) {
	on := &amended{commitment: c}
	var err error
	if on.openings, err = tx.openings(ctx, c.ProcessID); err != nil {
		return nil, err
	}
	if on.process, err = tx.Process.Get(ctx, c.ProcessID); err != nil {
		return nil, err
	}

	all, err := amendingOf(ctx, tx.Amendment.Query(), viewer, []string{c.ID})
	on.has = all[c.ID]
	on.has.Limit = on.process.EvaluatingLimit
	return on, err
}

// amendable checks that the viewer may amend a commitment, in the organization's name unless it is nil. The caller has
// locked the commitment, so that nobody begins two drafts at once.
func (tx *tx) amendable(ctx context.Context, viewer auth.Viewer, on *amended, organization *string) error {
	if err := MayAmend(viewer, on.commitment, on.openings, on.has); err != nil {
		return err
	}
	return organizations.MaySignNow(ctx, tx.Tx, viewer, organization)
}

// AmendingOf returns what the viewer has on each of the commitments, by id; a commitment without anything is absent.
// Limit is zero: it belongs to the process, which is not read.
func (s *Roadmap) AmendingOf(ctx context.Context, v auth.Viewer, commitments []string) (map[string]Amending, error) {
	return amendingOf(ctx, s.Read.Amendment.Query(), v, commitments)
}

// amendingOf is AmendingOf for the amendments of a query, which may be that of a transaction.
func amendingOf(
	ctx context.Context, q *ent.AmendmentQuery, v auth.Viewer, commitments []string,
) (map[string]Amending, error) {
	rows, err := q.Where(amendment.AuthorID(v.UserID), amendment.CommitmentIDIn(commitments...),
		amendment.StateIn(amendment.StateDRAFT, amendment.StateEVALUATING)).
		Select(amendment.FieldID, amendment.FieldCommitmentID, amendment.FieldState).All(ctx)

	all := map[string]Amending{}
	for _, a := range rows {
		has := all[a.CommitmentID]
		if a.State == amendment.StateDRAFT {
			has.Draft = a.ID
		} else {
			has.Evaluating++
		}
		all[a.CommitmentID] = has
	}
	return all, err
}

// baseOf reads the version that an amendment starts from. Errors: BAD_USER_INPUT on base when the commitment has no
// such version.
func (tx *tx) baseOf(ctx context.Context, a *ent.Amendment) (*ent.Version, error) {
	base, err := tx.Version.Get(ctx, a.BaseID)
	if ent.IsNotFound(err) || err == nil && base.CommitmentID != a.CommitmentID {
		return nil, refusal.BadInput("base", "This is not a version of the commitment.")
	}
	return base, err
}

// lockOwnAmendment reads and locks an amendment that the viewer wrote. It also returns a public one of somebody else:
// the caller's may… function refuses that with the right reason. Errors: UNAUTHENTICATED; NOT_FOUND when it is somebody
// else's and not public.
func (tx *tx) lockOwnAmendment(ctx context.Context, id string) (*ent.Amendment, error) {
	viewer := auth.ViewerFrom(ctx)
	if err := permission.AskSignedIn(viewer); err != nil {
		return nil, err
	}

	a, err := tx.lockAmendment(ctx, "amendment", id)
	if err != nil {
		return nil, err
	}
	return a, mayKnow(viewer, a)
}

// lockOwnAmended does what lockOwnAmendment does, but first locks the amendment's commitment, as everybody does who
// changes both. It also returns the commitment. Errors: those of lockOwnAmendment.
func (tx *tx) lockOwnAmended(ctx context.Context, id string) (*ent.Amendment, *ent.Commitment, error) {
	if err := permission.AskSignedIn(auth.ViewerFrom(ctx)); err != nil {
		return nil, nil, err
	}

	c, err := tx.lockCommitmentOf(ctx, "amendment", id)
	if err != nil {
		return nil, nil, err
	}
	a, err := tx.lockOwnAmendment(ctx, id)
	return a, c, err
}

// mayKnow refuses an amendment that v must not know of: it is neither public nor theirs. Errors: NOT_FOUND.
func mayKnow(v auth.Viewer, a *ent.Amendment) error {
	if a.AuthorID != v.UserID && !public.IsPublicAmendment(a) {
		return refusal.Missing("amendment")
	}
	return nil
}

// lockAmendment reads an amendment, which may have changed while we waited for the lock, and stops others from changing
// it until the transaction ends. Errors: NOT_FOUND on field.
func (tx *tx) lockAmendment(ctx context.Context, field, id string) (*ent.Amendment, error) {
	a, err := tx.Amendment.Query().Where(amendment.ID(id), tx.Locked()).Only(ctx)
	return a, refusal.IfMissing(field, err)
}

// overtaken explains a conditional update of an amendment that found no row because its state had changed.
// Errors: CONFLICT with the state now; NOT_FOUND when the amendment was deleted; any other err is returned as it is.
func (tx *tx) overtaken(ctx context.Context, id string, err error) error {
	if !ent.IsNotFound(err) {
		return err
	}

	a, err := tx.Amendment.Get(ctx, id)
	if err != nil {
		return refusal.IfMissing("amendment", err) // a draft that was deleted
	}
	return refusal.Conflicting(refusal.At(a.ID, a.State), "Somebody else was faster: the state has changed.")
}

// publicCommitment reads a commitment that is not a draft. Errors: NOT_FOUND on field.
func (tx *tx) publicCommitment(ctx context.Context, field, id string) (*ent.Commitment, error) {
	c, err := tx.Commitment.Get(ctx, id)
	return ifPublic(field, c, err)
}

// lockPublicCommitment is publicCommitment with the lock of lockCommitment. Errors: NOT_FOUND on field.
func (tx *tx) lockPublicCommitment(ctx context.Context, field, id string) (*ent.Commitment, error) {
	c, err := tx.lockCommitment(ctx, id)
	return ifPublic(field, c, err)
}

// ifPublic passes on the result of reading a commitment, unless it is a draft. Errors: NOT_FOUND on field; those of the
// reading.
func ifPublic(field string, c *ent.Commitment, err error) (*ent.Commitment, error) {
	if err == nil && !public.IsPublicCommitment(c) {
		return nil, refusal.Missing(field)
	}
	return c, refusal.IfMissing(field, err)
}

// lockCommitmentOf reads the commitment that an amendment is about, and locks it as lockCommitment does. An amendment
// stays with its commitment: so it need not be read before it is locked. Errors: NOT_FOUND on field.
func (tx *tx) lockCommitmentOf(ctx context.Context, field, amendmentID string) (*ent.Commitment, error) {
	c, err := tx.Commitment.Query().
		Where(commitment.HasAmendmentsWith(amendment.ID(amendmentID)), tx.Locked()).Only(ctx)
	return c, refusal.IfMissing(field, err)
}

// touch notes the moment at which something public happened to a commitment. It locks the commitment.
func (tx *tx) touch(ctx context.Context, commitmentID string) error {
	return tx.Commitment.Update().Where(commitment.ID(commitmentID)).SetActiveAt(tx.Moment()).Exec(ctx)
}

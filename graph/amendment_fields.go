package graph

import (
	"context"
	"errors"

	"ensemble/auth"
	"ensemble/consultation/processes"
	"ensemble/consultation/public"
	"ensemble/consultation/refusal"
	"ensemble/consultation/roadmap"
	"ensemble/ent"
	"ensemble/ent/amendment"
	"ensemble/ent/commitment"
	"ensemble/ent/version"
	"ensemble/graph/batch"
	"ensemble/graph/model"
	"ensemble/graph/relay"
)

// amendmentsOf returns the list of a commitment's submitted amendments. Errors: BAD_USER_INPUT for bad arguments.
func (r *Resolver) amendmentsOf(
	ctx context.Context, c *ent.Commitment, filter *model.AmendmentFilter, order model.AmendmentOrder, a relay.Args,
) (*relay.AmendmentConnection, error) {
	f := model.AmendmentFilter{}
	if filter != nil {
		f = *filter
	}
	if err := fewChoices("filter.states", f.States); err != nil {
		return nil, err
	}

	q := r.filteredAmendments(f)
	list := relay.Of(q, amendmentOrder(order)).
		Under(amendment.FieldCommitmentID, func(a *ent.Amendment) string { return a.CommitmentID }).
		Knowing("commitment").By(f)

	page, err := relay.Nested(ctx, c, list, a)
	if err == nil && filter == nil { // the whole list: the commitment has its length
		page = page.Total(c.AmendmentCount)
	}

	return page, err
}

// filteredAmendments returns the query for the public amendments that a filter lets through.
func (r *Resolver) filteredAmendments(f model.AmendmentFilter) *ent.AmendmentQuery {
	q := r.Consultation.PublicAmendments()
	if f.States != nil {
		q.Where(amendment.StateIn(f.States...))
	}

	if f.MergeState != nil {
		q.Where(amendment.MergeStateEQ(*f.MergeState))
	}

	// What is signed for an organization is found under the organization, not under the person who signed.
	if f.Author != nil {
		q.Where(amendment.Or(amendment.OrganizationID(*f.Author),
			amendment.And(amendment.AuthorID(*f.Author), amendment.OrganizationIDIsNil())))
	}

	if f.By != nil {
		q.Where(writtenBy(*f.By, amendment.OrganizationIDIsNil(), amendment.OrganizationIDNotNil()))
	}

	return q
}

// statesOf counts the amendments of a list by state, whichever states its filter asks for. A state without amendments
// counts 0. A list of drafts has no counts.
func (r *Resolver) statesOf(
	ctx context.Context, page *relay.AmendmentConnection,
) ([]*model.AmendmentStateCount, error) {
	f, ok := relay.FilterOf[model.AmendmentFilter](page)
	if !ok { // a list of drafts
		return []*model.AmendmentStateCount{}, nil
	}
	f.States = nil

	counts, err := batch.Load(ctx, page, batch.Arguments(ctx),
		func(ctx context.Context, pages []*relay.AmendmentConnection) (public.Counts, error) {
			parent := parentColumn(page.NodeID(), amendment.FieldCommitmentID, amendment.FieldOrganizationID)
			return roadmap.CountAmendments(ctx, r.filteredAmendments(f), parent, ids(pages))
		})

	var states []*model.AmendmentStateCount
	for _, s := range public.PublicStates() {
		states = append(states, &model.AmendmentStateCount{State: s, Count: counts.Of(page.NodeID(), string(s))})
	}

	return states, err
}

// mergeOf returns what the text would be if the amendment were accepted now, or where it conflicts.
func (r *Resolver) mergeOf(ctx context.Context, a *ent.Amendment) (*roadmap.Merge, error) {
	base, err := r.baseOf(ctx, a)
	if err != nil {
		return nil, err
	}

	c, err := r.commitmentOfAmendment(ctx, a)
	if err != nil {
		return nil, err
	}

	current, err := r.currentVersion(ctx, c)
	if err != nil {
		return nil, err
	}

	return roadmap.MergeInTurn(ctx, a, base, current)
}

// versionFrom returns the version that accepting an amendment made; nil for one that was not accepted.
func (r *Resolver) versionFrom(ctx context.Context, a *ent.Amendment) (*ent.Version, error) {
	if a.State != amendment.StateACCEPTED {
		return nil, nil
	}

	made, err := batch.Load(ctx, a, "made",
		func(ctx context.Context, rows []*ent.Amendment) (map[string]*ent.Version, error) {
			found, err := r.Consultation.Read.Version.Query().Where(version.AmendmentIDIn(ids(rows)...)).All(ctx)
			return keyBy(found, func(v *ent.Version) string { return *v.AmendmentID }), err
		})

	return made[a.ID], err
}

// promotedTo returns the public commitment that promoting an amendment made; nil when there is none.
func (r *Resolver) promotedTo(ctx context.Context, a *ent.Amendment) (*ent.Commitment, error) {
	if a.State != amendment.StateREJECTED {
		return nil, nil
	}

	made, err := batch.Load(ctx, a, "promoted",
		func(ctx context.Context, rows []*ent.Amendment) (map[string]*ent.Commitment, error) {
			found, err := r.Consultation.PublicCommitments().Where(commitment.PromotedFromIDIn(ids(rows)...)).All(ctx)
			return keyBy(found, func(c *ent.Commitment) string { return *c.PromotedFromID }), err
		})

	return made[a.ID], err
}

// amending returns what the viewer has proposed on a commitment already, and how much they may propose. All is zero
// when nobody is signed in.
func (r *Resolver) amending(ctx context.Context, c *ent.Commitment) (roadmap.Amending, error) {
	if !viewer(ctx).SignedIn() {
		return roadmap.Amending{}, nil
	}

	all, err := batch.Load(ctx, c, "viewerAmending",
		func(ctx context.Context, rows []*ent.Commitment) (map[string]roadmap.Amending, error) {
			return r.Consultation.AmendingOf(ctx, viewer(ctx), ids(rows))
		})
	if err != nil {
		return roadmap.Amending{}, err
	}

	p, err := r.processOf(ctx, c)
	if err != nil {
		return roadmap.Amending{}, err
	}

	has := all[c.ID]
	has.Limit = p.EvaluatingLimit
	return has, nil
}

// amendingWith returns amending for the commitment that an amendment is about.
func (r *Resolver) amendingWith(ctx context.Context, a *ent.Amendment) (roadmap.Amending, error) {
	c, err := r.commitmentOfAmendment(ctx, a)
	if err != nil {
		return roadmap.Amending{}, err
	}
	return r.amending(ctx, c)
}

// mayOn reports whether the viewer may do something to an amendment, under what its process allows now.
func (r *Resolver) mayOn(
	ctx context.Context, a *ent.Amendment, may func(auth.Viewer, *ent.Commitment, processes.Openings) error,
) (bool, error) {
	if !viewer(ctx).SignedIn() {
		return false, nil
	}

	c, err := r.commitmentOfAmendment(ctx, a)
	if err != nil {
		return false, err
	}

	return r.mayAt(ctx, c, may)
}

// mayEditDraft reports whether the viewer may change an amendment. One that is held may be changed once moderators have
// refused it, which its case says.
func (r *Resolver) mayEditDraft(ctx context.Context, a *ent.Amendment) (bool, error) {
	var on *ent.ModerationCase
	if a.HeldAt != nil {
		var err error
		if on, err = anyCaseAbout(ctx, r, a, (*ent.Amendment).NodeID); err != nil {
			return false, err
		}
	}

	return roadmap.MayEditDraft(viewer(ctx), a, on) == nil, nil
}

// conflictsOf returns the conflicts for which an amendment was not accepted; nil when err is anything else.
func conflictsOf(err error) []*roadmap.Conflicting {
	refused, ok := errors.AsType[*refusal.Error](err)
	if !ok {
		return nil
	}
	conflicts, _ := refused.Details["conflicts"].([]*roadmap.Conflicting)
	return conflicts
}

// inConflict answers for an amendment that was not accepted: everything is as it was.
func (r *Resolver) inConflict(
	ctx context.Context, id string, conflicts []*roadmap.Conflicting,
) (*model.AcceptAmendmentPayload, error) {
	a, err := r.Consultation.Read.Amendment.Get(ctx, id)
	if err != nil {
		return nil, err
	}
	c, err := r.Consultation.AllCommitments().Where(commitment.ID(a.CommitmentID)).Only(ctx)
	if err != nil {
		return nil, err
	}
	return &model.AcceptAmendmentPayload{Amendment: a, Commitment: c, Conflicts: conflicts}, nil
}

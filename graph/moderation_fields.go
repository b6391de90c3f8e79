package graph

import (
	"context"
	"errors"

	"golang.org/x/text/language"

	"ensemble/consultation/moderation"
	"ensemble/consultation/public"
	"ensemble/consultation/refusal"
	"ensemble/consultation/roadmap"
	"ensemble/ent"
	"ensemble/ent/appeal"
	entmoderation "ensemble/ent/moderation"
	"ensemble/ent/moderationcase"
	"ensemble/ent/predicate"
	"ensemble/ent/report"
	"ensemble/graph/batch"
	"ensemble/graph/model"
	"ensemble/graph/relay"
)

// queueOf returns the moderators' queue of a process. For viewers who do not moderate it, it is empty.
func (r *Resolver) queueOf(ctx context.Context, p *ent.Process, filter *model.ModerationCaseFilter,
	order model.ModerationCaseOrder,
	a relay.Args,
) (*relay.ModerationCaseConnection, error) {
	f := model.ModerationCaseFilter{}
	if filter != nil {
		f = *filter
	}

	if err := errors.Join(fewChoices("filter.states", f.States), fewChoices("filter.reasons", f.Reasons)); err != nil {
		return nil, err
	}

	q := r.Consultation.ModerationQueue(viewer(ctx)).Where(casesMatching(f)...)
	list := relay.Of(q, caseOrder(order)).
		Under(moderationcase.FieldProcessID, func(c *ent.ModerationCase) string { return c.ProcessID }).
		Knowing("process").By(f)

	return relay.Nested(ctx, p, list, a)
}

// casesMatching returns the conditions of a filter.
func casesMatching(f model.ModerationCaseFilter) []predicate.ModerationCase {
	var all []predicate.ModerationCase
	if f.States != nil {
		all = append(all, moderationcase.StateIn(f.States...))
	}
	if f.Kind != nil {
		all = append(all, moderationcase.KindEQ(*f.Kind))
	}
	if f.Reasons != nil {
		all = append(all, moderation.ReportedFor(f.Reasons...))
	}
	return all
}

// caseFacet counts the cases of a queue by the values of a facet, zeros included: when it is asked for, once for all
// queues that are read together. own takes the facet's own condition out of the filter. Other lists of cases have no
// counts.
func caseFacet[K ~string, V any](
	ctx context.Context, r *Resolver, page *relay.ModerationCaseConnection, name string, keys []K,
	own func(*model.ModerationCaseFilter),
	count func(context.Context, *ent.ModerationCaseQuery) (public.Counts, error), made func(K, int) *V,
) ([]*V, error) {
	f, ok := relay.FilterOf[model.ModerationCaseFilter](page)
	if !ok {
		return nil, nil // not a queue, but what was hidden of one author
	}
	own(&f)

	counts, err := batch.Load(ctx, page, name,
		func(ctx context.Context, pages []*relay.ModerationCaseConnection) (public.Counts, error) {
			return count(ctx, r.Consultation.ModerationQueue(viewer(ctx)).Where(casesMatching(f)...).
				Where(moderationcase.ProcessIDIn(ids(pages)...)))
		})

	var all []*V
	for _, key := range keys {
		all = append(all, made(key, counts.Of(page.NodeID(), string(key))))
	}
	return all, err
}

// casesByState counts the cases of a queue by what they wait for.
func (r *Resolver) casesByState(
	ctx context.Context, page *relay.ModerationCaseConnection,
) ([]*model.ModerationStateCount, error) {
	return caseFacet(ctx, r, page, "byState", caseStates, func(f *model.ModerationCaseFilter) { f.States = nil },
		func(ctx context.Context, q *ent.ModerationCaseQuery) (public.Counts, error) {
			return moderation.CountCases(ctx, q, moderationcase.FieldState)
		},
		func(s moderationcase.State, n int) *model.ModerationStateCount {
			return &model.ModerationStateCount{State: s, Count: n}
		})
}

// casesByReason counts the cases of a queue by the reasons of the reports on them.
func (r *Resolver) casesByReason(
	ctx context.Context, page *relay.ModerationCaseConnection,
) ([]*model.ReportReasonCount, error) {
	return caseFacet(ctx, r, page, "byReason", reportReasons, func(f *model.ModerationCaseFilter) { f.Reasons = nil },
		moderation.CountCasesByReason,
		func(reason report.Reason, n int) *model.ReportReasonCount {
			return &model.ReportReasonCount{Reason: reason, Count: n}
		})
}

// casesByKind counts the cases of a queue by what they are about.
func (r *Resolver) casesByKind(
	ctx context.Context, page *relay.ModerationCaseConnection,
) ([]*model.ModeratedKindCount, error) {
	return caseFacet(ctx, r, page, "byKind", moderatedKinds, func(f *model.ModerationCaseFilter) { f.Kind = nil },
		func(ctx context.Context, q *ent.ModerationCaseQuery) (public.Counts, error) {
			return moderation.CountCases(ctx, q, moderationcase.FieldKind)
		},
		func(kind moderationcase.Kind, n int) *model.ModeratedKindCount {
			return &model.ModeratedKindCount{Kind: kind, Count: n}
		})
}

var (
	caseStates = []moderationcase.State{
		moderationcase.StateOPEN, moderationcase.StateHELD, moderationcase.StateAPPEALED, moderationcase.StateDECIDED,
	}
	reportReasons = []report.Reason{
		report.ReasonSPAM, report.ReasonOFFENSIVE, report.ReasonOFF_TOPIC, report.ReasonILLEGAL, report.ReasonOTHER,
	}
	moderatedKinds = []moderationcase.Kind{moderationcase.KindCOMMENT, moderationcase.KindAMENDMENT}
)

// logOf returns the public log of moderation of a process.
func (r *Resolver) logOf(
	l *moderation.ModerationLog, filter *model.ModerationLogFilter, a relay.Args,
) (*relay.ModerationConnection, error) {
	f := model.ModerationLogFilter{}
	if filter != nil {
		f = *filter
	}

	if err := errors.Join(fewChoices("filter.actions", f.Actions), fewChoices("filter.reasons", f.Reasons)); err != nil {
		return nil, err
	}

	q := r.Consultation.LoggedModerations().Where(entmoderation.ProcessID(l.Process))
	if f.Actions != nil {
		q.Where(entmoderation.ActionIn(f.Actions...))
	}

	if f.Reasons != nil {
		var reasons []entmoderation.Reason
		for _, reason := range f.Reasons {
			reasons = append(reasons, entmoderation.Reason(reason))
		}
		q.Where(entmoderation.ReasonIn(reasons...))
	}

	if f.Kind != nil {
		q.Where(entmoderation.KindEQ(entmoderation.Kind(*f.Kind)))
	}

	if f.IsAutomated != nil {
		q.Where(entmoderation.Automated(*f.IsAutomated))
	}

	return relay.Page(relay.Of(q, logOrder).By([]any{l.Process, f}), a)
}

// caseAbout returns the case of an item; nil when there is none, or when the viewer may not read it. item returns the
// item's id for a row.
func caseAbout[T batch.Row](ctx context.Context, r *Resolver, row T, item func(T) string) (*ent.ModerationCase, error) {
	c, err := anyCaseAbout(ctx, r, row, item)
	if c == nil || !moderation.MayReadCase(viewer(ctx), c.AuthorID, c.ProcessID) {
		return nil, err
	}
	return c, err
}

// anyCaseAbout returns the case of an item, whoever the viewer is; nil when there is none. The caller decides what of
// it may be shown.
func anyCaseAbout[T batch.Row](
	ctx context.Context, r *Resolver, row T, item func(T) string,
) (*ent.ModerationCase, error) {
	cases, err := batch.Load(ctx, row, "viewerCase",
		func(ctx context.Context, rows []T) (map[string]*ent.ModerationCase, error) {
			found, err := r.Consultation.Read.ModerationCase.Query().
				Where(moderationcase.ItemIDIn(batch.IDs(rows, item)...)).All(ctx)
			return keyBy(found, func(c *ent.ModerationCase) string { return c.ItemID }), err
		})
	return cases[item(row)], err
}

// reportOn returns the viewer's own report on an item; nil when there is none.
func reportOn[T batch.Row](ctx context.Context, r *Resolver, row T) (*ent.Report, error) {
	if !viewer(ctx).SignedIn() {
		return nil, nil
	}

	reports, err := batch.Load(ctx, row, "viewerReport",
		func(ctx context.Context, rows []T) (map[string]*ent.Report, error) {
			found, err := r.Consultation.ReportsBy(viewer(ctx)).Where(report.ItemIDIn(ids(rows)...)).All(ctx)
			return keyBy(found, func(claim *ent.Report) string { return claim.ItemID }), err
		})

	return reports[row.NodeID()], err
}

// commentOf returns the comment that a case is about, deleted or not; nil for an amendment.
func (r *Resolver) commentOf(ctx context.Context, c *ent.ModerationCase) (*ent.Comment, error) {
	return batch.One(ctx, c, "comment", itemOfKind(moderationcase.KindCOMMENT),
		withIDs(r.Consultation.Read.Comment.Query))
}

// amendmentOf returns the amendment that a case is about; nil for a comment, and for an amendment that its author has
// deleted as a draft.
func (r *Resolver) amendmentOf(ctx context.Context, c *ent.ModerationCase) (*ent.Amendment, error) {
	return batch.One(ctx, c, "amendment", itemOfKind(moderationcase.KindAMENDMENT),
		withIDs(r.Consultation.Read.Amendment.Query))
}

// itemOfKind returns a function for the id of a case's item; it returns "" for items of another kind.
func itemOfKind(kind moderationcase.Kind) func(*ent.ModerationCase) string {
	return func(c *ent.ModerationCase) string {
		if c.Kind != kind {
			return ""
		}
		return c.ItemID
	}
}

// standingOf returns whether everybody can read the item of a case and, if not, why.
func (r *Resolver) standingOf(ctx context.Context, c *ent.ModerationCase) (model.Standing, error) {
	m, err := r.commentOf(ctx, c)
	if err != nil {
		return "", err
	}

	a, err := r.amendmentOf(ctx, c)
	if err != nil {
		return "", err
	}

	return model.Standing(moderation.StandingOf(c, removalOf(m, a))), nil
}

// removalOf returns why readers do not see the item of a case. m is its comment, a its amendment; when both are nil,
// the item was deleted.
func removalOf(m *ent.Comment, a *ent.Amendment) moderation.Removal {
	switch {
	case m != nil:
		return roadmap.RemovalOfComment(m)
	case a != nil:
		return roadmap.RemovalOfAmendment(a)
	}
	return moderation.Removal{Deleted: true}
}

// moderates reports whether the viewer moderates the process of a case: its author may read a case, but not all of it.
func moderates(ctx context.Context, c *ent.ModerationCase) bool {
	return moderation.MayReadQueue(viewer(ctx), c.ProcessID) == nil
}

// maxHistory bounds how many decisions on one item are shown, the newest.
const maxHistory = 50

// decisionsOf returns the newest decisions on the item of a case, newest first.
func (r *Resolver) decisionsOf(ctx context.Context, c *ent.ModerationCase) ([]*ent.Moderation, error) {
	byItem, err := batch.Load(ctx, c, "decisions",
		func(ctx context.Context, rows []*ent.ModerationCase) (map[string][]*ent.Moderation, error) {
			items := batch.IDs(rows, func(c *ent.ModerationCase) string { return c.ItemID })
			found, err := r.Consultation.DecisionsOn(ctx, items)
			return groupBy(found, func(m *ent.Moderation) string { return m.ItemID }), err
		})
	all := byItem[c.ItemID]
	return all[:min(len(all), maxHistory)], err
}

// appealAgainst returns the author's appeal against a decision; nil when there is none, or when the viewer may not read
// the case.
func (r *Resolver) appealAgainst(ctx context.Context, m *ent.Moderation) (*ent.Appeal, error) {
	c, err := r.caseOfDecision(ctx, m)
	if err != nil || c == nil {
		return nil, err
	}

	appeals, err := batch.Load(ctx, m, "viewerAppeal",
		func(ctx context.Context, rows []*ent.Moderation) (map[string]*ent.Appeal, error) {
			found, err := r.Consultation.Read.Appeal.Query().Where(appeal.ModerationIDIn(ids(rows)...)).All(ctx)
			return keyBy(found, func(a *ent.Appeal) string { return a.ModerationID }), err
		})

	return appeals[m.ID], err
}

// caseOfDecision returns the case that a decision belongs to; nil when the viewer may not read it.
func (r *Resolver) caseOfDecision(ctx context.Context, m *ent.Moderation) (*ent.ModerationCase, error) {
	return caseAbout(ctx, r, m, func(m *ent.Moderation) string { return m.ItemID })
}

// decided makes a moderator's decision and returns it with its case, as all such mutations answer.
func (r *Resolver) decided(ctx context.Context, d moderation.Decision) (*ent.Moderation, *ent.ModerationCase, error) {
	row, err := r.Consultation.Decide(ctx, d)
	if err != nil {
		return nil, nil, err
	}

	c, err := r.Consultation.Read.ModerationCase.Query().Where(moderationcase.ItemID(row.ItemID)).Only(ctx)
	return row, c, err
}

// refusalOf returns a refusal as a part of an answer, in the reader's language; nil when err is no refusal.
func refusalOf(reader []language.Tag, err error) *model.Refusal {
	refused, ok := errors.AsType[*refusal.Error](err)
	if !ok {
		return nil
	}

	answer := &model.Refusal{Code: refused.Code, Message: refused.In(reader)}
	if current := refused.Current(); current.ID != "" {
		answer.Current = &current
	}
	return answer
}

// reasonFor returns the reason of a decision that has the name of a report's reason.
func reasonFor(r report.Reason) *entmoderation.Reason { return new(entmoderation.Reason(r)) }

// outcomes returns, for each item of a decision on many, the decision or why it was refused.
func outcomes(reader []language.Tag, all []moderation.Decided) []*model.DecisionOutcome {
	made := make([]*model.DecisionOutcome, len(all))
	for i, d := range all {
		made[i] = &model.DecisionOutcome{ItemID: d.Item, Moderation: d.Row, Refusal: refusalOf(reader, d.Err)}
		if d.Err != nil {
			made[i].Moderation = nil
		}
	}
	return made
}

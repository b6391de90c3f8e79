package graph

import (
	"context"
	"time"

	"ensemble/auth"
	"ensemble/consultation/moderation"
	"ensemble/consultation/public"
	"ensemble/consultation/refusal"
	"ensemble/consultation/roadmap"
	"ensemble/ent"
	entmoderation "ensemble/ent/moderation"
	"ensemble/ent/moderationcase"
	"ensemble/ent/report"
	"ensemble/graph/batch"
	"ensemble/graph/event"
	"ensemble/graph/generated"
	"ensemble/graph/model"
	"ensemble/graph/relay"
)

func (r *amendmentResolver) ViewerCanReport(ctx context.Context, obj *ent.Amendment) (bool, error) {
	c, err := r.commitmentOfAmendment(ctx, obj)
	return err == nil && public.IsPublicAmendment(obj) && moderation.MayReport(viewer(ctx), obj.AuthorID, c.ProcessID) == nil, err
}

func (r *amendmentResolver) ViewerReport(ctx context.Context, obj *ent.Amendment) (*ent.Report, error) {
	return reportOn(ctx, r.Resolver, obj)
}

func (r *amendmentResolver) ViewerCase(ctx context.Context, obj *ent.Amendment) (*ent.ModerationCase, error) {
	return caseAbout(ctx, r.Resolver, obj, (*ent.Amendment).NodeID)
}

func (r *commentResolver) ViewerCanReport(ctx context.Context, obj *ent.Comment) (bool, error) {
	at, err := r.placeOf(ctx, obj)
	return err == nil && !public.IsRemoved(obj) && moderation.MayReport(viewer(ctx), obj.AuthorID, at.commitment.ProcessID) == nil, err
}

func (r *commentResolver) ViewerReport(ctx context.Context, obj *ent.Comment) (*ent.Report, error) {
	return reportOn(ctx, r.Resolver, obj)
}

func (r *commentResolver) ViewerCase(ctx context.Context, obj *ent.Comment) (*ent.ModerationCase, error) {
	return caseAbout(ctx, r.Resolver, obj, (*ent.Comment).NodeID)
}

func (r *moderationResolver) ItemKind(ctx context.Context, obj *ent.Moderation) (moderationcase.Kind, error) {
	return moderationcase.Kind(obj.Kind), nil
}

func (r *moderationResolver) Reason(ctx context.Context, obj *ent.Moderation) (*report.Reason, error) {
	return (*report.Reason)(obj.Reason), nil
}

func (r *moderationResolver) ViewerFacts(ctx context.Context, obj *ent.Moderation) (*string, error) {
	c, err := r.caseOfDecision(ctx, obj)
	if c == nil {
		return nil, err
	}
	return &obj.Facts, nil
}

func (r *moderationResolver) ViewerAppealUntil(ctx context.Context, obj *ent.Moderation) (*time.Time, error) {
	c, err := r.caseOfDecision(ctx, obj)
	if c == nil || c.AuthorID != viewer(ctx).UserID {
		return nil, err
	}
	return moderation.AppealUntil(obj), nil
}

func (r *moderationResolver) ViewerAppeal(ctx context.Context, obj *ent.Moderation) (*ent.Appeal, error) {
	return r.appealAgainst(ctx, obj)
}

func (r *moderationCaseResolver) Process(ctx context.Context, obj *ent.ModerationCase) (*ent.Process, error) {
	return batch.One(ctx, obj, "process", func(c *ent.ModerationCase) string { return c.ProcessID }, r.nodes().anyProcesses)
}

func (r *moderationCaseResolver) Comment(ctx context.Context, obj *ent.ModerationCase) (*ent.Comment, error) {
	m, err := r.commentOf(ctx, obj)
	if m != nil && m.DeletedAt != nil {
		m = nil
	}
	return m, err
}

func (r *moderationCaseResolver) Amendment(ctx context.Context, obj *ent.ModerationCase) (*ent.Amendment, error) {
	a, err := r.amendmentOf(ctx, obj)
	if a != nil && !roadmap.MayReadAmendment(viewer(ctx), a) {
		a = nil
	}
	return a, err
}

func (r *moderationCaseResolver) ItemKind(ctx context.Context, obj *ent.ModerationCase) (moderationcase.Kind, error) {
	return obj.Kind, nil
}

func (r *moderationCaseResolver) Standing(ctx context.Context, obj *ent.ModerationCase) (model.Standing, error) {
	return r.standingOf(ctx, obj)
}

func (r *moderationCaseResolver) ReportCount(ctx context.Context, obj *ent.ModerationCase) (int, error) {
	if !moderates(ctx, obj) {
		return 0, nil
	}
	return obj.ReportCount, nil
}

func (r *moderationCaseResolver) ConfirmedReportCount(ctx context.Context, obj *ent.ModerationCase) (int, error) {
	if !moderates(ctx, obj) {
		return 0, nil
	}
	return obj.ConfirmedCount, nil
}

func (r *moderationCaseResolver) Reports(ctx context.Context, obj *ent.ModerationCase, first *int, after *string, last *int, before *string) (*relay.Connection[*ent.Report], error) {
	list := relay.Of(r.Consultation.ReportsFor(viewer(ctx)), reportOrder).Under(report.FieldCaseID, func(claim *ent.Report) string { return claim.CaseID })
	return relay.Nested(ctx, obj, list, args(first, after, last, before))
}

func (r *moderationCaseResolver) Decisions(ctx context.Context, obj *ent.ModerationCase) ([]*ent.Moderation, error) {
	return r.decisionsOf(ctx, obj)
}

func (r *moderationCaseConnectionResolver) Counts(ctx context.Context, obj *relay.Connection[*ent.ModerationCase]) (*model.ModerationCounts, error) {
	return r.caseCounts(ctx, obj)
}

func (r *moderationLogResolver) Entries(ctx context.Context, obj *moderation.ModerationLog, filter *model.ModerationLogFilter, first *int, after *string, last *int, before *string) (*relay.Connection[*ent.Moderation], error) {
	return r.logOf(obj, filter, args(first, after, last, before))
}

func (r *mutationResolver) Report(ctx context.Context, input moderation.ReportInput) (*model.ReportPayload, error) {
	claim, err := r.Consultation.Report(ctx, input)
	if err != nil {
		return nil, err
	}
	return &model.ReportPayload{Report: claim}, nil
}

func (r *mutationResolver) Hide(ctx context.Context, input model.HideInput) (*model.HidePayload, error) {
	row, c, err := r.decided(ctx, moderation.Decision{
		Item: input.Item, Action: entmoderation.ActionHIDE, Reason: reasonFor(input.Reason), Facts: input.Facts, Ground: input.Ground, Seen: input.Seen,
	}, input.IdempotencyKey)
	if err != nil {
		return nil, err
	}
	return &model.HidePayload{Moderation: row, ViewerCase: c}, nil
}

func (r *mutationResolver) Restore(ctx context.Context, input model.RestoreInput) (*model.RestorePayload, error) {
	row, c, err := r.decided(ctx, moderation.Decision{
		Item: input.Item, Action: entmoderation.ActionRESTORE, Facts: input.Facts, Ground: input.Ground, Seen: input.Seen,
	}, input.IdempotencyKey)
	if err != nil {
		return nil, err
	}
	return &model.RestorePayload{Moderation: row, ViewerCase: c}, nil
}

func (r *mutationResolver) DismissReports(ctx context.Context, input model.DismissReportsInput) (*model.DismissReportsPayload, error) {
	row, c, err := r.decided(ctx, moderation.Decision{
		Item: input.Item, Action: entmoderation.ActionDISMISS, Facts: input.Facts, Ground: input.Ground, Seen: input.Seen,
	}, input.IdempotencyKey)
	if err != nil {
		return nil, err
	}
	return &model.DismissReportsPayload{Moderation: row, ViewerCase: c}, nil
}

func (r *mutationResolver) DecideReports(ctx context.Context, input model.DecideReportsInput) (*model.DecideReportsPayload, error) {
	all, err := r.Consultation.DecideAll(ctx, input.Items, moderation.Decision{
		Action: entmoderation.Action(input.Decision), Reason: (*entmoderation.Reason)(input.Reason), Facts: input.Facts, Ground: input.Ground,
	}, input.IdempotencyKey)
	if err != nil {
		return nil, err
	}
	return &model.DecideReportsPayload{Outcomes: outcomes(languages(ctx), all)}, nil
}

func (r *mutationResolver) PublishHeld(ctx context.Context, input model.PublishHeldInput) (*model.PublishHeldPayload, error) {
	row, c, err := r.decided(ctx, moderation.Decision{
		Item: input.Item, Action: entmoderation.ActionPUBLISH, Facts: input.Facts, Ground: input.Ground, Seen: input.Seen,
	}, input.IdempotencyKey)
	if err != nil {
		return nil, err
	}
	return &model.PublishHeldPayload{Moderation: row, ViewerCase: c}, nil
}

func (r *mutationResolver) RefuseHeld(ctx context.Context, input model.RefuseHeldInput) (*model.RefuseHeldPayload, error) {
	row, c, err := r.decided(ctx, moderation.Decision{
		Item: input.Item, Action: entmoderation.ActionREFUSE, Reason: reasonFor(input.Reason), Facts: input.Facts, Ground: input.Ground, Seen: input.Seen,
	}, input.IdempotencyKey)
	if err != nil {
		return nil, err
	}
	return &model.RefuseHeldPayload{Moderation: row, ViewerCase: c}, nil
}

func (r *mutationResolver) Appeal(ctx context.Context, input model.AppealInput) (*model.AppealPayload, error) {
	a, err := r.Consultation.Appeal(ctx, input.Moderation, input.Text, input.IdempotencyKey)
	if err != nil {
		return nil, err
	}
	return &model.AppealPayload{Appeal: a}, nil
}

func (r *mutationResolver) DecideAppeal(ctx context.Context, input model.DecideAppealInput) (*model.DecideAppealPayload, error) {
	a, err := r.Consultation.DecideAppeal(ctx, input.Appeal, input.Decision == model.AppealDecisionOverturn, input.Statement, input.IdempotencyKey)
	if err != nil {
		return nil, err
	}
	return &model.DecideAppealPayload{Appeal: a}, nil
}

func (r *processResolver) ViewerHeldWords(ctx context.Context, obj *ent.Process) ([]string, error) {
	if moderation.MayReadQueue(viewer(ctx), obj.ID) != nil {
		return nil, nil
	}
	return obj.HeldWords, nil
}

func (r *processResolver) ViewerCanModerate(ctx context.Context, obj *ent.Process) (bool, error) {
	return moderation.MayReadQueue(viewer(ctx), obj.ID) == nil, nil
}

func (r *processResolver) ViewerModerationQueue(ctx context.Context, obj *ent.Process, filter *model.ModerationCaseFilter, orderBy model.ModerationCaseOrder, first *int, after *string, last *int, before *string) (*relay.Connection[*ent.ModerationCase], error) {
	return r.queueOf(ctx, obj, filter, orderBy, args(first, after, last, before))
}

func (r *queryResolver) ModerationLog(ctx context.Context, process string) (*moderation.ModerationLog, error) {
	log, err := r.Consultation.ModerationLogOf(ctx, ofKind(process, "process"))
	if refusal.CodeOf(err) == refusal.NotFound {
		return nil, nil
	}
	return log, err
}

func (r *reportResolver) ItemKind(ctx context.Context, obj *ent.Report) (moderationcase.Kind, error) {
	return moderationcase.Kind(obj.Kind), nil
}

func (r *reportResolver) Moderation(ctx context.Context, obj *ent.Report) (*ent.Moderation, error) {
	return batch.One(ctx, obj, "moderation", func(claim *ent.Report) string { return value(claim.ModerationID) }, r.nodes().Moderations)
}

func (r *subscriptionResolver) ModerationEvents(ctx context.Context, process string, after *string) (<-chan event.ModerationEvent, error) {
	return r.logEvents(ctx, process, after)
}

func (r *subscriptionResolver) ViewerModerationQueueEvents(ctx context.Context, process string, after *string) (<-chan event.ModerationQueueEvent, error) {
	return r.queueEvents(ctx, process, after)
}

func (r *viewerResolver) Reports(ctx context.Context, obj *auth.Viewer, first *int, after *string, last *int, before *string) (*relay.Connection[*ent.Report], error) {
	return relay.Page(relay.Of(r.Consultation.ReportsBy(*obj), ownReportOrder), args(first, after, last, before))
}

func (r *viewerResolver) HiddenItems(ctx context.Context, obj *auth.Viewer, first *int, after *string, last *int, before *string) (*relay.Connection[*ent.ModerationCase], error) {
	return relay.Page(relay.Of(r.Consultation.HiddenItems(*obj), hiddenOrder), args(first, after, last, before))
}

func (r *Resolver) Moderation() generated.ModerationResolver { return &moderationResolver{r} }

func (r *Resolver) ModerationCase() generated.ModerationCaseResolver {
	return &moderationCaseResolver{r}
}

func (r *Resolver) ModerationCaseConnection() generated.ModerationCaseConnectionResolver {
	return &moderationCaseConnectionResolver{r}
}

func (r *Resolver) ModerationLog() generated.ModerationLogResolver { return &moderationLogResolver{r} }

func (r *Resolver) Report() generated.ReportResolver { return &reportResolver{r} }

type (
	moderationResolver               struct{ *Resolver }
	moderationCaseResolver           struct{ *Resolver }
	moderationCaseConnectionResolver struct{ *Resolver }
	moderationLogResolver            struct{ *Resolver }
	reportResolver                   struct{ *Resolver }
)

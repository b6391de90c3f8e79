package graph

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"ensemble/auth"
	"ensemble/ent"
	"ensemble/ent/auditentry"
	"ensemble/graph/batch"
	"ensemble/graph/model"
	"ensemble/graph/relay"
)

// audit returns the list of the audit entries that v may read and that the filter lets through.
func (r *Resolver) audit(v auth.Viewer, filter *model.AuditFilter, a relay.Args) (*relay.AuditEntryConnection, error) {
	f := model.AuditFilter{}
	if filter != nil {
		f = *filter
	}

	q := r.Consultation.AuditEntries(v)
	if f.Process != nil {
		q.Where(auditentry.ProcessID(*f.Process))
	}
	if f.Actor != nil {
		q.Where(auditentry.ActorID(*f.Actor))
	}
	if f.Subject != nil {
		q.Where(auditentry.SubjectID(*f.Subject))
	}
	if f.Act != nil {
		q.Where(auditentry.Act(*f.Act))
	}

	if f.From != nil {
		q.Where(auditentry.CreatedAtGTE(*f.From))
	}
	if f.To != nil {
		q.Where(auditentry.CreatedAtLT(*f.To))
	}

	return relay.Page(relay.Of(q, auditOrder).By(f), a)
}

// subjectOfAct returns what an act was done to; nil when not everybody may see it.
func (r *Resolver) subjectOfAct(ctx context.Context, e *ent.AuditEntry) (relay.Node, error) {
	found, err := batch.Load(ctx, e, "subject",
		func(ctx context.Context, rows []*ent.AuditEntry) (map[string]relay.Node, error) {
			return r.nodes().byIDs(ctx, batch.IDs(rows, func(e *ent.AuditEntry) string { return e.SubjectID }))
		})
	return found[e.SubjectID], err
}

// reasonOfAct returns why something was done. A decision of moderators that has no ground has its facts instead: the audit
// does not keep these, since names may have to be taken out of them.
func (r *Resolver) reasonOfAct(ctx context.Context, e *ent.AuditEntry) (string, error) {
	if e.Reason != "" {
		return e.Reason, nil
	}
	row, err := batch.One(ctx, e, "moderation", func(e *ent.AuditEntry) string {
		id, _ := e.Details["moderation"].(string)
		return id
	}, withIDs(r.Consultation.Read.Moderation.Query))
	if row == nil {
		return "", err
	}
	return row.Facts, err
}

// detailsOf returns the details of an act in the order of their names.
func detailsOf(e *ent.AuditEntry) []*model.AuditDetail {
	details := []*model.AuditDetail{}
	for _, name := range slices.Sorted(maps.Keys(e.Details)) {
		details = append(details, &model.AuditDetail{Name: name, Value: fmt.Sprint(e.Details[name])})
	}
	return details
}

package graph

import (
	"time"

	"ensemble/consultation/refusal"
	"ensemble/consultation/search"
	"ensemble/consultation/text/clean"
	"ensemble/ent"
	"ensemble/ent/accesstoken"
	"ensemble/ent/amendment"
	"ensemble/ent/auditentry"
	"ensemble/ent/comment"
	"ensemble/ent/commentedit"
	"ensemble/ent/commitment"
	"ensemble/ent/follow"
	"ensemble/ent/invitation"
	"ensemble/ent/membership"
	entmoderation "ensemble/ent/moderation"
	"ensemble/ent/moderationcase"
	"ensemble/ent/notification"
	"ensemble/ent/organization"
	"ensemble/ent/process"
	"ensemble/ent/report"
	"ensemble/ent/searchentry"
	"ensemble/ent/session"
	"ensemble/ent/support"
	"ensemble/ent/territory"
	"ensemble/ent/version"
	"ensemble/graph/batch"
	"ensemble/graph/model"
	"ensemble/graph/relay"
)

// by makes the order of a list: by columns, then by id, so that rows with equal keys are in a fixed order, too. Cursors
// contain a hash of the name: no two orders may share one.
func by[T interface{ NodeID() string }](
	name string, direction model.Direction, columns ...relay.Column[T],
) relay.Order[T] {
	id := relay.Text("id", func(row T) string { return row.NodeID() })
	return relay.Order[T]{Name: name, Desc: direction == model.DirectionDesc, Columns: append(columns, id)}
}

var (
	processOrder = by("processes", model.DirectionDesc,
		relay.Moment(process.FieldCreatedAt, func(p *ent.Process) time.Time { return p.CreatedAt }))
	territoryOrder = by("territories", model.DirectionAsc,
		relay.Text(territory.FieldCode, func(t *ent.Territory) string { return t.Code }))
	supportOrder = by("supports", model.DirectionDesc,
		relay.Moment(support.FieldCreatedAt, func(s *ent.Support) time.Time { return s.CreatedAt }))
	editOrder = by("edits", model.DirectionDesc,
		relay.Moment(commentedit.FieldCreatedAt, func(e *ent.CommentEdit) time.Time { return e.CreatedAt }))
	memberOrder = by("members", model.DirectionAsc,
		relay.Moment(membership.FieldCreatedAt, func(m *ent.Membership) time.Time { return m.CreatedAt }))
	invitationOrder = by("invitations", model.DirectionDesc,
		relay.Moment(invitation.FieldCreatedAt, func(i *ent.Invitation) time.Time { return i.CreatedAt }))
	auditOrder = by("auditEntries", model.DirectionDesc,
		relay.Moment(auditentry.FieldCreatedAt, func(e *ent.AuditEntry) time.Time { return e.CreatedAt }))
	signedAmendmentOrder = by("signedAmendments", model.DirectionDesc,
		relay.Moment(amendment.FieldSubmittedAt, func(a *ent.Amendment) time.Time { return *a.SubmittedAt }))
	followOrder = by("following", model.DirectionDesc,
		relay.Moment(follow.FieldCreatedAt, func(f *ent.Follow) time.Time { return f.CreatedAt }))
	notificationOrder = by("notifications", model.DirectionDesc,
		relay.Moment(notification.FieldUpdatedAt, func(n *ent.Notification) time.Time { return n.UpdatedAt }))
	draftOrder = by("amendmentDrafts", model.DirectionDesc,
		relay.Moment(amendment.FieldCreatedAt, func(a *ent.Amendment) time.Time { return a.CreatedAt }))
	sessionOrder = by("sessions", model.DirectionDesc,
		relay.Moment(session.FieldCreatedAt, func(s *ent.Session) time.Time { return s.CreatedAt }))
	accessTokenOrder = by("accessTokens", model.DirectionDesc,
		relay.Moment(accesstoken.FieldCreatedAt, func(t *ent.AccessToken) time.Time { return t.CreatedAt }))
	logOrder = by("moderationLog", model.DirectionDesc,
		relay.Moment(entmoderation.FieldCreatedAt, func(m *ent.Moderation) time.Time { return m.CreatedAt }))
	reportOrder = by("reports", model.DirectionAsc,
		relay.Moment(report.FieldCreatedAt, func(r *ent.Report) time.Time { return r.CreatedAt }))
	ownReportOrder = by("viewerReports", model.DirectionDesc,
		relay.Moment(report.FieldCreatedAt, func(r *ent.Report) time.Time { return r.CreatedAt }))
	hiddenOrder = by("hiddenItems", model.DirectionDesc,
		relay.Moment(moderationcase.FieldCreatedAt, func(c *ent.ModerationCase) time.Time { return c.CreatedAt }))
)

// searchOrder puts the best results first, and of equal ones the newest. The rank is computed by the query: it is no
// column of the table.
var searchOrder = by("search", model.DirectionDesc,
	relay.Number(search.SearchRank, func(e *ent.SearchEntry) int {
		rank, err := e.Value(search.SearchRank)
		if err != nil {
			panic("graph: a result without its rank: " + err.Error())
		}
		return int(rank.(int64))
	}),
	relay.Moment(searchentry.FieldPublishedAt, func(e *ent.SearchEntry) time.Time { return e.PublishedAt }))

// versionOrder returns the order of a commitment's versions.
func versionOrder(o model.VersionOrder) relay.Order[*ent.Version] {
	return by("versions:"+string(o.Direction), o.Direction,
		relay.Number(version.FieldNumber, func(v *ent.Version) int { return v.Number }))
}

// organizationOrder returns the order asked for.
func organizationOrder(o model.OrganizationOrder) relay.Order[*ent.Organization] {
	key := relay.Text(organization.FieldSearchName, func(g *ent.Organization) string { return g.SearchName })
	if o.Field == model.OrganizationOrderFieldCreatedAt {
		key = relay.Moment(organization.FieldCreatedAt, func(g *ent.Organization) time.Time { return g.CreatedAt })
	}

	return by("organizations:"+string(o.Field+model.OrganizationOrderField(o.Direction)), o.Direction, key)
}

// The orders of lists where none is asked for, or null: the defaults that the schema shows.
var (
	byNumber     = model.CommitmentOrder{Field: model.CommitmentOrderFieldNumber, Direction: model.DirectionAsc}
	newestText   = model.VersionOrder{Field: model.VersionOrderFieldNumber, Direction: model.DirectionDesc}
	bySubmission = model.AmendmentOrder{Field: model.AmendmentOrderFieldSubmittedAt, Direction: model.DirectionAsc}
	byName       = model.OrganizationOrder{Field: model.OrganizationOrderFieldName, Direction: model.DirectionAsc}
	longestWait  = model.ModerationCaseOrder{Field: model.ModerationCaseOrderFieldOpenedAt, Direction: model.DirectionAsc}
)

// orUsual returns the order asked for, else the usual one.
func orUsual[T any](asked *T, usual T) T {
	if asked == nil {
		return usual
	}
	return *asked
}

// commitmentOrder returns the order asked for.
func commitmentOrder(o model.CommitmentOrder) relay.Order[*ent.Commitment] {
	var key relay.Column[*ent.Commitment]
	switch o.Field {
	case model.CommitmentOrderFieldActivity:
		key = relay.Moment(commitment.FieldActiveAt, func(c *ent.Commitment) time.Time { return c.ActiveAt })
	case model.CommitmentOrderFieldSupports:
		key = relay.Number(commitment.FieldSupportCount, func(c *ent.Commitment) int { return c.SupportCount })
	case model.CommitmentOrderFieldComments:
		key = relay.Number(commitment.FieldCommentCount, func(c *ent.Commitment) int { return c.CommentCount })
	default:
		key = relay.Number(commitment.FieldNumber, func(c *ent.Commitment) int { return c.Number })
	}

	return by("commitments:"+string(o.Field)+string(o.Direction), o.Direction, key)
}

// amendmentOrder returns the order asked for.
func amendmentOrder(o model.AmendmentOrder) relay.Order[*ent.Amendment] {
	key := relay.Moment(amendment.FieldSubmittedAt, func(a *ent.Amendment) time.Time { return *a.SubmittedAt })
	if o.Field == model.AmendmentOrderFieldComments {
		key = relay.Number(amendment.FieldCommentCount, func(a *ent.Amendment) int { return a.CommentCount })
	}
	return by("amendments:"+string(o.Field)+string(o.Direction), o.Direction, key)
}

// commentOrder returns the order asked for; the oldest come first unless it is another one.
func commentOrder(o model.CommentOrder) relay.Order[*ent.Comment] {
	name, posted := "comments:"+string(o),
		relay.Moment(comment.FieldCreatedAt, func(m *ent.Comment) time.Time { return m.CreatedAt })

	switch o {
	case model.CommentOrderNewest:
		return by(name, model.DirectionDesc, posted)
	case model.CommentOrderThread:
		return by(name, model.DirectionAsc,
			relay.Text(comment.FieldPath, func(m *ent.Comment) string { return m.Path }))
	case model.CommentOrderTop:
		return by(name, model.DirectionDesc,
			relay.Number(comment.FieldScore, func(m *ent.Comment) int { return m.Score }))
	case model.CommentOrderMostDiscussed:
		return by(name, model.DirectionDesc,
			relay.Number(comment.FieldDescendantCount, func(m *ent.Comment) int { return m.DescendantCount }))
	}

	return by(name, model.DirectionAsc, posted)
}

// caseOrder returns the order asked for of a moderators' queue.
func caseOrder(o model.ModerationCaseOrder) relay.Order[*ent.ModerationCase] {
	key := relay.Moment(moderationcase.FieldOpenedAt, func(c *ent.ModerationCase) time.Time { return c.OpenedAt })
	if o.Field == model.ModerationCaseOrderFieldReports {
		key = relay.Number(moderationcase.FieldReportCount, func(c *ent.ModerationCase) int { return c.ReportCount })
	}
	return by("moderationQueue:"+string(o.Field)+string(o.Direction), o.Direction, key)
}

// Bounds of one condition of a filter: databases limit the size of a statement.
const (
	maxSearch  = 200 // code points of a search text
	maxChoices = 150 // values in a list; France has 101 departments
)

// searchable reports why a search text may not be used, or nil. Errors: BAD_USER_INPUT on field when it is too long.
func searchable(field string, search *string) error {
	if search == nil {
		return nil
	}
	if n := clean.Length(*search); n > maxSearch {
		return refusal.BadInput(field, "This has %d characters; at most %d are allowed.", n, maxSearch)
	}
	return nil
}

// inTimeWith returns a list that has the time of a search when a text narrows it: each row is looked at for the words.
func inTimeWith[T batch.Row](r *Resolver, text *string, list relay.List[T]) relay.List[T] {
	if text == nil {
		return list
	}
	return list.Through(r.inTime)
}

// fewChoices reports why a condition may not list these values, or nil. Errors: BAD_USER_INPUT on field when there are
// too many.
func fewChoices[T any](field string, choices []T) error {
	if len(choices) > maxChoices {
		return refusal.BadInput(field, "Give at most %d values.", maxChoices)
	}
	return nil
}

// args puts together the arguments that all connections share.
func args(first *int, after *string, last *int, before *string) relay.Args {
	return relay.Args{First: first, After: after, Last: last, Before: before}
}

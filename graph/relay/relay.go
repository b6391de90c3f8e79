// Package relay has what the Relay specifications ask of the schema: nodes and connections, and interfaces of nodes.
// Every list uses the same keyset implementation: keyset.go says how a list is ordered and what a cursor is, window.go
// turns a page into SQL, connection.go has what resolvers return. Who may see a row is not decided here, but by the
// query.
package relay

import "ensemble/ent"

// Node is the GraphQL interface of everything that has an id.
type Node interface{ NodeID() string }

// Actor is whoever signs content: *ent.User or *ent.Organization. Like the interfaces below, it has a method that marks
// its types. Without that, every Node would fulfil it, and gqlgen's type switches would take any row for an Actor.
type Actor interface {
	Node
	IsActor()
}

// CommentSubject is what can be commented on: *ent.Commitment or *ent.Amendment.
type CommentSubject interface {
	Node
	IsCommentSubject()
}

// Followable is what can be followed: *ent.Process, *ent.Commitment, *ent.User or *ent.Organization.
type Followable interface {
	Node
	IsFollowable()
}

// SearchItem is what a search finds: *ent.Commitment, *ent.Amendment, *ent.Comment or *ent.Organization.
type SearchItem interface {
	Node
	IsSearchItem()
}

// NotificationConnection is a page of a person's notifications.
type NotificationConnection struct {
	*Connection[*ent.Notification]
	StreamCursor string // where the stream of notifications stood before the page was read
}

// The connections of the schema and their edges.
type (
	AccessTokenConnection    = Connection[*ent.AccessToken]
	AccessTokenEdge          = Edge[*ent.AccessToken]
	AmendmentConnection      = Connection[*ent.Amendment]
	AmendmentEdge            = Edge[*ent.Amendment]
	AuditEntryConnection     = Connection[*ent.AuditEntry]
	AuditEntryEdge           = Edge[*ent.AuditEntry]
	CommentConnection        = Connection[*ent.Comment]
	CommentEdge              = Edge[*ent.Comment]
	CommentEditConnection    = Connection[*ent.CommentEdit]
	CommentEditEdge          = Edge[*ent.CommentEdit]
	CommitmentConnection     = Connection[*ent.Commitment]
	CommitmentEdge           = Edge[*ent.Commitment]
	FollowConnection         = Connection[*ent.Follow]
	FollowEdge               = Edge[*ent.Follow]
	InvitationConnection     = Connection[*ent.Invitation]
	InvitationEdge           = Edge[*ent.Invitation]
	MembershipConnection     = Connection[*ent.Membership]
	MembershipEdge           = Edge[*ent.Membership]
	ModerationCaseConnection = Connection[*ent.ModerationCase]
	ModerationCaseEdge       = Edge[*ent.ModerationCase]
	ModerationConnection     = Connection[*ent.Moderation]
	ModerationEdge           = Edge[*ent.Moderation]
	NotificationEdge         = Edge[*ent.Notification]
	OrganizationConnection   = Connection[*ent.Organization]
	OrganizationEdge         = Edge[*ent.Organization]
	ProcessConnection        = Connection[*ent.Process]
	ProcessEdge              = Edge[*ent.Process]
	ReportConnection         = Connection[*ent.Report]
	ReportEdge               = Edge[*ent.Report]
	SearchResultConnection   = Connection[*ent.SearchEntry]
	SearchResultEdge         = Edge[*ent.SearchEntry]
	SessionConnection        = Connection[*ent.Session]
	SessionEdge              = Edge[*ent.Session]
	SupportConnection        = Connection[*ent.Support]
	SupportEdge              = Edge[*ent.Support]
	TerritoryConnection      = Connection[*ent.Territory]
	TerritoryEdge            = Edge[*ent.Territory]
	VersionConnection        = Connection[*ent.Version]
	VersionEdge              = Edge[*ent.Version]
)

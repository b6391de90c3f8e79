package server_test

import (
	"maps"
	"slices"

	"github.com/vektah/gqlparser/v2/ast"
)

// unanswered is what the reference server does not answer, by type: golden files, the table of lists, and the test that
// unmarked fields are the same for all look at it.
var unanswered = map[string][]string{
	"Query":                  {"invitation", "search", "signInProviders", "termsOfUse"},
	"Viewer":                 {"auditEntries", "following", "identities", "invitations", "notificationSettings", "notifications", "owesTerms", "termsAcceptance"},
	"Process":                {"followerCount", "viewerIsFollowing", "steeringBody", "viewerRoleHolders"},
	"Commitment":             {"commentAuthorCounts", "followerCount", "viewerIsFollowing"},
	"Amendment":              {"commentAuthorCounts", "viewerSignatory"},
	"Comment":                {"viewerSignatory"},
	"Support":                {"viewerSignatory"},
	"CommentSubject":         {"commentAuthorCounts"},
	"Followable":             {"followerCount", "viewerIsFollowing"},
	"User":                   {"followerCount", "viewerIsFollowing"},
	"Organization":           {"amendments", "comments", "supports", "followerCount", "viewerIsFollowing", "viewerInvitations"},
	"Role":                   {"createdAt", "user"},
	"CommentFilter":          {"by"},
	"AmendmentFilter":        {"by"},
	"Notified":               {"viewerNotification", "viewerUnreadCount"},
	"NotificationsRead":      {"viewerUnreadCount"},
	"NotificationConnection": {"streamCursor"},
}

// answered is the schema without what the reference does not answer.
func answered(served *ast.Schema) *ast.Schema {
	schema := *served
	schema.Types = maps.Clone(served.Types)
	for name, fields := range unanswered {
		of := *schema.Types[name]
		of.Fields = slices.DeleteFunc(slices.Clone(of.Fields), func(f *ast.FieldDefinition) bool { return slices.Contains(fields, f.Name) })
		schema.Types[name] = &of
	}
	schema.Query = schema.Types["Query"]
	schema.PossibleTypes = map[string][]*ast.Definition{}
	for name, types := range served.PossibleTypes {
		for _, of := range types {
			schema.PossibleTypes[name] = append(schema.PossibleTypes[name], schema.Types[of.Name])
		}
	}
	return &schema
}

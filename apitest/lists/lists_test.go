package lists_test

import (
	"cmp"
	"strings"
	"testing"

	"github.com/vektah/gqlparser/v2/ast"

	"ensemble/graph/generated"
	"ensemble/internal/testsite"
)

// list says how to reach one connection of the schema, and what its rows are in the database.
type list struct {
	field  string                      // Type.field
	parent func(*lists) string         // adds a parent; nil for a list that has none
	add    func(*lists, string) string // adds a row under a parent
	as     string                      // who may see it; "" is everybody
	filter string                      // a condition, to leave out what is there already
	table  string
	column string            // of the parent
	where  string            // what makes a row public
	counts string            // what to do when a row is deleted: an UPDATE, $1 is the parent
	shown  string            // the field that identifies a row; "" is id
	keys   map[string]string // order → column, with "-" before it if it goes down; "" is the default order
	frozen bool              // rows are never deleted
}

// allLists are the connections of the schema.
var allLists = []list{
	{
		field: "Query.processes", add: func(w *lists, _ string) string { return w.process(true) },
		table: "processes", where: "published_at IS NOT NULL", keys: map[string]string{"": "-created_at"},
	},
	{
		field: "Query.territories", add: (*lists).territoryIn, filter: "filter: {text: \"x\", within: null}",
		table: "territories", where: "search_name LIKE '%x%'", keys: map[string]string{"": "code"},
	},
	{
		field: "Query.organizations", add: (*lists).organization, filter: "filter: {kind: OTHER}",
		table: "organizations", where: "kind = 'OTHER'",
		keys: map[string]string{
			"NAME": "search_name", "CREATED_AT": "created_at",
			"": "search_name", "NAME ASC": "search_name", "NAME DESC": "-search_name",
			"CREATED_AT ASC": "created_at", "CREATED_AT DESC": "-created_at",
		},
	},
	{
		field: "Query.search", add: (*lists).hit, filter: `query: "licorne"`, table: "search_entries",
		where: "id IN (SELECT id FROM organizations WHERE name = 'Licorne'" +
			" UNION SELECT id FROM comments WHERE body = 'Une licorne.')",
		shown: "itemId",
		keys:  map[string]string{"": "-CASE kind WHEN 'ORGANIZATION' THEN 'b' ELSE 'a' END || published_at"},
	},
	{
		field: "Process.commitments", parent: (*lists).publicProcess, add: (*lists).publicCommitmentIn,
		table: "commitments", column: "process_id", where: "status <> 'DRAFT'",
		counts: "UPDATE processes SET commitment_count = commitment_count - 1 WHERE id = $1",
		keys: map[string]string{
			"NUMBER": "-number", "ACTIVITY": "-active_at", "SUPPORTS": "-support_count", "COMMENTS": "-comment_count",
			"": "number", "NUMBER ASC": "number", "NUMBER DESC": "-number",
			"ACTIVITY ASC": "active_at", "ACTIVITY DESC": "-active_at",
			"SUPPORTS ASC": "support_count", "SUPPORTS DESC": "-support_count",
			"COMMENTS ASC": "comment_count", "COMMENTS DESC": "-comment_count",
		},
	},
	{
		field: "Process.viewerDraftCommitments", as: "steering", parent: (*lists).publicProcess,
		add:   (*lists).draftCommitmentIn,
		table: "commitments", column: "process_id", where: "status = 'DRAFT'", keys: map[string]string{"": "number"},
	},
	{
		field: "Commitment.versions", parent: (*lists).publicCommitment, add: (*lists).nextVersionOf, frozen: true,
		table: "versions", column: "commitment_id",
		keys: map[string]string{"": "-number", "NUMBER": "-number", "NUMBER ASC": "number", "NUMBER DESC": "-number"},
	},
	{
		field: "Commitment.amendments", parent: (*lists).publicCommitment, add: (*lists).submittedOn,
		table: "amendments", column: "commitment_id", where: "state <> 'DRAFT'",
		counts: "UPDATE commitments SET amendment_count = amendment_count - 1 WHERE id = $1",
		keys: map[string]string{
			"SUBMITTED_AT": "-submitted_at", "COMMENTS": "-comment_count",
			"": "submitted_at", "SUBMITTED_AT ASC": "submitted_at", "SUBMITTED_AT DESC": "-submitted_at",
			"COMMENTS ASC": "comment_count", "COMMENTS DESC": "-comment_count",
		},
	},
	{
		field: "Commitment.comments", parent: (*lists).publicCommitment, add: (*lists).commentOn,
		table: "comments", column: "subject_id", keys: threadKeys,
		counts: "UPDATE commitments SET comment_count = (SELECT count(*) FROM comments WHERE subject_id = $1) WHERE id = $1",
	},
	{
		field: "CommentSubject.comments", parent: (*lists).publicAmendment, add: (*lists).commentOn,
		table: "comments", column: "subject_id", keys: threadKeys,
		counts: "UPDATE amendments SET comment_count = (SELECT count(*) FROM comments WHERE subject_id = $1) WHERE id = $1",
	},
	{
		field: "Amendment.comments", parent: (*lists).publicAmendment, add: (*lists).commentOn,
		table: "comments", column: "subject_id", keys: threadKeys,
		counts: "UPDATE amendments SET comment_count = (SELECT count(*) FROM comments WHERE subject_id = $1) WHERE id = $1",
	},
	{
		field: "Commitment.supports", parent: (*lists).publicCommitment, add: (*lists).supportOf,
		table: "supports", column: "commitment_id", keys: map[string]string{"": "-created_at"},
		counts: "UPDATE commitments SET support_count = support_count - 1 WHERE id = $1",
	},
	{
		field: "Comment.replies", parent: (*lists).rootComment, add: (*lists).answerTo,
		table: "comments", column: "parent_id", keys: map[string]string{"": "created_at"},
	},
	{
		field: "Comment.edits", parent: (*lists).rootComment, add: (*lists).editOf, shown: "body",
		table: "comment_edits", column: "comment_id", keys: map[string]string{"": "-created_at"},
	},
	{
		field: "Territory.children", parent: func(w *lists) string { return w.territoryIn("") },
		add:   (*lists).territoryIn,
		table: "territories", column: "parent_id", keys: map[string]string{"": "code"},
	},
	{
		field: "Organization.viewerMembers", as: "alice",
		parent: func(w *lists) string { return w.organization("") }, add: (*lists).membershipIn,
		table: "memberships", column: "organization_id", keys: map[string]string{"": "created_at"},
	},
	{
		field: "Organization.comments", parent: (*lists).verifiedOrganization, add: (*lists).commentOf,
		table: "comments", column: "organization_id", where: "deleted_at IS NULL AND hidden_at IS NULL",
		keys: map[string]string{"": "-created_at"},
	},
	{
		field: "Organization.amendments", parent: (*lists).verifiedOrganization, add: (*lists).amendmentOf,
		table: "amendments", column: "organization_id", where: "state <> 'DRAFT'",
		keys: map[string]string{"": "-submitted_at"},
	},
	{
		field: "Organization.supports", parent: (*lists).verifiedOrganization, add: (*lists).supportBy,
		table: "supports", column: "organization_id", keys: map[string]string{"": "-created_at"},
	},
	{
		field: "Organization.viewerInvitations", as: "alice", parent: (*lists).organizationOfAlice,
		add:   (*lists).invitationTo,
		table: "invitations", column: "organization_id", keys: map[string]string{"": "-created_at"},
	},
	{
		field: "Viewer.invitations", as: "alice", add: (*lists).invitationOfAlice,
		table: "invitations", keys: map[string]string{"": "-created_at"},
	},
	{
		field: "Viewer.auditEntries", as: "admin", add: (*lists).auditEntry,
		filter: `filter: {act: "test"}`, frozen: true,
		table: "audit_entries", where: "act = 'test'", keys: map[string]string{"": "-created_at"},
	},
	{
		field: "Viewer.amendmentDrafts", as: "alice", add: (*lists).draftOfAlice,
		table: "amendments", where: "state = 'DRAFT'", keys: map[string]string{"": "-created_at"},
	},
	{
		field: "Viewer.draftProcesses", as: "admin", add: func(w *lists, _ string) string { return w.process(false) },
		table: "processes", where: "published_at IS NULL", keys: map[string]string{"": "-created_at"},
	},
	{
		field: "Viewer.sessions", as: "alice", add: (*lists).sessionOfAlice, frozen: true,
		table: "sessions", where: ofAlice, keys: map[string]string{"": "-created_at"},
	},
	{
		field: "Viewer.accessTokens", as: "alice", add: (*lists).accessTokenOfAlice,
		table: "access_tokens", where: ofAlice, keys: map[string]string{"": "-created_at"},
	},
	{
		field: "Viewer.following", as: "alice", add: (*lists).followOfAlice,
		table: "follows", where: "active", keys: map[string]string{"": "-created_at"},
	},
	{
		field: "Viewer.notifications", as: "alice", add: (*lists).notificationOfAlice,
		table: "notifications", keys: map[string]string{"": "-updated_at"},
	},
}

// The lists of moderation_test.go are added in init, after both variables have their values.
func init() { allLists = append(allLists, moderationLists...) }

// threadKeys are the sort keys of a thread.
var threadKeys = map[string]string{
	"": "created_at", "OLDEST": "created_at", "NEWEST": "-created_at", "THREAD": "path",
	"TOP": "-score WHERE depth = 0", "MOST_DISCUSSED": "-descendant_count WHERE depth = 0",
}

// Every connection of the schema is in the table.
func TestAllListsAreTested(t *testing.T) {
	known := map[string]bool{}
	for _, l := range allLists {
		known[l.field] = true
	}

	for _, def := range generated.NewExecutableSchema(generated.Config{}).Schema().Types {
		for _, f := range def.Fields {
			if strings.HasSuffix(f.Type.Name(), "Connection") && !known[def.Name+"."+f.Name] {
				t.Errorf("%s.%s is not in allLists", def.Name, f.Name)
			}
		}
	}
}

// Every list has the rows that the database has, in each of its orders and in pages of all kinds.
func TestLists(t *testing.T) {
	schema := generated.NewExecutableSchema(generated.Config{}).Schema()
	for _, l := range allLists {
		t.Run(l.field, func(t *testing.T) {
			testsite.EachLogged(t, func(t *testing.T, s *testsite.Logged) {
				w := newLists(t, s)
				b := &book{list: l, s: s, w: w, parents: []string{""}}
				if l.parent != nil {
					b.parents = []string{l.parent(w), l.parent(w), l.parent(w)}
				}

				b.fill()

				for _, o := range l.orders(t, schema) {
					t.Run(cmp.Or(o.name, "default"), func(t *testing.T) { b.read(t, o) })
				}
			})
		})
	}
}

// order is one way that a list can be sorted.
type order struct {
	name      string
	arguments string // how it is asked for
	column    string
	down      bool
	where     string
}

// orders are the default order and all that the schema offers; each must have its key in the table.
func (l list) orders(t *testing.T, schema *ast.Schema) []order {
	t.Helper()
	typ, name, _ := strings.Cut(l.field, ".")
	f := schema.Types[typ].Fields.ForName(name)

	all := []order{l.order(t, "", "")}
	if a := f.Arguments.ForName("orderBy"); a != nil && schema.Types[a.Type.Name()].Kind == ast.Enum {
		for _, v := range schema.Types[a.Type.Name()].EnumValues {
			all = append(all, l.order(t, v.Name, "orderBy: "+v.Name))
		}
	} else if a != nil { // an object with a field and a direction
		fields := schema.Types[a.Type.Name()].Fields.ForName("field").Type.Name()
		for _, v := range schema.Types[fields].EnumValues {
			all = append(all, l.order(t, v.Name, "orderBy: {field: "+v.Name+"}"))
			for _, d := range []string{"ASC", "DESC"} {
				all = append(all, l.order(t, v.Name+" "+d, "orderBy: {field: "+v.Name+", direction: "+d+"}"))
			}
		}
	}

	return all
}

// order is the order with a name, asked for with arguments.
func (l list) order(t *testing.T, name, arguments string) order {
	t.Helper()
	key, known := l.keys[name]
	if !known {
		t.Fatalf("no key for the order %q of %s", name, l.field)
	}
	column, where, _ := strings.Cut(key, " WHERE ")
	upward := strings.TrimPrefix(column, "-")
	return order{name: name, arguments: arguments, column: upward, down: upward != column, where: where}
}

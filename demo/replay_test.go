package demo

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"
	"testing"

	"ensemble/auth"
	"ensemble/consultation"
	"ensemble/consultation/change"
	"ensemble/ent"
	"ensemble/ent/amendment"
	"ensemble/ent/auditentry"
	"ensemble/ent/comment"
	"ensemble/ent/commentedit"
	"ensemble/ent/commentvote"
	"ensemble/ent/commitment"
	"ensemble/ent/event"
	"ensemble/ent/membership"
	"ensemble/ent/moderation"
	"ensemble/ent/moderationcase"
	"ensemble/ent/report"
	"ensemble/ent/support"
	"ensemble/ent/user"
	"ensemble/ent/version"
	"ensemble/internal/testenv"
)

// The sample is told by code of its own, which repeats what the rules do. In this test the mutations themselves do it
// again, each at its time and by the same person, with the same ids and nonces. After that the two databases must be
// the same, in each column. When a rule changes, this test says what the story has to learn.
func TestTheRulesTellTheSameStory(t *testing.T) {
	url := testenv.SQLite(t)
	r := &replay{
		t: t, from: filled(t, url, 1), to: serve(t, testenv.SQLite(t)),
		clock: testenv.NewClock(now), ids: map[string][]string{},
	}

	r.copyCast(strings.TrimPrefix(url, "sqlite:"))
	acts := r.acts()
	r.readIDs()

	r.to.Now, r.to.NewID, r.to.NewNonce = r.clock.Now, r.nextID, r.nextNonce

	for _, a := range acts {
		r.clock.Set(a.at)
		if err := a.do(); err != nil {
			t.Fatalf("%s at %s: %v", a.what, a.at, err)
		}
	}

	r.compare()
}

// replay does again in one database what is recorded in another.
type replay struct {
	t        *testing.T
	from, to *consultation.Service
	clock    *testenv.Clock
	ids      map[string][]string // by kind, the ids to give next
	nonces   []uint64
}

// recorded is an act that left a record: an event, or a draft.
type recorded struct {
	record string
	act
}

// acts returns the acts of the record in the order of time.
func (r *replay) acts() []recorded {
	ctx, read := r.t.Context(), r.from.Read
	var acts []recorded

	for _, c := range one[[]*ent.Commitment](r.t)(read.Commitment.Query().WithTerritories().All(ctx)) {
		draft := act{c.CreatedAt, "draft a commitment", func() error { return r.draftCommitment(c) }}
		acts = append(acts, recorded{c.ID, draft})
	}
	for _, a := range one[[]*ent.Amendment](r.t)(read.Amendment.Query().All(ctx)) {
		draft := act{a.CreatedAt, "draft an amendment", func() error { return r.draftAmendment(a) }}
		acts = append(acts, recorded{a.ID, draft})
	}
	for _, e := range one[[]*ent.Event](r.t)(read.Event.Query().Order(event.ByID()).All(ctx)) {
		acts = append(acts, recorded{e.ID, act{e.At, e.Type, func() error { return r.happen(e) }}})
		r.nonces = append(r.nonces, uint64(e.Nonce))
	}

	slices.SortFunc(acts, func(a, b recorded) int { return cmp.Compare(uuid(a.record), uuid(b.record)) })
	return acts
}

// uuid returns the part of an id that is in the order of time.
func uuid(id string) string { return id[strings.Index(id, "_"):] }

// readIDs reads the ids to give, of each kind in the order of time.
func (r *replay) readIDs() {
	ctx, read := r.t.Context(), r.from.Read
	for kind, ids := range map[string]func(context.Context) ([]string, error){
		"commitment": read.Commitment.Query().Order(commitment.ByID()).IDs,
		"version":    read.Version.Query().Order(version.ByID()).IDs,
		"amendment":  read.Amendment.Query().Order(amendment.ByID()).IDs,
		"comment":    read.Comment.Query().Order(comment.ByID()).IDs,
		"edit":       read.CommentEdit.Query().Order(commentedit.ByID()).IDs,
		"vote":       read.CommentVote.Query().Order(commentvote.ByID()).IDs,
		"support":    read.Support.Query().Order(support.ByID()).IDs,
		"event":      read.Event.Query().Order(event.ByID()).IDs,
		"case":       read.ModerationCase.Query().Order(moderationcase.ByID()).IDs,
		"report":     read.Report.Query().Order(report.ByID()).IDs,
		"moderation": read.Moderation.Query().Order(moderation.ByID()).IDs,
		"audit":      read.AuditEntry.Query().Order(auditentry.ByID()).IDs,
	} {
		r.ids[kind] = one[[]string](r.t)(ids(ctx))
	}
}

// nextID returns the id that the record has for the next node of this kind.
func (r *replay) nextID(kind string) string {
	if kind == "follow" {
		return change.NewID(kind) // the sample has no follows: its people are told because they support
	}
	if len(r.ids[kind]) == 0 {
		r.t.Fatalf("the rules make another %s", kind)
	}

	id := r.ids[kind][0]
	r.ids[kind] = r.ids[kind][1:]
	return id
}

// nextNonce returns the nonce that the record has for the next event.
func (r *replay) nextNonce() uint64 {
	nonce := r.nonces[0]
	r.nonces = r.nonces[1:]
	return nonce
}

// as returns the context of somebody of the sample, who is signed in.
func (r *replay) as(userID string) context.Context {
	withRights := r.from.Read.User.Query().Where(user.ID(userID)).WithRoles().
		WithMemberships(func(q *ent.MembershipQuery) { q.Where(membership.RoleNEQ(membership.RoleMEMBER)) })
	u := one[*ent.User](r.t)(withRights.Only(r.t.Context()))
	v := auth.Viewer{UserID: userID, SiteAdmin: u.SiteAdmin, Confirmed: true, Roles: map[string][]string{}}
	for _, role := range u.Edges.Roles {
		v.Roles[role.ProcessID] = append(v.Roles[role.ProcessID], string(role.Name))
	}
	for _, m := range u.Edges.Memberships {
		v.SignsFor = append(v.SignsFor, m.OrganizationID)
	}
	return auth.WithViewer(r.t.Context(), v)
}

// copyCast copies the people and things that are there before the story begins: mutations do not make all of them.
func (r *replay) copyCast(file string) {
	r.exec("ATTACH DATABASE '" + file + "' AS told")
	r.exec("DELETE FROM territories")
	for _, table := range []string{
		"territories", "users", "organizations", "memberships", "processes", "roles", "phases", "axes",
	} {
		r.exec("INSERT INTO main." + table + " SELECT * FROM told." + table)
	}

	r.exec("DETACH DATABASE told")
	r.exec("UPDATE processes SET published_at = NULL, last_number = 0, commitment_count = 0, updated_at = created_at")
	r.exec("UPDATE phases SET announced = 'NOTHING'")

	// The sample has no notifications: its people are told only of what happens later.
	r.exec(`INSERT INTO notification_settings (id, muted) SELECT id, '["CONTENT_MODERATED"]' FROM users`)
}

// exec runs a statement on the database that is made again.
func (r *replay) exec(statement string) {
	if _, err := r.to.Write.ExecContext(r.t.Context(), statement); err != nil {
		r.t.Fatalf("%s: %v", statement, err)
	}
}

// compare compares the rows of all tables that the story fills.
func (r *replay) compare() {
	for _, table := range []string{
		"processes", "phases", "commitments", "commitment_territories", "versions", "amendments", "comments",
		"comment_edits", "comment_votes", "supports", "topics", "events",
		"reports", "moderations", "moderation_cases", "audit_entries",
	} {
		told, again := r.table(r.from, table), r.table(r.to, table)

		same(r.t, "rows of "+table, len(told), len(again))
		for i := range min(len(told), len(again)) {
			same(r.t, fmt.Sprintf("%s, row %d", table, i+1), told[i], again[i])
		}
	}
}

// table returns the rows of a table as text.
func (r *replay) table(s *consultation.Service, name string) []string {
	rows := one[*sql.Rows](r.t)(s.Read.QueryContext(r.t.Context(), "SELECT * FROM "+name+" ORDER BY 1, 2"))
	defer rows.Close()
	columns := one[[]string](r.t)(rows.Columns())

	var lines []string
	for rows.Next() {

		values, into := make([]any, len(columns)), make([]any, len(columns))
		for i := range values {
			into[i] = &values[i]
		}
		if err := rows.Scan(into...); err != nil {
			r.t.Fatal(err)
		}
		lines = append(lines, fmt.Sprintf("%q", values))
	}
	return lines
}

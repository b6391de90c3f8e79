package migrations_test

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"testing"
	"testing/fstest"
	"time"

	"entgo.io/ent/dialect"
	entsql "entgo.io/ent/dialect/sql"

	"ensemble/database"
	"ensemble/ent"
	"ensemble/ent/migrate"
	"ensemble/internal/testenv"
	"ensemble/migrations"
)

// folders holds the SQL of each dialect, in migrations and in testdata alike.
var folders = map[string]string{dialect.SQLite: "sqlite", dialect.Postgres: "postgres"}

// A database that has lived through every version, and got rows at each, is read as it is now: those of
// testdata/<dialect>/NNNN_rows.sql, inserted at version NNNN, into the tables and columns that were new in it.
func TestOldDatabases(t *testing.T) {
	testenv.EachDialect(t, func(t *testing.T, url string) {
		s := open(t, url)
		files, err := filepath.Glob(filepath.Join("testdata", folders[s.Dialect], "*_rows.sql"))
		if err != nil || len(files) == 0 {
			t.Fatalf("no rows of old versions: %v", err)
		}

		// The past: each version with its rows.
		for _, file := range files {
			insertAt(t, s, file)
		}

		before := counts(t, s)
		_, err = database.Migrate(t.Context(), s, migrations.Files)
		must(t, err)

		// The present, as ent reads it.
		client := ent.NewClient(ent.Driver(entsql.OpenDB(s.Dialect, s.Read)))
		for table, read := range readers(client) {
			n, err := read(t.Context())
			if table == "search_entries" {
				if err != nil || before[table] == 0 || n != 0 { // version 14 has the index made anew
					t.Errorf("%s: %d of %d rows are left, %v", table, n, before[table], err)
				}
				continue
			}
			if err != nil || n != before[table] || n == 0 {
				t.Errorf("%s: read %d of %d rows, %v", table, n, before[table], err)
			}
		}
		checkValues(t, client)
	})
}

// insertAt brings the database to the version that a file of rows is for, and inserts them.
func insertAt(t *testing.T, s *database.Store, file string) {
	t.Helper()
	var version int
	_, err := fmt.Sscanf(filepath.Base(file), "%d_rows.sql", &version)
	must(t, err)
	outcome, err := database.Migrate(t.Context(), s, first(t, version))
	if err != nil || outcome.Version != version {
		t.Fatalf("migrate to version %d: %+v, %v", version, outcome, err)
	}
	rows, err := os.ReadFile(file)
	must(t, err)
	if _, err = s.Write.ExecContext(t.Context(), string(rows)); err != nil {
		t.Fatalf("%s: %v", file, err)
	}
}

// first is the migrations up to a version.
func first(t *testing.T, version int) fs.FS {
	t.Helper()
	files := fstest.MapFS{}
	for _, folder := range folders {
		names, err := fs.Glob(migrations.Files, folder+"/*.sql")
		must(t, err)
		for _, name := range names[:version] {
			data, err := fs.ReadFile(migrations.Files, name)
			must(t, err)
			files[name] = &fstest.MapFile{Data: data}
		}
	}
	return files
}

// counts are how many rows each table has.
func counts(t *testing.T, s *database.Store) map[string]int {
	t.Helper()
	all := map[string]int{}
	for _, table := range migrate.Tables {
		var n int
		if err := s.Read.QueryRowContext(t.Context(), "SELECT count(*) FROM "+table.Name).Scan(&n); err == nil {
			all[table.Name] = n // a table of a newer version is not there yet
		}
	}
	return all
}

// readers read every row of each table through ent.
func readers(c *ent.Client) map[string]func(context.Context) (int, error) {
	return map[string]func(context.Context) (int, error){
		// By the name of the table. The rows of commitment_territories have no type: the territories are read by them.
		"access_tokens":          all(c.AccessToken.Query().All),
		"amendments":             all(c.Amendment.Query().All),
		"appeals":                all(c.Appeal.Query().All),
		"audit_entries":          all(c.AuditEntry.Query().All),
		"axes":                   all(c.Axis.Query().All),
		"comments":               all(c.Comment.Query().All),
		"comment_edits":          all(c.CommentEdit.Query().All),
		"comment_mentions":       all(c.CommentMention.Query().All),
		"comment_votes":          all(c.CommentVote.Query().All),
		"commitments":            all(c.Commitment.Query().All),
		"commitment_territories": all(c.Commitment.Query().QueryTerritories().All),
		"events":                 all(c.Event.Query().All),
		"fanouts":                all(c.Fanout.Query().All),
		"follows":                all(c.Follow.Query().All),
		"idempotency_keys":       all(c.IdempotencyKey.Query().All),
		"invitations":            all(c.Invitation.Query().All),
		"mailed_tokens":          all(c.MailedToken.Query().All),
		"identities":             all(c.Identity.Query().All),
		"mails":                  all(c.Mail.Query().All),
		"memberships":            all(c.Membership.Query().All),
		"mentions":               all(c.Mention.Query().All),
		"moderation_cases":       all(c.ModerationCase.Query().All),
		"moderations":            all(c.Moderation.Query().All),
		"notification_settings":  all(c.NotificationSettings.Query().All),
		"notifications":          all(c.Notification.Query().All),
		"organizations":          all(c.Organization.Query().All),
		"phases":                 all(c.Phase.Query().All),
		"processes":              all(c.Process.Query().All),
		"provider_sessions":      all(c.ProviderSession.Query().All),
		"reports":                all(c.Report.Query().All),
		"resting_nicknames":      all(c.RestingNickname.Query().All),
		"roles":                  all(c.Role.Query().All),
		"search_entries":         all(c.SearchEntry.Query().All),
		"sessions":               all(c.Session.Query().All),
		"sign_in_attempts":       all(c.SignInAttempt.Query().All),
		"supports":               all(c.Support.Query().All),
		"territories":            all(c.Territory.Query().All),
		"topics":                 all(c.Topic.Query().All),
		"unsubscriptions":        all(c.Unsubscription.Query().All),
		"users":                  all(c.User.Query().All),
		"versions":               all(c.Version.Query().All),
	}
}

func all[T any](read func(context.Context) ([]T, error)) func(context.Context) (int, error) {
	return func(ctx context.Context) (int, error) {
		rows, err := read(ctx)
		return len(rows), err
	}
}

func TestEveryTableIsRead(t *testing.T) {
	read := readers(ent.NewClient())
	for _, table := range migrate.Tables {
		if read[table.Name] == nil {
			t.Errorf("no reader for %s", table.Name)
		}
	}
	if len(read) != len(migrate.Tables) {
		t.Errorf("%d readers for %d tables", len(read), len(migrate.Tables))
	}
}

// checkValues looks at one value of each type.
func checkValues(t *testing.T, c *ent.Client) {
	t.Helper()
	ctx := t.Context()
	at := time.Date(2026, 3, 10, 9, 0, 0, 123456000, time.UTC)

	jeanne, err := c.User.Get(ctx, "user_00000000000000000000000001")
	must(t, err)
	if !jeanne.SiteAdmin || !jeanne.CreatedAt.Equal(at) || jeanne.EmailConfirmedAt == nil || jeanne.ErasedAt != nil ||
		*jeanne.Email != "jeanne@example.org" {
		t.Errorf("the user is %+v", jeanne)
	}

	newest, err := c.Version.Get(ctx, "version_00000000000000000000000003")
	must(t, err)
	if newest.Title["fr"] != "Un comité" || newest.Number != 2 || !slices.Equal(newest.Behind, []string{"en"}) ||
		newest.AmendmentID == nil {
		t.Errorf("the version is %+v", newest)
	}

	event, err := c.Event.Get(ctx, "event_00000000000000000000000002")
	must(t, err)
	if event.Nonce != -7 || event.PreviousNonce != 9 ||
		!reflect.DeepEqual(event.Data, map[string]any{"supportCount": 1.0, "earlierSupportCount": 0.0}) {
		t.Errorf("the event is %+v", event)
	}

	key, err := c.IdempotencyKey.Query().Only(ctx)
	must(t, err)
	if len(key.InputHash) != 32 || key.InputHash[31] != 31 {
		t.Errorf("the hash is %x", key.InputHash)
	}
}

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

// An old database, with rows in every table, is brought to the newest version and read: for each
// testdata/<dialect>/NNNN_rows.sql one whose life began at version NNNN. A migration that adds a table or a column comes
// with a file for its own number.
func TestOldDatabases(t *testing.T) {
	testenv.EachDialect(t, func(t *testing.T, url string) {
		folder := folders[open(t, url).Dialect]
		rows, err := filepath.Glob(filepath.Join("testdata", folder, "*_rows.sql"))
		if err != nil || len(rows) == 0 {
			t.Fatalf("no rows of old versions in testdata/%s: %v", folder, err)
		}
		for _, file := range rows {
			t.Run(filepath.Base(file), func(t *testing.T) {
				var version int
				_, err := fmt.Sscanf(filepath.Base(file), "%d_rows.sql", &version)
				must(t, err)
				s := open(t, url)
				if version > 1 { // the first file has the database that EachDialect lends
					s = open(t, anotherOf(t, s.Dialect))
				}
				grow(t, s, version, file)
			})
		}
	})
}

func anotherOf(t *testing.T, name string) string {
	if name == dialect.SQLite {
		return testenv.SQLite(t)
	}
	return testenv.Postgres(t)
}

// grow makes the database of a version, inserts the rows of a file, migrates it to the newest and reads it.
func grow(t *testing.T, s *database.Store, version int, file string) {
	t.Helper()
	ctx := t.Context()
	outcome, err := database.Migrate(ctx, s, first(t, version))
	if err != nil || outcome.Version != version {
		t.Fatalf("migrate to version %d: %+v, %v", version, outcome, err)
	}
	sql, err := os.ReadFile(file)
	must(t, err)
	_, err = s.Write.ExecContext(ctx, string(sql))
	must(t, err)
	before := counts(t, s)
	_, err = database.Migrate(ctx, s, migrations.Files)
	must(t, err)

	client := ent.NewClient(ent.Driver(entsql.OpenDB(s.Dialect, s.Read)))
	for table, read := range readers(client) {
		n, err := read(ctx)
		if err != nil || n != before[table] || n == 0 {
			t.Errorf("%s: read %d of %d rows, %v", table, n, before[table], err)
		}
	}
	checkValues(t, client)
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
		"amendments":             all(c.Amendment.Query().All),
		"axes":                   all(c.Axis.Query().All),
		"comments":               all(c.Comment.Query().All),
		"comment_edits":          all(c.CommentEdit.Query().All),
		"comment_votes":          all(c.CommentVote.Query().All),
		"commitments":            all(c.Commitment.Query().All),
		"commitment_territories": all(c.Commitment.Query().QueryTerritories().All),
		"events":                 all(c.Event.Query().All),
		"idempotency_keys":       all(c.IdempotencyKey.Query().All),
		"memberships":            all(c.Membership.Query().All),
		"organizations":          all(c.Organization.Query().All),
		"phases":                 all(c.Phase.Query().All),
		"processes":              all(c.Process.Query().All),
		"roles":                  all(c.Role.Query().All),
		"sessions":               all(c.Session.Query().All),
		"supports":               all(c.Support.Query().All),
		"territories":            all(c.Territory.Query().All),
		"topics":                 all(c.Topic.Query().All),
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
	if !jeanne.SiteAdmin || !jeanne.CreatedAt.Equal(at) || jeanne.EmailConfirmedAt == nil || jeanne.ErasedAt != nil || *jeanne.Email != "jeanne@example.org" {
		t.Errorf("the user is %+v", jeanne)
	}
	newest, err := c.Version.Get(ctx, "version_00000000000000000000000003")
	must(t, err)
	if newest.Title["fr"] != "Un comité" || newest.Number != 2 || !slices.Equal(newest.Behind, []string{"en"}) || newest.AmendmentID == nil {
		t.Errorf("the version is %+v", newest)
	}
	event, err := c.Event.Get(ctx, "event_00000000000000000000000002")
	must(t, err)
	if event.Nonce != -7 || event.PreviousNonce != 9 || !reflect.DeepEqual(event.Data, map[string]any{"supportCount": 1.0, "earlierSupportCount": 0.0}) {
		t.Errorf("the event is %+v", event)
	}
	key, err := c.IdempotencyKey.Query().Only(ctx)
	must(t, err)
	if len(key.InputHash) != 32 || key.InputHash[31] != 31 {
		t.Errorf("the hash is %x", key.InputHash)
	}
}

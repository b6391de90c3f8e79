package database

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"ensemble/internal/testenv"
)

// Open refuses URLs that it cannot open, says why, and never shows the password.
func TestOpenRefuses(t *testing.T) {
	folder := t.TempDir()
	garbage := filepath.Join(folder, "garbage.db")
	if err := os.WriteFile(garbage, []byte(strings.Repeat("not a database ", 100)), 0o600); err != nil {
		t.Fatal(err)
	}

	const badURL = "not a valid PostgreSQL URL"

	for _, c := range []struct{ name, url, want string }{
		{"nothing", "", "does not begin with"},
		{"a bare path", "ensemble.db", "does not begin with"},
		{"key and value", "host=localhost password=se:cret", "does not begin with"},
		{"another scheme", "mysql://root:secret@localhost/db", `unknown scheme "mysql"`},
		{"no file", "sqlite:", "names no file"},
		{"memory", "sqlite::memory:", "needs a file"},
		{"slashes", "sqlite://ensemble.db", "without //"},
		{"no folder", "sqlite:" + folder + "/none/ensemble.db", "none: no such file"},
		{"a folder", "sqlite:" + folder, "unable to open database file (14)"},
		{"no database", "sqlite:" + garbage, "not a database"},
		{"nobody there", "postgres://user:secret@127.0.0.1:1/db", "connection refused"},
		{"bad parameter", "postgres://user:secret@localhost/db?pool_max_conns=many", badURL},
		{"bad port", "postgres://user:secret@localhost:port/db", badURL},
		{"% in the password", "postgres://user:se%cret@localhost/db", badURL},
		{"@ in the password", "postgres://user:p@secret@localhost/db", badURL},
		{"/ in the password", "postgres://user:123/secret@localhost/db", badURL},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := Open(t.Context(), c.url)
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%v, want %q", err, c.want)
			}

			if err != nil && strings.Contains(err.Error(), "cret") {
				t.Errorf("shows the password: %v", err)
			}
		})
	}
}

// Times of any zone and precision come back as the same moments, in UTC, and the database puts them in order.
func TestTimes(t *testing.T) {
	noon := time.Date(2024, 3, 31, 12, 0, 0, 0, time.UTC)
	paris, lima := time.FixedZone("Paris", 2*60*60), time.FixedZone("Lima", -5*60*60)
	ordered := []time.Time{
		noon.Add(-time.Hour).In(paris),
		noon,
		noon.Add(time.Microsecond).In(lima),
		noon.Add(500 * time.Millisecond),
		noon.Add(510 * time.Millisecond).Local(),
		noon.Add(time.Second).In(paris),
	}

	testenv.EachDialect(t, func(t *testing.T, url string) {
		s := open(t, url)
		write(t, s, "CREATE TABLE moments (at "+timeType(s)+")")

		for _, at := range slices.Backward(ordered) {
			write(t, s, "INSERT INTO moments VALUES ($1)", at)
		}

		for i, got := range moments(t, s) {
			if !got.Equal(ordered[i]) || got.Location() != time.UTC {
				t.Errorf("moment %d is %v, want %v", i, got, ordered[i].UTC())
			}
			earlier := read[int](t, s, "SELECT count(*) FROM moments WHERE at < $1", ordered[i])
			if earlier != i {
				t.Errorf("%d are before moment %d", earlier, i)
			}
		}
	})
}

// timeType returns the type of column that ent gives a time.
func timeType(s *Store) string {
	return map[string]string{"sqlite3": "datetime", "postgres": "timestamptz"}[s.Dialect]
}

// moments returns the times of the table moments, in the order of the database.
func moments(t *testing.T, s *Store) []time.Time {
	t.Helper()
	rows, err := s.Read.QueryContext(t.Context(), "SELECT at FROM moments ORDER BY at")
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()

	var all []time.Time
	for rows.Next() {
		var at time.Time
		if err := rows.Scan(&at); err != nil {
			t.Fatal(err)
		}
		all = append(all, at)
	}

	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return all
}

package testsite

import (
	"strings"
	"testing"

	"ensemble/ent/migrate"
	"ensemble/internal/testenv"
)

func TestMain(m *testing.M) { testenv.Main(m) }

// A world that was pasted has as many rows in each table as one that was built, and people can go on in it.
func TestNewWorldIsLikeABuiltOne(t *testing.T) {
	testenv.EachDialectFrom(t, migrated, prepare, func(t *testing.T, url string) {
		pasted := NewWorld(t, Reopen(t, url))
		again := New(t, map[string]func(testing.TB) string{"sqlite3": testenv.SQLite, "postgres": testenv.Postgres}[pasted.Store.Dialect](t))
		built := build(t, again)
		for _, table := range migrate.Tables {
			got, want := pasted.rows(t, table.Name, []string{"'x'"}), built.rows(t, table.Name, []string{"'x'"})
			if strings.Count(got, "x") != strings.Count(want, "x") {
				t.Errorf("%s has\n%s\nand\n%s", table.Name, got, want)
			}
		}

		c := pasted.Commitment(t, "Un guichet", "Ouvert.")
		pasted.Comment(t, pasted.Alice, c.ID, "Oui.")
		pasted.Amendment(t, pasted.Bob, c, "Ouvert à tous.")
	})
}

// Each site is its own, whatever was done to another with the same database.
func TestSitesAreApart(t *testing.T) {
	for range 3 {
		Each(t, func(t *testing.T, s *Site) {
			w := NewWorld(t, s)
			w.Commitment(t, "Un guichet", "Ouvert.")
			if n := s.Read.Commitment.Query().CountX(t.Context()); n != 1 {
				t.Errorf("there are %d commitments", n)
			}
		})
	}
}

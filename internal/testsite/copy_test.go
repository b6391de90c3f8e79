package testsite

import (
	"strings"
	"testing"

	"ensemble/ent/migrate"
	"ensemble/internal/testenv"
)

func TestMain(m *testing.M) { testenv.Main(m) }

// A world that was pasted has as many rows in each table as one that was built, and people can act in it.
func TestNewWorldIsLikeABuiltOne(t *testing.T) {
	testenv.EachDialectFrom(t, migrated, prepare, func(t *testing.T, url string) {
		pasted := NewWorld(t, Reopen(t, url))
		empty := map[string]func(testing.TB) string{"sqlite3": testenv.SQLite, "postgres": testenv.Postgres}
		built := build(t, New(t, empty[pasted.Store.Dialect](t)))
		for _, table := range migrate.Tables {
			columns := []string{"'x'"}
			got, want := pasted.rows(t, table.Name, columns), built.rows(t, table.Name, columns)
			if strings.Count(got, "x") != strings.Count(want, "x") {
				t.Errorf("%s has\n%s\nand\n%s", table.Name, got, want)
			}
		}

		c := pasted.Commitment(t, "Un guichet", "Ouvert.")
		pasted.Comment(t, pasted.Alice, c.ID, "Oui.")
		pasted.Amendment(t, pasted.Bob, c, "Ouvert à tous.")
	})
}

// Each site is a new one, whatever was done to another that had the same database before.
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

// Package story tells one consultation from its beginning to the middle, so that there is something in each state that
// a mutation needs or refuses, and gives tests copies of it. It also reads the operations of apitest/golden.
package story

import (
	"errors"
	"fmt"
	"maps"
	"regexp"
	"strings"
	"testing"
	"time"

	"ensemble/ent/migrate"
	"ensemble/internal/testenv"
	"ensemble/internal/testsite"
)

// Story is a consultation in the middle: something in each state that a mutation needs or refuses. It is the same in
// every run, on both databases. Tests get a copy of their own.
type Story struct {
	*testsite.Logged
	chronicle
	t *testing.T
}

// chronicle is what a test must know of a story that was told before the test.
type chronicle struct {
	Names       map[string]string // what goldens call an id → the id
	Cast        map[string]Person // by nickname
	now         time.Time
	ids, nonces int // how many were given out
}

// Person is an account and the token of its session.
type Person struct{ ID, Token string }

// chronicles are the stories that were told, per dialect.
var chronicles struct{ sqlite, postgres chronicle }

// Each runs a test against a copy of the story on SQLite and one on PostgreSQL, or on the one that testenv.Dialects
// draws, beside other tests.
func Each(t *testing.T, test func(t *testing.T, st *Story)) {
	t.Helper()
	testenv.Parallel(t)
	for _, name := range testenv.Dialects(t) {
		t.Run(name, func(t *testing.T) { test(t, Open[name](t)) })
	}
}

// Open opens a copy of the story, by the names of testenv.Dialects.
var Open = map[string]func(t *testing.T) *Story{"sqlite": OnSQLite, "postgres": OnPostgres}

// OnSQLite opens a copy of the story on SQLite, for a test that needs no other.
func OnSQLite(t *testing.T) *Story {
	t.Helper()
	url := testenv.SQLiteFrom(t, "story", func(url string) error { return tellApart(t, url, &chronicles.sqlite) })
	return goOn(t, url, chronicles.sqlite)
}

// OnPostgres opens a copy of the story on PostgreSQL, for a test that needs no other.
func OnPostgres(t *testing.T) *Story {
	t.Helper()
	url := testenv.PostgresFrom(t, "story", func(url string) error { return tellApart(t, url, &chronicles.postgres) })
	return goOn(t, url, chronicles.postgres)
}

// tellApart tells the story in a subtest, at whose end all connections are closed.
func tellApart(t *testing.T, url string, c *chronicle) error {
	told := t.Run("tell", func(t *testing.T) { *c = tell(t, testsite.KeepLog(t, testsite.New(t, url))).chronicle })
	if !told {
		return errors.New("the story could not be told")
	}
	return nil
}

// goOn opens a copy of the story where it was left.
func goOn(t *testing.T, url string, c chronicle) *Story {
	t.Helper()
	if len(c.Names) == 0 {
		t.Fatal("the story could not be told")
	}
	st := &Story{Logged: testsite.KeepLog(t, testsite.Reopen(t, url)), t: t}

	// What is made next gets the ids that it would have got where the story was told.
	st.counted()
	for st.ids < c.ids {
		st.NewID("")
	}
	for st.nonces < c.nonces {
		st.NewNonce()
	}

	st.chronicle = c
	st.Names, st.Cast = maps.Clone(c.Names), maps.Clone(c.Cast)
	st.Clock.Set(c.now)
	st.knowProviders()
	return st
}

// counted makes ids and nonces the same in every run.
func (st *Story) counted() {
	next := testenv.NewIDs()
	st.NewID = func(kind string) string { st.ids++; return next(kind) }
	st.NewNonce = func() uint64 { st.nonces++; return uint64(st.nonces) }
}

// Enter adds somebody to the cast.
func (st *Story) Enter(nickname, id, token string) {
	st.Cast[nickname] = Person{id, token}
	st.Call(nickname, id)
}

// Pass lets a minute pass.
func (st *Story) Pass() { st.Clock.Advance(time.Minute) }

// Call gives an id its name in goldens.
func (st *Story) Call(name, id string) { st.Names[name] = id }

// Bearer is the header with the token of nickname, or nil for "", nobody.
func (st *Story) Bearer(nickname string) []string {
	st.t.Helper()
	if nickname == "" {
		return nil
	}
	p, known := st.Cast[nickname]
	if !known {
		st.t.Fatalf("nobody is called %q", nickname)
	}
	return []string{"Authorization", "Bearer " + p.Token}
}

// Resolve replaces names by ids in a JSON text: "<commitment>" and so on.
func (st *Story) Resolve(text string) string {
	return regexp.MustCompile(`<([^<>]+)>`).ReplaceAllStringFunc(text, func(name string) string {
		if id, known := st.Names[strings.Trim(name, "<>")]; known {
			return id
		}
		return name
	})
}

// Anonymous replaces ids by their names, and tokens, which are random, by one word.
func (st *Story) Anonymous(text string) string {
	var pairs []string
	for name, id := range st.Names {
		pairs = append(pairs, id, "<"+name+">")
	}
	text = strings.NewReplacer(pairs...).Replace(text)
	return regexp.MustCompile(`en[sp]_[A-Za-z0-9_-]{43}`).ReplaceAllString(text, "<token>")
}

// State is how many rows there are of each kind, and how many events of all topics.
func (st *Story) State(t *testing.T) string {
	t.Helper()
	counts := []string{"SELECT 'events of all topics' AS name, CAST(COALESCE(SUM(seq), 0) AS INTEGER) AS n FROM topics"}
	for _, table := range migrate.Tables {
		counts = append(counts, fmt.Sprintf("SELECT '%s' AS name, COUNT(*) AS n FROM %s", table.Name, table.Name))
	}

	rows, err := st.Store.Write.QueryContext(t.Context(), strings.Join(counts, " UNION ALL ")+" ORDER BY 1")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = rows.Close() }()

	var all strings.Builder
	for rows.Next() {
		var name string
		var n int
		testsite.Must(t, rows.Scan(&name, &n))
		fmt.Fprintf(&all, "%s %d\n", name, n)
	}
	testsite.Must(t, rows.Err())
	return all.String()
}

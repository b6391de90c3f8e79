package testsite

import (
	"context"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"

	"entgo.io/ent/dialect"
	"entgo.io/ent/dialect/sql/schema"

	"ensemble/consultation/change"
	"ensemble/ent/migrate"
)

// worlds has what NewWorld makes, by dialect. To build a world takes some 30 changes, and to paste its rows takes one.
var worlds = map[string]*worldCopy{dialect.SQLite: {}, dialect.Postgres: {}}

// worldCopy is a world that was built once, on a site of its own.
type worldCopy struct {
	once    sync.Once
	inserts string // one INSERT for each table that has rows
	world   *World // has the people and rows; its site has ended
}

// paste fills s with the world. Its ids are the same in each site.
func (c *worldCopy) paste(t testing.TB, s *Site) *World {
	t.Helper()
	c.once.Do(func() { c.take(t, s.Store.Dialect) })
	if c.inserts == "" {
		t.Fatal("the world could not be built")
	}

	ctx := t.Context()
	tx := Got(s.Store.Write.BeginTx(ctx, nil))(t)
	defer func() { _ = tx.Rollback() }()
	_ = Got(tx.ExecContext(ctx, c.inserts))(t)
	Must(t, tx.Commit())
	return c.on(t, s)
}

// on returns the world in s. Rows are read again, since a row knows the database that it came from.
func (c *worldCopy) on(t testing.TB, s *Site) *World {
	t.Helper()
	ctx, from := t.Context(), c.world
	person := func(p *Person) *Person { return &Person{ID: p.ID, Token: p.Token, s: s} }
	return &World{
		Site:         s,
		Process:      Got(s.Write.Process.Get(ctx, from.Process.ID))(t),
		Phase:        Got(s.Write.Phase.Get(ctx, from.Phase.ID))(t),
		Axis:         Got(s.Write.Axis.Get(ctx, from.Axis.ID))(t),
		Organization: Got(s.Write.Organization.Get(ctx, from.Organization.ID))(t),
		Admin:        person(from.Admin), Steering: person(from.Steering), Moderator: person(from.Moderator),
		Signatory: person(from.Signatory), Alice: person(from.Alice), Bob: person(from.Bob),
	}
}

// take builds the world and reads its rows.
func (c *worldCopy) take(t testing.TB, name string) {
	t.Helper()
	s := map[string]func(testing.TB) *Site{dialect.SQLite: SQLite, dialect.Postgres: Postgres}[name](t)
	c.world = build(t, s)

	var inserts strings.Builder
	for _, table := range inOrder(migrate.Tables) {
		if table.Name != migrate.TerritoriesTable.Name { // the territories are there already
			var columns []string
			for _, column := range table.Columns {
				columns = append(columns, `"`+column.Name+`"`)
			}
			inserts.WriteString(s.rows(t, table.Name, columns))
		}
	}

	if name == dialect.SQLite {
		inserts.WriteString(s.rows(t, "search_words", []string{"rowid", "title", "body"}))
	}
	c.inserts = inserts.String()
}

// rows returns the statement that inserts all rows of a table, or "" when it has none.
func (s *Site) rows(t testing.TB, table string, columns []string) string {
	t.Helper()
	literal := map[string]string{
		dialect.SQLite: "quote(%s)", dialect.Postgres: "quote_nullable(%s::text)",
	}[s.Store.Dialect]
	var literals []string
	for _, column := range columns {
		literals = append(literals, fmt.Sprintf(literal, column))
	}

	query := fmt.Sprintf("SELECT '(' || %s || ')' FROM %s", strings.Join(literals, " || ', ' || "), table)
	found := Got(s.Store.Read.QueryContext(t.Context(), query))(t)
	defer func() { _ = found.Close() }()

	var values []string
	for found.Next() {
		var row string
		Must(t, found.Scan(&row))
		values = append(values, row)
	}

	Must(t, found.Err())
	if len(values) == 0 {
		return ""
	}
	return fmt.Sprintf("INSERT INTO %s (%s) VALUES %s;\n", table, strings.Join(columns, ", "),
		strings.Join(values, ", "))
}

// inOrder sorts tables so that rows come after those that they refer to, as far as there is such an order.
func inOrder(tables []*schema.Table) []*schema.Table {
	var done []*schema.Table
	for rest := slices.Clone(tables); len(rest) > 0; {
		waiting := slices.DeleteFunc(slices.Clone(rest), func(table *schema.Table) bool {
			ready := !slices.ContainsFunc(table.ForeignKeys, func(k *schema.ForeignKey) bool {
				return k.RefTable != table && slices.Contains(rest, k.RefTable)
			})
			if ready {
				done = append(done, table)
			}
			return ready
		})

		if len(waiting) == len(rest) { // the rest refer to each other
			return append(done, rest...)
		}
		rest = waiting
	}
	return done
}

// likeNew says whether nothing has been done to s yet that a world would show: ids, times and events are made as at
// first, and there is neither a person nor an event.
func (s *Site) likeNew(ctx context.Context) (bool, error) {
	if pointer(s.NewID) != s.makers[0] || pointer(s.NewNonce) != s.makers[1] ||
		s.Publisher != change.Publisher(s.Hub) || !s.Now().Equal(Start) {
		return false, nil
	}

	people, err := s.Read.User.Query().Exist(ctx)
	if err != nil || people {
		return false, err
	}
	topics, err := s.Read.Topic.Query().Exist(ctx)
	return !topics, err
}

// pointer returns a number that differs from one function to another.
func pointer(f any) uintptr { return reflect.ValueOf(f).Pointer() }

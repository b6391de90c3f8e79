package scene

import (
	"slices"
	"strings"
	"testing"

	"entgo.io/ent/dialect"
	"entgo.io/ent/dialect/sql"

	"ensemble/consultation/search"
	"ensemble/consultation/search/words"
	"ensemble/ent/searchentry"
	"ensemble/internal/testsite"
)

// Finds compares the ids that a query finds, the best first, with want.
func (w *World) Finds(t *testing.T, query string, f search.SearchFilter, want ...string) {
	t.Helper()
	language := ""
	if f.Language != nil {
		language = *f.Language
	}

	found := testsite.Got(w.Search(words.Parse(query, language), f).Order(func(s *sql.Selector) {
		s.OrderBy(sql.Desc(s.C(search.SearchRank)), sql.Desc(s.C(searchentry.FieldPublishedAt)), sql.Desc(s.C("id")))
	}).All(t.Context()))(t)

	ids := []string{}
	for _, e := range found {
		ids = append(ids, e.ID)
	}

	if !slices.Equal(ids, want) {
		t.Errorf("%q finds %v, want %v", query, ids, want)
	}
}

// Anywhere is the filter that leaves nothing out.
var Anywhere search.SearchFilter

// IndexRows returns all rows of the index of search, sorted.
func (w *World) IndexRows(t testing.TB) []string {
	t.Helper()
	query := `SELECT concat_ws(' | ', e.id, e.kind, e.languages, e.commitment_id, e.amendment_id, e.published_at, w.title, w.body)
		FROM search_entries e LEFT JOIN search_words w ON w.rowid = e.number
		UNION ALL SELECT 'words of nothing' FROM search_words WHERE rowid NOT IN (SELECT number FROM search_entries)`
	if w.Store.Dialect == dialect.Postgres {
		query = `SELECT concat_ws(' | ', id, kind, languages, commitment_id, amendment_id, published_at, title, words)
			FROM search_entries`
	}

	rows := testsite.Got(w.Store.Read.QueryContext(t.Context(), query))(t)
	defer func() { _ = rows.Close() }()

	var all []string
	for rows.Next() {
		var row string
		testsite.Must(t, rows.Scan(&row))
		all = append(all, row)
	}
	testsite.Must(t, rows.Err())
	slices.Sort(all)
	return all
}

// ForgetIndex empties the index of search.
func (w *World) ForgetIndex(t testing.TB) {
	t.Helper()
	if w.Store.Dialect == dialect.SQLite {
		testsite.Got(w.Store.Write.ExecContext(t.Context(), "DELETE FROM search_words"))(t)
	}
	testsite.Got(w.Store.Write.ExecContext(t.Context(), "DELETE FROM search_entries"))(t)
}

// CheckSearch fails the test when the index is not what it would be if it were made from the rows now, which shows that
// a mutation forgot it. It leaves out organizations, which have no mutations.
func (w *World) CheckSearch(t testing.TB) {
	t.Helper()
	before := w.IndexRows(t)

	w.ForgetIndex(t)
	testsite.Must(t, w.FillSearch(t.Context()))

	isOrganization := func(row string) bool { return strings.HasPrefix(row, "organization_") }
	after := slices.DeleteFunc(w.IndexRows(t), isOrganization)
	before = slices.DeleteFunc(before, isOrganization)
	if !slices.Equal(before, after) {
		t.Errorf("the index holds\n%s\nbut should hold\n%s", strings.Join(before, "\n"), strings.Join(after, "\n"))
	}
}

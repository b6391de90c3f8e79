package migrations_test

import (
	"strings"
	"testing"

	"entgo.io/ent/dialect"

	"ensemble/database"
)

// The queries of described: a row is a table and what is said of it.
const (
	// Without what the search of one database needs, of which ent knows nothing: search_words and number, vectors and
	// their index.
	sqliteTables  = `SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite%' AND name NOT LIKE 'search_words%' AND name <> 'schema_migrations'`
	sqliteColumns = `SELECT t.name, c.name, lower(c.type), CASE WHEN c."notnull" OR c.pk > 0 THEN 'not null' ELSE 'null' END
		FROM (` + sqliteTables + `) t, pragma_table_info(t.name) c WHERE NOT (t.name = 'search_entries' AND c.name = 'number')`
	sqliteKeys = `SELECT name, group_concat(column_name, ', ') FROM (SELECT t.name, c.name AS column_name
		FROM (` + sqliteTables + `) t, pragma_table_info(t.name) c WHERE c.pk > 0 ORDER BY t.name, c.pk) GROUP BY name`
	sqliteIndexes = `SELECT t.name, i."unique", (SELECT group_concat(c.name, ', ') FROM (SELECT name FROM pragma_index_info(i.name) ORDER BY seqno) c),
		COALESCE((SELECT sql FROM sqlite_schema s WHERE s.name = i.name), '')
		FROM (` + sqliteTables + `) t, pragma_index_list(t.name) i WHERE i.origin <> 'pk' AND i.name <> 'search_entries_number'`
	sqliteReferences = `SELECT t.name, f."from", f."table" FROM (` + sqliteTables +
		`) t, pragma_foreign_key_list(t.name) f`

	postgresColumns = `SELECT table_name, column_name, concat_ws(' ', data_type, collation_name), CASE is_nullable WHEN 'NO' THEN 'not null' ELSE 'null' END
		FROM information_schema.columns WHERE table_schema = 'public' AND table_name <> 'schema_migrations' AND data_type <> 'tsvector'`
	postgresIndexed = `(SELECT string_agg(a.attname, ', ' ORDER BY k.place) FROM unnest(i.indkey::int2[]) WITH ORDINALITY AS k(number, place)
		JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.number)`
	postgresIndex = ` FROM pg_index i JOIN pg_class t ON t.oid = i.indrelid JOIN pg_namespace n ON n.oid = t.relnamespace
		WHERE n.nspname = 'public' AND t.relname <> 'schema_migrations' AND i.indexrelid::regclass::text <> 'search_entries_words' AND `
	postgresKeys    = `SELECT t.relname, ` + postgresIndexed + postgresIndex + `i.indisprimary`
	postgresIndexes = `SELECT t.relname, CASE WHEN i.indisunique THEN '1' ELSE '0' END, ` + postgresIndexed + `,
		COALESCE(' WHERE ' || pg_get_expr(i.indpred, i.indrelid), '')` + postgresIndex + `NOT i.indisprimary`
	postgresReferences = `SELECT c.conrelid::regclass::text, a.attname, c.confrelid::regclass::text FROM pg_constraint c
		JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = c.conkey[1] WHERE c.contype = 'f'`
)

// described is what the database says of its tables, in the words of expected.
func described(t *testing.T, s *database.Store) []string {
	t.Helper()

	columns, keys, indexes, references := sqliteColumns, sqliteKeys, sqliteIndexes, sqliteReferences
	if s.Dialect == dialect.Postgres {
		columns, keys, indexes, references = postgresColumns, postgresKeys, postgresIndexes, postgresReferences
	}

	var lines []string
	for _, r := range ask(t, s, columns, 4) {
		lines = append(lines, column(r[0], r[1], r[2], r[3] == "null"))
	}

	for _, r := range ask(t, s, keys, 2) {
		lines = append(lines, "primary key "+r[0]+" ("+r[1]+")")
	}

	for _, r := range ask(t, s, indexes, 4) {
		_, where, _ := strings.Cut(r[3], " WHERE ")
		where = strings.NewReplacer("(", "", ")", "", "::text", "", "~~", "LIKE").Replace(where) // PostgreSQL writes it at length
		lines = append(lines, index(r[0], r[1] == "1", r[2], where))
	}

	for _, r := range ask(t, s, references, 3) {
		lines = append(lines, reference(r[0], r[1], r[2]))
	}

	return lines
}

// ask reads rows of n texts.
func ask(t *testing.T, s *database.Store, query string, n int) [][]string {
	t.Helper()
	rows, err := s.Read.QueryContext(t.Context(), query)
	must(t, err)
	defer func() { _ = rows.Close() }()
	var all [][]string
	for rows.Next() {
		row := make([]string, n)
		into := make([]any, n)
		for i := range row {
			into[i] = &row[i]
		}
		must(t, rows.Scan(into...))
		all = append(all, row)
	}
	must(t, rows.Err())
	return all
}

package migrations_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"entgo.io/ent/dialect"
	"entgo.io/ent/dialect/entsql"
	"entgo.io/ent/dialect/sql/schema"
	"entgo.io/ent/schema/field"

	"ensemble/database"
	"ensemble/ent/migrate"
	"ensemble/internal/testenv"
	"ensemble/migrations"
)

// The tables that the migrations make are those that the ent client expects, line for line: columns with type and
// nullability, keys, indexes, references. (What a reference does when its row is deleted is not compared: ent would set
// NULL where we refuse, so that nothing is lost by mistake.)
func TestTablesAreThoseOfEnt(t *testing.T) {
	testenv.EachDialect(t, func(t *testing.T, url string) {
		s := open(t, url)
		_, err := database.Migrate(t.Context(), s, migrations.Files)
		must(t, err)
		want := expected(s.Dialect)
		got := described(t, s)
		for _, line := range got {
			if !slices.Contains(want, line) {
				t.Errorf("ent knows nothing of: %s", line)
			}
		}
		for _, line := range want {
			if !slices.Contains(got, line) {
				t.Errorf("the migrations lack: %s", line)
			}
		}
	})
}

// types are the columns' types in each dialect.
var types = map[string]map[field.Type]string{
	dialect.SQLite: {
		field.TypeString: "text", field.TypeEnum: "text", field.TypeInt: "integer", field.TypeInt64: "integer",
		field.TypeBool: "bool", field.TypeTime: "datetime", field.TypeJSON: "json", field.TypeBytes: "blob",
	},
	dialect.Postgres: { // text sorts by its bytes, as in SQLite: cursors and orders mean the same on both
		field.TypeString: "text C", field.TypeEnum: "text C", field.TypeInt: "bigint", field.TypeInt64: "bigint",
		field.TypeBool: "boolean", field.TypeTime: "timestamp with time zone",
		field.TypeJSON: "jsonb", field.TypeBytes: "bytea",
	},
}

// expected is ent's idea of the tables.
func expected(name string) []string {
	var lines []string
	for _, table := range migrate.Tables {
		for _, c := range table.Columns {
			lines = append(lines, column(table.Name, c.Name, types[name][c.Type], c.Nullable))
			if c.Unique && c.Name != "id" {
				lines = append(lines, index(table.Name, true, c.Name, ""))
			}
		}
		lines = append(lines, "primary key "+table.Name+" ("+names(table.PrimaryKey)+")")
		for _, i := range table.Indexes {
			lines = append(lines, index(table.Name, i.Unique, names(i.Columns), condition(i.Annotation)))
		}
		for _, f := range table.ForeignKeys {
			lines = append(lines, reference(table.Name, names(f.Columns), f.RefTable.Name))
		}
	}
	return lines
}

func column(table, name, kind string, nullable bool) string {
	null := "not null"
	if nullable {
		null = "null"
	}
	return fmt.Sprintf("column %s.%s %s %s", table, name, kind, null)
}

func index(table string, unique bool, columns, where string) string {
	kind := "index"
	if unique {
		kind = "unique index"
	}
	if where != "" {
		where = " where " + where
	}
	return fmt.Sprintf("%s %s (%s)%s", kind, table, columns, where)
}

func reference(table, column, to string) string {
	return fmt.Sprintf("reference %s.%s to %s", table, column, to)
}

func names(columns []*schema.Column) string {
	all := make([]string, len(columns))
	for i, c := range columns {
		all[i] = c.Name
	}
	return strings.Join(all, ", ")
}

func condition(a *entsql.IndexAnnotation) string {
	if a == nil {
		return ""
	}
	return a.Where
}

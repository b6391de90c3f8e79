package change_test

import (
	"reflect"
	"testing"

	"ensemble/consultation/change"
)

// A Statement numbers its arguments as they come, and never takes a question mark in text for an argument.
func TestStatement(t *testing.T) {
	inner := change.SQL("SELECT id FROM a WHERE b = ", "x").Add(" AND c = '?'")

	for name, c := range map[string]struct {
		of   *change.Statement
		text string
		args []any
	}{
		"nothing":     {new(change.Statement), "", nil},
		"no argument": {change.SQL("SELECT 1"), "SELECT 1", nil},
		"a list":      {change.SQL("id IN (", 1, 2, 3).Add(")"), "id IN ($1, $2, $3)", []any{1, 2, 3}},
		"two of one": {
			change.SQL("").Put(inner).Add(" UNION ").Put(inner),
			"SELECT id FROM a WHERE b = $1 AND c = '?' UNION SELECT id FROM a WHERE b = $2 AND c = '?'",
			[]any{"x", "x"},
		},
		"rows": {
			change.SQL("INSERT INTO a ").Values([][]any{{1, "a"}, {2, nil}}).Add(" RETURNING id"),
			"INSERT INTO a VALUES ($1, $2), ($3, $4) RETURNING id",
			[]any{1, "a", 2, nil},
		},
		"question mark": {
			change.SQL(`SELECT '?', "a?", items ? `, "k?").Add(" -- why?\nWHERE a = ", "$1"),
			"SELECT '?', \"a?\", items ? $1 -- why?\nWHERE a = $2",
			[]any{"k?", "$1"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			text, args := c.of.Query()
			if text != c.text || !reflect.DeepEqual(args, c.args) {
				t.Errorf("%q with %v, want %q with %v", text, args, c.text, c.args)
			}
		})
	}
}

package relay

import (
	"encoding/base64"
	"math"
	"reflect"
	"slices"
	"testing"
	"time"
)

// row has a key of each type.
type row struct {
	text   string
	number int
	moment time.Time
	id     string
}

// byAll is an order by a column of each type.
var byAll = Order[row]{Name: "ALL", Columns: []Column[row]{
	Text("text", func(r row) string { return r.text }),
	Number("number", func(r row) int { return r.number }),
	Moment("moment", func(r row) time.Time { return r.moment }),
	Text("id", func(r row) string { return r.id }),
}}

// Clients keep cursors while servers are replaced: the next server must read what the last one wrote.
func TestCursorIsStable(t *testing.T) {
	r := row{"l’été", -3, time.Date(2026, 3, 1, 9, 30, 0, 1000, time.UTC), "row_1"}
	const cursor = "WyJyb3dzIiwibOKAmcOpdMOpIiwtMywiMjAyNi0wMy0wMVQwOTozMDowMC4wMDAwMDFaIiwicm93XzEiXQ"
	if got := byAll.cursor("rows", r); got != cursor {
		t.Errorf("%s", got)
	}

	values, err := byAll.place("rows", cursor)
	if err != nil || !reflect.DeepEqual(values, []any{r.text, r.number, r.moment, r.id}) {
		t.Errorf("%v, %v", values, err)
	}
}

// A cursor is read as the values that it was written from.
func TestCursorComesBack(t *testing.T) {
	for _, r := range []row{
		{}, {text: "<&> \u2028 \"\\", id: "é"}, {number: math.MaxInt32}, {number: math.MinInt32},
		{moment: time.Date(9999, 12, 31, 23, 59, 59, 999_999_000, time.UTC)},
		{moment: time.Date(2026, 3, 1, 0, 0, 0, 0, time.FixedZone("Chatham", 45900))},
	} {
		values, err := byAll.place("rows", byAll.cursor("rows", r))
		if err != nil || !reflect.DeepEqual(values, []any{r.text, r.number, r.moment.UTC(), r.id}) {
			t.Errorf("%+v: %v, %v", r, values, err)
		}
	}
}

// What is no cursor of the list, or is spelled in another way, is refused.
func TestForeignCursors(t *testing.T) {
	good := byAll.cursor("rows", row{text: "x", id: "y"})
	raw := func(json string) string { return base64.RawURLEncoding.EncodeToString([]byte(json)) }

	for _, cursor := range []string{
		"", "x", "!", good + "A", good[:len(good)-1], good + "=", good + "\n", " " + good,
		byAll.cursor("others", row{}),
		raw(`null`), raw(`{}`), raw(`[]`), raw(`["rows"]`), raw(`["rows","x",1,"2026-03-01T00:00:00Z"]`),
		raw(`["rows","x",1,"2026-03-01T00:00:00Z","y","z"]`),
		raw(`["rows",null,1,"2026-03-01T00:00:00Z","y"]`),
		raw(`["rows","x","1","2026-03-01T00:00:00Z","y"]`),
		raw(`["rows","x",1.5,"2026-03-01T00:00:00Z","y"]`),
		raw(`["rows","x",2147483648,"2026-03-01T00:00:00Z","y"]`),
		raw(`["rows","x",1,"2026-03-01","y"]`),
		raw(`["rows","x",1,"10000-01-01T00:00:00Z","y"]`),
		raw(`["rows","x",1,"2026-03-01T01:00:00+01:00","y"]`),
		raw(`["rows","x\u0000",1,"2026-03-01T00:00:00Z","y"]`),
		raw(`["rows","x",1,"2026-03-01T00:00:00Z","\u0000"]`),
		raw(`["rows", "x",1,"2026-03-01T00:00:00Z","y"]`),
		raw(`["rows","\u0078",1,"2026-03-01T00:00:00Z","y"]`),
		raw("[\"rows:ALL\",\"\xff\",1,\"2026-03-01T00:00:00Z\",\"y\"]"),
	} {
		if values, err := byAll.place("rows", cursor); err == nil {
			t.Errorf("%q is taken for %v", cursor, values)
		}
	}
}

// A list has another name if its order, its parent or its filter is another.
func TestListNames(t *testing.T) {
	type filter struct {
		Text *string `json:"text,omitempty"`
	}

	name := byAll.list("parent_1", filter{})
	if len(name) != 8 || name != byAll.list("parent_1", filter{}) {
		t.Errorf("%q", name)
	}

	for what, other := range map[string]string{
		"another parent": byAll.list("parent_2", filter{}),
		"no parent":      byAll.list("", filter{}),
		"no filter":      byAll.list("parent_1", nil),
		"another filter": byAll.list("parent_1", filter{new("x")}),
		"another order":  byAll.As("OTHER").list("parent_1", filter{}),
	} {
		if other == name {
			t.Errorf("%s has the same name", what)
		}
	}
}

// Whatever strangers send as a cursor, nothing panics, and what is accepted is spelled as we spell it.
func FuzzPlace(f *testing.F) {
	f.Add("")
	f.Add(byAll.cursor("rows", row{}))
	f.Add(byAll.cursor("rows", row{"x", 1, time.Now(), "y"}))
	f.Add(base64.RawURLEncoding.EncodeToString([]byte(`["rows",null,null,null,null]`)))

	f.Fuzz(func(t *testing.T, cursor string) {
		values, err := byAll.place("rows", cursor)
		if err != nil {
			return
		}
		if len(values) != len(byAll.Columns) || encode("rows", values) != cursor {
			t.Errorf("%q is %v", cursor, values)
		}
	})
}

// A page is asked for from one end, with a size that is allowed, between places of the list.
func TestWindow(t *testing.T) {
	n := func(n int) *int { return &n }
	place := byAll.cursor("rows", row{})

	for _, c := range []struct {
		name     string
		args     Args
		limit    int
		backward bool
		wrong    bool
	}{
		{"nothing asked", Args{}, DefaultPage, false, false},
		{"first", Args{First: n(1)}, 1, false, false},
		{"most", Args{Last: n(MaxPage)}, MaxPage, true, false},
		{"too many", Args{First: n(MaxPage + 1)}, 0, false, true},
		{"none", Args{First: n(0)}, 0, false, true},
		{"both", Args{First: n(1), Last: n(1)}, 0, false, true},
		{"between", Args{After: &place, Before: &place}, DefaultPage, false, false},
		{"nowhere", Args{Before: new("x")}, 0, false, true},
	} {
		w, err := byAll.window(c.args, func() string { return "rows" })

		if (err != nil) != c.wrong || err == nil && (w.limit != c.limit || w.backward != c.backward) {
			t.Errorf("%s: %+v, %v", c.name, w, err)
		}
		if err == nil && !slices.Equal(w.columns, []string{"text", "number", "moment", "id"}) {
			t.Errorf("%s: %v", c.name, w.columns)
		}
	}
}

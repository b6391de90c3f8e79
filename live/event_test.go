package live

import (
	"encoding/json"
	"math"
	"regexp"
	"testing"
)

// Int returns a whole number, however it was stored, and nothing else.
func TestEventInt(t *testing.T) {
	e := Event{Data: map[string]any{
		"int": 7, "int64": int64(7), "json": float64(7), "number": json.Number("7"),
		"half": 7.5, "huge": 1e300, "nan": math.NaN(), "text": "7", "null": nil,
	}}

	for _, name := range []string{"int", "int64", "json", "number"} {
		if n, ok := e.Int(name); n != 7 || !ok {
			t.Errorf("Int(%q) = %d, %t", name, n, ok)
		}
	}

	for _, name := range []string{"half", "huge", "nan", "text", "null", "absent"} {
		if _, ok := e.Int(name); ok {
			t.Errorf("Int(%q) found a whole number", name)
		}
	}
}

func TestResetIsNewEachTime(t *testing.T) {
	head := Cursor{Topic: "process_1", Seq: 5, Nonce: 9}
	a, b := newReset(head), newReset(head)
	if a.Cursor() != head || a.Type != Reset {
		t.Errorf("reset to %v is %v", head, a)
	}
	if a.ID == b.ID || !regexp.MustCompile(`^event_[0-9a-v]{26}$`).MatchString(a.ID) {
		t.Errorf("IDs %q, %q", a.ID, b.ID)
	}
}

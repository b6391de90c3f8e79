package change

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"ensemble/consultation/refusal"
)

// idAt returns an id of a kind whose UUID is of this version and of a moment after the Unix epoch.
func idAt(kind string, version byte, at time.Time) string {
	u := uuid.UUID{6: version << 4, 8: 0x80, 15: 7}
	ms := at.UnixMilli()
	for i := range 6 {
		u[i] = byte(ms >> (40 - 8*i))
	}
	return IDFrom(kind, u)
}

// An id that a client chooses has our form and the time of now, and nobody else has it.
func TestChosenID(t *testing.T) {
	now := time.Date(2026, 3, 10, 9, 0, 0, 0, time.UTC)
	tx := &Tx{db: &DB{Now: func() time.Time { return now }, NewID: func(kind string) string { return kind + "_new" }}}
	good := idAt("comment", 7, now)
	failure := errors.New("disk full")

	for name, c := range map[string]struct {
		id     string
		taken  bool
		failed error
		code   refusal.Code
	}{
		"now":               {id: good},
		"ten minutes ago":   {id: idAt("comment", 7, now.Add(-10*time.Minute))},
		"a minute ahead":    {id: idAt("comment", 7, now.Add(time.Minute))},
		"longer ago":        {id: idAt("comment", 7, now.Add(-10*time.Minute-time.Millisecond)), code: refusal.BadUserInput},
		"further ahead":     {id: idAt("comment", 7, now.Add(time.Minute+time.Millisecond)), code: refusal.BadUserInput},
		"of another kind":   {id: idAt("user", 7, now), code: refusal.BadUserInput},
		"of no kind":        {id: strings.TrimPrefix(good, "comment_"), code: refusal.BadUserInput},
		"in capitals":       {id: "comment_" + strings.ToUpper(strings.TrimPrefix(good, "comment_")), code: refusal.BadUserInput},
		"with a spare bit":  {id: good[:len(good)-1] + "t", code: refusal.BadUserInput},
		"a random UUID":     {id: idAt("comment", 4, now), code: refusal.BadUserInput},
		"a UUID as usual":   {id: "comment_" + uuid.NewString(), code: refusal.BadUserInput},
		"too short":         {id: good[:len(good)-2], code: refusal.BadUserInput},
		"longer":            {id: good + "00", code: refusal.BadUserInput},
		"empty":             {code: refusal.BadUserInput},
		"with a line":       {id: good + "\n", code: refusal.BadUserInput},
		"taken":             {id: good, taken: true, code: refusal.Conflict},
		"nobody knows that": {id: good, failed: failure},
	} {
		got, err := tx.ChosenID(t.Context(), "comment", &c.id, func(_ context.Context, id string) (bool, error) {
			if id != c.id {
				t.Errorf("%s: asks for %q", name, id)
			}
			return c.taken, c.failed
		})
		switch {
		case refusal.CodeOf(err) != c.code, c.failed != nil && !errors.Is(err, c.failed):
			t.Errorf("%s: %v", name, err)
		case err == nil && got != c.id:
			t.Errorf("%s: %q", name, got)
		}
	}

	if id, err := tx.ChosenID(t.Context(), "comment", nil, nil); id != "comment_new" || err != nil {
		t.Errorf("without a choice: %q, %v", id, err)
	}
}

package consultation_test

import (
	"context"
	"errors"
	"testing"

	"ensemble/consultation/change"
)

// Inside a transaction, the reader would see another state, and take a second connection.
func TestReaderIsRefusedInsideATransaction(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		must(t, consultation.InTx(w.Service, t.Context(), func(inside context.Context, tx *change.Tx) error {
			for name, read := range map[string]func() error{
				"query":     func() error { return only(w.Read.User.Query().All(inside)) },
				"one row":   func() error { return only(w.Read.User.Get(inside, w.Alice.ID)) },
				"count":     func() error { return only(w.Read.Comment.Query().Count(inside)) },
				"scope":     func() error { return only(w.PublicCommitments().All(inside)) },
				"raw SQL":   func() error { return w.Ping(inside) },
				"the log":   func() error { return only(w.Heads(inside, []string{"x"})) },
				"a session": func() error { return only(w.Viewer(inside, w.Alice.Token)) },
			} {
				if err := read(); !errors.Is(err, consultation.ErrReaderInTx) {
					t.Errorf("%s: %v", name, err)
				}
			}
			return only(tx.User.Get(inside, w.Alice.ID))
		}))
		must(t, w.Ping(t.Context()))
	})
}

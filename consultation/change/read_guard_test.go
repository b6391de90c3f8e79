package change_test

import (
	"context"
	"errors"
	"testing"

	"ensemble/consultation/change"
	"ensemble/internal/testsite"
	"ensemble/internal/testsite/scene"
)

// The reader is refused inside a transaction, where it would see another state and take a second connection.
func TestReaderIsRefusedInsideATransaction(t *testing.T) {
	scene.Each(t, func(t *testing.T, w *scene.World) {
		testsite.Must(t, w.In(t.Context(), func(inside context.Context, tx *change.Tx) error {
			for name, read := range map[string]func() error{
				"query":     func() error { return scene.Only(w.Read.User.Query().All(inside)) },
				"one row":   func() error { return scene.Only(w.Read.User.Get(inside, w.Alice.ID)) },
				"count":     func() error { return scene.Only(w.Read.Comment.Query().Count(inside)) },
				"scope":     func() error { return scene.Only(w.PublicCommitments().All(inside)) },
				"raw SQL":   func() error { return w.Ping(inside) },
				"the log":   func() error { return scene.Only(w.Heads(inside, []string{"x"})) },
				"a session": func() error { return scene.Only(w.Viewer(inside, w.Alice.Token)) },
			} {
				if err := read(); !errors.Is(err, change.ErrReaderInTx) {
					t.Errorf("%s: %v", name, err)
				}
			}

			return scene.Only(tx.User.Get(inside, w.Alice.ID))
		}))

		testsite.Must(t, w.Ping(t.Context()))
	})
}

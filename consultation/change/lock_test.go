package change_test

import (
	"context"
	"strings"
	"testing"

	"ensemble/consultation/change"
	"ensemble/ent/commitment"
	"ensemble/ent/organization"
	"ensemble/ent/process"
	"ensemble/ent/user"
	"ensemble/internal/testsite"
	"ensemble/internal/testsite/scene"
)

// A transaction that asks for locks in another order than the others fails, also on SQLite, where nothing is locked.
func TestLocksHaveAnOrder(t *testing.T) {
	lock := map[string]func(ctx context.Context, tx *change.Tx) error{
		"person": func(ctx context.Context, tx *change.Tx) error {
			_, err := tx.User.Query().Where(tx.LockedButKey()).Order(user.ByID()).IDs(ctx)
			return err
		},
		"organization": func(ctx context.Context, tx *change.Tx) error {
			_, err := tx.Organization.Query().Where(tx.LockedButKey()).Order(organization.ByID()).All(ctx)
			return err
		},
		"process": func(ctx context.Context, tx *change.Tx) error {
			_, err := tx.Process.Query().Where(tx.Locked()).Order(process.ByID()).All(ctx)
			return err
		},
		"commitment": func(ctx context.Context, tx *change.Tx) error {
			_, err := tx.Commitment.Query().Where(tx.Locked()).Order(commitment.ByID()).Exist(ctx)
			return err
		},
		"session": func(ctx context.Context, tx *change.Tx) error {
			_, err := tx.Session.Query().Where(tx.Locked()).All(ctx)
			return err
		},
	}

	for name, c := range map[string]struct {
		locks []string
		want  string
	}{
		"in order":        {[]string{"person", "organization", "process", "commitment"}, ""},
		"some of them":    {[]string{"person", "commitment"}, ""},
		"one table twice": {[]string{"process", "process", "commitment"}, ""},
		"the last before": {[]string{"commitment", "person"},
			"lock users: rows of commitments are locked already"},
		"a neighbor before": {[]string{"person", "process", "organization"},
			"lock organizations: rows of processes are locked already"},
		"a table without place": {[]string{"session"}, "lock sessions: the table has no place"},
	} {
		t.Run(name, func(t *testing.T) {
			scene.Each(t, func(t *testing.T, w *scene.World) {
				w.SomeCommitment(t)
				err := w.In(t.Context(), func(ctx context.Context, tx *change.Tx) error {
					for _, what := range c.locks {
						testsite.Must(t, lock[what](ctx, tx))
					}
					return nil
				})
				if c.want == "" && err != nil ||
					c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
					t.Errorf("%v, want %q", err, c.want)
				}
			})
		})
	}
}

package database

import (
	"context"
	"database/sql"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"ensemble/internal/testenv"
)

func TestMigrateOnceFromManyStores(t *testing.T) {
	testenv.EachDialect(t, migrateFromMany)
}

// Whoever waited for the lock must see what its last holder did, whatever isolation the server would choose.
func TestMigrateOnceOnASerializableServer(t *testing.T) {
	url := testenv.Postgres(t)
	write(t, open(t, url), `DO $$ BEGIN
		EXECUTE 'ALTER DATABASE ' || current_database() || ' SET default_transaction_isolation = serializable';
	END $$`)
	migrateFromMany(t, url)
}

// migrateFromMany migrates url from 8 stores at once.
func migrateFromMany(t *testing.T, url string) {
	t.Helper()
	var applied atomic.Int64
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			n, err := openAndMigrate(t.Context(), url)
			if err != nil {
				t.Error(err)
			}
			applied.Add(int64(n))
		})
	}
	group.Wait()
	if n := applied.Load(); n != 3 {
		t.Errorf("applied %d migrations, want 3", n)
	}
}

func openAndMigrate(ctx context.Context, url string) (applied int, err error) {
	s, err := Open(ctx, url)
	if err != nil {
		return 0, err
	}
	defer s.Close()
	outcome, err := Migrate(ctx, s, three)
	return outcome.Applied, err
}

func TestMigrateWaitsNoLongerThanItsContext(t *testing.T) {
	testenv.EachDialect(t, func(t *testing.T, url string) {
		holder, s := open(t, url), open(t, url)
		held := holder.alone(t.Context(), func(tx *sql.Tx) error {
			ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
			defer cancel()
			if _, err := Migrate(ctx, s, three); !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("Migrate: %v", err)
			}
			return nil
		})
		if held != nil {
			t.Error(held)
		}
		expect(t, s, three, Outcome{Applied: 3, Version: 3, Known: 3})
	})
}

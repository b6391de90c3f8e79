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

// When many stores migrate a database at once, each migration is applied once.
func TestMigrateOnceFromManyStores(t *testing.T) {
	testenv.EachDialect(t, migrateFromMany)
}

// A store that waited for the lock sees what its last holder did, whatever isolation the server chooses by default.
func TestMigrateOnceOnASerializableServer(t *testing.T) {
	url := testenv.Postgres(t)
	write(t, open(t, url), `DO $$ BEGIN
		EXECUTE 'ALTER DATABASE ' || current_database() || ' SET default_transaction_isolation = serializable';
	END $$`)
	migrateFromMany(t, url)
}

// migrateFromMany migrates url from 8 stores at once, and checks that each migration was applied once.
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

// openAndMigrate opens a store of its own, migrates, and returns how many migrations it applied.
func openAndMigrate(ctx context.Context, url string) (applied int, err error) {
	s, err := Open(ctx, url)
	if err != nil {
		return 0, err
	}
	defer s.Close()

	outcome, err := Migrate(ctx, s, three)
	return outcome.Applied, err
}

// Migrate waits for the lock of another until its context ends, and works once the lock is free.
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

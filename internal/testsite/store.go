package testsite

import (
	"sync"
	"testing"

	"entgo.io/ent/dialect"

	"ensemble/database"
)

// stores has the open databases on PostgreSQL that no test has at the moment, by their URL. A new connection costs more
// than most tests, since it is a process that looks up each table again and plans each statement.
var stores sync.Map

// openAgain opens the database at url until t ends. Where it can, it uses the connections of the test before.
func openAgain(t testing.TB, url string) *database.Store {
	t.Helper()
	var store *database.Store
	stored, found := stores.LoadAndDelete(url)
	if found && stored.(*database.Store).Write.PingContext(t.Context()) == nil {
		store = stored.(*database.Store)
	} else {
		store = Got(database.Open(t.Context(), url))(t)
	}

	size := store.Write.Stats().MaxOpenConnections
	t.Cleanup(func() {
		if reusable(store, size) {
			stores.Store(url, store)
			return
		}
		_ = store.Close()
	})
	return store
}

// reusable says whether another test may have the store. size is the size that its pool had at first.
func reusable(store *database.Store, size int) bool {
	stats := store.Write.Stats()
	return store.Dialect == dialect.Postgres && stats.InUse == 0 && stats.MaxOpenConnections == size
}

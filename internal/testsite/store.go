package testsite

import (
	"sync"
	"testing"

	"entgo.io/ent/dialect"

	"ensemble/database"
)

// stores are the databases on PostgreSQL that no test has at the moment, open, by their URL. A connection costs more
// than most tests: a process of its own, which looks up every table anew and plans every statement.
var stores sync.Map

// spare is how many connections stay open for the next test.
const spare = 4

// openAgain opens the database at url until t ends, and takes the connections of the test before where it can.
func openAgain(t testing.TB, url string) *database.Store {
	t.Helper()
	var store *database.Store
	if kept, found := stores.LoadAndDelete(url); found && kept.(*database.Store).Write.PingContext(t.Context()) == nil {
		store = kept.(*database.Store)
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

// reusable reports whether another test may have the store, whose pool had a size at first. It closes connections that
// are more than one test needs.
func reusable(store *database.Store, size int) bool {
	stats := store.Write.Stats()
	if store.Dialect != dialect.Postgres || stats.InUse > 0 || stats.MaxOpenConnections != size {
		return false
	}
	store.Write.SetMaxIdleConns(spare)
	store.Write.SetMaxIdleConns(size)
	return true
}

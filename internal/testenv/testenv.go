// Package testenv gives tests real servers and values that stand still: PostgreSQL and Redis, a clock and ids.
//
// The programs must be installed. A test that needs one that is missing is skipped, or fails when CI=true. A server
// starts when the first test asks for it, and ends with the test process, however that ends. Each package that asks has
//
//	func TestMain(m *testing.M) { testenv.Main(m) }
//
// Databases that are filled alike are copies of one. A file is copied; a PostgreSQL database is lent again after it was
// restored to its first state, unless its schema was changed.
//
// Long tests (crowds, storms, kills, drawn queries) ask Rounds, Sampled and Random how much they play.
// ENSEMBLE_TEST_PLAY decides: nothing (go test) is the smallest version that still touches every rule; "once" (make
// test) is the same, but each test that is for both databases is played on one of them, drawn by ENSEMBLE_TEST_SEED or
// a new seed; "sample" (make check) is a part of everything, drawn likewise; "all" (make long) is everything.
//
// The package imports nothing of ours, so that every package can use it, and is not for production code.
package testenv

import (
	"errors"
	"os"
	"slices"
	"sync"
	"testing"
)

// Main runs the tests of a package. After them it stops the servers that they shared, and removes their files.
func Main(m *testing.M) {
	code := m.Run()
	for _, undo := range slices.Backward(takeExits()) {
		undo()
	}
	os.Exit(code)
}

// exits has what Main does at the end. It begins with what was added last.
var exits struct {
	sync.Mutex
	undo []func()
}

// atExit adds what Main does at the end, such as to stop a server.
func atExit(undo func()) {
	exits.Lock()
	defer exits.Unlock()
	exits.undo = append(exits.undo, undo)
}

// takeExits returns what Main does at the end, in the order in which it was added.
func takeExits() []func() {
	exits.Lock()
	defer exits.Unlock()
	return exits.undo
}

// EachDialect runs test as the subtests sqlite and postgres, each with the URL of an empty database of its own. With
// ENSEMBLE_TEST_PLAY=once there is only one of them: see Dialects. The subtests run one after the other, but t runs
// beside other tests: see Parallel.
func EachDialect(t *testing.T, test func(t *testing.T, url string)) {
	t.Helper()
	open := map[string]func(testing.TB) string{"sqlite": SQLite, "postgres": Postgres}
	Parallel(t)
	for _, name := range Dialects(t) {
		t.Run(name, func(t *testing.T) { test(t, open[name](t)) })
	}
}

// EachDialectFrom does what EachDialect does, with databases that prepare has filled: see SQLiteFrom and PostgresFrom.
func EachDialectFrom(t *testing.T, key string, prepare func(url string) error, test func(t *testing.T, url string)) {
	t.Helper()
	open := map[string]func(testing.TB, string, func(url string) error) string{
		"sqlite": SQLiteFrom, "postgres": PostgresFrom,
	}
	Parallel(t)
	for _, name := range Dialects(t) {
		t.Run(name, func(t *testing.T) { test(t, open[name](t, key, prepare)) })
	}
}

// notInstalled says which program is missing and how to get it.
type notInstalled string

// Error says which program is missing and how to get it.
func (n notInstalled) Error() string { return string(n) }

// must ends t unless err is nil: t fails, or is skipped when a program is missing on a machine that is not CI.
func must(t testing.TB, err error) {
	t.Helper()
	var missing notInstalled
	switch {
	case err == nil:
	case errors.As(err, &missing) && os.Getenv("CI") != "true":
		t.Skip(err)
	default:
		t.Fatal(err)
	}
}

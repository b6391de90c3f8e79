// Package testenv gives tests real servers and values that stand still: PostgreSQL and Redis, a clock and ids.
//
// The programs must be installed; a test that needs one that is not is skipped, or fails when CI=true. A server starts
// when the first test asks for it, and ends with the test process however that ends. Each package that asks has
//
//	func TestMain(m *testing.M) { testenv.Main(m) }
//
// Databases that are filled alike are copies of one: a file is copied, and a PostgreSQL database is lent again after it
// was brought back to what it was, unless its schema was changed.
//
// Long tests (crowds, storms, kills, drawn queries) ask Rounds, Sampled and Random how much they play.
// ENSEMBLE_TEST_PLAY says it: "once" (the default, make test) is the smallest version that still touches every rule;
// "sample" (make check) is part of it, drawn by ENSEMBLE_TEST_SEED or a new seed; "all" (make long) is everything.
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

// Main runs the tests of a package, then stops the servers they shared and removes their files.
func Main(m *testing.M) {
	code := m.Run()
	for _, undo := range slices.Backward(takeExits()) {
		undo()
	}
	os.Exit(code)
}

// exits is what Main undoes, in the order it was done.
var exits struct {
	sync.Mutex
	undo []func()
}

func atExit(undo func()) {
	exits.Lock()
	defer exits.Unlock()
	exits.undo = append(exits.undo, undo)
}

func takeExits() []func() {
	exits.Lock()
	defer exits.Unlock()
	return exits.undo
}

// EachDialect runs test twice, as the subtests sqlite and postgres, each with the URL of an empty database of its own.
// The subtests run one after the other; t runs beside other tests: see Parallel.
func EachDialect(t *testing.T, test func(t *testing.T, url string)) {
	t.Helper()
	Parallel(t)
	t.Run("sqlite", func(t *testing.T) { test(t, SQLite(t)) })
	t.Run("postgres", func(t *testing.T) { test(t, Postgres(t)) })
}

// EachDialectFrom does what EachDialect does, with databases that prepare has filled: see SQLiteFrom and PostgresFrom.
func EachDialectFrom(t *testing.T, key string, prepare func(url string) error, test func(t *testing.T, url string)) {
	t.Helper()
	Parallel(t)
	t.Run("sqlite", func(t *testing.T) { test(t, SQLiteFrom(t, key, prepare)) })
	t.Run("postgres", func(t *testing.T) { test(t, PostgresFrom(t, key, prepare)) })
}

// notInstalled says which program is missing and how to get it.
type notInstalled string

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

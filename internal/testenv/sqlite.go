package testenv

import (
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"
)

// SQLite returns the URL of a database file that does not exist yet. Its folder is removed when t ends.
func SQLite(t testing.TB) string {
	t.Helper()
	url, err := newSQLite(t)
	must(t, err)
	return url
}

// SQLiteFrom does what SQLite does, with a copy of a file that prepare has filled. prepare runs once per key and
// process, in the first test that asks, and must have closed its connections when it returns.
func SQLiteFrom(t testing.TB, key string, prepare func(url string) error) string {
	t.Helper()
	content, err := sqliteTemplate(key, prepare)
	must(t, err)

	url, err := newSQLite(t)
	must(t, err)
	must(t, os.WriteFile(sqlitePath(url), content, 0o600))
	return url
}

// sqliteScheme begins the URL of a file.
const sqliteScheme = "sqlite:"

// sqlitePath returns the path in the URL of a file.
func sqlitePath(url string) string { return url[len(sqliteScheme):] }

// sqliteFolder is the folder of the SQLite files of this process.
var sqliteFolder = sync.OnceValues(func() (*folder, error) {
	home, err := newFolder(memory(), os.Getuid(), os.Getgid())
	if err == nil {
		atExit(func() { _ = home.remove() })
	}
	return home, err
})

// newSQLite returns the URL of a file in a folder of its own, which is removed when t ends.
func newSQLite(t testing.TB) (url string, err error) {
	home, err := sqliteFolder()
	if err != nil {
		return "", err
	}
	mine, err := os.MkdirTemp(home.path, "")
	if err != nil {
		return "", err
	}
	t.Cleanup(func() { _ = os.RemoveAll(mine) })
	return sqliteScheme + filepath.Join(mine, "test.db"), nil
}

// sqliteTemplates has the contents of prepared files, by key.
var sqliteTemplates onceByKey[[]byte]

// sqliteTemplate returns the content of the file that the first prepare for key has filled.
func sqliteTemplate(key string, prepare func(url string) error) ([]byte, error) {
	return sqliteTemplates.get(key, func() ([]byte, error) {
		home, err := sqliteFolder()
		if err != nil {
			return nil, err
		}
		mine, err := os.MkdirTemp(home.path, "")
		if err != nil {
			return nil, err
		}
		defer os.RemoveAll(mine)

		path := filepath.Join(mine, "template.db")
		if err := prepare(sqliteScheme + path); err != nil {
			return nil, fmt.Errorf("prepare %s: %w", key, err)
		}

		content, err := os.ReadFile(path)
		if os.IsNotExist(err) {
			return nil, nil // prepare wrote nothing, and SQLite takes an empty file for an empty database
		}
		return content, err
	})
}

// onceByKey makes a value for each key, the first time somebody asks for it. Its zero value is ready. Safe for
// concurrent use.
type onceByKey[T any] struct {
	mu   sync.Mutex
	done map[string]func() (T, error)
}

// get returns the value of key, which fill makes the first time. It does not wait for values of other keys.
func (o *onceByKey[T]) get(key string, fill func() (T, error)) (T, error) {
	o.mu.Lock()
	once, known := o.done[key]
	if !known {
		once = sync.OnceValues(fill)
		if o.done == nil {
			o.done = map[string]func() (T, error){}
		}
		o.done[key] = once
	}

	o.mu.Unlock()
	return once()
}

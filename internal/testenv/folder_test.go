package testenv

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// A folder is removed when no process has its lock and it is not new.
func TestRemoveAbandoned(t *testing.T) {
	for _, c := range []struct {
		name   string
		age    time.Duration
		locked bool
		gone   bool
	}{
		{"its process is dead", time.Hour, false, true},
		{"its process lives", time.Hour, true, false},
		{"it is being made", 0, false, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			parent := t.TempDir()
			path := oldFolder(t, parent, c.age)
			if c.locked {
				lock, err := lockFolder(path)
				if err != nil {
					t.Fatal(err)
				}
				defer lock.Close()
			}

			removeAbandoned(parent)
			_, err := os.Stat(path)
			if gone := errors.Is(err, fs.ErrNotExist); gone != c.gone {
				t.Errorf("gone is %t, want %t", gone, c.gone)
			}
		})
	}
}

// oldFolder makes a folder of this age, with something in it.
func oldFolder(t *testing.T, parent string, age time.Duration) string {
	t.Helper()
	path := filepath.Join(parent, folderPrefix+"1")
	if err := os.MkdirAll(filepath.Join(path, "data"), 0o700); err != nil {
		t.Fatal(err)
	}

	then := time.Now().Add(-age)
	if err := os.Chtimes(path, then, then); err != nil {
		t.Fatal(err)
	}
	return path
}

// A folder can be entered by its owner only, and remove removes it.
func TestFolderIsPrivateAndGoneAfterRemove(t *testing.T) {
	f, err := newFolder("", os.Getuid(), os.Getgid())
	if err != nil {
		t.Fatal(err)
	}

	if info, err := os.Stat(f.path); err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}

	if err := f.remove(); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(f.path); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("stat: %v", err)
	}
}

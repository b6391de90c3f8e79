package testenv

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"
)

// folderPrefix begins the name of each folder that we make.
const folderPrefix = "ensemble-testenv-"

// folder is a temporary folder, locked for as long as its test process lives.
type folder struct {
	path string
	lock *os.File
}

// newFolder makes a folder in parent, or in os.TempDir when parent is "". It belongs to uid, and nobody else can enter
// it.
func newFolder(parent string, uid, gid int) (*folder, error) {
	parent = cmp.Or(parent, os.TempDir())
	removeAbandoned(parent)

	path, err := os.MkdirTemp(parent, folderPrefix)
	if err != nil {
		return nil, err
	}

	lock, err := lockFolder(path)
	if err == nil {
		err = os.Chown(path, uid, gid)
	}
	if err != nil {
		return nil, errors.Join(err, os.RemoveAll(path))
	}

	return &folder{path, lock}, nil
}

// remove removes the folder and releases its lock.
func (f *folder) remove() error {
	return errors.Join(os.RemoveAll(f.path), f.lock.Close())
}

// removeAbandoned removes the folders in parent whose test process was killed before it could remove them. It leaves
// folders younger than a minute, which may not be locked yet, and those that it may not remove, of another user.
func removeAbandoned(parent string) {
	found, _ := filepath.Glob(filepath.Join(parent, folderPrefix+"*")) // fails for bad patterns only
	for _, path := range found {
		info, err := os.Stat(path)
		if err != nil || time.Since(info.ModTime()) < time.Minute {
			continue
		}
		if lock, err := lockFolder(path); err == nil {
			os.RemoveAll(path)
			lock.Close()
		}
	}
}

// lockFolder locks a folder, and fails when a living process has the lock. The kernel releases the lock when its holder
// ends. The servers do not inherit it.
func lockFolder(path string) (*os.File, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	if err := lock(file); err != nil {
		file.Close()
		return nil, fmt.Errorf("lock %s: %w", path, err)
	}
	return file, nil
}

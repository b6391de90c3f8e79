package database

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"strconv"

	"entgo.io/ent/dialect"
)

// migration is one file, or the record that it was applied (then without sql).
type migration struct {
	version  int
	name     string
	checksum string // SHA-256 of the file, in hexadecimal
	sql      string
}

// fileName is how a migration is named; its first group is the version, the second the name.
var fileName = regexp.MustCompile(`^(\d{4})_([a-z0-9_]+)\.sql$`)

// folders names the folder with the migrations of each dialect.
var folders = map[string]string{dialect.SQLite: "sqlite", dialect.Postgres: "postgres"}

// load reads the .sql files of a folder, in order. They are numbered from 1 without gaps.
func load(files fs.FS, folder string) ([]migration, error) {
	names, err := fs.Glob(files, folder+"/*.sql") // in lexical order, which is that of four digits
	if err != nil {
		return nil, err
	}
	if len(names) == 0 {
		return nil, fmt.Errorf("no migrations in %s", folder)
	}

	all := make([]migration, len(names))
	for i, name := range names {
		if all[i], err = readMigration(files, name); err != nil {
			return nil, err
		}
		if all[i].version != i+1 {
			return nil, fmt.Errorf("migration %s: its number should be %04d", name, i+1)
		}
	}

	return all, nil
}

// readMigration reads a file, and its number and name from what it is called.
func readMigration(files fs.FS, name string) (migration, error) {
	parts := fileName.FindStringSubmatch(path.Base(name))
	if parts == nil {
		return migration{}, fmt.Errorf("migration %s: is not named NNNN_name.sql", name)
	}
	version, err := strconv.Atoi(parts[1])
	if err != nil {
		return migration{}, fmt.Errorf("migration %s: %w", name, err)
	}

	sql, err := fs.ReadFile(files, name)
	if err != nil {
		return migration{}, fmt.Errorf("migration %s: %w", name, err)
	}

	sum := sha256.Sum256(sql)
	return migration{version, parts[2], hex.EncodeToString(sum[:]), string(sql)}, nil
}

// pending compares the files with what was applied and returns the files that are left. Records beyond the last file
// are of a newer program, which it takes on trust.
func pending(files, applied []migration) ([]migration, error) {
	for i, done := range applied {
		if done.version != i+1 {
			return nil, fmt.Errorf("the database records migration %d but not %d", done.version, i+1)
		}
		if i < len(files) && done.checksum != files[i].checksum {
			return nil, fmt.Errorf("migration %04d_%s was changed after the database applied it; "+
				"put it back and add a new one", done.version, done.name)
		}
	}
	return files[min(len(applied), len(files)):], nil
}

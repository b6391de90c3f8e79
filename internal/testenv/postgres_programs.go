package testenv

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// postgresMissing says how to get PostgreSQL.
const postgresMissing notInstalled = "PostgreSQL is neither on the PATH nor in /usr/lib/postgresql: install it " +
	"(apt-get install postgresql, brew install postgresql), or set ENSEMBLE_TEST_POSTGRES to the URL of a server for tests"

// findPostgres returns the folder with initdb and postgres: that of the PATH, or else Debian's newest.
func findPostgres() (string, error) {
	if initdb, err := exec.LookPath("initdb"); err == nil {
		return filepath.Dir(initdb), nil
	}
	found, _ := filepath.Glob("/usr/lib/postgresql/*/bin/initdb") // fails for bad patterns only
	if len(found) == 0 {
		return "", postgresMissing
	}
	return filepath.Dir(newest(found)), nil
}

// newest returns the path with the highest number, of paths like /usr/lib/postgresql/9.6/bin/initdb.
func newest(paths []string) string {
	version := func(path string) float64 {
		n, _ := strconv.ParseFloat(strings.Split(path, "/")[4], 64) // 0 when it is no number
		return n
	}
	return slices.MaxFunc(paths, func(a, b string) int { return cmp.Compare(version(a), version(b)) })
}

// postgresAccount returns the account that runs PostgreSQL, which refuses to be root: it is ours, or postgres or nobody
// when we are root.
func postgresAccount() (*account, error) {
	if id := os.Getuid(); id != 0 {
		return &account{Uid: uint32(id), Gid: uint32(os.Getgid()), NoSetGroups: true}, nil
	}

	for _, name := range []string{"postgres", "nobody"} {
		found, err := user.Lookup(name)
		if err != nil {
			continue
		}

		uid, uidErr := strconv.ParseUint(found.Uid, 10, 32)
		gid, gidErr := strconv.ParseUint(found.Gid, 10, 32)
		return &account{Uid: uint32(uid), Gid: uint32(gid)}, errors.Join(uidErr, gidErr)
	}

	return nil, errors.New("PostgreSQL refuses to run as root, and there is no user postgres or nobody")
}

// initdb makes an empty data folder in home. Text sorts by its bytes, as in SQLite.
func initdb(programs string, home *folder, as *account) error {
	cmd := exec.Command(filepath.Join(programs, "initdb"), "-D", filepath.Join(home.path, "data"),
		"-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-locale", "--no-sync", "--wal-segsize=1")
	cmd.Dir = home.path
	cmd.Env = []string{"LC_ALL=C"}
	cmd.SysProcAttr = attributesOf(as)
	if output, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("initdb: %w\n%s", err, output)
	}
	return nil
}

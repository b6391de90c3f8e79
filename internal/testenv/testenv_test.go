package testenv

import (
	"crypto/rand"
	"errors"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// EachDialect runs a test on each database on which it plays, in their order.
func TestEachDialect(t *testing.T) {
	var seen []string
	EachDialect(t, func(t *testing.T, url string) {
		scheme, _, _ := strings.Cut(url, ":")
		seen = append(seen, filepath.Base(t.Name())+"="+scheme)
	})

	var want []string
	for _, name := range Dialects(t) {
		want = append(want, name+"="+name)
	}
	if !slices.Equal(seen, want) {
		t.Errorf("ran %s, want %s", seen, want)
	}
}

// EachDialectFrom prepares each database on which a test plays.
func TestEachDialectFromPrepares(t *testing.T) {
	prepared := map[string]bool{}
	prepare := func(url string) error {
		scheme, _, _ := strings.Cut(url, ":")
		prepared[scheme] = true
		return nil
	}

	EachDialectFrom(t, rand.Text(), prepare, func(*testing.T, string) {})
	for _, name := range Dialects(t) {
		if !prepared[name] {
			t.Errorf("prepared %v, not %s", prepared, name)
		}
	}
}

// Without Redis, a test that needs it is skipped on a person's machine and fails in CI. Both say how to get it.
func TestMissingProgram(t *testing.T) {
	for _, c := range []struct{ ci, want string }{
		{"", "--- SKIP: TestRedis"},
		{"true", "--- FAIL: TestRedis"},
	} {
		t.Run("CI="+c.ci, func(t *testing.T) {
			output, err := rerun(t, "TestRedis", "CI="+c.ci, "PATH=", "ENSEMBLE_TEST_REDIS=").CombinedOutput()
			if failed := err != nil; failed != (c.ci == "true") {
				t.Errorf("ended with %v", err)
			}

			for _, want := range []string{c.want, "apt-get install redis-server"} {
				if !strings.Contains(string(output), want) {
					t.Errorf("%q is not in:\n%s", want, output)
				}
			}
		})
	}
}

// Tests use the servers that the environment names.
func TestServersFromTheEnvironment(t *testing.T) {
	for _, c := range []struct {
		test, variable string
		server         *Server
	}{
		{"TestPostgres", "ENSEMBLE_TEST_POSTGRES", PostgresServer(t)},
		{"TestRedis", "ENSEMBLE_TEST_REDIS", RedisServer(t)},
	} {
		env := c.variable + "=" + c.server.URL
		if output, err := rerun(t, c.test, env).CombinedOutput(); err != nil {
			t.Errorf("%s: %v\n%s", c.test, err, output)
		}

		c.server.Stop()
		if err := rerun(t, c.test, env).Run(); err == nil {
			t.Errorf("%s does not use the server of %s", c.test, c.variable)
		}
	}
}

// must fails a test, and does not skip it, for an error that is not a missing program.
func TestMustFailsForWhatIsNotAMissingProgram(t *testing.T) {
	t.Setenv("CI", "")
	fake := new(fakeTB)
	must(fake, errors.New("disk full"))
	must(fake, nil)

	if fake.fatal != 1 {
		t.Errorf("failed %d times, want once", fake.fatal)
	}
}

// fakeTB counts failures instead of failing.
type fakeTB struct {
	testing.TB
	fatal int
}

// Helper and Fatal are what must calls.
func (f *fakeTB) Helper()      {}
func (f *fakeTB) Fatal(...any) { f.fatal++ }

// Versions are compared as numbers, not as text.
func TestNewestPostgres(t *testing.T) {
	got := newest([]string{
		"/usr/lib/postgresql/9.6/bin/initdb", "/usr/lib/postgresql/16/bin/initdb", "/usr/lib/postgresql/15/bin/initdb",
	})
	if got != "/usr/lib/postgresql/16/bin/initdb" {
		t.Errorf("picked %s", got)
	}
}

package testenv

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net/url"
	"os"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5/pgxpool"
)

// cluster is a PostgreSQL server on which each test gets a database. Safe for concurrent use.
type cluster struct {
	url      *url.URL      // names the database from which others are made
	admin    *pgxpool.Pool // connections to that database
	strategy string        // the end of CREATE DATABASE, which says how it copies

	templates onceByKey[*template]
}

// sharedCluster is the server that ENSEMBLE_TEST_POSTGRES names, or one that it starts for the whole process.
var sharedCluster = sync.OnceValues(func() (*cluster, error) {
	if url := os.Getenv("ENSEMBLE_TEST_POSTGRES"); url != "" {
		return newCluster(url)
	}

	url, p, err := startPostgres()
	if err != nil {
		return nil, err
	}
	atExit(func() { _ = p.discard() })
	return newCluster(url)
})

// newCluster connects to a server.
func newCluster(raw string) (*cluster, error) {
	parsed, err := url.Parse(raw)
	if err != nil {
		return nil, errors.New("ENSEMBLE_TEST_POSTGRES is not a URL")
	}

	admin, err := pgxpool.New(context.Background(), raw)
	if err != nil {
		return nil, err
	}
	atExit(admin.Close)

	strategy, err := copyStrategy(admin)
	if err != nil {
		return nil, err
	}

	return &cluster{url: parsed, admin: admin, strategy: strategy}, nil
}

// copyStrategy returns what makes CREATE DATABASE copy files, which takes 8 ms for an empty database. Since PostgreSQL
// 15 it copies through the log unless it is told otherwise, which takes 13 to 70 ms; older ones know no other way than
// files.
func copyStrategy(admin *pgxpool.Pool) (sql string, err error) {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()

	query := "SELECT CASE WHEN current_setting('server_version_num')::int >= 150000" +
		" THEN ' STRATEGY FILE_COPY' ELSE '' END"
	err = admin.QueryRow(ctx, query).Scan(&sql)
	return sql, err
}

// empty returns a new database, which is dropped when t ends.
func (c *cluster) empty(t testing.TB) string {
	t.Helper()
	name, err := c.create("template0")
	must(t, err)
	t.Cleanup(func() {
		if err := c.drop(name); err != nil {
			t.Error(err)
		}
	})
	return c.address(name)
}

// template returns the database that the first prepare for key has filled.
func (c *cluster) template(key string, prepare func(url string) error) (*template, error) {
	return c.templates.get(key, func() (*template, error) { return c.fill(key, prepare) })
}

// fill makes a database, calls prepare to fill it, and makes it a template.
func (c *cluster) fill(key string, prepare func(url string) error) (*template, error) {
	name, err := c.create("template0")
	if err != nil {
		return nil, err
	}

	if err := prepare(c.address(name)); err != nil {
		return nil, errors.Join(fmt.Errorf("prepare %s: %w", key, err), c.drop(name))
	}

	t, err := newTemplate(c, name)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("make %s a template: %w", key, err), c.drop(name))
	}

	atExit(func() { _ = t.close() })
	return t, nil
}

// create makes a copy of template. Its name is one that no other test process takes, since they may share the server.
func (c *cluster) create(template string) (name string, err error) {
	name = "ensemble_test_" + strings.ToLower(rand.Text())
	return name, c.exec("CREATE DATABASE " + name + " TEMPLATE " + template + c.strategy)
}

// drop removes a database, and ends the connections to it that are still open.
func (c *cluster) drop(name string) error {
	return c.exec("DROP DATABASE IF EXISTS " + name + " WITH (FORCE)")
}

// exec runs a statement on the database from which others are made.
func (c *cluster) exec(sql string) error {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	if _, err := c.admin.Exec(ctx, sql); err != nil {
		return fmt.Errorf("%s: %w", sql, err)
	}
	return nil
}

// address returns the URL of a database. On a busy machine a connection may take a while.
func (c *cluster) address(name string) string {
	there := *c.url
	there.Path = "/" + name
	parameters := there.Query()
	parameters.Set("connect_timeout", strconv.Itoa(int(patience.Seconds())))
	there.RawQuery = parameters.Encode()
	return there.String()
}

package main

import (
	"context"
	"database/sql"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"entgo.io/ent/dialect"
	entsql "entgo.io/ent/dialect/sql"

	"ensemble/consultation"
	"ensemble/consultation/search"
	"ensemble/consultation/search/words"
	"ensemble/database"
	"ensemble/demo"
	"ensemble/ent"
	"ensemble/live"
	"ensemble/site"
)

// searchedWords is what is looked for in `ensemble demo`: one after the other, by one client.
var searchedWords = []struct{ kind, words string }{
	{"very common", "numérique "}, {"common, unfinished", "num"},
	{"two words", "accueil numérique "}, {"without", "accueil -numérique "},
	{"phrase", `"feuille de route"`}, {"rare", "variante 17 "}, {"absent", "zibeline "},
}

// askedEach is how often each of them is looked for.
const askedEach = 300

// searchTimes prints how long a search takes over `ensemble demo -scale` in either database, the whole way but for the
// network, and the part of the plan that shows the index.
func searchTimes(ctx context.Context, scale int, out io.Writer) error {
	folder, err := os.MkdirTemp("", "bench")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(folder) }()

	db, err := startPostgres(ctx)
	if err != nil {
		return err
	}
	defer db.stop()

	for _, url := range []string{"sqlite:" + filepath.Join(folder, "demo.db"), db.url} {
		if err := searchTimesIn(ctx, url, scale, out); err != nil {
			return err
		}
	}
	return nil
}

func searchTimesIn(ctx context.Context, url string, scale int, out io.Writer) error {
	s, store, err := site.Open(ctx, url,
		slog.New(slog.NewJSONHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelError})))
	if err != nil {
		return err
	}
	defer func() { _ = store.Close() }()

	if err := demo.Fill(ctx, s, scale, io.Discard); err != nil {
		return err
	}

	tidy := "VACUUM ANALYZE" // what autovacuum, which is off, would do
	if store.Dialect == dialect.SQLite {
		tidy = "ANALYZE"
	}
	if _, err := store.Write.ExecContext(ctx, tidy); err != nil {
		return err
	}

	api := site.New(s, live.NewMemoryBroker()).Server
	defer api.Close()
	handler := api.Handler()

	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintf(w, "\n%s\tlooked for\tfound\tp50 ms\tp99 ms\n", store.Dialect)

	for _, asked := range searchedWords {
		total, err := s.Search(words.Parse(asked.words, ""), search.SearchFilter{}).Count(ctx)
		if err != nil {
			return err
		}

		var times sample
		for range askedEach {
			took, err := searchOnce(ctx, handler, asked.words)
			if err != nil {
				return err
			}
			times.latencies = append(times.latencies, took)
		}

		fmt.Fprintf(w, "%s\t%s\t%d\t%s\t%s\n", asked.kind, strings.TrimSpace(asked.words), total,
			number(times.quantile(0.5)), number(times.quantile(0.99)))
	}

	_ = w.Flush()
	return printPlan(ctx, store, s, out)
}

func searchOnce(ctx context.Context, handler http.Handler, words string) (time.Duration, error) {
	asked := map[string]any{"query": searchQuery, "variables": map[string]any{"query": words}}
	_, body, _ := strings.Cut(string(post("/graphql", "", asked)), "\r\n\r\n")
	r := httptest.NewRequestWithContext(ctx, http.MethodPost, "/graphql", strings.NewReader(body))
	r.Header.Set("Content-Type", "application/json")
	answer := httptest.NewRecorder()
	began := time.Now()
	handler.ServeHTTP(answer, r)
	took := time.Since(began)
	if got := answer.Body.String(); answer.Code != http.StatusOK || strings.Contains(got, `"errors"`) {
		return 0, fmt.Errorf("search for %q: %d %.500s", words, answer.Code, got)
	}
	return took, nil
}

// recorder is a driver that remembers the last query.
type recorder struct {
	*entsql.Driver
	query string
	args  any
}

func (r *recorder) Query(ctx context.Context, query string, args, v any) error {
	r.query, r.args = query, args
	return r.Driver.Query(ctx, query, args, v)
}

// printPlan shows how the statement of a rare word finds its entries.
func printPlan(ctx context.Context, store *database.Store, s *consultation.Service, out io.Writer) error {
	r := &recorder{Driver: entsql.OpenDB(store.Dialect, store.Read)}
	s.Read = ent.NewClient(ent.Driver(r))
	if _, err := s.Search(words.Parse("variante 17 ", ""), search.SearchFilter{}).All(ctx); err != nil {
		return err
	}

	explain := "EXPLAIN (COSTS OFF) "
	if store.Dialect == dialect.SQLite {
		explain = "EXPLAIN QUERY PLAN "
	}

	rows, err := store.Read.QueryContext(ctx, explain+r.query, r.args.([]any)...)
	if err != nil {
		return err
	}
	defer func() { _ = rows.Close() }()

	columns, err := rows.Columns()
	if err != nil {
		return err
	}

	for rows.Next() {
		cells := make([]sql.NullString, len(columns))
		into := make([]any, len(columns))
		for i := range cells {
			into[i] = &cells[i]
		}

		if err := rows.Scan(into...); err != nil {
			return err
		}
		line := cells[len(cells)-1].String
		indexes := []string{"search_entries_words", "search_entries_number", "VIRTUAL TABLE INDEX"}
		if slices.ContainsFunc(indexes, func(index string) bool { return strings.Contains(line, index) }) {
			fmt.Fprintln(out, "plan:", strings.TrimSpace(line))
		}
	}

	return rows.Err()
}

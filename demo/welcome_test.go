package demo

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"

	"ensemble/ent"
	"ensemble/internal/testenv"
)

// Welcome says where to look first, and how to sign in.
func TestWelcome(t *testing.T) {
	s := filled(t, testenv.SQLite(t), 1)
	var out bytes.Buffer
	if err := Welcome(t.Context(), s, &out, "127.0.0.1:8080"); err != nil {
		t.Fatal(err)
	}

	for _, want := range []string{
		"http://127.0.0.1:8080/explorer", `process(slug: "engagements-2023-2027")`,
		`commitment(reference: "numerique-ensemble.example.org-COMM-2026-01-3")`,
		"signatory@example.org", "ensemble-demo",
	} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("the welcome does not say %s:\n%s", want, &out)
		}
	}
}

// The queries of the welcome are valid in the API's schema.
func TestWelcomeQueries(t *testing.T) {
	s := filled(t, testenv.SQLite(t), 1)
	schema := gqlparser.MustLoadSchema(sources(t, "../schema.graphqls", "../graph/schema/*.graphqls")...)
	for _, query := range queries(one[*ent.Commitment](t)(findExample(t.Context(), s))) {
		if _, err := gqlparser.LoadQueryWithRules(schema, query, nil); err != nil {
			t.Errorf("%v:\n%s", err, query)
		}
	}
}

// sources reads the files that match the patterns.
func sources(t *testing.T, patterns ...string) (all []*ast.Source) {
	t.Helper()
	for _, pattern := range patterns {
		for _, name := range one[[]string](t)(filepath.Glob(pattern)) {
			all = append(all, &ast.Source{Name: name, Input: string(one[[]byte](t)(os.ReadFile(name)))})
		}
	}
	return all
}

// reachable returns an address that a browser can open, for one that the server listens on.
func TestReachable(t *testing.T) {
	for addr, want := range map[string]string{
		"127.0.0.1:8080": "127.0.0.1:8080", ":8080": "localhost:8080", "0.0.0.0:80": "localhost:80",
		"[::]:80":         "localhost:80",
		"example.org:443": "example.org:443",
	} {
		if got := reachable(addr); got != want {
			t.Errorf("%s is reached at %s, want %s", addr, got, want)
		}
	}
}

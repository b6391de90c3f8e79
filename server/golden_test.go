package server_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"

	"ensemble/graph/generated"
)

var update = flag.Bool("update", false, "rewrite the golden answers")

// golden is an operation in testdata, and who sends it. Its comments say with what:
//
//	# as: alice
//	# variables: {"id": "<commitment>"}
//
// Names in angle brackets stand for ids of the story. The answer is in the .json file beside it.
type golden struct {
	path      string
	query     string
	as        string
	language  string
	variables string
}

func (g golden) name() string {
	return strings.TrimSuffix(strings.TrimPrefix(filepath.ToSlash(g.path), "testdata/"), ".graphql")
}

func (g golden) writes() bool { return strings.Contains(g.query, "mutation") }

func (g golden) answer() string { return strings.TrimSuffix(g.path, ".graphql") + ".json" }

// goldens are those of every noun, in the order of their names.
func goldens(t testing.TB) []golden {
	t.Helper()
	paths, err := filepath.Glob("testdata/*/*.graphql")
	if err != nil || len(paths) == 0 {
		t.Fatalf("no goldens: %v", err)
	}
	var all []golden
	for _, path := range paths {
		if strings.Contains(path, "differential") {
			continue // not golden: questions for two servers
		}
		raw, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, parseGolden(path, string(raw)))
	}
	return all
}

func parseGolden(path, text string) golden {
	g := golden{path: path, query: text, language: "en", variables: "{}"}
	for line := range strings.Lines(text) {
		key, value, _ := strings.Cut(strings.TrimSpace(strings.TrimPrefix(line, "#")), ": ")
		switch {
		case !strings.HasPrefix(line, "#"):
		case key == "as":
			g.as = value
		case key == "language":
			g.language = value
		case key == "variables":
			g.variables = value
		}
	}
	return g
}

// ask sends the golden's operation.
func (g golden) ask(t *testing.T, st *story) reply {
	t.Helper()
	var variables map[string]any
	if err := json.Unmarshal([]byte(st.resolve(g.variables)), &variables); err != nil {
		t.Fatalf("%s: variables: %v", g.path, err)
	}
	return st.post(t, g.query, variables, append(st.bearer(g.as), "Accept-Language", g.language)...)
}

// Both databases answer the same. Queries are asked in one copy of the story, each mutation in a copy of its own.
func TestGoldens(t *testing.T) {
	eachStory(t, func(t *testing.T, st *story) {
		for _, g := range goldens(t) {
			if !g.writes() {
				t.Run(g.name(), func(t *testing.T) { g.compare(t, st) })
			}
		}
	})
}

func TestGoldenMutations(t *testing.T) {
	for _, g := range goldens(t) {
		if g.writes() {
			t.Run(g.name(), func(t *testing.T) {
				eachStory(t, func(t *testing.T, st *story) { g.compare(t, st) })
			})
		}
	}
}

// compare asks that the answer is the golden one; with -update it becomes that, where SQLite gave it.
func (g golden) compare(t *testing.T, st *story) {
	t.Helper()
	var got bytes.Buffer
	done(0, json.Indent(&got, []byte(st.anonymous(g.ask(t, st).raw)), "", "  "))(t)
	got.WriteByte('\n')
	if *update && strings.Contains(t.Name(), "/sqlite") {
		done(0, os.WriteFile(g.answer(), got.Bytes(), 0o600))(t)
	}
	want, err := os.ReadFile(g.answer())
	if err != nil {
		t.Fatalf("no answer yet (go test ./server -run TestGolden -update writes it): %v", err)
	}
	if got.String() != string(want) {
		t.Errorf("%s differs:\n%s", g.answer(), firstDifference(got.String(), string(want)))
	}
}

// firstDifference shows the lines around where two texts part.
func firstDifference(got, want string) string {
	a, b := strings.Split(got, "\n"), strings.Split(want, "\n")
	for i := range a {
		if i >= len(b) || a[i] != b[i] {
			return "got:\n" + strings.Join(a[max(0, i-3):min(len(a), i+4)], "\n") + "\nwant:\n" + strings.Join(b[max(0, min(i-3, len(b))):min(len(b), i+4)], "\n")
		}
	}
	return "it ends early"
}

// Every root field of queries and mutations is in a golden, and no answer is without its operation.
func TestGoldensCoverTheSchema(t *testing.T) {
	schema := generated.NewExecutableSchema(generated.Config{}).Schema()
	asked := map[string]bool{}
	for _, g := range goldens(t) {
		doc, err := gqlparser.LoadQueryWithRules(schema, g.query, nil)
		if err != nil {
			t.Fatalf("%s: %v", g.path, err)
		}
		for _, op := range doc.Operations {
			for _, selected := range op.SelectionSet {
				asked[selected.(*ast.Field).ObjectDefinition.Name+"."+selected.(*ast.Field).Name] = true
			}
		}
	}
	for _, root := range []*ast.Definition{schema.Query, schema.Mutation} {
		for _, f := range root.Fields {
			if !asked[root.Name+"."+f.Name] && !strings.HasPrefix(f.Name, "__") {
				t.Errorf("no golden asks %s.%s", root.Name, f.Name)
			}
		}
	}
	answers, err := filepath.Glob("testdata/*/*.json")
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range answers {
		if _, err := os.Stat(strings.TrimSuffix(path, ".json") + ".graphql"); err != nil && !strings.Contains(path, "differential") {
			t.Errorf("%s answers nothing: %v", path, err)
		}
	}
}

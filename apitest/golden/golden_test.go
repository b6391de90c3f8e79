package golden_test

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

	"ensemble/apitest/story"
	"ensemble/graph/generated"
	"ensemble/internal/testsite"
)

var update = flag.Bool("update", false, "rewrite the golden answers")

// A query has its golden answer, the same on both databases. All queries are asked in one copy of the story.
func TestGoldens(t *testing.T) {
	story.Each(t, func(t *testing.T, st *story.Story) {
		for _, g := range story.Operations(t) {
			if !g.Writes() {
				t.Run(g.Name(), func(t *testing.T) { compare(t, g, st) })
			}
		}
	})
}

// A mutation has its golden answer, the same on both databases. Each is sent in a copy of the story of its own.
func TestGoldenMutations(t *testing.T) {
	for _, g := range story.Operations(t) {
		if g.Writes() {
			t.Run(g.Name(), func(t *testing.T) {
				story.Each(t, func(t *testing.T, st *story.Story) { compare(t, g, st) })
			})
		}
	}
}

// compare asks g and wants the golden answer. With -update it first writes the answer of SQLite as the golden one.
func compare(t *testing.T, g story.Operation, st *story.Story) {
	t.Helper()
	var got bytes.Buffer
	testsite.Must(t, json.Indent(&got, []byte(st.Anonymous(g.Ask(t, st).Raw)), "", "  "))
	got.WriteByte('\n')

	if *update && strings.Contains(t.Name(), "/sqlite") {
		testsite.Must(t, os.WriteFile(g.Answer(), got.Bytes(), 0o600))
	}

	want, err := os.ReadFile(g.Answer())
	if err != nil {
		t.Fatalf("no answer yet (go test ./apitest/golden -run TestGolden -update writes it): %v", err)
	}

	if got.String() != string(want) {
		t.Errorf("%s differs:\n%s", g.Answer(), story.FirstDifference(got.String(), string(want)))
	}
}

// Every root field of queries and mutations is in a golden operation, and every answer has its operation.
func TestGoldensCoverTheSchema(t *testing.T) {
	wantAllAsked(t)

	answers, err := filepath.Glob("testdata/*/*.json")
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range answers {
		if _, err := os.Stat(strings.TrimSuffix(path, ".json") + ".graphql"); err != nil {
			t.Errorf("%s answers nothing: %v", path, err)
		}
	}
}

// wantAllAsked wants every root field of queries and mutations to be in a golden operation.
func wantAllAsked(t *testing.T) {
	t.Helper()
	schema := generated.NewExecutableSchema(generated.Config{}).Schema()
	asked := map[string]bool{}
	for _, g := range story.Operations(t) {
		doc, err := gqlparser.LoadQueryWithRules(schema, g.Query, nil)
		if err != nil {
			t.Fatalf("%s: %v", g.Path, err)
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
}

package story

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"ensemble/internal/testsite"
)

// Mutation is a document that does one mutation, whose input is its variable, and asks nothing back.
func Mutation(name string) string {
	input := strings.ToUpper(name[:1]) + name[1:] + "Input"
	return fmt.Sprintf("mutation($input: %s!) { %s(input: $input) { __typename } }", input, name)
}

// Operation is an operation in the testdata of apitest/golden, and who sends it. Its comments say with what:
//
//	# as: alice
//	# variables: {"id": "<commitment>"}
//
// Names in angle brackets stand for ids of the story. The answer is in the .json file beside it.
type Operation struct {
	Path      string
	Query     string
	As        string
	Language  string
	Variables string
}

// Name is the noun and the case, without the folder.
func (g Operation) Name() string {
	return strings.TrimSuffix(strings.TrimPrefix(filepath.ToSlash(g.Path), folder+"/"), ".graphql")
}

// Writes reports whether the operation is a mutation.
func (g Operation) Writes() bool { return strings.Contains(g.Query, "mutation") }

// Answer is the path of the file with the golden answer.
func (g Operation) Answer() string { return strings.TrimSuffix(g.Path, ".graphql") + ".json" }

// folder is where the operations are, as seen from any package of apitest.
const folder = "../golden/testdata"

// Operations returns the operations of every noun, in the order of their names.
func Operations(t testing.TB) []Operation {
	t.Helper()
	paths, err := filepath.Glob(folder + "/*/*.graphql")
	if err != nil || len(paths) == 0 {
		t.Fatalf("no goldens: %v", err)
	}

	var all []Operation
	for _, path := range paths {
		raw, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, parse(path, string(raw)))
	}
	return all
}

// parse reads an operation and the comments that say who sends it and with what.
func parse(path, text string) Operation {
	g := Operation{Path: path, Query: text, Language: "en", Variables: "{}"}
	for line := range strings.Lines(text) {
		key, value, _ := strings.Cut(strings.TrimSpace(strings.TrimPrefix(line, "#")), ": ")
		switch {
		case !strings.HasPrefix(line, "#"): // a line of the document
		case key == "as":
			g.As = value
		case key == "language":
			g.Language = value
		case key == "variables":
			g.Variables = value
		}
	}
	return g
}

// Ask sends the operation.
func (g Operation) Ask(t *testing.T, st *Story) testsite.Reply {
	t.Helper()
	var variables map[string]any
	if err := json.Unmarshal([]byte(st.Resolve(g.Variables)), &variables); err != nil {
		t.Fatalf("%s: variables: %v", g.Path, err)
	}
	return st.Send(t, g.Query, variables, append(st.Bearer(g.As), "Accept-Language", g.Language)...)
}

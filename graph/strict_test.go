package graph_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/parser"

	"ensemble/graph"
	"ensemble/graph/generated"
)

func TestStrict(t *testing.T) {
	schema := generated.NewExecutableSchema(generated.Config{}).Schema()
	for _, c := range []struct{ name, declared, value, wrong string }{
		{"enum", "$v: Direction", `"ASC"`, ""},
		{"enum in small letters", "$v: Direction", `"asc"`, "v"},
		{"enum of no name", "$v: Direction", `7`, "v"},
		{"no enum", "$v: Direction", `null`, ""},
		{"list of enums", "$v: [CommitmentStatus!]", `["OPEN", "ADOPTED"]`, ""},
		{"list with a wrong one", "$v: [CommitmentStatus!]", `["OPEN", "Adopted"]`, "v.1"},
		{"one for a list", "$v: [CommitmentStatus!]", `"Open"`, "v"},
		{"enum inside", "$v: CommitmentOrder", `{"field": "NUMBER", "direction": "down"}`, "v.direction"},
		{"enums inside a list inside", "$v: CommitmentFilter", `{"statuses": ["OPEN", "x"]}`, "v.statuses.1"},
		{"null inside", "$v: CommitmentFilter", `{"statuses": null, "text": "open"}`, ""},
		{"text is no enum", "$v: CommitmentFilter", `{"text": "open"}`, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			doc, err := parser.ParseQuery(&ast.Source{Input: "query(" + c.declared + ") { __typename }"})
			if err != nil {
				t.Fatal(err)
			}
			var v any
			if err := json.Unmarshal([]byte(c.value), &v); err != nil {
				t.Fatal(err)
			}
			op := &graphql.OperationContext{Operation: doc.Operations[0], Variables: map[string]any{"v": v}}
			refused := graph.Strict{Schema: schema}.MutateOperationContext(t.Context(), op)
			switch {
			case c.wrong == "" && refused != nil:
				t.Error(refused)
			case c.wrong != "" && (refused == nil || !strings.Contains(refused.Message, "variable "+c.wrong+" ")):
				t.Errorf("%v, want %s", refused, c.wrong)
			}
		})
	}
}

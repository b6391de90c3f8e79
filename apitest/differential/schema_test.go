package differential_test

import (
	"maps"
	"slices"

	"github.com/vektah/gqlparser/v2/ast"
)

// unanswered are the fields that the reference server does not answer, by type: it could only answer them with the
// server's algorithm once more.
var unanswered = map[string][]string{
	// How texts are split into words, ranked and cut to excerpts: search_test.go and consultation/search test it.
	"Query": {"search"},
}

// answered is the schema without what the reference does not answer.
func answered(served *ast.Schema) *ast.Schema {
	schema := *served
	schema.Types = maps.Clone(served.Types)

	for name, fields := range unanswered {
		of := *schema.Types[name]
		of.Fields = slices.DeleteFunc(slices.Clone(of.Fields), func(f *ast.FieldDefinition) bool {
			return slices.Contains(fields, f.Name)
		})
		schema.Types[name] = &of
	}
	schema.Query = schema.Types["Query"]

	schema.PossibleTypes = map[string][]*ast.Definition{}
	for name, types := range served.PossibleTypes {
		for _, of := range types {
			schema.PossibleTypes[name] = append(schema.PossibleTypes[name], schema.Types[of.Name])
		}
	}
	return &schema
}

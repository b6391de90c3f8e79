package graph

import (
	"reflect"
	"slices"
	"strings"
	"sync"

	"github.com/vektah/gqlparser/v2/ast"

	"ensemble/graph/generated"
)

// isPlain reports whether a field is one of plainFields, or names the type of a node.
func isPlain(f *ast.Field) bool {
	if f.Name == "__typename" {
		return f.ObjectDefinition.Name == "Node" || slices.Contains(f.ObjectDefinition.Interfaces, "Node")
	}
	return plainFields()[f.Definition]
}

// plainFields are those that only copy a value of a row: scalars of nodes that no resolver makes, the cursors and nodes
// of edges, and where pages end. They take some microseconds each, so ten of them are a unit. Items of other lists have
// none: there a unit stands for more of them than it says.
var plainFields = sync.OnceValue(func() map[*ast.FieldDefinition]bool {
	schema := generated.NewExecutableSchema(generated.Config{}).Schema()
	made := resolvedFields()

	plain := map[*ast.FieldDefinition]bool{}
	for _, object := range schema.Types {
		isNode := object.Name == "Node" || slices.Contains(object.Interfaces, "Node")
		isPlace := object.Name == "PageInfo" || strings.HasSuffix(object.Name, "Edge")
		if !isNode && !isPlace {
			continue
		}

		for _, f := range object.Fields {
			if object.Kind == ast.Interface && f.Name != "id" || f.Type.Elem != nil || len(f.Arguments) > 0 || f.Directives.ForName("viewer") != nil ||
				made[strings.ToLower(object.Name+"."+f.Name)] {
				continue
			}
			of := schema.Types[f.Type.NamedType]
			isLeaf := of.Kind == ast.Scalar || of.Kind == ast.Enum
			plain[f] = isLeaf || isPlace && f.Name == "node"
		}
	}
	return plain
})

// resolvedFields are those that a function makes, "commitment.title": gqlgen has a method for each.
func resolvedFields() map[string]bool {
	made := map[string]bool{}
	root := reflect.TypeFor[generated.ResolverRoot]()
	for object := range root.Methods() {
		resolver := object.Type.Out(0)
		for field := range resolver.Methods() {
			made[strings.ToLower(object.Name+"."+field.Name)] = true
		}
	}
	return made
}

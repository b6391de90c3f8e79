package graph

import (
	"slices"

	"github.com/99designs/gqlgen/graphql"
	"github.com/99designs/gqlgen/graphql/introspection"
	"github.com/vektah/gqlparser/v2/ast"
)

// gqlgen answers introspection with empty lists where GraphQL wants null, and interfaces among the types that an object may
// have. Tools that tell kinds apart by what is null stumble over it.
// Source: https://spec.graphql.org/September2025/#sec-The-__Type-Type

// kindsWith lists, for fields of __Type, the kinds of types that have them; of others they are null.
var kindsWith = map[string][]ast.DefinitionKind{
	"fields":        {ast.Object, ast.Interface},
	"interfaces":    {ast.Object, ast.Interface},
	"possibleTypes": {ast.Interface, ast.Union},
	"enumValues":    {ast.Enum},
	"inputFields":   {ast.InputObject},
	"isOneOf":       {ast.InputObject},
}

// asSpecified returns the value of a field of introspection as GraphQL wants it.
func asSpecified(field *graphql.FieldContext, value any) any {
	if t, ok := field.Parent.Result.(*introspection.Type); ok && field.Object == "__Type" {
		kinds, listed := kindsWith[field.Field.Name]
		if listed && !slices.Contains(kinds, ast.DefinitionKind(t.Kind())) {
			return nil
		}
	}

	switch value := value.(type) {
	case []introspection.Type:
		if field.Field.Name == "possibleTypes" {
			return slices.DeleteFunc(value, func(t introspection.Type) bool { return t.Kind() != string(ast.Object) })
		}
	case []introspection.InputValue:
		if all, _ := field.Args["includeDeprecated"].(bool); !all {
			return slices.DeleteFunc(value, func(v introspection.InputValue) bool { return v.IsDeprecated() })
		}
	}
	return value
}

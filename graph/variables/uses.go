package variables

import (
	"strconv"

	"github.com/vektah/gqlparser/v2/ast"
)

// uses looks where an operation uses its variables: in its fields, in fragments, each once, and in directives.
type uses struct {
	fragments map[string]bool
	// found is called for each: place is the argument, with the names of fields and the numbers of items behind it.
	found func(place string, variable *ast.Value)
}

// eachUse calls found for each place where an operation uses a variable.
func eachUse(op *ast.OperationDefinition, found func(place string, variable *ast.Value)) {
	u := uses{map[string]bool{}, found}
	u.directives(op.Directives)
	u.selections(op.SelectionSet)
}

func (u uses) selections(set ast.SelectionSet) {
	for _, s := range set {
		switch s := s.(type) {
		case *ast.Field:
			u.arguments(s.Arguments)
			u.directives(s.Directives)
			u.selections(s.SelectionSet)
		case *ast.InlineFragment:
			u.directives(s.Directives)
			u.selections(s.SelectionSet)
		case *ast.FragmentSpread:
			u.directives(s.Directives)
			if !u.fragments[s.Name] {
				u.fragments[s.Name] = true
				u.directives(s.Definition.Directives)
				u.selections(s.Definition.SelectionSet)
			}
		}
	}
}

func (u uses) directives(all ast.DirectiveList) {
	for _, d := range all {
		u.arguments(d.Arguments)
	}
}

func (u uses) arguments(all ast.ArgumentList) {
	for _, a := range all {
		u.value(a.Name, a.Value)
	}
}

func (u uses) value(place string, v *ast.Value) {
	if v.Kind == ast.Variable {
		u.found(place, v)
	}
	for i, child := range v.Children {
		name := child.Name
		if v.Kind == ast.ListValue {
			name = strconv.Itoa(i)
		}
		u.value(place+"."+name, child.Value)
	}
}

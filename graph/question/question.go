// Package question tells questions apart: two that have the same key get the same answers, so that one execution can
// serve everybody who asks. It reads operations that were parsed and checked before; it executes nothing, and knows
// nothing of who may ask.
package question

import (
	"bytes"
	"encoding/json"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"

	"ensemble/auth"
)

// Key returns what an operation asks, as a string: its root field with the arguments but the cursor, the selection with
// fragments in place and variables replaced by their values, and the viewer if a selected field may depend on one. Then
// personal is true: the answer is for nobody else.
//
// Languages are no part of it: they are added by those who know which make a difference.
func Key(op *graphql.OperationContext, viewer auth.Viewer) (key string, personal bool) {
	k := &writer{op: op}
	k.selections(op.Operation.SelectionSet, true)
	if k.personal {
		k.json(viewer)
	}
	return k.String(), k.personal
}

// writer writes a key.
type writer struct {
	bytes.Buffer
	op       *graphql.OperationContext
	personal bool // a field was selected that may depend on who asks
}

// selections writes a selection in braces. The one at the root has arguments that say where to go on, which make no
// difference.
func (k *writer) selections(set ast.SelectionSet, root bool) {
	k.WriteByte('{')
	k.inside(set, root)
	k.WriteByte('}')
}

func (k *writer) inside(set ast.SelectionSet, root bool) {
	for _, s := range set {
		switch s := s.(type) {
		case *ast.Field:
			k.field(s, root)
		case *ast.InlineFragment:
			k.fragment(s.ObjectDefinition, s.TypeCondition, s.Directives, s.SelectionSet, root)
		case *ast.FragmentSpread:
			k.fragment(s.ObjectDefinition, s.Definition.TypeCondition, s.Directives, s.Definition.SelectionSet, root)
		}
	}
}

func (k *writer) field(f *ast.Field, root bool) {
	if f.Definition.Directives.ForName("viewer") != nil {
		k.personal = true
	}

	k.WriteString(f.Alias + ":" + f.Name)
	args := f.ArgumentMap(k.op.Variables)
	if root {
		delete(args, "after")
	}
	k.json(args)
	k.directives(f.Directives)
	if len(f.SelectionSet) > 0 {
		k.selections(f.SelectionSet, false)
	}
	k.WriteByte(' ')
}

// fragment writes what is in it as if it stood there, unless that depends on something.
func (k *writer) fragment(in *ast.Definition, on string, directives ast.DirectiveList, set ast.SelectionSet, root bool) {
	if len(directives) == 0 && (on == "" || in != nil && on == in.Name) {
		k.inside(set, root)
		return
	}
	k.WriteString("..." + on)
	k.directives(directives)
	k.selections(set, root)
}

// directives writes what @skip and @include depend on.
func (k *writer) directives(list ast.DirectiveList) {
	for _, d := range list {
		k.WriteString("@" + d.Name)
		k.json(d.ArgumentMap(k.op.Variables))
	}
}

// json writes a value, maps in the order of their keys.
func (k *writer) json(v any) {
	b, err := json.Marshal(v)
	if err != nil {
		panic("question: arguments that are no JSON: " + err.Error())
	}
	k.Write(b)
}

package server

import (
	"bytes"
	"encoding/json"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"

	"ensemble/auth"
)

// keyOf says what a subscription asks, so that two with the same key get the same answers: its root field with the
// arguments but the cursor, the selection with fragments in place and variables replaced by their values, and the person
// if a selected field may depend on one. Languages are added by those who know which make a difference: see asked.in.
func keyOf(op *graphql.OperationContext, viewer auth.Viewer) (key string, personal bool) {
	k := &keyWriter{op: op}
	k.selections(op.Operation.SelectionSet, true)
	if k.personal {
		k.json(viewer)
	}
	return k.String(), k.personal
}

type keyWriter struct {
	bytes.Buffer
	op       *graphql.OperationContext
	personal bool
}

func (k *keyWriter) selections(set ast.SelectionSet, root bool) {
	k.WriteByte('{')
	k.inside(set, root)
	k.WriteByte('}')
}

func (k *keyWriter) inside(set ast.SelectionSet, root bool) {
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

func (k *keyWriter) field(f *ast.Field, root bool) {
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
func (k *keyWriter) fragment(in *ast.Definition, on string, directives ast.DirectiveList, set ast.SelectionSet, root bool) {
	if len(directives) == 0 && (on == "" || in != nil && on == in.Name) {
		k.inside(set, root)
		return
	}
	k.WriteString("..." + on)
	k.directives(directives)
	k.selections(set, root)
}

// directives are @skip and @include.
func (k *keyWriter) directives(list ast.DirectiveList) {
	for _, d := range list {
		k.WriteString("@" + d.Name)
		k.json(d.ArgumentMap(k.op.Variables))
	}
}

// json writes maps in the order of their keys.
func (k *keyWriter) json(v any) {
	b, err := json.Marshal(v)
	if err != nil {
		panic("server: arguments that are no JSON: " + err.Error())
	}
	k.Write(b)
}

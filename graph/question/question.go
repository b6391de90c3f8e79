// Package question decides which operations ask the same question: those that have the same key. They get the same
// answers, so that one execution can serve everybody who asks. The package reads operations that were parsed and
// validated before. It executes nothing, and does not decide who may ask.
package question

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"

	"ensemble/auth"
)

// Key returns a digest (SHA-256) of what an operation asks: its root field with all arguments except the cursor, and the
// selection with fragments in their place and variables replaced by their values. Aliases are in it, since they are in
// the answer: see docs/decisions/0018. If a selected field may depend on the viewer, the key contains the viewer and
// personal is true: the answer is for nobody else.
//
// The reader's languages are not in the key. Callers add those that make a difference to the answer.
func Key(op *graphql.OperationContext, viewer auth.Viewer) (key string, personal bool) {
	k := &writer{op: op, digests: map[part][]byte{}}

	k.selections(op.Operation.SelectionSet, true)
	if k.personal {
		k.json(viewer)
	}
	sum := sha256.Sum256(k.Bytes()) // a variable may stand in hundreds of places
	return string(sum[:]), k.personal
}

// writer writes a key.
type writer struct {
	bytes.Buffer
	op       *graphql.OperationContext
	digests  map[part][]byte // of what was written before
	personal bool            // a selected field may depend on who asks
}

// part is a field or a named fragment of the document, whose selection is written. root is as in selections.
type part struct {
	of   any
	root bool
}

// selections writes a selection in braces. root says that it is at the root, where the argument after is left out: it
// says only where the stream begins.
func (k *writer) selections(set ast.SelectionSet, root bool) {
	k.WriteByte('{')
	k.inside(set, root, map[string]bool{})
	k.WriteByte('}')
}

// inside writes a selection without braces. here has the fragments that are between these braces already: a second time
// they ask for nothing more.
func (k *writer) inside(set ast.SelectionSet, root bool, here map[string]bool) {
	for _, s := range set {
		switch s := s.(type) {
		case *ast.Field:
			k.field(s, root)
		case *ast.InlineFragment:
			if isInPlace(s.ObjectDefinition, s.TypeCondition, s.Directives) {
				k.inside(s.SelectionSet, root, here)
				continue
			}
			k.fragment(s.TypeCondition, s.Directives, k.digest(part{s, root}, s.SelectionSet))
		case *ast.FragmentSpread:
			k.spread(s, root, here)
		}
	}
}

// spread writes a named fragment.
func (k *writer) spread(s *ast.FragmentSpread, root bool, here map[string]bool) {
	f := s.Definition
	if isInPlace(s.ObjectDefinition, f.TypeCondition, s.Directives) {
		if !here[f.Name] {
			here[f.Name] = true
			k.inside(f.SelectionSet, root, here)
		}
		return
	}

	k.fragment(f.TypeCondition, s.Directives, k.digest(part{f, root}, f.SelectionSet))
}

// isInPlace reports whether what is in a fragment is asked as if it stood in the place of the fragment: that does not
// depend on directives or on the type of the object.
func isInPlace(in *ast.Definition, on string, directives ast.DirectiveList) bool {
	return len(directives) == 0 && (on == "" || in != nil && on == in.Name)
}

// fragment writes a fragment by its digest.
func (k *writer) fragment(on string, directives ast.DirectiveList, digest []byte) {
	k.WriteString("..." + on)
	k.directives(directives)
	k.Write(digest)
}

// digest returns a digest of the selection of a part. It is made once for each part of the document: fragments within
// fragments would multiply.
func (k *writer) digest(of part, set ast.SelectionSet) []byte {
	if known := k.digests[of]; known != nil {
		return known
	}

	inner := &writer{op: k.op, digests: k.digests}
	inner.selections(set, of.root)
	k.personal = k.personal || inner.personal

	sum := sha256.Sum256(inner.Bytes())
	k.digests[of] = sum[:]
	return sum[:]
}

// field writes a field with its arguments, directives and selection.
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
		k.Write(k.digest(part{f, false}, f.SelectionSet))
	}
	k.WriteByte(' ')
}

// directives writes directives with the values of their arguments.
func (k *writer) directives(list ast.DirectiveList) {
	for _, d := range list {
		k.WriteString("@" + d.Name)
		k.json(d.ArgumentMap(k.op.Variables))
	}
}

// json writes a value as JSON, so that equal values are written the same: the keys of maps are sorted.
func (k *writer) json(v any) {
	b, err := json.Marshal(v)
	if err != nil {
		panic("question: arguments that are no JSON: " + err.Error())
	}
	k.Write(b)
}

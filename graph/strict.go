package graph

import (
	"cmp"
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"sync"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/validator/core"
	"github.com/vektah/gqlparser/v2/validator/rules"

	"ensemble/consultation/refusal"
)

// This file refuses what GraphQL does not allow but gqlgen and its parser let through: it would end as an internal
// error.

// Rules returns the rules by which documents are validated: GraphQL's own, four more, and mergeAcrossInterfaces,
// which rewrites the document on the same walk.
func Rules() *rules.Rules {
	all := rules.NewDefaultRules()
	all.AddRule("ScalarsHaveValues", scalarsHaveValues)
	all.AddRule("ListsAreShort", listsAreShort)
	all.AddRule("SubscribeOnce", subscribeOnce)
	all.AddRule("SubscribeAlways", subscribeAlways)
	all.AddRule("MergeAcrossInterfaces", mergeAcrossInterfaces)
	return all
}

// scalarsHaveValues refuses literals that their scalar cannot read. Otherwise they would be found when their field is
// executed, perhaps after another one of the same mutation; a number that is too large would be a panic. Of built-in
// scalars, literals that are not of the right kind are refused by a rule of GraphQL.
func scalarsHaveValues(observers *core.Events, refuse core.AddErrFunc) {
	observers.OnValue(func(_ *core.Walker, v *ast.Value) {
		if v.Definition == nil || v.Definition.Kind != ast.Scalar || v.Kind == ast.Variable || v.Kind == ast.NullValue ||
			v.Kind == ast.ListValue && v.ExpectedType.Elem != nil { // its items are observed one by one
			return
		}

		isLiteral := slices.Contains(literalKinds, v.Kind)
		switch {
		case !v.Definition.BuiltIn && !isLiteral:
			refuse(
				core.Message("%s cannot represent a value that is not a string: %s", v.Definition.Name, v.String()),
				core.At(v.Position),
			)
			return
		case !isLiteral || v.Definition.Name == "ID" && v.Kind == ast.FloatValue:
			return
		}

		given, err := v.Value(nil)
		if err != nil { // a number of more than 64 bits: for an id it is a string like any other
			given = json.Number(v.Raw)
		}
		_, err = scalars[v.Definition.Name](given)
		if why, ok := errors.AsType[*refusal.Error](err); ok {
			refuse(
				core.Message("%s cannot represent %s. %s", v.Definition.Name, v.String(), why.In(nil)),
				core.At(v.Position),
			)
			return
		}

		if v.Definition.Name == "ID" {
			v.Kind = ast.StringValue // so that no number is too large
		}
	})
}

// literalKinds lists the kinds of values that a scalar may read.
var literalKinds = []ast.ValueKind{ast.IntValue, ast.FloatValue, ast.StringValue, ast.BlockValue, ast.BooleanValue}

// listsAreShort refuses lists with more than maxItems values: each field that has one reads all of it, and so does each
// object of a long list that the field is in.
func listsAreShort(observers *core.Events, refuse core.AddErrFunc) {
	observers.OnValue(func(_ *core.Walker, v *ast.Value) {
		if v.Kind == ast.ListValue && len(v.Children) > maxItems {
			refuse(core.Message("Give at most %d values.", maxItems), core.At(v.Position))
		}
	})
}

// subscribeOnce refuses a subscription to one field under two names. The rule of GraphQL that would do so takes them
// for one.
func subscribeOnce(observers *core.Events, refuse core.AddErrFunc) {
	observers.OnOperation(func(_ *core.Walker, op *ast.OperationDefinition) {
		if op.Operation == ast.Subscription && len(answerNames(op.SelectionSet, fragments{})) > 1 {
			refuse(core.Message("A subscription must select only one top level field."), core.At(op.Position))
		}
	})
}

// subscribeAlways refuses a subscription whose field may be left out: the executor would begin a stream without a
// field. Source: https://spec.graphql.org/September2025/#sec-Single-Root-Field
func subscribeAlways(observers *core.Events, refuse core.AddErrFunc) {
	observers.OnOperation(func(_ *core.Walker, op *ast.OperationDefinition) {
		if op.Operation == ast.Subscription && mayBeLeftOut(op.SelectionSet, fragments{}) {
			refuse(
				core.Message("The top level field of a subscription must not be under @skip or @include."),
				core.At(op.Position),
			)
		}
	})
}

// fragments are those that were looked into already. One that contains itself is refused by another rule, perhaps after
// this one.
type fragments map[*ast.FragmentDefinition]bool

// enter reports whether the fragment of a spread is there to be looked into for the first time.
func (f fragments) enter(s *ast.FragmentSpread) bool {
	if s.Definition == nil || f[s.Definition] {
		return false
	}
	f[s.Definition] = true
	return true
}

// mayBeLeftOut reports whether a field of the selection, or of a fragment in it, depends on a condition.
func mayBeLeftOut(set ast.SelectionSet, seen fragments) bool {
	return slices.ContainsFunc(set, func(s ast.Selection) bool {
		switch s := s.(type) {
		case *ast.Field:
			return isConditional(s.Directives)
		case *ast.InlineFragment:
			return isConditional(s.Directives) || mayBeLeftOut(s.SelectionSet, seen)
		case *ast.FragmentSpread:
			return isConditional(s.Directives) || seen.enter(s) && mayBeLeftOut(s.Definition.SelectionSet, seen)
		}
		return false
	})
}

// isConditional reports whether @skip or @include is among the directives.
func isConditional(directives ast.DirectiveList) bool {
	return directives.ForName("skip") != nil || directives.ForName("include") != nil
}

// answerNames returns the names that the fields of a selection have in the answer.
func answerNames(set ast.SelectionSet, seen fragments) map[string]bool {
	all := map[string]bool{}

	for _, s := range set {
		switch s := s.(type) {
		case *ast.Field:
			all[s.Alias] = true
		case *ast.InlineFragment:
			maps.Copy(all, answerNames(s.SelectionSet, seen))
		case *ast.FragmentSpread:
			if seen.enter(s) {
				maps.Copy(all, answerNames(s.Definition.SelectionSet, seen))
			}
		}
	}

	return all
}

// mergeAcrossInterfaces refuses nothing. It has gqlgen merge all selections of one field of an object: without that, it
// merges two only when the types on which they stand are the same or one implements the other; otherwise it drops what is
// selected below the second, for example of `actor` in `... on CommentEvent` and in `... on CommitmentEvent`.
func mergeAcrossInterfaces(observers *core.Events, _ core.AddErrFunc) {
	observers.OnField(func(walker *core.Walker, f *ast.Field) {
		if f.ObjectDefinition != nil && f.ObjectDefinition.Kind == ast.Interface {
			f.ObjectDefinition = cmp.Or(commonOwners(walker.Schema)[f.Name], f.ObjectDefinition) // __typename has none
		}
	})
}

// commonOwners returns, by the name of a field, something in place of any interface on which the field is selected. To
// gqlgen it is an interface which implements all types that have such a field.
func commonOwners(schema *ast.Schema) map[string]*ast.Definition {
	if known, ok := owners.Load(schema); ok {
		return known.(map[string]*ast.Definition)
	}

	all := map[string]*ast.Definition{}
	for _, t := range schema.Types {
		if t.Kind != ast.Object && t.Kind != ast.Interface {
			continue
		}
		for _, f := range t.Fields {
			if all[f.Name] == nil {
				all[f.Name] = &ast.Definition{Kind: ast.Interface, Name: "any with " + f.Name}
			}
			all[f.Name].Interfaces = append(all[f.Name].Interfaces, t.Name)
		}
	}
	known, _ := owners.LoadOrStore(schema, all)
	return known.(map[string]*ast.Definition)
}

// owners has what commonOwners returns, by schema: a program has one.
var owners sync.Map

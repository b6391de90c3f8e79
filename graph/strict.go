package graph

import (
	"context"
	"maps"
	"slices"
	"strconv"

	"github.com/99designs/gqlgen/graphql"
	"github.com/99designs/gqlgen/graphql/errcode"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"
	"github.com/vektah/gqlparser/v2/validator/core"
	"github.com/vektah/gqlparser/v2/validator/rules"
)

// This file refuses what GraphQL does not allow but gqlgen and its parser let through: it would end as an internal
// error.

// Rules returns the rules by which documents are validated: GraphQL's own, four more, and selectOnDeclaringInterface,
// which rewrites the document on the same walk.
func Rules() *rules.Rules {
	all := rules.NewDefaultRules()
	all.AddRule("ScalarsAreStrings", scalarsAreStrings)
	all.AddRule("ListsAreShort", listsAreShort)
	all.AddRule("SubscribeOnce", subscribeOnce)
	all.AddRule("SubscribeAlways", subscribeAlways)
	all.AddRule("SelectOnDeclaringInterface", selectOnDeclaringInterface)
	return all
}

// scalarsAreStrings refuses, for scalars of our schema, literals that are no strings. The parser would read a number
// only when the document is executed, and panic when the number is too large.
func scalarsAreStrings(observers *core.Events, refuse core.AddErrFunc) {
	observers.OnValue(func(_ *core.Walker, v *ast.Value) {
		if v.Definition == nil || v.Definition.Kind != ast.Scalar || v.Definition.BuiltIn ||
			slices.Contains(stringKinds, v.Kind) {
			return
		}
		if v.Kind == ast.ListValue && v.ExpectedType.Elem != nil { // its items are observed one by one
			return
		}

		refuse(
			core.Message("%s cannot represent a value that is not a string: %s", v.Definition.Name, v.String()),
			core.At(v.Position),
		)
	})
}

// listsAreShort refuses lists with more than maxItems values: each field that has one reads all of it, and so does each
// object of a long list that the field is in.
func listsAreShort(observers *core.Events, refuse core.AddErrFunc) {
	observers.OnValue(func(_ *core.Walker, v *ast.Value) {
		if v.Kind == ast.ListValue && len(v.Children) > maxItems {
			refuse(core.Message("Give at most %d values.", maxItems), core.At(v.Position))
		}
	})
}

// maxFragments bounds how deep fragments within fragments are followed at the root of a subscription: one that contains
// itself is refused by another rule, which may come later.
const maxFragments = 10

// subscribeOnce refuses a subscription to one field under two names. The rule of GraphQL that would do so takes them
// for one.
func subscribeOnce(observers *core.Events, refuse core.AddErrFunc) {
	observers.OnOperation(func(_ *core.Walker, op *ast.OperationDefinition) {
		if op.Operation == ast.Subscription && len(answerNames(op.SelectionSet, maxFragments)) > 1 {
			refuse(core.Message("A subscription must select only one top level field."), core.At(op.Position))
		}
	})
}

// subscribeAlways refuses a subscription whose field may be left out: the executor would begin a stream without a
// field. Source: https://spec.graphql.org/September2025/#sec-Single-Root-Field
func subscribeAlways(observers *core.Events, refuse core.AddErrFunc) {
	observers.OnOperation(func(_ *core.Walker, op *ast.OperationDefinition) {
		if op.Operation == ast.Subscription && mayBeLeftOut(op.SelectionSet, maxFragments) {
			refuse(
				core.Message("The top level field of a subscription must not be under @skip or @include."),
				core.At(op.Position),
			)
		}
	})
}

// mayBeLeftOut reports whether a field of the selection, or of a fragment in it, depends on a condition. depth is as in
// answerNames.
func mayBeLeftOut(set ast.SelectionSet, depth int) bool {
	return slices.ContainsFunc(set, func(s ast.Selection) bool {
		switch s := s.(type) {
		case *ast.Field:
			return isConditional(s.Directives)
		case *ast.InlineFragment:
			return isConditional(s.Directives) || mayBeLeftOut(s.SelectionSet, depth)
		case *ast.FragmentSpread:
			return isConditional(s.Directives) ||
				s.Definition != nil && depth > 0 && mayBeLeftOut(s.Definition.SelectionSet, depth-1)
		}
		return false
	})
}

// isConditional reports whether @skip or @include is among the directives.
func isConditional(directives ast.DirectiveList) bool {
	return directives.ForName("skip") != nil || directives.ForName("include") != nil
}

// answerNames returns the names that the fields of a selection have in the answer. depth is how many levels of
// fragments are followed.
func answerNames(set ast.SelectionSet, depth int) map[string]bool {
	all := map[string]bool{}

	for _, s := range set {
		switch s := s.(type) {
		case *ast.Field:
			all[s.Alias] = true
		case *ast.InlineFragment:
			maps.Copy(all, answerNames(s.SelectionSet, depth))
		case *ast.FragmentSpread:
			if s.Definition != nil && depth > 0 {
				maps.Copy(all, answerNames(s.Definition.SelectionSet, depth-1))
			}
		}
	}

	return all
}

// selectOnDeclaringInterface refuses nothing. It rewrites selections of a field on an interface as if they stood on the
// most general interface that has the field. Without that, gqlgen merges two selections of one field only when their
// types are the same or one implements the other; otherwise it drops what is selected below the second, for example of
// `actor` in `... on CommentEvent` and in `... on CommitmentEvent`.
func selectOnDeclaringInterface(observers *core.Events, _ core.AddErrFunc) {
	observers.OnField(func(walker *core.Walker, f *ast.Field) { f.ObjectDefinition = declaring(walker.Schema, f) })
}

// declaring returns the most general interface that has a field which is selected on an interface. For a field that is
// selected on an object it returns the object.
func declaring(schema *ast.Schema, f *ast.Field) *ast.Definition {
	on := f.ObjectDefinition
	if on == nil || on.Kind != ast.Interface {
		return on
	}

	// The more general an interface, the fewer it implements itself.
	for _, name := range f.ObjectDefinition.Interfaces {
		if i := schema.Types[name]; i.Fields.ForName(f.Name) != nil && len(i.Interfaces) < len(on.Interfaces) {
			on = i
		}
	}

	return on
}

// stringKinds lists the kinds of values that may stand where a string is expected.
var stringKinds = []ast.ValueKind{ast.Variable, ast.StringValue, ast.BlockValue, ast.NullValue}

// Strict is a handler extension that refuses operations with a variable whose enum value is not one of the schema,
// letter for letter.
type Strict struct{ Schema *ast.Schema }

// ExtensionName implements graphql.HandlerExtension.
func (Strict) ExtensionName() string { return "Strict" }

// Validate implements graphql.HandlerExtension.
func (Strict) Validate(graphql.ExecutableSchema) error { return nil }

// MutateOperationContext implements graphql.OperationContextMutator; it changes nothing. Errors:
// GRAPHQL_VALIDATION_FAILED.
func (s Strict) MutateOperationContext(_ context.Context, op *graphql.OperationContext) *gqlerror.Error {
	for _, d := range op.Operation.VariableDefinitions {
		if wrong := s.wrongEnum(d.Type, op.Variables[d.Variable], d.Variable); wrong != "" {
			err := gqlerror.Errorf("variable %s is not a value of its enum", wrong)
			errcode.Set(err, errcode.ValidationFailed)
			return err
		}
	}

	return nil
}

// wrongEnum returns the place in v, a value of type t, of a value that its enum does not have: at with the names of
// fields and the numbers of items behind it. It is empty when there is none.
func (s Strict) wrongEnum(t *ast.Type, v any, at string) string {
	if v == nil {
		return ""
	}

	if t.Elem != nil {
		return s.wrongItem(t.Elem, v, at)
	}

	switch def := s.Schema.Types[t.NamedType]; def.Kind {
	case ast.Enum:
		if name, ok := v.(string); !ok || def.EnumValues.ForName(name) == nil {
			return at
		}
	case ast.InputObject:
		fields, _ := v.(map[string]any)
		for _, f := range def.Fields {
			if wrong := s.wrongEnum(f.Type, fields[f.Name], at+"."+f.Name); wrong != "" {
				return wrong
			}
		}
	}

	return ""
}

// wrongItem is wrongEnum for v, a list of values of type t.
func (s Strict) wrongItem(t *ast.Type, v any, at string) string {
	items, ok := v.([]any)
	if !ok {
		return s.wrongEnum(t, v, at) // one item may stand for a list of one
	}

	for i, item := range items {
		if wrong := s.wrongEnum(t, item, at+"."+strconv.Itoa(i)); wrong != "" {
			return wrong
		}
	}

	return ""
}

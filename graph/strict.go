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

// What gqlgen and its parser let through although GraphQL does not, and would end as an error of ours.

// Rules returns those of GraphQL, three more, and a rewriting that shares their walk.
func Rules() *rules.Rules {
	all := rules.NewDefaultRules()
	all.AddRule("ScalarsAreStrings", scalarsAreStrings)
	all.AddRule("SubscribeOnce", subscribeOnce)
	all.AddRule("SubscribeAlways", subscribeAlways)
	all.AddRule("SelectOnDeclaringInterface", selectOnDeclaringInterface)
	return all
}

// scalarsAreStrings refuses any other literal for a scalar of our schema: the parser would try to make a number of it
// while it executes, and panic when that is too large.
func scalarsAreStrings(observers *core.Events, refuse core.AddErrFunc) {
	observers.OnValue(func(_ *core.Walker, v *ast.Value) {
		if v.Definition == nil || v.Definition.Kind != ast.Scalar || v.Definition.BuiltIn || slices.Contains(stringKinds, v.Kind) {
			return
		}
		if v.Kind == ast.ListValue && v.ExpectedType.Elem != nil { // its items come here as well
			return
		}
		refuse(core.Message("%s cannot represent a value that is not a string: %s", v.Definition.Name, v.String()), core.At(v.Position))
	})
}

const maxFragments = 10 // within fragments, at the root of a subscription

// subscribeOnce refuses a subscription to one field under two names, which the rule for that takes for one.
func subscribeOnce(observers *core.Events, refuse core.AddErrFunc) {
	observers.OnOperation(func(_ *core.Walker, op *ast.OperationDefinition) {
		if op.Operation == ast.Subscription && len(answerNames(op.SelectionSet, maxFragments)) > 1 {
			refuse(core.Message("A subscription must select only one top level field."), core.At(op.Position))
		}
	})
}

// subscribeAlways refuses a subscription to a field that may be left out: the executor would begin a stream of nothing.
// Source: https://spec.graphql.org/September2025/#sec-Single-Root-Field
func subscribeAlways(observers *core.Events, refuse core.AddErrFunc) {
	observers.OnOperation(func(_ *core.Walker, op *ast.OperationDefinition) {
		if op.Operation == ast.Subscription && mayBeLeftOut(op.SelectionSet, maxFragments) {
			refuse(core.Message("The top level field of a subscription must not be under @skip or @include."), core.At(op.Position))
		}
	})
}

// mayBeLeftOut looks as far as answerNames.
func mayBeLeftOut(set ast.SelectionSet, depth int) bool {
	return slices.ContainsFunc(set, func(s ast.Selection) bool {
		switch s := s.(type) {
		case *ast.Field:
			return isConditional(s.Directives)
		case *ast.InlineFragment:
			return isConditional(s.Directives) || mayBeLeftOut(s.SelectionSet, depth)
		case *ast.FragmentSpread:
			return isConditional(s.Directives) || s.Definition != nil && depth > 0 && mayBeLeftOut(s.Definition.SelectionSet, depth-1)
		}
		return false
	})
}

func isConditional(directives ast.DirectiveList) bool {
	return directives.ForName("skip") != nil || directives.ForName("include") != nil
}

// answerNames returns those of the answers to a selection, each once, up to some depth of fragments: one that contains
// itself is refused by another rule.
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

// selectOnDeclaringInterface refuses nothing. It rewrites selections so that gqlgen merges those of one field: it does
// when the types they were written on are the same or one implements the other, and otherwise drops what is selected
// below the second: here, of `actor` in `... on CommentEvent` and in `... on CommitmentEvent`.
func selectOnDeclaringInterface(observers *core.Events, _ core.AddErrFunc) {
	observers.OnField(func(walker *core.Walker, f *ast.Field) { f.ObjectDefinition = declaring(walker.Schema, f) })
}

// declaring returns the most general interface that has a field, when it is selected on an interface.
func declaring(schema *ast.Schema, f *ast.Field) *ast.Definition {
	on := f.ObjectDefinition
	if on == nil || on.Kind != ast.Interface {
		return on
	}
	for _, name := range f.ObjectDefinition.Interfaces {
		if i := schema.Types[name]; i.Fields.ForName(f.Name) != nil && len(i.Interfaces) < len(on.Interfaces) {
			on = i
		}
	}
	return on
}

// stringKinds are the literals that can stand for a string.
var stringKinds = []ast.ValueKind{ast.Variable, ast.StringValue, ast.BlockValue, ast.NullValue}

// Strict is a handler extension that looks at variables: their enum values must be spelled as in the schema.
type Strict struct{ Schema *ast.Schema }

// ExtensionName implements graphql.HandlerExtension.
func (Strict) ExtensionName() string { return "Strict" }

// Validate implements graphql.HandlerExtension.
func (Strict) Validate(graphql.ExecutableSchema) error { return nil }

// MutateOperationContext implements graphql.OperationContextMutator; it changes nothing.
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

// wrongEnum returns where in v, a variable's value of type t, an enum has a value it does not know; empty when nowhere.
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

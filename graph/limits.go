package graph

import (
	"cmp"
	"context"
	"math"
	"strconv"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"ensemble/consultation/refusal"
	"ensemble/graph/relay"
)

// Limits is a handler extension. It refuses, before it runs, an operation whose answer could be too large; answers to
// other operations have their cost in `extensions.cost`.
//
// A field costs 1, or what @cost says in the schema, and a mutation changeCost; conditions of its filter, long arguments
// and a long name add to that. Ten plain fields of an object (see plainFields) cost 1, and so do fewer. In a list it costs that for each item there may be: as many as a connection is asked for, as there
// are ids in nodes(ids:), in other lists as many as @listSize says, or else fewItems. Aliases and fragments count
// wherever they are written, also where @skip leaves them out. A subscription costs as much as one of its events, once;
// the answers for its events do not repeat the cost.
type Limits struct {
	Schema   *ast.Schema
	MaxDepth int // levels of fields
	MaxCost  int
}

// UsualLimits are the limits where no setting says otherwise. Pages are at most 9 deep,
// and cost less than 1000.
var UsualLimits = Limits{MaxDepth: 12, MaxCost: 3000}

const (
	maxIntrospection = 20      // levels of __schema and __type, from themselves; the usual introspection has 15
	fewItems         = 5       // of a list without pages
	nameBytes        = 32      // of a field's name in the answer, for a unit: in long lists little else is large
	textBytes        = 4 << 10 // of arguments, for a unit: each use reads them again, for each item of a list
	changeCost       = 20      // of a mutation: one transaction
	maxItems         = 500     // of any list that is given; it is read once for each field that uses it
	endless          = 1 << 28 // the largest cost that is counted: products of many lists would overflow
)

// ExtensionName implements graphql.HandlerExtension.
func (Limits) ExtensionName() string { return "Limits" }

// Validate implements graphql.HandlerExtension.
func (Limits) Validate(graphql.ExecutableSchema) error { return nil }

// MutateOperationContext implements graphql.OperationContextMutator. Errors: TOO_COMPLEX.
func (l Limits) MutateOperationContext(_ context.Context, op *graphql.OperationContext) *gqlerror.Error {
	s := scales{
		schema: l.Schema, variables: op.Variables, sizes: map[string]int{}, fragments: map[spread]weight{},
	}
	w := s.selections(op.Operation.SelectionSet, 0)
	w.cost = whole(w.cost) / unit
	op.Stats.SetExtension(l.ExtensionName(), w.cost)

	switch {
	case w.depth > l.MaxDepth:
		return tooComplex("depth", w.depth, l.MaxDepth, "The operation is %d levels deep; at most %d are allowed.")
	case w.introspection > maxIntrospection:
		return tooComplex("depth", w.introspection, maxIntrospection,
			"The operation is %d levels deep; at most %d are allowed.")
	case w.cost > l.MaxCost:
		return tooComplex("cost", w.cost, l.MaxCost,
			"The operation costs %d; at most %d are allowed: ask for shorter pages.")
	}

	return nil
}

// tooComplex returns a refusal of an operation whose depth, cost and so on, called what, is beyond limit. message takes
// both figures.
func tooComplex(what string, is, limit int, message string) *gqlerror.Error {
	return gqlerror.Wrap(&refusal.Error{
		Code: TooComplex, Message: message, Args: []any{is, limit}, Details: map[string]any{what: is, "limit": limit},
	})
}

// InterceptResponse implements graphql.ResponseInterceptor.
func (l Limits) InterceptResponse(ctx context.Context, next graphql.ResponseHandler) *graphql.Response {
	if !graphql.HasOperationContext(ctx) { // the document could not be read
		return next(ctx)
	}

	op := graphql.GetOperationContext(ctx)
	if cost, ok := op.Stats.GetExtension(l.ExtensionName()).(int); ok && op.Operation.Operation != ast.Subscription {
		graphql.RegisterExtension(ctx, "cost", cost)
	}

	return next(ctx)
}

// weight is how much a part of an operation asks for.
type weight struct {
	depth         int // levels of fields
	introspection int // levels of __schema and __type
	cost          int // fields of the answer, in parts of a unit; at most endless
}

// unit is how many parts a unit of cost has: a plain field costs one of them.
const unit = 10

// whole returns a cost in whole units: what is begun counts.
func whole(parts int) int { return (parts + unit - 1) / unit * unit }

// scales weighs the parts of one operation. A fragment is weighed once for each page size that it is spread under, and
// remembered: a chain of fragments that each spread the next one twice would take for ever.
type scales struct {
	schema    *ast.Schema
	variables map[string]any
	sizes     map[string]int // bytes of variables
	fragments map[spread]weight
}

// spread is a fragment where it is used: page is as in selections.
type spread struct {
	fragment string
	page     int
}

// selections weighs what is selected in an object. page is how many items the object has when it is a connection, else
// 0. An object is of one type: of what is selected for different types only the dearest counts.
func (s scales) selections(set ast.SelectionSet, page int) (sum weight) {
	perType, dearest := map[string]int{}, 0

	for _, selected := range set {
		var w weight
		var on *ast.Definition

		switch part := selected.(type) {
		case *ast.Field:
			w = s.field(part, page)
		case *ast.InlineFragment:
			w, on = s.selections(part.SelectionSet, page), s.schema.Types[part.TypeCondition]
		case *ast.FragmentSpread:
			w, on = s.fragment(part.Definition, page), part.Definition.Definition
		}

		sum.depth = max(sum.depth, w.depth)
		sum.introspection = max(sum.introspection, w.introspection)

		// What is selected on an interface counts for every type.
		if on != nil && on.Kind == ast.Object {
			perType[on.Name] = min(perType[on.Name]+w.cost, endless)
			dearest = max(dearest, perType[on.Name])
		} else {
			sum.cost = min(sum.cost+w.cost, endless)
		}
	}

	sum.cost = min(sum.cost+dearest, endless)
	return sum
}

// fragment weighs a fragment where it is spread.
func (s scales) fragment(f *ast.FragmentDefinition, page int) weight {
	at := spread{f.Name, page}
	w, known := s.fragments[at]
	if !known {
		w = s.selections(f.SelectionSet, page)
		s.fragments[at] = w
	}
	return w
}

// field weighs a field with all that is selected below it; page is as in selections, for the object that it is in.
func (s scales) field(f *ast.Field, page int) weight {
	below := s.selections(f.SelectionSet, s.pageSize(f))

	if f.Name == "__schema" || f.Name == "__type" { // their levels have a limit of their own
		return weight{depth: 1, introspection: 1 + below.depth, cost: unit + below.cost}
	}

	price := s.price(f) * unit
	if price == unit && isPlain(f) {
		price = 1
	}
	return weight{1 + below.depth, below.introspection, min(price+s.items(f, page)*whole(below.cost), endless)}
}

// price returns what a field costs by itself, with the conditions of its filter.
func (s scales) price(f *ast.Field) int {
	usual := 1
	if f.ObjectDefinition.Name == "Mutation" {
		usual = changeCost
	}
	cost := said(f.Definition, "cost", "weight", usual) + len(f.Alias)/nameBytes
	for _, a := range f.Arguments {
		cost += s.bytes(a.Value) / textBytes
	}

	if filter := f.Definition.Arguments.ForName("filter"); filter != nil {
		given, _ := s.argument(f, "filter").(map[string]any)
		for _, condition := range s.schema.Types[filter.Type.Name()].Fields {
			if given[condition.Name] != nil {
				cost += said(condition, "cost", "weight", 0)
			}
		}
	}
	return cost
}

// bytes returns how many bytes a given value has, more or less.
func (s scales) bytes(v *ast.Value) (n int) {
	if v.Kind != ast.Variable {
		n = len(v.Raw)
		for _, child := range v.Children {
			n += len(child.Name) + s.bytes(child.Value)
		}
		return n
	}

	n, known := s.sizes[v.Raw]
	if !known {
		n = bytesIn(s.variables[v.Raw])
		s.sizes[v.Raw] = n
	}
	return n
}

// bytesIn returns how many bytes the value of a variable has, more or less.
func bytesIn(v any) (n int) {
	switch v := v.(type) {
	case string:
		return len(v)
	case []any:
		for _, item := range v {
			n += bytesIn(item)
		}
	case map[string]any:
		for name, item := range v {
			n += len(name) + bytesIn(item)
		}
	}
	return n + 8
}

// said returns a number that a directive of the schema says about a field or a condition, else the usual one.
func said(f *ast.FieldDefinition, directive, argument string, usual int) int {
	if d := f.Directives.ForName(directive); d != nil {
		if n, err := strconv.Atoi(d.Arguments.ForName(argument).Value.Raw); err == nil {
			return n
		}
	}
	return usual
}

// introspected is for how many items a list of introspection counts. Ours has hundreds of types, but these are in
// memory: twenty fields of them take as long as one of a row. The largest query of the usual tools costs 2700.
var introspected = map[string]int{"types": 4, "fields": 4}

const usuallyIntrospected = 2 // items of its other lists

// items returns how often what is selected below a field can be in the answer.
func (s scales) items(f *ast.Field, page int) int {
	ids := f.Definition.Arguments.ForName("ids")

	switch {
	case f.Definition.Type.Elem == nil:
		return 1
	case f.ObjectDefinition.Name[:2] == "__":
		return cmp.Or(introspected[f.Name], usuallyIntrospected)
	case page > 0 && (f.Name == "nodes" || f.Name == "edges"):
		return page
	case ids == nil:
		return said(f.Definition, "listSize", "assumedSize", fewItems)
	}

	if given, ok := s.argument(f, "ids").([]any); ok {
		return min(len(given), maxNodes) // more are refused
	}

	return maxNodes
}

// pageSize returns how many items a connection is asked for; 0 for a field that is no connection. A size that will be
// refused counts as the nearest one that is allowed.
func (s scales) pageSize(f *ast.Field) int {
	if f.Definition.Arguments.ForName("first") == nil {
		return 0
	}

	for _, name := range []string{"first", "last"} {
		if given := s.argument(f, name); given != nil {
			n, err := relay.UnmarshalInt(given)
			if err != nil {
				n = math.MaxInt
			}
			return min(max(n, 1), relay.MaxPage)
		}
	}

	return relay.DefaultPage
}

// argument returns the value of a field's argument as it is given, else its default; nil when there is neither, or when
// it cannot be read.
func (s scales) argument(f *ast.Field, name string) any {
	if given := f.Arguments.ForName(name); given != nil {
		if v, err := given.Value.Value(s.variables); v != nil || err != nil {
			return v
		}
	}

	if d := f.Definition.Arguments.ForName(name); d != nil && d.DefaultValue != nil {
		v, _ := d.DefaultValue.Value(nil) // of our schema: it can be read
		return v
	}

	return nil
}

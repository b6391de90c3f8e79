// Package variables reads the variables of an operation before anything of it runs: each has the value that GraphQL
// makes of what the client gave, or is refused with its place.
// Source: https://spec.graphql.org/September2025/#sec-Coercing-Variable-Values
package variables

import (
	"errors"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"

	"ensemble/consultation/refusal"
)

// Scalars has the function that reads a value of each scalar; it returns the value as resolvers want it, or why there is
// none, as a *refusal.Error without a field.
type Scalars map[string]func(any) (any, error)

// Reader reads variables of one schema.
type Reader struct {
	Schema   *ast.Schema
	Scalars  Scalars
	MaxItems int // of a list: what uses the variable reads it once for each field
}

// maxWrong bounds how many refusals there are for one operation.
const maxWrong = 20

// Read returns the values of the variables that an operation declares, from those that a client gave, and all that is
// wrong with them, at most maxWrong. The field of a refusal is the argument that the variable is for, with the names of
// fields and the numbers of items behind it, as in filter.kinds.0; an argument called input is left out, as in refusals
// by resolvers. A variable that is not given and has no default has no value. What the operation does not declare is left
// out. Errors: BAD_USER_INPUT.
func (r Reader) Read(op *ast.OperationDefinition, given map[string]any) (map[string]any, []*refusal.Error) {
	values := map[string]any{}
	w := reading{Reader: r, op: op}

	for _, d := range op.VariableDefinitions {
		w.at = d.Variable
		value, isGiven := given[d.Variable]
		switch {
		case !isGiven && d.DefaultValue != nil:
			values[d.Variable] = w.literal("", d.Type, d.DefaultValue)
		case !isGiven && d.Type.NonNull:
			w.refuse("", "This is missing.")
		case isGiven:
			values[d.Variable] = w.value("", d.Type, value)
		}
	}

	if len(w.wrong) == 0 && hasNull(values) {
		w.nulls(values)
	}
	return values, w.wrong
}

// reading is one reading.
type reading struct {
	Reader
	op    *ast.OperationDefinition
	at    string // the variable
	wrong []*refusal.Error
}

// refuse notes what is wrong with the variable, or, below it, where path says.
func (w *reading) refuse(path, message string, args ...any) {
	if len(w.wrong) < maxWrong {
		field := strings.TrimPrefix(w.use()+path, "input.")
		w.wrong = append(w.wrong, refusal.BadInput(field, message, args...))
	}
}

// use returns the first place where the operation uses the variable.
func (w *reading) use() (first string) {
	eachUse(w.op, func(place string, v *ast.Value) {
		if first == "" && v.Raw == w.at {
			first = place
		}
	})
	return first
}

// nulls refuses variables that are null where the operation uses them for something that must not be. A variable that may
// be null is allowed there when a default stands in for one that is not given. GraphQL finds a null when the field is
// executed; we do before.
// Source: https://spec.graphql.org/September2025/#sec-All-Variable-Usages-Are-Allowed
func (w *reading) nulls(values map[string]any) {
	eachUse(w.op, func(_ string, v *ast.Value) {
		value, known := values[v.Raw]
		if known && value == nil && v.ExpectedType != nil && v.ExpectedType.NonNull {
			w.at = v.Raw
			w.refuse("", "This must not be null.")
		}
	})
}

// hasNull reports whether a value is null.
func hasNull(values map[string]any) bool {
	for _, value := range values {
		if value == nil {
			return true
		}
	}
	return false
}

// literal returns the value of a literal of the document or the schema, which has no variables in it.
func (w *reading) literal(path string, t *ast.Type, literal *ast.Value) any {
	given, err := literal.Value(nil)
	if err != nil {
		w.refuse(path, "This is not a value of %s.", t.String())
		return nil
	}
	return w.value(path, t, given)
}

// value returns what a type makes of a given value.
func (w *reading) value(path string, t *ast.Type, given any) any {
	switch {
	case given == nil:
		if t.NonNull {
			w.refuse(path, "This must not be null.")
		}
		return nil
	case t.Elem != nil:
		return w.list(path, t.Elem, given)
	}

	switch def := w.Schema.Types[t.NamedType]; def.Kind {
	case ast.Enum:
		return w.enum(path, def, given)
	case ast.InputObject:
		return w.object(path, def, given)
	default:
		return w.scalar(path, def, given)
	}
}

// list returns the values of a list. What is no list is the only item of one.
func (w *reading) list(path string, of *ast.Type, given any) any {
	items, ok := given.([]any)
	if !ok {
		return []any{w.value(path, of, given)}
	}

	if len(items) > w.MaxItems {
		w.refuse(path, "Give at most %d values.", w.MaxItems)
		return nil
	}

	values := make([]any, len(items))
	for i, item := range items {
		values[i] = w.value(path+"."+strconv.Itoa(i), of, item)
	}
	return values
}

// enum returns the name of a value of an enum, which has to be written as in the schema.
func (w *reading) enum(path string, def *ast.Definition, given any) any {
	name, ok := given.(string)
	if !ok || def.EnumValues.ForName(name) == nil {
		w.refuse(path, "This is not a value of %s.", def.Name)
	}
	return name
}

// scalar returns what a scalar makes of a value.
func (w *reading) scalar(path string, def *ast.Definition, given any) any {
	value, err := w.Scalars[def.Name](given)
	if why, ok := errors.AsType[*refusal.Error](err); ok {
		w.refuse(path, why.Message, why.Args...)
	}
	return value
}

// object returns the fields of an input object: those that are given, and those that have a default.
func (w *reading) object(path string, def *ast.Definition, given any) any {
	fields, ok := given.(map[string]any)
	if !ok {
		w.refuse(path, "This is not an object of the kind %s.", def.Name)
		return nil
	}

	for _, name := range slices.Sorted(maps.Keys(fields)) {
		if def.Fields.ForName(name) == nil {
			w.refuse(path+"."+name, "%s has no such field.", def.Name)
		}
	}

	values := map[string]any{}
	for _, f := range def.Fields {
		at := path + "." + f.Name
		value, isGiven := fields[f.Name]
		switch {
		case isGiven:
			values[f.Name] = w.value(at, f.Type, value)
		case f.DefaultValue != nil:
			values[f.Name] = w.literal(at, f.Type, f.DefaultValue)
		case f.Type.NonNull:
			w.refuse(at, "This is missing.")
		}
	}

	if def.Directives.ForName("oneOf") != nil && !isOne(fields) {
		w.refuse(path, "Give exactly one of the fields of %s, not null.", def.Name)
	}
	return values
}

// isOne reports whether an object has one field, with a value.
func isOne(fields map[string]any) bool {
	for _, value := range fields {
		return len(fields) == 1 && value != nil
	}
	return false
}

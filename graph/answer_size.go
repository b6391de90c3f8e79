package graph

import (
	"context"
	"encoding/json"
	"reflect"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"
)

// AnswerSize is a handler extension. It counts the bytes and the fields of an answer while its fields are resolved, and
// ends the work of one that becomes too large: the answer is then TOO_COMPLEX, without data.
//
// The fields of an object are counted when the object is known, before the first of them is resolved, with their names:
// a list of thousands of items is refused at once. That also counts __typename, which no resolver sees.
type AnswerSize struct {
	Schema *ast.Schema
	Max    int // bytes of JSON, at most
}

// UsualAnswerSize is AnswerSize.Max where no setting says otherwise. The largest pages of ours have some 200 kB.
const UsualAnswerSize = 8 << 20

const (
	maxEventSize    = 1 << 20 // bytes of the answer to one event: it stays in memory for those who are slow
	maxAnswerFields = 100_000 // each takes a few hundred bytes until the answer is written

	fieldsBetween = 500 // two pauses, half a millisecond or so; usual pages have fewer
)

// ExtensionName implements graphql.HandlerExtension.
func (AnswerSize) ExtensionName() string { return "AnswerSize" }

// Validate implements graphql.HandlerExtension.
func (AnswerSize) Validate(graphql.ExecutableSchema) error { return nil }

// answerSize is how large the answer that is being made is.
type answerSize struct {
	schema  *ast.Schema
	max     int64 // bytes
	bytes   atomic.Int64
	fields  atomic.Int64
	made    atomic.Int64       // fields
	stop    context.CancelFunc // of all that is still read for it
	objects sync.Map           // of *ast.Selection, the first that is selected of an object, to its tally
}

// answerSizeKey is the key of the answerSize in a context.
type answerSizeKey struct{}

// InterceptResponse implements graphql.ResponseInterceptor.
func (a AnswerSize) InterceptResponse(ctx context.Context, next graphql.ResponseHandler) *graphql.Response {
	if !graphql.HasOperationContext(ctx) || graphql.GetOperationContext(ctx).Operation == nil {
		return next(ctx) // the document could not be read
	}

	working, stop := context.WithCancel(ctx)
	defer stop()
	size := &answerSize{schema: a.Schema, max: int64(a.Max), stop: stop}

	switch graphql.GetOperationContext(ctx).Operation.Operation {
	case ast.Subscription:
		size.max = min(size.max, maxEventSize)
	case ast.Mutation:
		size.stop = func() {} // what is to be done is done, whatever the answer says of it
	}

	size.addRoot(graphql.GetOperationContext(ctx))
	response := next(context.WithValue(working, answerSizeKey{}, size))
	if response == nil || !size.exceeded() && sizeOf(response) <= size.max {
		return response
	}

	graphql.AddError(ctx, size.refusal(isMutation(ctx))) // has it presented to whoever asks
	errs := graphql.GetErrors(ctx)
	response.Data, response.Errors = nil, gqlerror.List{errs[len(errs)-1]}
	return response
}

// sizeOf returns how many bytes a response has, with its errors.
func sizeOf(response *graphql.Response) int64 {
	n := len(response.Data)
	if len(response.Errors) > 0 {
		errs, _ := json.Marshal(response.Errors) // as the transports write them; what fails there fails there
		n += len(errs)
	}
	return int64(n)
}

// isMutation reports whether the operation changes something.
func isMutation(ctx context.Context) bool {
	return graphql.GetOperationContext(ctx).Operation.Operation == ast.Mutation
}

// refusal says that the answer is too large.
func (s *answerSize) refusal(done bool) error {
	limit := int(s.max)
	switch {
	case s.fields.Load() > maxAnswerFields:
		return tooComplex("answerFields", maxAnswerFields+1, maxAnswerFields,
			"The answer has more than %[2]d fields: ask for less at once.")
	case done:
		return tooComplex("answerSize", limit+1, limit,
			"It is done, but the answer has more than %[2]d bytes: ask for less of it.")
	}
	return tooComplex("answerSize", limit+1, limit, "The answer has more than %[2]d bytes: ask for less at once.")
}

// InterceptField implements graphql.FieldInterceptor. Once the answer is too large, fields are null without an error of
// their own: thousands of errors would take more memory than the answer.
func (AnswerSize) InterceptField(ctx context.Context, next graphql.Resolver) (any, error) {
	size, _ := ctx.Value(answerSizeKey{}).(*answerSize)
	if size == nil {
		return next(ctx)
	}

	// The fields of a mutation itself are done in any case.
	field := graphql.GetFieldContext(ctx)
	if size.exceeded() && field.Object != "Mutation" {
		return graphql.Null, nil
	}

	if size.made.Add(1)%fieldsBetween == 0 {
		runtime.Gosched() // see heavy.Pause
	}

	value, err := next(ctx)
	err = lastOf(ctx, err)
	if strings.HasPrefix(field.Object, "__") { // here, since another interceptor would cost each field of each answer
		value = asSpecified(field, value)
	}
	if size.addValue(ctx, field.Field, value); size.exceeded() {
		return graphql.Null, nil
	}
	return value, err
}

// tally is a number of fields, and of bytes, of an answer.
type tally struct{ fields, bytes int }

// addRoot counts the fields of the operation itself. A subscription's field has an event, which no resolver returns.
func (s *answerSize) addRoot(op *graphql.OperationContext) {
	root := map[ast.Operation]*ast.Definition{
		ast.Query: s.schema.Query, ast.Mutation: s.schema.Mutation, ast.Subscription: s.schema.Subscription,
	}[op.Operation.Operation]
	s.add(s.selected(op, op.Operation.SelectionSet, root))

	if root == s.schema.Subscription {
		for _, f := range graphql.CollectFields(op, op.Operation.SelectionSet, []string{root.Name}) {
			s.add(s.selected(op, f.Selections, s.schema.Types[f.Definition.Type.Name()]))
		}
	}
}

// addValue counts the value of a field: its bytes, or the fields of each object that it has.
func (s *answerSize) addValue(ctx context.Context, f graphql.CollectedField, value any) {
	if len(f.Selections) == 0 {
		s.add(tally{bytes: bytesOf(value)})
		return
	}

	own, known := s.objects.Load(&f.Selections[0])
	if !known {
		own = s.selected(graphql.GetOperationContext(ctx), f.Selections, s.schema.Types[f.Definition.Type.Name()])
		s.objects.Store(&f.Selections[0], own)
	}
	each, n := own.(tally), objectsIn(value)
	s.add(tally{n * each.fields, n * each.bytes})
}

// selected counts the fields of one object of a type, with their names. What is of one of several types counts as the
// type of which most is selected.
func (s *answerSize) selected(op *graphql.OperationContext, set ast.SelectionSet, on *ast.Definition) (most tally) {
	if simple, ok := fieldsOnly(set); ok {
		return simple
	}

	for _, t := range s.schema.GetPossibleTypes(on) {
		satisfies := []string{t.Name}
		for _, abstract := range s.schema.GetImplements(t) {
			satisfies = append(satisfies, abstract.Name)
		}

		var own tally
		for _, f := range graphql.CollectFields(op, set, satisfies) {
			own.fields++
			own.bytes += len(`"":,`) + len(f.Alias)
			if f.Name == "__typename" {
				own.bytes += len(`""`) + len(t.Name)
			}
		}
		most = tally{max(most.fields, own.fields), max(most.bytes, own.bytes)}
	}
	return most
}

// fieldsOnly counts what is selected of each object, when that is the same for all: fields without conditions, as in
// most selections. One that stands twice counts twice. ok is false when there is anything else, or __typename.
func fieldsOnly(set ast.SelectionSet) (all tally, ok bool) {
	for _, s := range set {
		f, ok := s.(*ast.Field)
		if !ok || len(f.Directives) > 0 || f.Name == "__typename" {
			return tally{}, false
		}
		all.fields++
		all.bytes += len(`"":,`) + len(f.Alias)
	}
	return all, true
}

// objectsIn returns how many objects the value of a field is.
func objectsIn(value any) int {
	switch v := reflect.ValueOf(value); {
	case v.Kind() == reflect.Slice:
		return v.Len()
	case !v.IsValid(), v.Kind() == reflect.Pointer && v.IsNil():
		return 0
	}
	return 1
}

// add counts a part of the answer, and stops the work when that is too much.
func (s *answerSize) add(t tally) {
	if s.bytes.Add(int64(t.bytes)) > s.max || s.fields.Add(int64(t.fields)) > maxAnswerFields {
		s.stop()
	}
}

// exceeded reports whether the answer is too large already.
func (s *answerSize) exceeded() bool {
	return s.bytes.Load() > s.max || s.fields.Load() > maxAnswerFields
}

// bytesOf returns about how many bytes the value of a field without selections has in the answer.
func bytesOf(value any) int {
	switch v := value.(type) {
	case string:
		return len(`""`) + len(v)
	case *string:
		if v != nil {
			return len(`""`) + len(*v)
		}
	case []string:
		n := len(`[]`)
		for _, s := range v {
			n += len(`"",`) + len(s)
		}
		return n
	}
	return len("null")
}

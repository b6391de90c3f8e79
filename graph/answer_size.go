package graph

import (
	"context"
	"runtime"
	"sync/atomic"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"ensemble/consultation/refusal"
)

// AnswerSize is a handler extension. It counts the bytes and the fields of an answer while its fields are resolved, and
// ends the work of one that becomes too large: the answer is then TOO_COMPLEX, without data.
type AnswerSize struct {
	Max int // bytes of JSON, at most
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
	max    int64 // bytes
	bytes  atomic.Int64
	fields atomic.Int64
	stop   context.CancelFunc // of all that is still read for it
}

// answerSizeKey is the key of the answerSize in a context.
type answerSizeKey struct{}

// errTooLarge is what becomes of fields once the answer is too large. Nobody sees it: see InterceptResponse.
var errTooLarge = refusal.New(TooComplex, "The answer is too large.")

// InterceptResponse implements graphql.ResponseInterceptor.
func (a AnswerSize) InterceptResponse(ctx context.Context, next graphql.ResponseHandler) *graphql.Response {
	if !graphql.HasOperationContext(ctx) || graphql.GetOperationContext(ctx).Operation == nil {
		return next(ctx) // the document could not be read
	}

	working, stop := context.WithCancel(ctx)
	defer stop()
	size := &answerSize{max: int64(a.Max), stop: stop}

	switch graphql.GetOperationContext(ctx).Operation.Operation {
	case ast.Subscription:
		size.max = min(size.max, maxEventSize)
	case ast.Mutation:
		size.stop = func() {} // what is to be done is done, whatever the answer says of it
	}

	response := next(context.WithValue(working, answerSizeKey{}, size))
	if response == nil || !size.exceeded() && int64(len(response.Data)) <= size.max {
		return response
	}

	graphql.AddError(ctx, size.refusal(isMutation(ctx))) // has it presented to whoever asks
	errs := graphql.GetErrors(ctx)
	response.Data, response.Errors = nil, gqlerror.List{errs[len(errs)-1]}
	return response
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

// InterceptField implements graphql.FieldInterceptor.
func (AnswerSize) InterceptField(ctx context.Context, next graphql.Resolver) (any, error) {
	size, _ := ctx.Value(answerSizeKey{}).(*answerSize)
	if size == nil {
		return next(ctx)
	}

	// The fields of a mutation itself are done in any case.
	field := graphql.GetFieldContext(ctx)
	if size.exceeded() && field.Object != "Mutation" {
		return nil, errTooLarge
	}

	value, err := next(ctx)
	if size.add(len(field.Field.Alias) + bytesOf(value)); size.exceeded() {
		return nil, errTooLarge
	}
	return value, err
}

// add counts a field that has n bytes, and stops the work when that is too much. Now and then it lets others have the
// processor: see heavy.Pause.
func (s *answerSize) add(n int) {
	fields := s.fields.Add(1)
	if s.bytes.Add(int64(n)) > s.max || fields > maxAnswerFields {
		s.stop()
	}
	if fields%fieldsBetween == 0 {
		runtime.Gosched()
	}
}

// exceeded reports whether the answer is too large already.
func (s *answerSize) exceeded() bool {
	return s.bytes.Load() > s.max || s.fields.Load() > maxAnswerFields
}

// bytesOf returns about how many bytes a field's value has in the answer, with what stands between it and the next one,
// and without the fields that are selected of it.
func bytesOf(value any) int {
	const around = len(`"":"",`)
	switch v := value.(type) {
	case string:
		return around + len(v)
	case *string:
		if v != nil {
			return around + len(*v)
		}
	case []string:
		n := around
		for _, s := range v {
			n += len(`"",`) + len(s)
		}
		return n
	}
	return around + len("null")
}

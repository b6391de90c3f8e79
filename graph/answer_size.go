package graph

import (
	"context"
	"sync/atomic"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"ensemble/consultation/refusal"
)

// AnswerSize is a handler extension. It counts the bytes of an answer while its fields are resolved, and ends the work
// of one that becomes too large: the answer is then TOO_COMPLEX, without data.
type AnswerSize struct {
	Max int // bytes of JSON, at most
}

// UsualAnswerSize is AnswerSize.Max where no setting says otherwise. The largest pages of ours have some 200 kB.
const UsualAnswerSize = 8 << 20

// maxEventSize bounds the answer to one event of a subscription: it stays in memory for those who are slow.
const maxEventSize = 1 << 20

// ExtensionName implements graphql.HandlerExtension.
func (AnswerSize) ExtensionName() string { return "AnswerSize" }

// Validate implements graphql.HandlerExtension.
func (AnswerSize) Validate(graphql.ExecutableSchema) error { return nil }

// answerSize is how large the answer that is being made may still become.
type answerSize struct {
	max  int
	left atomic.Int64
	stop context.CancelFunc // of all that is still read for it
}

// answerSizeKey is the key of the answerSize in a context.
type answerSizeKey struct{}

// errTooLarge is what becomes of fields once the answer is too large. Nobody sees it: see InterceptResponse.
var errTooLarge = &refusal.Error{Code: TooComplex, Message: "The answer is too large."}

// InterceptResponse implements graphql.ResponseInterceptor.
func (a AnswerSize) InterceptResponse(ctx context.Context, next graphql.ResponseHandler) *graphql.Response {
	if !graphql.HasOperationContext(ctx) || graphql.GetOperationContext(ctx).Operation == nil {
		return next(ctx) // the document could not be read
	}

	operation := graphql.GetOperationContext(ctx).Operation.Operation
	size := &answerSize{max: a.Max}
	if operation == ast.Subscription {
		size.max = min(a.Max, maxEventSize)
	}
	size.left.Store(int64(size.max))

	working, stop := context.WithCancel(ctx)
	defer stop()
	size.stop = stop

	response := next(context.WithValue(working, answerSizeKey{}, size))
	if response == nil || !size.exceeded() && len(response.Data) <= size.max {
		return response
	}

	graphql.AddError(ctx, size.refusal(operation)) // has it presented as it was asked for
	errs := graphql.GetErrors(ctx)
	response.Data, response.Errors = nil, gqlerror.List{errs[len(errs)-1]}
	return response
}

// refusal says that the answer is too large.
func (s *answerSize) refusal(operation ast.Operation) error {
	message := "The answer has more than %[2]d bytes: ask for less at once."
	if operation == ast.Mutation {
		message = "It is done, but the answer has more than %[2]d bytes: ask for less of it."
	}
	return tooComplex("answerSize", s.max+1, s.max, message)
}

// InterceptField implements graphql.FieldInterceptor.
func (AnswerSize) InterceptField(ctx context.Context, next graphql.Resolver) (any, error) {
	size, _ := ctx.Value(answerSizeKey{}).(*answerSize)
	if size == nil {
		return next(ctx)
	}
	if size.exceeded() {
		return nil, errTooLarge
	}

	value, err := next(ctx)
	size.add(len(graphql.GetFieldContext(ctx).Field.Alias) + bytesOf(value))
	if size.exceeded() {
		return nil, errTooLarge
	}
	return value, err
}

// add counts n bytes, and stops the work when they are too many.
func (s *answerSize) add(n int) {
	if s.left.Add(int64(-n)) < 0 {
		s.stop()
	}
}

// exceeded reports whether the answer is too large already.
func (s *answerSize) exceeded() bool { return s.left.Load() < 0 }

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

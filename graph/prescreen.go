package graph

import (
	"context"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"
	"github.com/vektah/gqlparser/v2/lexer"
)

// Prescreen is a handler extension that refuses a document which would take long to validate, by a look at its tokens,
// before anything else is done with it.
type Prescreen struct {
	MaxTokens int
	Known     func(ctx context.Context, query string) bool // reports a document that was validated before: it passes
}

// UsualTokens is MaxTokens where no setting says otherwise. The largest document of ours has about 600 tokens.
const UsualTokens = 5_000

// maxAlike bounds the sum of the squares of how often each name is written. To find whether fields can be merged, the
// validator compares each pair of fields with the same name: for one field 15,000 times it took 17 s. At this bound it
// takes 20 ms.
const maxAlike = 250_000

// maxName is how many bytes a name may have: the answer repeats an alias for each object, and errors in each path.
const maxName = 100

// ExtensionName implements graphql.HandlerExtension.
func (Prescreen) ExtensionName() string { return "Prescreen" }

// Validate implements graphql.HandlerExtension.
func (Prescreen) Validate(graphql.ExecutableSchema) error { return nil }

// MutateOperationParameters implements graphql.OperationParameterMutator; it changes nothing. Errors: TOO_COMPLEX.
func (p Prescreen) MutateOperationParameters(ctx context.Context, params *graphql.RawParams) *gqlerror.Error {
	if p.Known(ctx, params.Query) {
		return nil
	}

	tokens := lexer.New(&ast.Source{Input: params.Query})
	alike, times := 0, map[string]int{}

	for n := 0; ; n++ {
		t, err := tokens.ReadToken()

		switch {
		case err != nil || t.Kind == lexer.EOF:
			return nil // the parser says what is wrong
		case n == p.MaxTokens:
			return tooComplex("tokens", n+1, p.MaxTokens, "The document has more than %[2]d words and signs.")
		case t.Kind == lexer.Name && len(t.Value) > maxName:
			return tooComplex("nameSize", len(t.Value), maxName, "A name has %d bytes; at most %d are allowed.")
		case t.Kind == lexer.Name || t.Kind == lexer.Spread:
			alike += 2*times[t.Value] + 1 // from n² to (n+1)²
			times[t.Value]++
		}

		if alike > maxAlike {
			return tooComplex("repeats", alike, maxAlike, "The document repeats the same names too often.")
		}
	}
}

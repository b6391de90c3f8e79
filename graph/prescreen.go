package graph

import (
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"
	"github.com/vektah/gqlparser/v2/lexer"
)

// UsualTokens is how many words and signs a document has at most where no setting says otherwise. The largest document of ours has about 600 tokens.
const UsualTokens = 5_000

// maxAlike bounds the sum of the squares of how often each name is written. To find whether fields can be merged, the
// validator compares each pair of fields with the same name: for one field 15,000 times it took 17 s. At this bound it
// takes 20 ms.
const maxAlike = 250_000

// maxName is how many bytes a name may have: the answer repeats an alias for each object, and errors in each path.
const maxName = 100

// maxNesting is how many lists and objects of an argument may be in each other: what is wrong with one is told of each.
const maxNesting = 20

// maxText is how many bytes a string of a document may have: four times as many as the longest text that we take.
const maxText = 256 << 10

// Prescreen refuses a document that would take long to validate, by a look at its tokens, before anything else is done
// with it. Errors: TOO_COMPLEX.
func Prescreen(query string, maxTokens int) *gqlerror.Error {
	tokens := lexer.New(&ast.Source{Input: query})
	alike, times := 0, map[string]int{}
	nested := nesting{}

	for n := 0; ; n++ {
		t, err := tokens.ReadToken()

		switch {
		case err != nil || t.Kind == lexer.EOF:
			return nil // the parser says what is wrong
		case n == maxTokens:
			return tooComplex("tokens", n+1, maxTokens, "The document has more than %[2]d words and signs.")
		case t.Kind == lexer.Name && len(t.Value) > maxName:
			return tooComplex("nameSize", len(t.Value), maxName, "A name has %d bytes; at most %d are allowed.")
		case (t.Kind == lexer.String || t.Kind == lexer.BlockString) && len(t.Value) > maxText:
			return tooComplex("textSize", len(t.Value), maxText, "A text has %d bytes; at most %d are allowed.")
		case nested.after(t) > maxNesting:
			return tooComplex("nesting", maxNesting+1, maxNesting,
				"Lists and objects are %d levels deep; at most %d are allowed.")
		case t.Kind == lexer.Name || t.Kind == lexer.Spread:
			alike += 2*times[t.Value] + 1 // from n² to (n+1)²
			times[t.Value]++
		}

		if alike > maxAlike {
			return tooComplex("repeats", alike, maxAlike, "The document repeats the same names too often.")
		}
	}
}

// nesting counts the lists and objects that are open in arguments, whose brackets are never in each other.
type nesting struct {
	inArguments bool
	open        int
}

// after returns how many are open after a token.
func (n *nesting) after(t lexer.Token) int {
	switch t.Kind {
	case lexer.ParenL, lexer.ParenR:
		n.inArguments, n.open = t.Kind == lexer.ParenL, 0
	case lexer.BracketL, lexer.BraceL:
		if n.inArguments {
			n.open++
		}
	case lexer.BracketR, lexer.BraceR:
		n.open = max(n.open-1, 0)
	}
	return n.open
}

package document

import (
	"slices"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"
	"github.com/vektah/gqlparser/v2/lexer"
)

// The parser follows the edition of October 2021. What is newer in a document is spelt for it beforehand.
// Source: https://spec.graphql.org/September2025/#sec-Language

// Readable returns the text of a document as the parser reads it: with characters in place of escapes that it does not
// know, and blanks in place of descriptions. Of words and signs only so many are looked at: the document is too long
// then. Errors: GRAPHQL_PARSE_FAILED, for what the parser would let through.
func Readable(text string, tokens int) (string, *gqlerror.Error) {
	readable, err := escaped(text)
	if err != nil {
		return "", err
	}

	described, err := descriptions(readable, tokens)
	if err != nil || len(described) == 0 {
		return readable, err
	}
	return blank(readable, described), nil
}

// descriptions returns where a document describes its operations, variables and fragments; or what stands too close
// behind a number. What is no GraphQL otherwise is left to the parser.
func descriptions(text string, tokens int) (described []ast.Position, wrong *gqlerror.Error) {
	words := lexer.New(&ast.Source{Input: text})
	var open []lexer.Type         // brackets
	var first, second lexer.Token // the two words before

	for range tokens {
		word, err := words.ReadToken()
		if err != nil || word.Kind == lexer.EOF {
			break
		}
		if word.Kind == lexer.Comment {
			continue
		}

		switch {
		case isNumber(second) && second.Pos.End == word.Pos.Start && (word.Kind == lexer.Name || isNumber(word)):
			return nil, coded(gqlerror.ErrorPosf(&word.Pos, "A number ends before a sign or a blank, not before %q.",
				word.Value))
		case isString(second) && first.Kind != lexer.Equals && describes(word, open):
			described = append(described, second.Pos)
		case isOpening(word):
			open = append(open, word.Kind)
		case isClosing(word) && len(open) > 0:
			open = open[:len(open)-1]
		}
		first, second = second, word
	}
	return described, nil
}

// describes reports whether a string before a word, no default of a variable, describes what begins there: an operation
// or a fragment, or a variable in the brackets of an operation.
func describes(word lexer.Token, open []lexer.Type) bool {
	if len(open) == 0 {
		return word.Kind == lexer.Name && slices.Contains(definitions, word.Value)
	}
	return len(open) == 1 && open[0] == lexer.ParenL && word.Kind == lexer.Dollar
}

// definitions lists the words that begin what may be described.
var definitions = []string{"query", "mutation", "subscription", "fragment"}

func isString(t lexer.Token) bool { return t.Kind == lexer.String || t.Kind == lexer.BlockString }
func isNumber(t lexer.Token) bool { return t.Kind == lexer.Int || t.Kind == lexer.Float }
func isOpening(t lexer.Token) bool {
	return t.Kind == lexer.ParenL || t.Kind == lexer.BracketL || t.Kind == lexer.BraceL
}
func isClosing(t lexer.Token) bool {
	return t.Kind == lexer.ParenR || t.Kind == lexer.BracketR || t.Kind == lexer.BraceR
}

// blank replaces parts of a text by white space; lines stay where they are.
func blank(text string, parts []ast.Position) string {
	runes := []rune(text)
	for _, part := range parts {
		for i := part.Start; i < part.End; i++ {
			if !strings.ContainsRune("\r\n", runes[i]) {
				runes[i] = ' '
			}
		}
	}
	return string(runes)
}

package graph

import (
	"errors"
	"maps"
	"slices"
	"strings"

	"github.com/99designs/gqlgen/graphql/errcode"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"
	"github.com/vektah/gqlparser/v2/validator/core"
)

// maxErrors bounds how many errors of a document are found: thousands of fields that do not exist would be thousands of
// errors, each with a look for what was meant.
const maxErrors = 20

// maxOperations is how many operations a document may have, of which one runs: each is validated, with its fragments.
const maxOperations = 25

// Validate returns what is wrong with a document, at most maxErrors. Errors: GRAPHQL_VALIDATION_FAILED, TOO_COMPLEX.
func Validate(schema *ast.Schema, doc *ast.QueryDocument) (errs gqlerror.List) {
	if n := len(doc.Operations); n > maxOperations {
		return gqlerror.List{tooComplex("operations", n, maxOperations,
			"The document has %d operations; at most %d are allowed.")}
	}

	enough := errors.New("enough errors")
	defer func() {
		if cause := recover(); cause != nil && cause != enough {
			panic(cause)
		}
	}()

	observers := &core.Events{}
	defer forgetDefinitions(observers)()
	all := Rules().GetInner()
	for _, name := range slices.Sorted(maps.Keys(all)) {
		all[name](observers, func(options ...core.ErrorOption) {
			err := &gqlerror.Error{Rule: name}
			for _, option := range options {
				option(err)
			}
			err.Message = clip(err.Message)
			errcode.Set(err, errcode.ValidationFailed)

			if errs = append(errs, err); len(errs) == maxErrors {
				panic(enough) // nothing else ends the walk
			}
		})
	}

	core.Walk(schema, doc, observers)
	return errs
}

// forgetDefinitions notes where a document uses variables. The function that it returns takes from these places which
// declaration they mean. In a fragment that is the one of the last operation that uses it, and its default would stand
// in for a variable of which the operation that runs has no value. Variables have their defaults when they are read.
func forgetDefinitions(observers *core.Events) (forget func()) {
	var used []*ast.Value
	observers.OnValue(func(_ *core.Walker, v *ast.Value) {
		if v.Kind == ast.Variable {
			used = append(used, v)
		}
	})
	return func() {
		for _, v := range used {
			v.VariableDefinition = nil
		}
	}
}

// clip shortens a message that quotes what was sent.
func clip(message string) string {
	const most = 500
	if len(message) <= most {
		return message
	}
	return strings.ToValidUTF8(message[:most], "") + "…"
}

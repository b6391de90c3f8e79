package consultation

import (
	"errors"
	"fmt"
)

// Code says to a program what kind of refusal this is; it is `extensions.code` of the API's errors.
type Code string

// The codes. INTERNAL_SERVER_ERROR and TOO_COMPLEX are given by the API itself.
const (
	Unauthenticated  Code = "UNAUTHENTICATED"    // sign in
	Forbidden        Code = "FORBIDDEN"          // signed in, not allowed
	NotFound         Code = "NOT_FOUND"          // absent, or hidden from the viewer
	BadUserInput     Code = "BAD_USER_INPUT"     // Field says which
	Conflict         Code = "CONFLICT"           // the text or the state moved on; Details["current"] says where to, but for names and keys that are taken
	TermsNotAccepted Code = "TERMS_NOT_ACCEPTED" // as they are now
	Closed           Code = "CLOSED"             // outside its period
	RateLimited      Code = "RATE_LIMITED"       // Details["limit"] says which, Details["retryAfter"] when to come back, in seconds
)

// Error is a refusal that people are told about.
type Error struct {
	Code    Code
	Message string         // in English, a format for Args; its French is in messages_fr.go
	Args    []any          // what the message is about: numbers, dates and names, nothing secret
	Field   string         // the input that is wrong, as the schema spells it
	Details map[string]any // more `extensions` for programs
	Err     error          // the cause, for the log only
}

// Error is for the log: code, field, English message and cause.
func (e *Error) Error() string {
	s := string(e.Code)
	if e.Field != "" {
		s += " " + e.Field
	}
	s += ": " + fmt.Sprintf(e.Message, e.Args...)
	if e.Err != nil {
		s += ": " + e.Err.Error()
	}
	return s
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// BadInput refuses the input named field.
func BadInput(field, message string, args ...any) *Error {
	return &Error{Code: BadUserInput, Field: field, Message: message, Args: args}
}

func refuse(code Code, message string, args ...any) *Error {
	return &Error{Code: code, Message: message, Args: args}
}

// moved refuses because something is no longer as the viewer thought; current is its state now, or the id of what stands
// in the way.
func moved(current any, message string, args ...any) *Error {
	e := refuse(Conflict, message, args...)
	e.Details = map[string]any{"current": current}
	return e
}

func notFound(field string) *Error {
	return &Error{Code: NotFound, Field: field, Message: "There is no such thing here, or not for you."}
}

var errSignIn = refuse(Unauthenticated, "Sign in first.")

// CodeOf returns the code of a refusal, "" for any other error.
func CodeOf(err error) Code {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Code
	}
	return ""
}

// Package refusal has the errors with which a mutation refuses: each has a code for programs, and a message for people.
package refusal

import (
	"errors"
	"fmt"
	"time"

	"golang.org/x/text/language"

	"ensemble/consultation/message"
)

// Code says to a program what kind of refusal this is; it is `extensions.code` of the API's errors.
type Code string

// The codes. INTERNAL_SERVER_ERROR and TOO_COMPLEX are given by the API itself.
const (
	Unauthenticated  Code = "UNAUTHENTICATED"    // sign in
	WrongCredentials Code = "WRONG_CREDENTIALS"  // #nosec G101 -- no secret: the address or the password is wrong
	Forbidden        Code = "FORBIDDEN"          // signed in, not allowed
	NotFound         Code = "NOT_FOUND"          // absent, or hidden from the viewer
	BadUserInput     Code = "BAD_USER_INPUT"     // Field says which
	Conflict         Code = "CONFLICT"           // it has moved on (Current), is full ("count"), or taken
	TermsNotAccepted Code = "TERMS_NOT_ACCEPTED" // the terms of use as they are now
	Closed           Code = "CLOSED"             // outside its period
	RateLimited      Code = "RATE_LIMITED"       // Details: "limit" is its name, "retryAfter" in seconds
)

// Error is a refusal, with what people may read of it.
type Error struct {
	Code    Code
	Message string         // in English, a format for Args; its French is in message/french.go
	Args    []any          // what the message is about: numbers, dates and names, nothing secret
	Field   string         // the input that is wrong, as the schema spells it
	Details map[string]any // more `extensions` for programs
	Err     error          // the cause, for the log only
}

// Error returns the refusal as the log has it: code, field, English message and cause.
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

// BadInput makes a refusal of an input: BAD_USER_INPUT. field is the input, as the schema spells it; message is in
// English, a format for args.
func BadInput(field, message string, args ...any) *Error {
	return &Error{Code: BadUserInput, Field: field, Message: message, Args: args}
}

// New makes a refusal without a field. message is in English, a format for args.
func New(code Code, message string, args ...any) *Error {
	return &Error{Code: code, Message: message, Args: args}
}

// Current is what prevents an act, as it is now: `extensions.current` of CONFLICT.
type Current struct {
	ID    string `json:"nodeId"`
	State string `json:"state,omitempty"` // the one that prevents it, where it is that
}

// At returns a node with its state.
func At[S ~string](id string, state S) Current { return Current{id, string(state)} }

// Conflicting makes a refusal because of how things stand: CONFLICT. The message is in English, a format for args.
func Conflicting(current Current, message string, args ...any) *Error {
	e := New(Conflict, message, args...)
	e.Details = map[string]any{"current": current}
	return e
}

// Current returns how something stands that the refusal is about; the zero value when it says nothing of that.
func (e *Error) Current() Current {
	current, _ := e.Details["current"].(Current)
	return current
}

// Full makes a refusal because there are as many of something as allowed: CONFLICT. The message is a format for n.
func Full(n int, message string) *Error {
	e := New(Conflict, message, n)
	e.Details = map[string]any{"count": n}
	return e
}

// ErrSignIn refuses a caller who is not signed in: UNAUTHENTICATED.
var ErrSignIn = New(Unauthenticated, "Sign in first.")

// CodeOf returns the code of a refusal; "" for nil and for any other error.
func CodeOf(err error) Code {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Code
	}
	return ""
}

// In returns the refusal's message in the reader's language.
func (e *Error) In(reader []language.Tag) string { return message.Say(reader, e.Message, e.Args...) }

// Apart returns err as a refusal, or as a failure when it is something else. At most one of the two is not nil.
func Apart(err error) (refused, failed error) {
	if CodeOf(err) == "" {
		return nil, err
	}
	return err, nil
}

// TooOften makes a refusal because the limit of that name is reached: RATE_LIMITED. wait is how long it lasts; people
// and programs are given whole seconds, rounded up, at least one.
func TooOften(limit string, wait time.Duration) *Error {
	seconds := max(1, int((wait+time.Second-1)/time.Second))
	e := New(RateLimited, "Too much in a short time: come back in %d seconds.", seconds)
	e.Details = map[string]any{"limit": limit, "retryAfter": seconds}
	return e
}

// UnlessOpen returns nil when open is true, or else a refusal with the message. Errors: CLOSED.
func UnlessOpen(open bool, message string) error {
	if !open {
		return New(Closed, message)
	}
	return nil
}

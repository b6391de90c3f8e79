package outbox

import "context"

// Mail is a message as it leaves.
type Mail struct {
	ID      string // the same in every try, so that a receiver knows a repeat
	To      string // a bare address
	Subject string // one line
	Body    string // plain text
	Headers map[string]string
}

// Mailer sends mail.
type Mailer interface {
	// Send may be called again for a mail after an error. An error that is permanent says that trying again is of no
	// use. Errors contain no addresses: they are logged.
	Send(ctx context.Context, m Mail) error
}

// permanent is an error of a Mailer after which, when Permanent returns true, nothing is tried again: the receiver does
// not want the mail.
type permanent interface {
	error
	Permanent() bool
}

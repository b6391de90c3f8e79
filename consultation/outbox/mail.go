package outbox

import "context"

// Mail is a message as it leaves.
type Mail struct {
	ID      string // the same in every try: a receiver can tell a repeat
	To      string // a bare address
	Subject string // one line
	Body    string // plain text
	Headers map[string]string
}

// Mailer sends mail. It may be asked again for a mail that it was not sure to have sent. An error that is Permanent says
// that trying again is of no use. Errors tell no addresses: they are logged.
type Mailer interface {
	Send(ctx context.Context, m Mail) error
}

// permanent is an error after which nothing is tried again: the receiver does not want the mail.
type permanent interface {
	error
	Permanent() bool
}

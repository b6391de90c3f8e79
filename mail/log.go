package mail

import (
	"context"
	"log/slog"
)

// Log writes mail to the log, for the demo: its accounts are known to everybody and its mail goes nowhere. It is the
// only place where a mail's address and text are logged, since whoever tries the demo has no other way to follow a
// link.
type Log struct{ *slog.Logger }

// Send implements Sender.
func (l Log) Send(ctx context.Context, m Message) error {
	l.InfoContext(ctx, "mail that the demo does not send",
		slog.String("to", m.To), slog.String("subject", m.Subject), slog.String("body", m.Body))
	return nil
}

package live

import "context"

// Log is the truth about change: every committed event, in the database. Package consultation implements it, in
// change/log.go.
//
// A read must see every event committed before it began: read the primary, never a replica that lags. The Hub
// takes an answer that is behind what it already knows for a restored database, and resets its readers.
// Both methods are called from many goroutines at once.
type Log interface {
	// Events returns up to limit events of topic with a Seq above after, oldest first. If the log was pruned,
	// the first may be later than after+1. Data has the types that encoding/json decodes to.
	Events(ctx context.Context, topic string, after int64, limit int) ([]Event, error)

	// Heads returns the position after the newest event of each topic, whether or not that event has been
	// pruned. A topic that never had an event is absent. At most 1000 topics are asked for at once.
	Heads(ctx context.Context, topics []string) (map[string]Cursor, error)
}

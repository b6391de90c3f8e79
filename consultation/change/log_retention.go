package change

import (
	"context"
	"fmt"
	"time"
)

// Retention says which events of each topic the log keeps; the newest event of a topic always stays. Whoever comes with
// a cursor from before these events gets a Reset. A field that is zero is no limit. How long data about people stays is
// in Keeping.
type Retention struct {
	Age   time.Duration // events of that age and younger
	Count int64         // that many of the newest
}

const (
	forgetBatch   = 500 // events deleted in one transaction, which others wait for
	forgetBatches = 20  // in one go; the rest in the next run, so that a stop does not wait long
)

// dueByAge lists events that are too old, the oldest first; dueByCount lists topics that are too long, each with the
// last number to forget. The newest event of a topic is never due. forgetOldest deletes the oldest events of a topic up
// to a number, so many at most.
const (
	dueByAge = `SELECT e.topic, e.seq FROM events e JOIN topics t ON t.id = e.topic
WHERE e.at < $1 AND e.seq < t.seq ORDER BY e.at LIMIT $2`

	dueByCount = `SELECT t.id, t.seq - $1 FROM topics t
WHERE t.seq > $1 AND EXISTS (SELECT 1 FROM events e WHERE e.topic = t.id AND e.seq <= t.seq - $1) LIMIT $2`

	forgetOldest = `DELETE FROM events WHERE topic = $1 AND seq <= (
SELECT MAX(seq) FROM (SELECT seq FROM events WHERE topic = $1 AND seq <= $2 ORDER BY seq LIMIT $3) AS oldest)`
)

// forgetEvents is the name of the job that prunes the log.
const forgetEvents = "forget events"

// forgetEvents prunes the log, of each topic the oldest events first, so that what stays has no gap. Where there is
// more to do than it may do in one go, it wakes the job to go on.
func (s *DB) forgetEvents(ctx context.Context) error {
	more, err := s.forgetSome(ctx)
	if err == nil && more {
		s.Jobs.Wake(forgetEvents)
	}
	return err
}

// forgetSome prunes the log in one go of at most forgetBatches transactions. It reports whether it used up all of them,
// so that there may be more to do; after an error it says so, too.
func (s *DB) forgetSome(ctx context.Context) (more bool, err error) {
	left := forgetBatches // transactions that may still be done
	for _, due := range []struct {
		limited bool
		query   string
		arg     any
	}{
		{s.KeepEvents.Age > 0, dueByAge, s.Moment().Add(-s.KeepEvents.Age)},
		{s.KeepEvents.Count > 0, dueByCount, s.KeepEvents.Count},
	} {
		for full := due.limited; full; {
			if left <= 0 {
				return true, nil
			}

			var upTo map[string]int64
			if upTo, full, err = s.dueEvents(ctx, due.query, due.arg); err != nil {
				return true, err
			}

			for topic, seq := range upTo {
				if left, err = s.forgetTopic(ctx, topic, seq, left); err != nil {
					return true, err
				}
			}
		}
	}
	return left <= 0, nil
}

// dueEvents returns up to which number events are to be forgotten, by topic. query is dueByAge or dueByCount. full says
// that there may be more.
func (s *DB) dueEvents(ctx context.Context, query string, arg any) (upTo map[string]int64, full bool, err error) {
	rows, err := s.Read.QueryContext(ctx, query, arg, forgetBatch)
	if err != nil {
		return nil, false, fmt.Errorf("find events to forget: %w", err)
	}
	defer func() { _ = rows.Close() }()

	upTo = map[string]int64{}
	n := 0
	for ; rows.Next(); n++ {
		var topic string
		var seq int64
		if err := rows.Scan(&topic, &seq); err != nil {
			return nil, false, err
		}
		upTo[topic] = max(upTo[topic], seq)
	}
	return upTo, n == forgetBatch, rows.Err()
}

// forgetTopic deletes a topic's events up to a number, the oldest first, in as many batches as are given at most. It
// returns how many batches are left to others. Each batch is a transaction of its own, for which others wait only
// shortly.
func (s *DB) forgetTopic(ctx context.Context, topic string, upTo int64, batches int) (left int, err error) {
	for left = batches; left > 0; {
		var gone int64
		err := s.In(ctx, func(ctx context.Context, tx *Tx) error {
			done, err := tx.ExecContext(ctx, forgetOldest, topic, upTo, forgetBatch)
			if err == nil {
				gone, err = done.RowsAffected()
			}
			return err
		})
		if err != nil {
			return left, fmt.Errorf("forget events of %s: %w", topic, err)
		}

		// A batch that was not full was the last.
		if left--; gone < forgetBatch {
			break
		}
	}
	return left, nil
}

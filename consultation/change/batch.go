package change

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"ensemble/live"
)

const (
	manyEvents = 8 // from so many events on, logTogether is faster than one logEvent after the other

	// logBatch is how many events one statement stores. The time that SQLite needs for a statement grows with the
	// square of its arguments, of which an event has ten: 1000 events at once took ten times as long as 100 at a time.
	logBatch = 100
)

// LogPast numbers and stores events of another time: the caller has given each its id and time. It numbers the events
// of a topic in the order in which they are given, after those that are in the log, and sorts all by topic. Nobody
// hears of them, neither those who listen nor those whom events concern: to announce what happens now, see Record.
// Errors: none but those of the database.
func (tx *Tx) LogPast(ctx context.Context, events []live.Event) error {
	slices.SortStableFunc(events, func(a, b live.Event) int { return cmp.Compare(a.Topic, b.Topic) })
	return tx.logTogether(ctx, events)
}

// logTogether does what logEvent does, for many events in few statements. Each event has its id and time. The events
// are in the order of their topics, so that the rows of these are locked in that order.
func (tx *Tx) logTogether(ctx context.Context, events []live.Event) error {
	for some := range slices.Chunk(events, logBatch) {
		if err := tx.logSome(ctx, some); err != nil {
			return fmt.Errorf("log %d events: %w", len(some), err)
		}
	}
	return nil
}

// logSome does what logTogether does, for at most as many events as one statement stores.
func (tx *Tx) logSome(ctx context.Context, events []live.Event) error {
	// Raise each topic by its first event. That says what number the event has, and the row is locked until the commit.
	var firsts [][]any
	for i := range events {
		e := &events[i]
		e.Nonce = tx.db.NewNonce()
		if i == 0 || events[i-1].Topic != e.Topic {
			firsts = append(firsts, []any{e.Topic, 1, int64(e.Nonce), 0})
		}
	}
	firstOf, err := tx.raiseTopics(ctx, firsts)
	if err != nil {
		return fmt.Errorf("raise %d topics: %w", len(firsts), err)
	}

	// Number the others after the first of their topic. Where there are any, the topic moves on to the last one.
	var lasts, stored [][]any
	for i := range events {
		e := &events[i]
		if i > 0 && events[i-1].Topic == e.Topic {
			e.Seq, e.Previous = events[i-1].Seq+1, events[i-1].Nonce
			if i == len(events)-1 || events[i+1].Topic != e.Topic {
				lasts = append(lasts, []any{e.Topic, e.Seq, int64(e.Nonce), int64(e.Previous)})
			}
		} else {
			e.Seq, e.Previous = firstOf[e.Topic].Seq, firstOf[e.Topic].Nonce
		}

		data, err := json.Marshal(e.Data)
		if err != nil {
			return err
		}
		stored = append(stored, []any{
			e.ID, e.Topic, e.Seq, int64(e.Nonce), int64(e.Previous), string(e.Type), e.Subject,
			e.Actor, string(data), e.At,
		})
	}
	if len(lasts) > 0 {
		query, args := SQL(insertTopics).Values(lasts).Add(` ON CONFLICT (id) DO UPDATE
SET seq = excluded.seq, previous_nonce = excluded.previous_nonce, nonce = excluded.nonce`).Query()
		if _, err := tx.ExecContext(ctx, query, args...); err != nil {
			return fmt.Errorf("move %d topics on: %w", len(lasts), err)
		}
	}

	query, args := SQL(insertEvent).Values(stored).Query()
	_, err = tx.ExecContext(ctx, query, args...)
	return err
}

// insertTopics begins the statements that write heads of topics; rows come after it.
const insertTopics = `INSERT INTO topics (id, seq, nonce, previous_nonce) `

// raiseTopics raises each topic by one event, and returns for each, by its id, its new number together with the nonce
// of the event before. heads are rows of the table: id, number, nonce, nonce before.
func (tx *Tx) raiseTopics(ctx context.Context, heads [][]any) (map[string]live.Cursor, error) {
	query, args := SQL(insertTopics).Values(heads).Add(`
ON CONFLICT (id) DO UPDATE SET seq = topics.seq + 1, previous_nonce = topics.nonce, nonce = excluded.nonce
RETURNING id, seq, previous_nonce`).Query()
	rows, err := tx.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()

	raised := map[string]live.Cursor{}
	for rows.Next() {
		var topic string
		var seq, nonce int64
		if err := rows.Scan(&topic, &seq, &nonce); err != nil {
			return nil, err
		}
		raised[topic] = live.Cursor{Topic: topic, Seq: seq, Nonce: uint64(nonce)}
	}
	return raised, rows.Err()
}

package change

import (
	"context"
	"encoding/json"
	"fmt"

	"ensemble/live"
)

// manyEvents is the number of events from which on logTogether is faster than one logEvent after the other.
const manyEvents = 8

// eachOnce reports whether every event has a topic of its own. The events are in the order of their topics.
func eachOnce(events []live.Event) bool {
	for i := 1; i < len(events); i++ {
		if events[i].Topic == events[i-1].Topic {
			return false
		}
	}
	return true
}

// logTogether does what logEvent does, for many topics at once, in two statements. Each event has its id and a topic of
// its own. The events are in the order of their topics, so that the rows of these are locked in that order.
func (tx *Tx) logTogether(ctx context.Context, events []live.Event) error {
	var heads, stored [][]any
	for i := range events {
		events[i].Nonce = tx.db.NewNonce()
		heads = append(heads, []any{events[i].Topic, 1, int64(events[i].Nonce), 0})
	}

	// Raise all topics first: the events are numbered by what they were raised to.
	previous, err := tx.raiseTopics(ctx, heads)
	if err != nil {
		return fmt.Errorf("raise %d topics: %w", len(events), err)
	}

	for i := range events {
		e := &events[i]
		at := previous[e.Topic]
		e.Seq, e.Previous = at.Seq, at.Nonce

		data, err := json.Marshal(e.Data)
		if err != nil {
			return err
		}
		stored = append(stored, []any{e.ID, e.Topic, e.Seq, int64(e.Nonce), int64(e.Previous), string(e.Type), e.Subject, e.Actor, string(data), e.At})
	}

	query, args := SQL(insertEvent).Values(stored).Query()
	_, err = tx.ExecContext(ctx, query, args...)
	return err
}

// raiseTopics raises each topic by one event, and returns for each, by its id, its new number together with the nonce
// of the event before. heads are rows of the table: id, number, nonce, nonce before.
func (tx *Tx) raiseTopics(ctx context.Context, heads [][]any) (map[string]live.Cursor, error) {
	query, args := SQL(`INSERT INTO topics (id, seq, nonce, previous_nonce) `).Values(heads).Add(`
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

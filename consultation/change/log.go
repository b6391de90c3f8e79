package change

import (
	"context"
	"encoding/json"
	"fmt"

	"ensemble/ent"
	"ensemble/ent/event"
	"ensemble/ent/topic"
	"ensemble/live"
)

// raiseTopic raises a topic by one event. The topic's row is its counter: raising it locks the row until the commit, so
// numbers have no gaps and follow the order of commits. Its previous nonce links the event to the one before.
const raiseTopic = `INSERT INTO topics (id, seq, nonce, previous_nonce) VALUES ($1, 1, $2, 0)
ON CONFLICT (id) DO UPDATE SET seq = topics.seq + 1, previous_nonce = topics.nonce, nonce = excluded.nonce
RETURNING seq, previous_nonce`

// insertEvent begins the statement that stores events; the values come after it.
const insertEvent = `INSERT INTO events (id, topic, seq, nonce, previous_nonce, type, subject_id, actor_id, data, at) `

// raiseAndInsert raises a topic and stores the event in one round trip. SQLite, which has no round trips, has no such
// statement either.
const raiseAndInsert = `WITH head AS (` + raiseTopic + `) ` + insertEvent +
	`SELECT $3, $1, head.seq, $2, head.previous_nonce, $4, $5, $6, $7, $8 FROM head RETURNING seq, previous_nonce`

// logEvent numbers an event, which already has its id and time, and stores it.
func (tx *Tx) logEvent(ctx context.Context, e *live.Event) error {
	e.Nonce = tx.db.NewNonce()
	raw, err := json.Marshal(e.Data)
	if err != nil {
		return err
	}
	data := string(raw)
	nonce := int64(e.Nonce)

	if tx.db.OnPostgres() {
		return tx.scanHead(ctx, e, raiseAndInsert, e.Topic, nonce, e.ID, string(e.Type), e.Subject, e.Actor, data, e.At)
	}

	if err := tx.scanHead(ctx, e, raiseTopic, e.Topic, nonce); err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, insertEvent+`VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
		e.ID, e.Topic, e.Seq, nonce, int64(e.Previous), string(e.Type), e.Subject, e.Actor, data, e.At)
	return err
}

// scanHead runs a query that raises the topic of e, and sets the number of e and the nonce before it.
func (tx *Tx) scanHead(ctx context.Context, e *live.Event, query string, args ...any) error {
	var previous int64
	err := tx.QueryRow(ctx, []any{&e.Seq, &previous}, query, args...)
	e.Previous = uint64(previous)
	return err
}

// Events reads up to limit events of a topic after the number after, in the order of their numbers. It implements
// live.Log.
func (s *DB) Events(ctx context.Context, topic string, after int64, limit int) ([]live.Event, error) {
	rows, err := s.Read.Event.Query().Where(event.Topic(topic), event.SeqGT(after)).
		Order(event.BySeq()).Limit(limit).All(ctx)
	if err != nil {
		return nil, fmt.Errorf("read events of %s: %w", topic, err)
	}

	events := make([]live.Event, len(rows))
	for i, row := range rows {
		events[i] = Logged(row)
	}
	return events, nil
}

// Logged returns the event that a row of the log stores.
func Logged(row *ent.Event) live.Event {
	return live.Event{
		ID: row.ID, Topic: row.Topic, Seq: row.Seq, Nonce: uint64(row.Nonce), Previous: uint64(row.PreviousNonce),
		Type: live.Type(row.Type), Subject: row.SubjectID, Actor: row.ActorID, Data: row.Data, At: row.At,
	}
}

// Heads returns where the topics stand now, by their ids; a topic without any event is left out. It implements
// live.Log.
func (s *DB) Heads(ctx context.Context, topics []string) (map[string]live.Cursor, error) {
	rows, err := s.Read.Topic.Query().Where(topic.IDIn(topics...)).All(ctx)
	if err != nil {
		return nil, fmt.Errorf("read the heads of %d topics: %w", len(topics), err)
	}

	heads := make(map[string]live.Cursor, len(rows))
	for _, row := range rows {
		heads[row.ID] = live.Cursor{Topic: row.ID, Seq: row.Seq, Nonce: uint64(row.Nonce)}
	}
	return heads, nil
}

package consultation

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"ensemble/ent"
	"ensemble/ent/amendment"
	"ensemble/ent/commitment"
	"ensemble/ent/event"
	"ensemble/ent/predicate"
	"ensemble/ent/process"
	"ensemble/ent/topic"
	"ensemble/live"
)

// The topic's row is its counter: raising it takes the row's lock, held until commit, so numbers have no gaps
// and follow the order of commits. Its previous nonce links the event to the one before.
const raiseTopic = `INSERT INTO topics (id, seq, nonce, previous_nonce) VALUES ($1, 1, $2, 0)
ON CONFLICT (id) DO UPDATE SET seq = topics.seq + 1, previous_nonce = topics.nonce, nonce = excluded.nonce
RETURNING seq, previous_nonce`

const insertEvent = `INSERT INTO events (id, topic, seq, nonce, previous_nonce, type, subject_id, actor_id, data, at) `

// raiseAndInsert does both in one round trip; SQLite, which has no round trips, has no such statement either.
const raiseAndInsert = `WITH head AS (` + raiseTopic + `) ` + insertEvent +
	`SELECT $3, $1, head.seq, $2, head.previous_nonce, $4, $5, $6, $7, $8 FROM head RETURNING seq, previous_nonce`

// logEvent numbers e, which has its id, and stores it.
func (tx *Tx) logEvent(ctx context.Context, e *live.Event) error {
	e.Nonce = tx.service.NewNonce()
	raw, err := json.Marshal(e.Data)
	if err != nil {
		return err
	}
	data := string(raw)
	nonce := int64(e.Nonce)
	if tx.service.onPostgres() {
		return tx.scanHead(ctx, e, raiseAndInsert, e.Topic, nonce, e.ID, string(e.Type), e.Subject, e.Actor, data, e.At)
	}
	if err := tx.scanHead(ctx, e, raiseTopic, e.Topic, nonce); err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, insertEvent+`VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
		e.ID, e.Topic, e.Seq, nonce, int64(e.Previous), string(e.Type), e.Subject, e.Actor, data, e.At)
	return err
}

func (tx *Tx) scanHead(ctx context.Context, e *live.Event, query string, args ...any) error {
	var previous int64
	err := tx.queryRow(ctx, []any{&e.Seq, &previous}, query, args...)
	e.Previous = uint64(previous)
	return err
}

// queryRow scans the only row of a query; sql.ErrNoRows when there is none.
func (tx *Tx) queryRow(ctx context.Context, dest []any, query string, args ...any) error {
	rows, err := tx.QueryContext(ctx, query, args...)
	if err != nil {
		return err
	}
	if rows.Next() {
		err = rows.Scan(dest...)
	} else if err = rows.Err(); err == nil {
		err = sql.ErrNoRows
	}
	return errors.Join(err, rows.Close())
}

// Events implements live.Log.
func (s *Service) Events(ctx context.Context, topic string, after int64, limit int) ([]live.Event, error) {
	rows, err := s.Read.Event.Query().Where(event.Topic(topic), event.SeqGT(after)).
		Order(event.BySeq()).Limit(limit).All(ctx)
	if err != nil {
		return nil, fmt.Errorf("read events of %s: %w", topic, err)
	}
	events := make([]live.Event, len(rows))
	for i, row := range rows {
		events[i] = logged(row)
	}
	return events, nil
}

func logged(row *ent.Event) live.Event {
	return live.Event{
		ID: row.ID, Topic: row.Topic, Seq: row.Seq, Nonce: uint64(row.Nonce), Previous: uint64(row.PreviousNonce),
		Type: live.Type(row.Type), Subject: row.SubjectID, Actor: row.ActorID, Data: row.Data, At: row.At,
	}
}

// Heads implements live.Log.
func (s *Service) Heads(ctx context.Context, topics []string) (map[string]live.Cursor, error) {
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

// EventPage is a part of a topic's log.
type EventPage struct {
	Events []live.Event
	End    live.Cursor // where to go on from
	More   bool        // there were more at that moment
}

// EventsAfter reads up to limit events of a public topic after a cursor; from the oldest kept when it is empty. If
// the cursor cannot be continued, the page is one Reset at the topic's head, as for a subscriber.
// Errors: NOT_FOUND for a topic that is not public; live.ErrCursor.
func (s *Service) EventsAfter(ctx context.Context, topic, after string, limit int) (EventPage, error) {
	if err := s.MayListen(ctx, "topic", topic); err != nil {
		return EventPage{}, err
	}
	start := live.Cursor{Topic: topic}
	if after != "" {
		var err error
		if start, err = live.ParseCursor(after); err != nil || start.Topic != topic {
			return EventPage{}, live.ErrCursor
		}
	}
	heads, err := s.Heads(ctx, []string{topic}) // before the events: these may be newer, never older
	if err != nil {
		return EventPage{}, err
	}
	head, known := heads[topic]
	if !known {
		head = live.Cursor{Topic: topic}
	}
	events, err := s.Events(ctx, topic, start.Seq, limit+1)
	if err != nil {
		return EventPage{}, err
	}
	if after != "" && !continues(start, head, events) {
		reset := live.Event{
			ID: s.NewID("event"), Topic: topic, Seq: head.Seq, Nonce: head.Nonce, Type: live.Reset, Subject: topic, At: s.now(),
		}
		return EventPage{Events: []live.Event{reset}, End: head}, nil
	}
	page := EventPage{Events: events, End: head, More: len(events) > limit}
	if page.More {
		page.Events = events[:limit]
	}
	if n := len(page.Events); n > 0 {
		page.End = page.Events[n-1].Cursor()
	}
	return page, nil
}

// continues says whether events, or nothing after the head, follow the cursor in the same history.
func continues(at, head live.Cursor, events []live.Event) bool {
	if len(events) == 0 {
		return at == head
	}
	return events[0].Seq == at.Seq+1 && events[0].Previous == at.Nonce
}

// MayListen asks that everybody may see the process or commitment that a topic is about.
func (s *Service) MayListen(ctx context.Context, field, topic string) error {
	_, err := s.ProcessOf(ctx, field, topic)
	return err
}

// ProcessOf is the process that a topic belongs to, or is about: its id and its languages. Errors: NOT_FOUND unless
// everybody may see what the topic is about.
func (s *Service) ProcessOf(ctx context.Context, field, topic string) (*ent.Process, error) {
	var found *ent.ProcessQuery
	switch kind, _ := KindOf(topic); kind {
	case "process":
		found = s.Read.Process.Query().Where(published(topic))
	case "commitment":
		found = s.Read.Commitment.Query().Where(commitment.ID(topic), commitment.StatusNEQ(commitment.StatusDRAFT)).QueryProcess()
	case logPrefix:
		_, rest, _ := strings.Cut(topic, "_")
		found = s.Read.Process.Query().Where(published("process_" + rest))
	default:
		return nil, notFound(field)
	}
	p, err := found.Select(process.FieldID, process.FieldLanguages).Only(ctx)
	return p, absent(field, err)
}

func published(id string) predicate.Process {
	return process.And(process.ID(id), process.PublishedAtNotNil())
}

// TopicOf is the topic that announces the comments of a public subject, and the process it belongs to.
func (s *Service) TopicOf(ctx context.Context, field, subject string) (topic string, p *ent.Process, err error) {
	topic = subject
	if kind, _ := KindOf(subject); kind == "amendment" {
		a, err := s.PublicAmendments().Where(amendment.ID(subject)).Only(ctx)
		if err != nil {
			return "", nil, absent(field, err)
		}
		topic = a.CommitmentID
	}
	p, err = s.ProcessOf(ctx, field, topic)
	return topic, p, err
}

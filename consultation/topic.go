package consultation

import (
	"context"
	"strings"

	"ensemble/ent"
	"ensemble/ent/amendment"
	"ensemble/ent/commitment"
	"ensemble/ent/predicate"
	"ensemble/ent/process"
	"ensemble/live"
)

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

package public

import (
	"context"

	"ensemble/consultation/change"
	"ensemble/consultation/refusal"
	"ensemble/ent"
	"ensemble/ent/predicate"
	"ensemble/ent/process"
	"ensemble/live"
)

// EventPage is a part of a topic's log.
type EventPage struct {
	Events []live.Event
	End    live.Cursor // from where to read the next page
	More   bool        // there were more events at that moment
}

// EventsAfter reads up to limit events of a public topic after a cursor, or, after "", from the oldest event that the
// log still has. If the log cannot continue from the cursor, the page is one Reset at the topic's head, as for a
// subscriber.
// Errors: NOT_FOUND for a topic that is not public; live.ErrCursor.
func (s *Scopes) EventsAfter(ctx context.Context, topic, after string, limit int) (EventPage, error) {
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

	// Read the head before the events: these may be newer than it, but never older.
	heads, err := s.Heads(ctx, []string{topic})
	if err != nil {
		return EventPage{}, err
	}
	head, known := heads[topic]
	if !known {
		head = live.Cursor{Topic: topic}
	}

	events, err := s.Events(ctx, topic, start.Seq, limit+1) // one more, to know whether there are more
	if err != nil {
		return EventPage{}, err
	}

	if after != "" && !continues(start, head, events) {
		reset := live.Event{
			ID: s.NewID("event"), Topic: topic, Seq: head.Seq, Nonce: head.Nonce, Type: live.Reset,
			Subject: topic, At: s.Moment(),
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

// continues reports whether events follow directly after the cursor in the same history; when there are none, whether
// the cursor is the head.
func continues(at, head live.Cursor, events []live.Event) bool {
	if len(events) == 0 {
		return at == head
	}
	return events[0].Seq == at.Seq+1 && events[0].Previous == at.Nonce
}

// MayListen returns nil when everybody may see the process or commitment that a topic is about. Errors: NOT_FOUND on
// the field. Which subscription listens to which topic is the table in graph/streams.go.
func (s *Scopes) MayListen(ctx context.Context, field, topic string) error {
	_, err := s.ProcessOf(ctx, field, topic)
	return err
}

// ProcessOf returns the process that a topic belongs to, or is about, with its id and its languages only. Errors:
// NOT_FOUND unless everybody may see what the topic is about.
func (s *Scopes) ProcessOf(ctx context.Context, field, topic string) (*ent.Process, error) {
	kind, _ := change.KindOf(topic)
	within, known := s.topics.within[kind]
	if !known {
		return nil, refusal.Missing(field)
	}

	p, err := within(topic).Select(process.FieldID, process.FieldLanguages).Only(ctx)
	return p, refusal.IfMissing(field, err)
}

// TopicOf returns the topic that announces the comments of a public subject, and the process that the topic belongs to.
// Errors: NOT_FOUND unless everybody may see the subject.
func (s *Scopes) TopicOf(ctx context.Context, field, subject string) (topic string, p *ent.Process, err error) {
	topic = subject // for kinds that are topics themselves
	kind, _ := change.KindOf(subject)
	if elsewhere, known := s.topics.elsewhere[kind]; known {
		if topic, err = elsewhere(ctx, subject); err != nil {
			return "", nil, refusal.IfMissing(field, err)
		}
	}

	p, err = s.ProcessOf(ctx, field, topic)
	return topic, p, err
}

// topics are what was registered with RegisterTopic and RegisterCommentTopic, by the kind of the ids. Both maps are
// filled before anything is served.
type topics struct {
	within    map[string]func(topic string) *ent.ProcessQuery
	elsewhere map[string]func(ctx context.Context, subject string) (topic string, err error)
}

func newTopics() topics {
	return topics{
		within:    map[string]func(string) *ent.ProcessQuery{},
		elsewhere: map[string]func(context.Context, string) (string, error){},
	}
}

// RegisterTopic lets everybody listen to the topics of a kind. within asks for the process that a topic belongs to; it
// finds none unless everybody may see what the topic is about.
func (s *Scopes) RegisterTopic(kind string, within func(topic string) *ent.ProcessQuery) {
	s.topics.within[kind] = within
}

// RegisterCommentTopic registers, for nodes of a kind, which topic announces the comments on them; other nodes are
// topics themselves. topicOf returns ent's error "not found" when not everybody may see the node.
func (s *Scopes) RegisterCommentTopic(
	kind string, topicOf func(ctx context.Context, id string) (topic string, err error),
) {
	s.topics.elsewhere[kind] = topicOf
}

// Published matches a process that everybody may see.
func Published(id string) predicate.Process {
	return process.And(process.ID(id), process.PublishedAtNotNil())
}

package consultation

import (
	"context"

	"ensemble/ent"
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
	kind, _ := KindOf(topic)
	within, known := s.topics.within[kind]
	if !known {
		return nil, notFound(field)
	}

	p, err := within(topic).Select(process.FieldID, process.FieldLanguages).Only(ctx)
	return p, absent(field, err)
}

// TopicOf is the topic that announces the comments of a public subject, and the process it belongs to. Errors: NOT_FOUND.
func (s *Service) TopicOf(ctx context.Context, field, subject string) (topic string, p *ent.Process, err error) {
	topic = subject
	kind, _ := KindOf(subject)
	if elsewhere, told := s.topics.elsewhere[kind]; told {
		if topic, err = elsewhere(ctx, subject); err != nil {
			return "", nil, absent(field, err)
		}
	}

	p, err = s.ProcessOf(ctx, field, topic)
	return topic, p, err
}

// topics are the kinds of topic, by the kind of their ids. It is filled before anything is served.
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

// registerTopic has everybody listen to the topics of a kind. within asks for the process that one belongs to; it finds none
// unless everybody may see what the topic is about.
func (s *Service) registerTopic(kind string, within func(topic string) *ent.ProcessQuery) {
	s.topics.within[kind] = within
}

// registerTold says of nodes of a kind which topic announces what is said about them; others are topics themselves. topicOf
// returns ent's error when not everybody may see the node.
func (s *Service) registerTold(kind string, topicOf func(ctx context.Context, id string) (topic string, err error)) {
	s.topics.elsewhere[kind] = topicOf
}

// published matches a process that everybody may see.
func published(id string) predicate.Process {
	return process.And(process.ID(id), process.PublishedAtNotNil())
}

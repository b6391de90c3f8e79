package consultation

import (
	"context"
	"slices"

	"ensemble/ent/notification"
	"ensemble/live"
)

// Concern says who is told of some events, and as what. Whoever did it is never told, nor whoever has muted the kind. A kind
// without events is told by notify.
type Concern struct {
	Kind notification.Kind
	On   []live.Type
	Who  string // in words

	In    string                                    // the kind of topic that counts: some events are on two
	When  func(h *Happening) bool                   // nil: always
	To    func(h *Happening) []*Statement           // each selects the ids of people as user_id
	About func(h *Happening) (subject, item string) // item "": the subject says it all
	Once  int                                       // somebody is told of one thing once, however often it changes, and so many people at most; 0: each time, and all

	Says     said   // how many things there are (1), who did the newest (2), the title of the subject (3), its status (4)
	Untitled said   // what it says when the subject has no title that everybody may see; nothing: the same
	Items    *Shown // what the items are; nil: there are none, or all can be seen
}

// Shown is what notifications tell of by their items: one of which nothing can be seen any more is left out.
type Shown struct {
	Table string
	Where string // what holds of a row t that everybody may see
}

// attention is all that nouns registered about whom their events concern, before anything is served: see concern, tellOf, tellTogether,
// takePart, tellWith and followable.
type attention struct {
	concerns   []Concern // of several rows that fit somebody, the first counts
	subjects   map[string]EventSubject
	together   []live.Type
	takesPart  []live.Type
	followable []Followable
	readers    []func(ctx context.Context, w *Surroundings) error
}

// concern registers rows, after those that are there.
func (s *Service) concern(rows ...Concern) {
	s.attention.concerns = append(s.attention.concerns, rows...)
}

// Concerns returns the whole table: docs/notifications.md renders it. Of several rows that fit somebody, the first counts.
func (s *Service) Concerns() []Concern { return slices.Clone(s.attention.concerns) }

// tellTogether registers events that come in crowds: all that nobody was told of yet are told as one.
func (s *Service) tellTogether(types ...live.Type) {
	s.attention.together = append(s.attention.together, types...)
}

// takePart registers events by which whoever did it follows what they happened to, their topic.
func (s *Service) takePart(types ...live.Type) {
	s.attention.takesPart = append(s.attention.takesPart, types...)
}

// EventSubject is how what events are about is read when they are told, after their commit.
type EventSubject struct {
	Read    func(ctx context.Context, id string) (node, error)
	Visible func(row node) bool // whether everybody may see it now: else nobody is told
}

// tellOf registers how events are told whose subjects are nodes of a kind. Those about other kinds are told without a row.
func (s *Service) tellOf(kind string, of EventSubject) {
	if s.attention.subjects == nil {
		s.attention.subjects = map[string]EventSubject{}
	}
	s.attention.subjects[kind] = of
}

// Happening is an event that is told, with the row that it is about; nil, if none is registered for its kind.
type Happening struct {
	live.Event
	Row node
}

// happening reads what an event is about. It returns nil when that cannot be seen by everybody any more.
func (s *Service) happening(ctx context.Context, e live.Event) (*Happening, error) {
	h := &Happening{Event: e}
	kind, _ := KindOf(e.Subject)
	of, known := s.attention.subjects[kind]
	if !known {
		return h, nil
	}
	row, err := of.Read(ctx, e.Subject)
	if err != nil || !of.Visible(row) {
		return nil, ignoreNotFound(err)
	}
	h.Row = row
	return h, nil
}

// Word reads a state from the event's data, as the log keeps it; "" for none.
func (h *Happening) Word(name string) string {
	word, _ := h.Data[name].(string)
	return word
}

// concernsOf are the rows that events of a type on a kind of topic may fit.
func (s *Service) concernsOf(t live.Type, topic string) []Concern {
	kind, _ := KindOf(topic)
	return slices.DeleteFunc(s.Concerns(), func(c Concern) bool { return c.In != kind || !slices.Contains(c.On, t) })
}

// audiences select who is told of h by this row.
func (c Concern) audiences(h *Happening) []*Statement {
	if c.When != nil && !c.When(h) {
		return nil
	}
	return c.To(h)
}

// FollowersOf selects those who followed a node before h happened.
func (h *Happening) FollowersOf(id string) *Statement {
	return SQL("SELECT user_id FROM follows WHERE subject_id = ", id).Add(" AND active AND created_at <= ", h.At)
}

// Followers selects the followers of what h happened to, its topic.
func (h *Happening) Followers() []*Statement { return []*Statement{h.FollowersOf(h.Topic)} }

// FollowersOfActor selects the followers of the person or organization that did it.
func (h *Happening) FollowersOfActor() []*Statement { return []*Statement{h.FollowersOf(h.Actor)} }

// Itself has a notification be about what the event is about.
func (h *Happening) Itself() (subject, item string) { return h.Subject, "" }

// OnTopic has it be about what h happened to.
func (h *Happening) OnTopic() (subject, item string) { return h.Topic, "" }

// OnTopicBy has it be about what h happened to, with what the event is about as an item.
func (h *Happening) OnTopicBy() (subject, item string) { return h.Topic, h.Subject }

// ByActor has it be about who did it, with what they did as an item.
func (h *Happening) ByActor() (subject, item string) { return h.Actor, h.Subject }

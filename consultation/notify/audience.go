package notify

import (
	"context"
	"slices"

	"ensemble/consultation/change"
	"ensemble/consultation/message"
	"ensemble/consultation/refusal"
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
	To    func(h *Happening) []*change.Statement    // each selects the ids of people as user_id
	About func(h *Happening) (subject, item string) // item "": the subject says it all
	Once  int                                       // somebody is told of one thing once, however often it changes, and so many people at most; 0: each time, and all

	Says     message.Said // how many things there are (1), who did the newest (2), the title of the subject (3), its status (4)
	Untitled message.Said // what it says when the subject has no title that everybody may see; nothing: the same
	Items    *Shown       // what the items are; nil: there are none, or all can be seen
}

// Shown is what notifications tell of by their items: one of which nothing can be seen any more is left out.
type Shown struct {
	Table string
	Where string // what holds of a row t that everybody may see
}

// attention is all that nouns registered about whom their events concern, before anything is served: see Concern, TellOf, TellTogether,
// TakePart, TellWith and Followable.
type attention struct {
	concerns   []Concern // of several rows that fit somebody, the first counts
	subjects   map[string]EventSubject
	together   []live.Type
	takesPart  []live.Type
	followable []Followable
	readers    []func(ctx context.Context, w *Surroundings) error
}

// Concern registers rows, before those that are there: a part is put together after those it stands on, and its own rows
// count first.
func (s *Notify) Concern(rows ...Concern) {
	s.attention.concerns = slices.Concat(rows, s.attention.concerns)
}

// Concerns returns the whole table: docs/notifications.md renders it. Of several rows that fit somebody, the first counts.
func (s *Notify) Concerns() []Concern { return slices.Clone(s.attention.concerns) }

// TellTogether registers events that come in crowds: all that nobody was told of yet are told as one.
func (s *Notify) TellTogether(types ...live.Type) {
	s.attention.together = append(s.attention.together, types...)
}

// TakePart registers events by which whoever did it follows what they happened to, their topic.
func (s *Notify) TakePart(types ...live.Type) {
	s.attention.takesPart = append(s.attention.takesPart, types...)
}

// EventSubject is how what events are about is read when they are told, after their commit.
type EventSubject struct {
	Read    func(ctx context.Context, id string) (change.Node, error)
	Visible func(row change.Node) bool // whether everybody may see it now: else nobody is told
}

// TellOf registers how events are told whose subjects are nodes of a kind. Those about other kinds are told without a row.
func (s *Notify) TellOf(kind string, of EventSubject) {
	if s.attention.subjects == nil {
		s.attention.subjects = map[string]EventSubject{}
	}
	s.attention.subjects[kind] = of
}

// Happening is an event that is told, with the row that it is about; nil, if none is registered for its kind.
type Happening struct {
	live.Event
	Row change.Node
}

// happening reads what an event is about. It returns nil when that cannot be seen by everybody any more.
func (s *Notify) happening(ctx context.Context, e live.Event) (*Happening, error) {
	h := &Happening{Event: e}
	kind, _ := change.KindOf(e.Subject)
	of, known := s.attention.subjects[kind]
	if !known {
		return h, nil
	}
	row, err := of.Read(ctx, e.Subject)
	if err != nil || !of.Visible(row) {
		return nil, refusal.IgnoreMissing(err)
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
func (s *Notify) concernsOf(t live.Type, topic string) []Concern {
	kind, _ := change.KindOf(topic)
	return slices.DeleteFunc(s.Concerns(), func(c Concern) bool { return c.In != kind || !slices.Contains(c.On, t) })
}

// audiences select who is told of h by this row.
func (c Concern) audiences(h *Happening) []*change.Statement {
	if c.When != nil && !c.When(h) {
		return nil
	}
	return c.To(h)
}

// FollowersOf selects those who followed a node before h happened.
func (h *Happening) FollowersOf(id string) *change.Statement {
	return change.SQL("SELECT user_id FROM follows WHERE subject_id = ", id).Add(" AND active AND created_at <= ", h.At)
}

// Followers selects the followers of what h happened to, its topic.
func (h *Happening) Followers() []*change.Statement {
	return []*change.Statement{h.FollowersOf(h.Topic)}
}

// FollowersOfActor selects the followers of the person or organization that did it.
func (h *Happening) FollowersOfActor() []*change.Statement {
	return []*change.Statement{h.FollowersOf(h.Actor)}
}

// Itself has a notification be about what the event is about.
func (h *Happening) Itself() (subject, item string) { return h.Subject, "" }

// OnTopic has it be about what h happened to.
func (h *Happening) OnTopic() (subject, item string) { return h.Topic, "" }

// OnTopicBy has it be about what h happened to, with what the event is about as an item.
func (h *Happening) OnTopicBy() (subject, item string) { return h.Topic, h.Subject }

// ByActor has it be about who did it, with what they did as an item.
func (h *Happening) ByActor() (subject, item string) { return h.Actor, h.Subject }

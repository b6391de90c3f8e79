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

// Concern says who is told of some events, and as what kind of notification. The person who did it is never told, nor
// anybody who has muted the kind. A Concern without events is for the function Tell of this package.
type Concern struct {
	Kind notification.Kind
	On   []live.Type
	Who  string // in words

	In    string                                    // the kind of topic that counts: some events are on two topics
	When  func(h *Happening) bool                   // nil means always
	To    func(h *Happening) []*change.Statement    // each selects the ids of people as user_id
	About func(h *Happening) (subject, item string) // item "": the subject says it all
	// Once, unless it is 0, means that a person is told of one thing once, however often it changes, and is the largest
	// number of people who are told of it. 0 means that all are told each time.
	Once int

	Says     message.Said // with how many things (1), who did the newest (2), the subject's title (3) and status (4)
	Untitled message.Said // what it says when no title of it is public; zero means the same as Says
	Items    *Shown       // what the items are; nil means that there are none, or that all can be seen
}

// Shown says what the items of notifications of some kinds are. A notification is left out when none of its items can
// be seen any more.
type Shown struct {
	Table string
	Where string // an SQL condition, which is true for a row t that everybody may see
}

// attention is all that other parts registered about whom their events concern, before the first request: see Concern,
// SubjectsOf, Together, TakePart, DescribeWith and Followable.
type attention struct {
	concerns   []Concern // if several fit a person, the first counts
	subjects   map[string]EventSubject
	together   []live.Type
	takesPart  []live.Type
	followable []Followable
	describers []func(ctx context.Context, w *Surroundings) error
}

// Concern registers rows of the table of concerns, before those that are there. A part is put together after the parts
// that it uses, and its own rows count first.
func (s *Notify) Concern(rows ...Concern) {
	s.attention.concerns = slices.Concat(rows, s.attention.concerns)
}

// Concerns returns a copy of the whole table, which docs/notifications.md shows. If several rows fit a person, the
// first counts.
func (s *Notify) Concerns() []Concern { return slices.Clone(s.attention.concerns) }

// Together registers types of events of which many can come at once: people get one notification for all those of
// which nobody was told yet.
func (s *Notify) Together(types ...live.Type) {
	s.attention.together = append(s.attention.together, types...)
}

// TakePart registers types of events that are taking part: whoever did one follows its topic from then on.
func (s *Notify) TakePart(types ...live.Type) {
	s.attention.takesPart = append(s.attention.takesPart, types...)
}

// EventSubject says how to read what events are about, when people are told of them after the commit.
type EventSubject struct {
	Read    func(ctx context.Context, id string) (change.Node, error)
	Visible func(row change.Node) bool // whether everybody may see it now; otherwise nobody is told
}

// SubjectsOf registers how to read the subjects of events that are nodes of a kind. People are told of events about
// other kinds without a row.
func (s *Notify) SubjectsOf(kind string, of EventSubject) {
	if s.attention.subjects == nil {
		s.attention.subjects = map[string]EventSubject{}
	}
	s.attention.subjects[kind] = of
}

// Happening is an event of which people are told, with the row that it is about. Row is nil when SubjectsOf was not
// called for the kind of its subject.
type Happening struct {
	live.Event
	Row change.Node
}

// happening reads what an event is about. It returns nil when not everybody can see that any more.
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

// Word returns a state from the event's data, as the log has it; "" for none.
func (h *Happening) Word(name string) string {
	word, _ := h.Data[name].(string)
	return word
}

// concernsOf returns the rows of the table that may fit events of a type on a topic of this kind.
func (s *Notify) concernsOf(t live.Type, topic string) []Concern {
	kind, _ := change.KindOf(topic)
	return slices.DeleteFunc(s.Concerns(), func(c Concern) bool { return c.In != kind || !slices.Contains(c.On, t) })
}

// audiences returns the statements that select who is told of h by this row; nil when the row does not fit h.
func (c Concern) audiences(h *Happening) []*change.Statement {
	if c.When != nil && !c.When(h) {
		return nil
	}
	return c.To(h)
}

// FollowersOf returns the statement that selects those who followed a node before h happened.
func (h *Happening) FollowersOf(id string) *change.Statement {
	return change.SQL("SELECT user_id FROM follows WHERE subject_id = ", id).Add(" AND active AND created_at <= ", h.At)
}

// Followers returns the statement that selects the followers of what h happened to, its topic.
func (h *Happening) Followers() []*change.Statement {
	return []*change.Statement{h.FollowersOf(h.Topic)}
}

// FollowersOfActor returns the statement that selects the followers of the person or organization that did h.
func (h *Happening) FollowersOfActor() []*change.Statement {
	return []*change.Statement{h.FollowersOf(h.Actor)}
}

// Itself returns, for Concern.About, what the event is about, without an item.
func (h *Happening) Itself() (subject, item string) { return h.Subject, "" }

// OnTopic returns, for Concern.About, what h happened to, without an item.
func (h *Happening) OnTopic() (subject, item string) { return h.Topic, "" }

// OnTopicBy returns, for Concern.About, what h happened to, with what the event is about as an item.
func (h *Happening) OnTopicBy() (subject, item string) { return h.Topic, h.Subject }

// ByActor returns, for Concern.About, who did h, with what the event is about as an item.
func (h *Happening) ByActor() (subject, item string) { return h.Actor, h.Subject }

// Package fact has the fields of events and pulses that clients may ask for. One Go type, Fact, has those of all
// events. The event types of the schema are generated (package event), and each chooses from the methods of Fact.
package fact

import (
	"context"
	"fmt"
	"time"

	"ensemble/consultation/change"
	"ensemble/consultation/public"
	"ensemble/consultation/roadmap"
	"ensemble/ent"
	"ensemble/ent/amendment"
	"ensemble/ent/commitment"
	"ensemble/graph/batch"
	"ensemble/graph/relay"
	"ensemble/live"
)

// Nodes finds what events are about by their ids, as everybody may see it now. What not everybody may see is left out.
type Nodes interface {
	Actors(ctx context.Context, ids []string) (map[string]relay.Actor, error)
	PublicNodes(ctx context.Context, kind string, ids []string) ([]change.Node, error)
}

// Fact is an event with all the fields that a type of the schema can have. Methods that return a node return nil when
// not everybody may see it now. They read the nodes of all facts that Of made together at once.
type Fact struct {
	live.Event
	nodes    Nodes
	siblings any
}

// Of makes facts of events, one for one, and marks them as loaded together.
func Of(events []live.Event, nodes Nodes) []*Fact {
	facts := make([]*Fact, len(events))
	for i, e := range events {
		facts[i] = &Fact{Event: e, nodes: nodes}
	}
	return batch.Together(facts)
}

// Told is a fact as clients are told of it: its node is what it is about.
type Told struct{ *Fact }

// NodeID returns the id of what the event is about, which is known also when that can no longer be read. But nobody is
// told which comment was edited or voted on once it is removed: then it is the id of what the comment is about.
func (t Told) NodeID(ctx context.Context) (string, error) {
	if !t.isOfText() {
		return t.Event.Subject, nil
	}
	shown, err := t.isReadable(ctx)
	if err != nil || !shown {
		return t.SubjectID(), err
	}
	return t.Event.Subject, nil
}

// Subject returns the commitment or amendment that the comment is about, as it is now; nil when it can no longer be seen.
func (t Told) Subject(ctx context.Context) (relay.CommentSubject, error) {
	if kind, _ := change.KindOf(t.SubjectID()); kind == "amendment" {
		return subjectOrNil(t.discussedAmendment(ctx))
	}
	return subjectOrNil(t.discussedCommitment(ctx))
}

// subjectOrNil returns no subject where the row is nil, which an interface would hide.
func subjectOrNil[T interface {
	comparable
	relay.CommentSubject
}](row T, err error) (relay.CommentSubject, error) {
	var none T
	if row == none {
		return nil, err
	}
	return row, err
}

// NodeID, Siblings and SetSiblings make a Fact a batch.Row.
func (f *Fact) NodeID() string      { return f.Event.ID }
func (f *Fact) Siblings() any       { return f.siblings }
func (f *Fact) SetSiblings(set any) { f.siblings = set }

// Cursor returns the position right after the event in its topic.
func (f *Fact) Cursor() string { return f.Event.Cursor().String() }

// CreatedAt returns when the event happened, in UTC.
func (f *Fact) CreatedAt() time.Time { return f.Event.At }

// Actor returns the person or organization that did it, as everybody may know; nil for nobody, and while not everybody
// may see what they did.
func (f *Fact) Actor(ctx context.Context) (relay.Actor, error) {
	shown, err := f.isShown(ctx)
	if err != nil || !shown {
		return nil, err
	}

	actors, err := batch.Load(ctx, f, "actor",
		func(ctx context.Context, facts []*Fact) (map[string]relay.Actor, error) {
			return f.nodes.Actors(ctx, batch.IDs(facts, func(f *Fact) string { return f.Event.Actor }))
		})
	return actors[f.Event.Actor], err
}

// isShown reports whether the event says who did it: somebody did, and everybody may see what they did as it is now. So
// nobody is named for a comment that was removed, an amendment that is hidden, or a support that was taken back.
func (f *Fact) isShown(ctx context.Context) (bool, error) {
	if f.Event.Actor == "" {
		return false, nil
	}

	switch kind, _ := change.KindOf(f.Subject); kind {
	case "comment":
		return f.isReadable(ctx)
	case "amendment":
		a, err := f.Amendment(ctx)
		return a != nil, err
	case "support":
		given, err := batch.One(ctx, f, "support", subject, public.Finder[*ent.Support](f.nodes, "support"))
		return given != nil, err
	case "version":
		return true, nil // stays for ever
	}
	return false, nil
}

// Supporter returns the person or organization that added or confirmed a support; nil when they have taken it back, or
// when their account has been erased since.
func (f *Fact) Supporter(ctx context.Context) (relay.Actor, error) {
	supporter, err := f.Actor(ctx)
	if u, ok := supporter.(*ent.User); ok && u.ErasedAt != nil {
		return nil, err
	}
	return supporter, err
}

// Comment returns the comment as it is now; nil when it can no longer be read, and its place is not told either.
func (f *Fact) Comment(ctx context.Context) (*ent.Comment, error) {
	m, err := f.comment(ctx)
	if m == nil || public.IsRemoved(m) && f.isOfText() {
		return nil, err
	}
	return m, err
}

// comment returns the comment as it is now, or its place.
func (f *Fact) comment(ctx context.Context) (*ent.Comment, error) {
	return batch.One(ctx, f, "comment", subject, public.Finder[*ent.Comment](f.nodes, "comment"))
}

// isReadable reports whether everybody may read the comment that the event is about, as it is now.
func (f *Fact) isReadable(ctx context.Context) (bool, error) {
	m, err := f.comment(ctx)
	return m != nil && !public.IsRemoved(m), err
}

// isOfText reports whether the event tells of what a comment says, or how that was received: while the comment is
// removed, it does not say of which one.
func (f *Fact) isOfText() bool { return f.Type == live.CommentEdited || f.Type == live.VoteChanged }

// Amendment returns the amendment as it is now.
func (f *Fact) Amendment(ctx context.Context) (*ent.Amendment, error) {
	return batch.One(ctx, f, "amendment", subject, public.Finder[*ent.Amendment](f.nodes, "amendment"))
}

// Moderation returns the moderators' decision that was logged.
func (f *Fact) Moderation(ctx context.Context) (*ent.Moderation, error) {
	return batch.One(ctx, f, "moderation", subject, public.Finder[*ent.Moderation](f.nodes, "moderation"))
}

// Version returns the version that was published.
func (f *Fact) Version(ctx context.Context) (*ent.Version, error) {
	return batch.One(ctx, f, "version", subject, public.Finder[*ent.Version](f.nodes, "version"))
}

// Process returns the process as it is now.
func (f *Fact) Process(ctx context.Context) (*ent.Process, error) {
	return batch.One(ctx, f, "process", subject, public.Finder[*ent.Process](f.nodes, "process"))
}

// Phase returns the phase as it is now.
func (f *Fact) Phase(ctx context.Context) (*ent.Phase, error) {
	return batch.One(ctx, f, "phase", subject, public.Finder[*ent.Phase](f.nodes, "phase"))
}

// Commitment returns the commitment as it is now: the one that the event is about, or that an amendment became, else the
// one on whose topic it is.
func (f *Fact) Commitment(ctx context.Context) (*ent.Commitment, error) {
	return batch.One(ctx, f, "commitment", (*Fact).commitmentID, public.Finder[*ent.Commitment](f.nodes, "commitment"))
}

func (f *Fact) commitmentID() string {
	if made := f.text("commitment"); made != "" {
		return made
	}
	if kind, _ := change.KindOf(f.Event.Subject); kind == "commitment" {
		return f.Event.Subject
	}
	return f.Topic
}

// subject returns the id of what the event is about.
func subject(f *Fact) string { return f.Subject }

// SubjectID returns the id of the commitment or amendment that the comment is about.
func (f *Fact) SubjectID() string { return f.text("subject") }

func (f *Fact) discussedAmendment(ctx context.Context) (*ent.Amendment, error) {
	return batch.One(ctx, f, "discussed amendment", (*Fact).SubjectID,
		public.Finder[*ent.Amendment](f.nodes, "amendment"))
}

func (f *Fact) discussedCommitment(ctx context.Context) (*ent.Commitment, error) {
	return batch.One(ctx, f, "discussed commitment", (*Fact).SubjectID,
		public.Finder[*ent.Commitment](f.nodes, "commitment"))
}

// MergeState returns whether the amendment could be merged, as it was right after the event.
func (f *Fact) MergeState() amendment.MergeState { return amendment.MergeState(f.text("mergeState")) }

// Status returns the status that the commitment had right after the event.
func (f *Fact) Status() commitment.Status { return commitment.Status(f.text("status")) }

// The methods below, but for AlignmentCounts, return numbers as they were right after the event; 0 when the event does
// not have them.

func (f *Fact) CommentCount() int        { return f.number("commentCount") }
func (f *Fact) AmendmentCount() int      { return f.number("amendmentCount") }
func (f *Fact) SupportCount() int        { return f.number("supportCount") }
func (f *Fact) EarlierSupportCount() int { return f.number("earlierSupportCount") }
func (f *Fact) UpCount() int             { return f.number("upCount") }
func (f *Fact) DownCount() int           { return f.number("downCount") }
func (f *Fact) Number() int              { return f.number("number") }

// AlignmentCounts returns how many root comments of the subject take each side now; nil while the comment is removed.
// Numbers of then would tell, beside those of the events before and after, which side a comment took that is removed now.
func (f *Fact) AlignmentCounts(ctx context.Context) (*roadmap.Alignments, error) {
	shown, err := f.isReadable(ctx)
	if err != nil || !shown {
		return nil, err
	}

	if kind, _ := change.KindOf(f.SubjectID()); kind == "amendment" {
		a, err := f.discussedAmendment(ctx)
		if a == nil {
			return nil, err
		}
		return &roadmap.Alignments{For: a.ForCount, Against: a.AgainstCount, Neutral: a.NeutralCount}, nil
	}
	c, err := f.discussedCommitment(ctx)
	if c == nil {
		return nil, err
	}
	return &roadmap.Alignments{For: c.ForCount, Against: c.AgainstCount, Neutral: c.NeutralCount}, nil
}

// text returns a word of the event's Data; "" when it is absent. In the process where the event was made, an enum has
// its Go type; in others, where the event came as JSON, it is a string.
func (f *Fact) text(name string) string {
	switch v := f.Data[name].(type) {
	case string:
		return v
	case fmt.Stringer:
		return v.String()
	}
	return ""
}

// number returns a number of the event's Data; 0 when it is absent.
func (f *Fact) number(name string) int {
	n, _ := f.Int(name)
	return int(n)
}

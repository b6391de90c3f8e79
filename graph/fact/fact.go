// Package fact says what clients may ask of an event and of a pulse. It has one Go type for all events: those of the
// schema, which choose from its fields, are generated (package event).
package fact

import (
	"context"
	"fmt"
	"time"

	"ensemble/consultation/roadmap"
	"ensemble/ent"
	"ensemble/ent/amendment"
	"ensemble/ent/commitment"
	"ensemble/graph/batch"
	"ensemble/graph/relay"
	"ensemble/live"
)

// Nodes finds what events are about, as everybody may see it now; what nobody may see is left out.
type Nodes interface {
	Actors(ctx context.Context, ids []string) (map[string]relay.Actor, error)
	Amendments(ctx context.Context, ids []string) ([]*ent.Amendment, error)
	Comments(ctx context.Context, ids []string) ([]*ent.Comment, error)
	Commitments(ctx context.Context, ids []string) ([]*ent.Commitment, error)
	Moderations(ctx context.Context, ids []string) ([]*ent.Moderation, error)
	Phases(ctx context.Context, ids []string) ([]*ent.Phase, error)
	Processes(ctx context.Context, ids []string) ([]*ent.Process, error)
	Territories(ctx context.Context, ids []string) ([]*ent.Territory, error)
	Versions(ctx context.Context, ids []string) ([]*ent.Version, error)
}

// Fact is what every event type of the schema is made of: each chooses from its methods. What it is about is read for
// all facts of a page at once.
type Fact struct {
	live.Event
	nodes    Nodes
	siblings any
}

// Of makes facts of events, one for one. They are read together.
func Of(events []live.Event, nodes Nodes) []*Fact {
	facts := make([]*Fact, len(events))
	for i, e := range events {
		facts[i] = &Fact{Event: e, nodes: nodes}
	}
	return batch.Together(facts)
}

// NodeID, Siblings and SetSiblings let facts be read together: see package batch.
func (f *Fact) NodeID() string      { return f.Event.ID }
func (f *Fact) Siblings() any       { return f.siblings }
func (f *Fact) SetSiblings(set any) { f.siblings = set }

// Cursor is the place right after the event.
func (f *Fact) Cursor() string { return f.Event.Cursor().String() }

// At is when it happened, in UTC.
func (f *Fact) At() time.Time { return f.Event.At }

// Actor is who did it, as everybody may know.
func (f *Fact) Actor(ctx context.Context) (relay.Actor, error) {
	actors, err := batch.Load(ctx, f, "actor", func(ctx context.Context, facts []*Fact) (map[string]relay.Actor, error) {
		return f.nodes.Actors(ctx, batch.IDs(facts, func(f *Fact) string { return f.Event.Actor }))
	})
	return actors[f.Event.Actor], err
}

// Supporter is who gave, confirmed or took back a support; nil once their account is erased.
func (f *Fact) Supporter(ctx context.Context) (relay.Actor, error) {
	supporter, err := f.Actor(ctx)
	if u, ok := supporter.(*ent.User); ok && u.ErasedAt != nil {
		return nil, err
	}
	return supporter, err
}

// Comment is the comment as it is now.
func (f *Fact) Comment(ctx context.Context) (*ent.Comment, error) {
	return batch.One(ctx, f, "comment", subject, f.nodes.Comments)
}

// Amendment is the amendment as it is now.
func (f *Fact) Amendment(ctx context.Context) (*ent.Amendment, error) {
	return batch.One(ctx, f, "amendment", subject, f.nodes.Amendments)
}

// AmendmentID is the amendment's id.
func (f *Fact) AmendmentID() string { return f.Subject }

// Moderation is the decision that was logged.
func (f *Fact) Moderation(ctx context.Context) (*ent.Moderation, error) {
	return batch.One(ctx, f, "moderation", subject, f.nodes.Moderations)
}

// CaseID is the id of the case that changed.
func (f *Fact) CaseID() string { return f.Subject }

// Version is the version that was published.
func (f *Fact) Version(ctx context.Context) (*ent.Version, error) {
	return batch.One(ctx, f, "version", subject, f.nodes.Versions)
}

// Process is the process as it is now.
func (f *Fact) Process(ctx context.Context) (*ent.Process, error) {
	return batch.One(ctx, f, "process", subject, f.nodes.Processes)
}

// Phase is the phase as it is now.
func (f *Fact) Phase(ctx context.Context) (*ent.Phase, error) {
	return batch.One(ctx, f, "phase", subject, f.nodes.Phases)
}

// Commitment is the commitment as it is now: for a promotion, the one it made.
func (f *Fact) Commitment(ctx context.Context) (*ent.Commitment, error) {
	return batch.One(ctx, f, "commitment", func(f *Fact) string {
		if made := f.text("commitment"); made != "" {
			return made
		}
		return f.Subject
	}, f.nodes.Commitments)
}

func subject(f *Fact) string { return f.Subject }

// CommentID is the comment's id.
func (f *Fact) CommentID() string { return f.Subject }

// SubjectID is what the comment is about.
func (f *Fact) SubjectID() string { return f.text("subject") }

// MergeState is how the amendment stood after the event.
func (f *Fact) MergeState() amendment.MergeState { return amendment.MergeState(f.text("mergeState")) }

// Status is where the commitment stood after the event.
func (f *Fact) Status() commitment.Status { return commitment.Status(f.text("status")) }

// The numbers below are those after the event.

func (f *Fact) CommentCount() int        { return f.number("commentCount") }
func (f *Fact) AmendmentCount() int      { return f.number("amendmentCount") }
func (f *Fact) SupportCount() int        { return f.number("supportCount") }
func (f *Fact) EarlierSupportCount() int { return f.number("earlierSupportCount") }
func (f *Fact) UpCount() int             { return f.number("upCount") }
func (f *Fact) DownCount() int           { return f.number("downCount") }
func (f *Fact) Number() int              { return f.number("number") }

// AlignmentCounts are those of the subject's root comments.
func (f *Fact) AlignmentCounts() *roadmap.Alignments {
	return &roadmap.Alignments{For: f.number("for"), Against: f.number("against"), Neutral: f.number("neutral")}
}

// text reads a word from Data, whichever way the event came: an enum as the rules wrote it, or the string that JSON
// makes of it.
func (f *Fact) text(name string) string {
	switch v := f.Data[name].(type) {
	case string:
		return v
	case fmt.Stringer:
		return v.String()
	}
	return ""
}

func (f *Fact) number(name string) int {
	n, _ := f.Int(name)
	return int(n)
}

package graph

import (
	"context"
	"slices"

	"ensemble/consultation/change"
	"ensemble/consultation/refusal"
	"ensemble/graph/event"
	"ensemble/graph/model"
)

// eventsOf reads up to first events from the log of a topic, after a cursor or, without one, from the beginning of the
// log. Events of types that this program does not know are left out. Errors: BAD_USER_INPUT on first; those of
// public.Scopes.EventsAfter.
func (r *Resolver) eventsOf(ctx context.Context, topic string, after *string, first int) (*model.EventPage, error) {
	if first < 1 || first > maxEvents {
		return nil, refusal.BadInput("first", "Ask for 1 to %d items.", maxEvents)
	}

	page, err := r.Consultation.EventsAfter(ctx, topic, position(after), first)
	if err != nil {
		return nil, err
	}

	known := slices.DeleteFunc(typed[event.Event](r, page.Events), func(e event.Event) bool { return e == nil })
	return &model.EventPage{Nodes: known, EndCursor: page.End.String(), HasNextPage: page.More}, nil
}

// maxEvents bounds a page of events, like any other page.
const maxEvents = 50

// position returns the cursor that a client gave, "" for none. If what it gave is empty, position returns something
// else that is no cursor: it is then refused, where "" would silently begin somewhere else.
func position(after *string) string {
	if after != nil && *after == "" {
		return "?"
	}
	return value(after)
}

// ofKind returns id if it is of one of these kinds of node, else "", which names nothing.
func ofKind(id string, kinds ...string) string {
	if kind, ok := change.KindOf(id); ok && slices.Contains(kinds, kind) {
		return id
	}
	return ""
}

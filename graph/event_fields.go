package graph

import (
	"context"
	"slices"

	"ensemble/consultation/change"
	"ensemble/consultation/refusal"
	"ensemble/graph/event"
	"ensemble/graph/model"
)

// eventsOf reads a part of a topic's log.
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

const maxEvents = 50

// position is the cursor that a client gave, "" for none. An empty one is passed on as what is no cursor either, since
// "" would silently begin somewhere else.
func position(after *string) string {
	if after != nil && *after == "" {
		return "?"
	}
	return value(after)
}

// ofKind is an id if it names one of these kinds of node; else "", which names nothing.
func ofKind(id string, kinds ...string) string {
	if kind, ok := change.KindOf(id); ok && slices.Contains(kinds, kind) {
		return id
	}
	return ""
}

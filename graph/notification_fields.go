package graph

import (
	"context"
	"slices"

	"golang.org/x/text/language"

	"ensemble/auth"
	"ensemble/consultation/input"
	"ensemble/consultation/notify"
	"ensemble/ent"
	"ensemble/ent/notification"
	"ensemble/graph/batch"
	"ensemble/graph/relay"
)

// notifications returns the list of v's notifications, with the position of their stream. Errors: BAD_USER_INPUT for
// bad arguments; those of Consultation.Notifications.
func (r *Resolver) notifications(
	ctx context.Context, v auth.Viewer, filter *notify.NotificationFilter, a relay.Args,
) (*relay.NotificationConnection, error) {
	f := notify.NotificationFilter{}
	if filter != nil {
		f = *filter
	}

	if err := fewChoices("filter.kinds", f.Kinds); err != nil {
		return nil, err
	}

	q, err := r.Consultation.Notifications(v)
	if err != nil {
		return nil, err
	}

	// The position is read before the page. So an event after it may repeat what the page shows; none is missing.
	heads, err := r.Consultation.Heads(ctx, []string{v.UserID})
	if err != nil {
		return nil, err
	}

	head := heads[v.UserID]
	head.Topic = v.UserID // which it lacks when the topic has no event yet

	page, err := relay.Page(relay.Of(q.Where(f.Matching()...), notificationOrder).By(f), a)
	return &relay.NotificationConnection{Connection: page, StreamCursor: head.String()}, err
}

// unread counts the viewer's unread notifications. Errors: those of Consultation.Notifications.
func (r *Resolver) unread(ctx context.Context) (int, error) {
	q, err := r.Consultation.Notifications(viewer(ctx))
	if err != nil {
		return 0, err
	}
	return q.Where(notification.ReadAtIsNil()).Count(ctx)
}

// told returns the contents of a notification, from which its sentence is made.
func (r *Resolver) told(ctx context.Context, n *ent.Notification) (*notify.Told, error) {
	told, err := batch.Load(ctx, n, "told", r.Consultation.Sentences)
	return told[n.ID], err
}

// toldOf returns the subject of a notification; nil when not everybody may see it.
func (r *Resolver) toldOf(ctx context.Context, n *ent.Notification) (relay.Node, error) {
	found, err := batch.Load(ctx, n, "subject",
		func(ctx context.Context, rows []*ent.Notification) (map[string]relay.Node, error) {
			return r.nodes().byIDs(ctx, batch.IDs(rows, func(n *ent.Notification) string { return n.SubjectID }))
		})
	return found[n.SubjectID], err
}

// toldBy returns the people and organizations that a notification names. Those that not everybody may see are left out.
func (r *Resolver) toldBy(ctx context.Context, n *ent.Notification) ([]relay.Actor, error) {
	told, err := batch.Load(ctx, n, "told", r.Consultation.Sentences)
	if err != nil {
		return nil, err
	}

	found, err := batch.Load(ctx, n, "actors",
		func(ctx context.Context, rows []*ent.Notification) (map[string]relay.Actor, error) {
			var all []string
			for _, row := range rows {
				all = append(all, told[row.ID].Actors...)
			}

			slices.Sort(all)
			return r.nodes().Actors(ctx, slices.Compact(all))
		})

	actors := []relay.Actor{}
	for _, id := range told[n.ID].Actors {
		if actor := found[id]; actor != nil {
			actors = append(actors, actor)
		}
	}

	return actors, err
}

// reader returns the languages in which the viewer reads notifications, the preferred one first: the language asked
// for, the account's, the request's.
func reader(ctx context.Context, asked *string) []language.Tag {
	var tags []language.Tag
	for _, tag := range []string{value(asked), viewer(ctx).Language} {
		if parsed, ok := input.ParseTag(tag); ok {
			tags = append(tags, parsed)
		}
	}
	return append(tags, languages(ctx)...)
}

// notificationNow returns a notification of the viewer as it is now; nil when it can no longer be seen.
func (r *Resolver) notificationNow(ctx context.Context, id string) (*ent.Notification, error) {
	q, err := r.Consultation.Notifications(viewer(ctx))
	if err != nil {
		return nil, err
	}
	return orNil(q.Where(notification.ID(id)).Only(ctx))
}

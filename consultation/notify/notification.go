package notify

import (
	"context"
	"slices"
	"time"

	"entgo.io/ent/dialect"
	"entgo.io/ent/dialect/sql"

	"ensemble/auth"
	"ensemble/consultation/change"
	"ensemble/consultation/permission"
	"ensemble/consultation/refusal"
	"ensemble/ent"
	"ensemble/ent/fanout"
	"ensemble/ent/notification"
	"ensemble/ent/predicate"
	"ensemble/ent/unsubscription"
	"ensemble/live"
)

const (
	maxItems   = 10                   // of how many items a notification keeps the ids
	lifetime   = 365 * 24 * time.Hour // of a notification that was not read
	tellFor    = 7 * 24 * time.Hour   // an event of which nobody could be told is given up after it
	pruneBatch = 1000
	maxMarked  = 100 // ids in one markNotificationsRead
)

// Notifications returns a query for the viewer's notifications. A notification of which nothing can be seen any more is
// left out.
// Errors: UNAUTHENTICATED; FORBIDDEN for an access token without the scope to read.
func (s *Notify) Notifications(v auth.Viewer) (*ent.NotificationQuery, error) {
	if err := permission.Ask(v, "readNotifications", permission.About{}); err != nil {
		return nil, err
	}
	return s.notificationsOf(v.UserID), nil
}

// notificationsOf returns a query for a person's notifications that still tell something.
func (s *Notify) notificationsOf(person string) *ent.NotificationQuery {
	return s.Read.Notification.Query().Where(notification.UserID(person), s.tellsSomething)
}

// MayHearNotifications returns the topic on which the viewer hears of their notifications, their id, and reports why
// they may not listen to it, or nil.
// Errors: UNAUTHENTICATED; FORBIDDEN for an access token without the scope to read.
func MayHearNotifications(v auth.Viewer) (topic string, err error) {
	return v.UserID, permission.Ask(v, "readNotifications", permission.About{})
}

// tellsSomething matches notifications that have an item that can be seen, or are of a kind without such items. An item
// that was erased since cannot be seen.
func (s *Notify) tellsSomething(sel *sql.Selector) {
	elements, id := "json_each("+sel.C(notification.FieldItems)+") i JOIN ", "i.value"
	if sel.Dialect() == dialect.Postgres {
		elements, id = "jsonb_array_elements_text("+sel.C(notification.FieldItems)+") AS i(id) JOIN ", "i.id"
	}

	for _, items := range s.shownItems() {
		exists := "EXISTS (SELECT 1 FROM " + elements + items.Table + " t ON t.id = " + id +
			" WHERE " + items.Where + ")"
		sel.Where(sql.Or(sql.NotIn(sel.C(notification.FieldKind), items.kinds...), sql.ExprP(exists)))
	}
}

// shownItems returns what items can be, each once, with the kinds of notification that have such items.
func (s *Notify) shownItems() []*shownItems {
	var all []*shownItems
	for _, c := range s.attention.concerns {
		if c.Items == nil {
			continue
		}

		i := slices.IndexFunc(all, func(other *shownItems) bool { return other.Shown == *c.Items })
		if i < 0 {
			i, all = len(all), append(all, &shownItems{Shown: *c.Items})
		}
		all[i].kinds = append(all[i].kinds, string(c.Kind))
	}
	return all
}

// shownItems is what the items of some kinds of notification are.
type shownItems struct {
	Shown
	kinds []any
}

// NotificationFilter narrows the viewer's notifications.
type NotificationFilter struct {
	IsUnread *bool               `json:",omitempty"`
	Kinds    []notification.Kind `json:",omitempty"` // nil: all; as in other lists, cursors take none for all
}

// Matching returns the conditions of a filter.
func (f NotificationFilter) Matching() []predicate.Notification {
	var all []predicate.Notification
	switch {
	case f.IsUnread == nil:
	case *f.IsUnread:
		all = append(all, notification.ReadAtIsNil())
	default:
		all = append(all, notification.ReadAtNotNil())
	}

	if f.Kinds != nil {
		all = append(all, notification.KindIn(f.Kinds...))
	}
	return all
}

// MarkNotificationsRead notes that the viewer has read some of their notifications, and returns how many these were.
// What comes later about the same subject makes a new notification. Ids of others' notifications, and unknown ids, are
// ignored.
// Errors: UNAUTHENTICATED; FORBIDDEN for an access token without the scope; BAD_USER_INPUT unless exactly one of the
// two is given, and for more than maxMarked ids.
func (s *Notify) MarkNotificationsRead(ctx context.Context, in MarkNotificationsReadInput) (n int, err error) {
	viewer := auth.ViewerFrom(ctx)
	if err := permission.Ask(viewer, "markNotificationsRead", permission.About{}); err != nil {
		return 0, err
	}

	which := notification.IDIn(in.IDs...)
	switch {
	case (in.UpTo == nil) == (len(in.IDs) == 0):
		return 0, refusal.BadInput("ids", "Give either ids or a moment.")
	case len(in.IDs) > maxMarked:
		return 0, refusal.BadInput("ids", "Give at most %d values.", maxMarked)
	case in.UpTo != nil:
		which = notification.UpdatedAtLTE(change.Stored(*in.UpTo))
	}

	err = change.In(ctx, s, func(ctx context.Context, tx *tx) error {
		mine := notification.And(notification.UserID(viewer.UserID), notification.ReadAtIsNil(), which)
		if err := lockNotifications(ctx, tx.Tx, mine); err != nil {
			return err
		}

		if n, err = tx.Notification.Update().Where(mine).SetReadAt(s.Moment()).Save(ctx); err != nil || n == 0 {
			return err
		}

		tx.Record(live.Event{Topic: viewer.UserID, Type: live.NotificationsRead, Subject: viewer.UserID})
		return nil
	})
	return n, err
}

// lockNotifications locks rows in the order in which everybody adds to them. It comes before any change of several
// rows: a statement for many locks them in an order of its own.
func lockNotifications(ctx context.Context, tx *change.Tx, which predicate.Notification) error {
	_, err := tx.Notification.Query().Where(which, tx.Locked()).
		Order(notification.ByUserID(), notification.ByKind(), notification.BySubjectID()).IDs(ctx)
	return err
}

// pruneNotifications deletes notifications that were read long ago, or never in their lifetime, links of mails as old
// as that, and Fanouts of events of which nobody could be told.
func (s *Notify) pruneNotifications(ctx context.Context) error {
	old, older := s.Moment().Add(-s.Keeping.ReadNotifications), s.Moment().Add(-lifetime)

	// They are deleted in batches, so that no transaction is long.
	for {
		n := 0
		err := change.In(ctx, s, func(ctx context.Context, tx *tx) error {
			ids, err := tx.Notification.Query().Where(notification.Or(notification.UpdatedAtLT(older),
				notification.And(notification.UpdatedAtLT(old), notification.ReadAtLT(old)))).Limit(pruneBatch).IDs(ctx)
			if err != nil {
				return err
			}

			if err := lockNotifications(ctx, tx.Tx, notification.IDIn(ids...)); err != nil {
				return err
			}
			n, err = tx.Notification.Delete().Where(notification.IDIn(ids...)).Exec(ctx)
			return err
		})
		if err != nil {
			return err
		}

		if n < pruneBatch {
			break
		}
	}

	return change.In(ctx, s, func(ctx context.Context, tx *tx) error {
		if _, err := tx.Unsubscription.Delete().Where(unsubscription.CreatedAtLT(older)).Exec(ctx); err != nil {
			return err
		}
		_, err := tx.Fanout.Delete().Where(fanout.CreatedAtLT(s.Moment().Add(-tellFor))).Exec(ctx)
		return err
	})
}

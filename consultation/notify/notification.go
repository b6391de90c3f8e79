package notify

import (
	"context"
	"encoding/json"
	"fmt"
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
	"ensemble/ent/follow"
	"ensemble/ent/mention"
	"ensemble/ent/notification"
	"ensemble/ent/notificationsettings"
	"ensemble/ent/predicate"
	"ensemble/ent/unsubscription"
	"ensemble/ent/user"
	"ensemble/live"
)

const (
	maxItems   = 10                   // of how many items a notification keeps the ids
	lifetime   = 365 * 24 * time.Hour // of a notification that was not read
	tellFor    = 7 * 24 * time.Hour   // an event of which nobody could be told is given up after it
	pruneBatch = 1000
	maxMarked  = 100 // ids in one markNotificationsRead
)

// notice is one thing to tell one person.
type notice struct {
	person  string
	kind    notification.Kind
	subject string
	item    string // "" where there is only the subject
	count   int
}

// key returns what unread notices are put together by: the person, the kind and the subject.
func (n notice) key() [3]string { return [3]string{n.person, string(n.kind), n.subject} }

// Tell tells a person, when the transaction commits, of something for which there is no event. subject is a node that
// they may see. Nobody is told of what they do themselves.
func Tell(ctx context.Context, tx *change.Tx, person string, kind notification.Kind, subject string) {
	if person != auth.Caller(ctx).UserID {
		pending := change.Of[pendingNotices](tx)
		*pending = append(*pending, notice{person, kind, subject, "", 1})
	}
}

// pendingNotices are the notices that a transaction writes when it commits.
type pendingNotices []notice

// deliverNotices writes what Tell has collected in the transaction.
func (s *Notify) deliverNotices(ctx context.Context, tx *change.Tx) error {
	if err := s.on(tx).deliver(ctx, *change.Of[pendingNotices](tx)); err != nil {
		return fmt.Errorf("notify: %w", err)
	}
	return nil
}

// deliver writes notices, and records that on the topics of the people. It leaves out notices of a kind that the person
// has muted, and notices to those who are erased. If there is an unread notification of the same kind about the same
// subject, it is added to that: there is one row, whoever comes first.
func (tx *tx) deliver(ctx context.Context, notices []notice) error {
	if len(notices) == 0 {
		return nil
	}

	wants, err := tx.wantsOf(ctx, notices)
	if err != nil {
		return err
	}

	notices = slices.DeleteFunc(together(notices), func(n notice) bool {
		person, there := wants[n.person]
		return !there || slices.Contains(person.muted, string(n.kind))
	})

	for some := range slices.Chunk(notices, tellBatch) {
		if err := tx.writeNotices(ctx, some); err != nil {
			return err
		}
	}

	return tx.mailMentions(ctx, wants, notices)
}

// together puts notices in the order in which their rows are locked, and those with the same key into one.
func together(notices []notice) []notice {
	// The caller's notices stay as they are.
	notices = slices.Clone(notices)
	slices.SortStableFunc(notices, func(a, b notice) int { return slices.Compare(keyOf(a), keyOf(b)) })

	var all []notice
	for _, n := range notices {
		if last := len(all) - 1; last >= 0 && all[last].key() == n.key() {
			all[last].count += n.count
			continue
		}
		all = append(all, n)
	}
	return all
}

// keyOf returns the key of a notice as a slice, which can be compared.
func keyOf(n notice) []string {
	k := n.key()
	return k[:]
}

// addNotices ends a statement that inserts notifications, or adds to those that are unread. How a list of ids grows
// depends on the database: see newestItems.
const addNotices = ` ON CONFLICT (user_id, kind, subject_id) WHERE read_at IS NULL DO UPDATE SET
count = notifications.count + excluded.count, updated_at = excluded.updated_at, items = `

// newestItems gives, for each database, the new items and then the old ones, maxItems of them at most.
var newestItems = map[string]string{
	dialect.Postgres: `jsonb_path_query_array(excluded.items || notifications.items, '$[0 to 9]')`,
	dialect.SQLite: `(SELECT json_group_array(value) FROM (SELECT value FROM json_each(excluded.items)
UNION ALL SELECT value FROM json_each(notifications.items) LIMIT 10))`,
}

// writeNotices writes notices in one statement, and records an event for each row that it wrote.
func (tx *tx) writeNotices(ctx context.Context, notices []notice) error {
	s := tx.Notify
	rows := make([][]any, 0, len(notices))
	for _, n := range notices {
		items := []string{}
		if n.item != "" {
			items = append(items, n.item)
		}
		raw, err := json.Marshal(items)
		if err != nil {
			return err
		}
		rows = append(rows, []any{s.NewID("notification"), n.person, string(n.kind), n.subject, string(raw), n.count, s.Moment(), s.Moment()})
	}

	query, args := change.SQL(`INSERT INTO notifications (id, user_id, kind, subject_id, items, count, created_at, updated_at) `).
		Values(rows).Add(addNotices + newestItems[s.Dialect] + ` RETURNING id, user_id`).Query()
	written, err := tx.QueryContext(ctx, query, args...)
	if err != nil {
		return err
	}
	defer func() { _ = written.Close() }()
	for written.Next() {
		var id, person string
		if err := written.Scan(&id, &person); err != nil {
			return err
		}
		tx.Record(live.Event{Topic: person, Type: live.Notified, Subject: id})
	}
	return written.Err()
}

// wants is what a person wants to be told.
type wants struct {
	muted         []string // kinds of notification
	mailsMentions bool
}

// wantsOf returns what the people in the notices want to be told, by their ids. Those who are erased are not in the
// map.
func (tx *tx) wantsOf(ctx context.Context, notices []notice) (map[string]wants, error) {
	all := map[string]wants{}
	for some := range slices.Chunk(notices, tellBatch) {
		if err := tx.readWants(ctx, some, all); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// readWants reads into all what the people in the notices want to be told. Who never changed their settings has no row
// of them.
func (tx *tx) readWants(ctx context.Context, notices []notice, all map[string]wants) error {
	people := make([]any, len(notices))
	for i, n := range notices {
		people[i] = n.person
	}

	u, n := sql.Table(user.Table).As("u"), sql.Table(notificationsettings.Table).As("n")
	query, args := sql.Dialect(tx.Dialect).Select(u.C(user.FieldID), n.C(notificationsettings.FieldMuted), n.C(notificationsettings.FieldMailsMentions)).
		From(u).LeftJoin(n).On(u.C(user.FieldID), n.C(notificationsettings.FieldID)).
		Where(sql.And(sql.IsNull(u.C(user.FieldErasedAt)), sql.In(u.C(user.FieldID), people...))).Query()

	rows, err := tx.QueryContext(ctx, query, args...)
	if err != nil {
		return err
	}
	defer func() { _ = rows.Close() }()

	for rows.Next() {
		var person string
		var muted []byte
		var mails *bool
		if err := rows.Scan(&person, &muted, &mails); err != nil {
			return err
		}

		w := wants{mailsMentions: mails != nil && *mails}
		if muted != nil {
			if err := json.Unmarshal(muted, &w.muted); err != nil {
				return err
			}
		}

		all[person] = w
	}
	return rows.Err()
}

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
		exists := "EXISTS (SELECT 1 FROM " + elements + items.Table + " t ON t.id = " + id + " WHERE " + items.Where + ")"
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
	Unread *bool               `json:",omitempty"`
	Kinds  []notification.Kind `json:",omitempty"` // nil: all; as in other lists, cursors take none for all
}

// Matching returns the conditions of a filter.
func (f NotificationFilter) Matching() []predicate.Notification {
	var all []predicate.Notification
	switch {
	case f.Unread == nil:
	case *f.Unread:
		all = append(all, notification.ReadAtIsNil())
	default:
		all = append(all, notification.ReadAtNotNil())
	}

	if f.Kinds != nil {
		all = append(all, notification.KindIn(f.Kinds...))
	}
	return all
}

// MarkReadInput says which notifications were read: exactly one of the two is given.
type MarkReadInput struct {
	IDs  []string
	UpTo *time.Time // all that were made or last added to at that moment or earlier
}

// MarkNotificationsRead notes that the viewer has read some of their notifications, and returns how many these were.
// What comes later about the same subject makes a new notification. Ids of others' notifications, and unknown ids, are
// ignored.
// Errors: UNAUTHENTICATED; FORBIDDEN for an access token without the scope; BAD_USER_INPUT unless exactly one of the
// two is given, and for more than maxMarked ids.
func (s *Notify) MarkNotificationsRead(ctx context.Context, in MarkReadInput) (n int, err error) {
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

	err = s.inTx(ctx, func(ctx context.Context, tx *tx) error {
		mine := notification.And(notification.UserID(viewer.UserID), notification.ReadAtIsNil(), which)
		if err := tx.lockNotifications(ctx, mine); err != nil {
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

// lockNotifications locks rows in the order in which others add to them, so that no two transactions wait for each
// other.
func (tx *tx) lockNotifications(ctx context.Context, which predicate.Notification) error {
	if !tx.OnPostgres() {
		return nil
	}
	_, err := tx.Notification.Query().Where(which).Order(notification.ByUserID(), notification.ByKind(), notification.BySubjectID()).
		ForUpdate().IDs(ctx)
	return err
}

// pruneNotifications deletes notifications that were read long ago, or never in their lifetime, links of mails as old
// as that, and Fanouts of events of which nobody could be told.
func (s *Notify) pruneNotifications(ctx context.Context) error {
	old, older := s.Moment().Add(-s.Keeping.ReadNotifications), s.Moment().Add(-lifetime)

	// They are deleted in batches, so that no transaction is long.
	for {
		n := 0
		err := s.inTx(ctx, func(ctx context.Context, tx *tx) error {
			ids, err := tx.Notification.Query().Where(notification.Or(notification.UpdatedAtLT(older),
				notification.And(notification.UpdatedAtLT(old), notification.ReadAtLT(old)))).Limit(pruneBatch).IDs(ctx)
			if err != nil {
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

	return s.inTx(ctx, func(ctx context.Context, tx *tx) error {
		if _, err := tx.Unsubscription.Delete().Where(unsubscription.CreatedAtLT(older)).Exec(ctx); err != nil {
			return err
		}
		_, err := tx.Fanout.Delete().Where(fanout.CreatedAtLT(s.Moment().Add(-tellFor))).Exec(ctx)
		return err
	})
}

// ForgetFollower deletes what a person follows and was told, who follows them, and their settings, for an erasure. The
// notifications of others refer to people only through what they wrote, and stay.
func ForgetFollower(ctx context.Context, tx *change.Tx, person string) error {
	if _, err := tx.Follow.Delete().Where(follow.Or(follow.UserID(person), follow.SubjectID(person))).Exec(ctx); err != nil {
		return err
	}
	if _, err := tx.Notification.Delete().Where(notification.Or(notification.UserID(person), notification.SubjectID(person))).Exec(ctx); err != nil {
		return err
	}

	if _, err := tx.Mention.Delete().Where(mention.UserID(person)).Exec(ctx); err != nil {
		return err
	}
	if _, err := tx.Unsubscription.Delete().Where(unsubscription.UserID(person)).Exec(ctx); err != nil {
		return err
	}

	_, err := tx.NotificationSettings.Delete().Where(notificationsettings.ID(person)).Exec(ctx)
	return err
}

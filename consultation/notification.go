package consultation

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"entgo.io/ent/dialect"
	"entgo.io/ent/dialect/sql"

	"ensemble/auth"
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
	maxItems   = 10                   // of which a notification keeps the ids
	lifetime   = 365 * 24 * time.Hour // of what was not
	tellFor    = 7 * 24 * time.Hour   // after it an event that cannot be told is given up
	pruneBatch = 1000
	maxMarked  = 100 // ids in one markNotificationsRead
)

// notice is one thing to tell one person.
type notice struct {
	person  string
	kind    notification.Kind
	subject string
	item    string // "" where the subject says it all
	count   int
}

// key is what unread notices are put together by.
func (n notice) key() [3]string { return [3]string{n.person, string(n.kind), n.subject} }

// notify tells a person, when the transaction commits, of something that no event stands for: about the subject, a node
// that they may see. Nobody is told of what they do themselves.
func notify(ctx context.Context, tx *Tx, person string, kind notification.Kind, subject string) {
	if person != auth.Caller(ctx).UserID {
		pending := valueOf[pendingNotices](tx)
		*pending = append(*pending, notice{person, kind, subject, "", 1})
	}
}

// pendingNotices are those that a transaction writes when it commits.
type pendingNotices []notice

// deliverNotices writes what the transaction has for people that no event stands for.
func (s *Service) deliverNotices(ctx context.Context, tx *Tx) error {
	if err := tx.deliver(ctx, *valueOf[pendingNotices](tx)); err != nil {
		return fmt.Errorf("notify: %w", err)
	}
	return nil
}

// deliver writes notices, but those that people have muted and those to who is erased, and records it on their topics. What is
// unread of the same kind about the same subject grows: one row, whoever comes first.
func (tx *Tx) deliver(ctx context.Context, notices []notice) error {
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

// together puts notices in the order in which their rows are locked, each row once.
func together(notices []notice) []notice {
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

func keyOf(n notice) []string {
	k := n.key()
	return k[:]
}

// addNotices inserts rows or adds to those that are unread; how a list of ids grows depends on the database.
const addNotices = ` ON CONFLICT (user_id, kind, subject_id) WHERE read_at IS NULL DO UPDATE SET
count = notifications.count + excluded.count, updated_at = excluded.updated_at, items = `

var newestItems = map[string]string{
	dialect.Postgres: `jsonb_path_query_array(excluded.items || notifications.items, '$[0 to 9]')`,
	dialect.SQLite: `(SELECT json_group_array(value) FROM (SELECT value FROM json_each(excluded.items)
UNION ALL SELECT value FROM json_each(notifications.items) LIMIT 10))`,
}

func (tx *Tx) writeNotices(ctx context.Context, notices []notice) error {
	s := tx.service
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
		rows = append(rows, []any{s.NewID("notification"), n.person, string(n.kind), n.subject, string(raw), n.count, s.now(), s.now()})
	}

	query, args := SQL(`INSERT INTO notifications (id, user_id, kind, subject_id, items, count, created_at, updated_at) `).
		Values(rows).Add(addNotices + newestItems[s.dialect] + ` RETURNING id, user_id`).Query()
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
		tx.record(live.Event{Topic: person, Type: live.Notified, Subject: id})
	}
	return written.Err()
}

// wants is what somebody wants to hear.
type wants struct {
	muted         []string // kinds of notification
	mailsMentions bool
}

// wantsOf is what the people who are told want to hear; without those who are erased.
func (tx *Tx) wantsOf(ctx context.Context, notices []notice) (map[string]wants, error) {
	all := map[string]wants{}
	for some := range slices.Chunk(notices, tellBatch) {
		if err := tx.readWants(ctx, some, all); err != nil {
			return nil, err
		}
	}
	return all, nil
}

func (tx *Tx) readWants(ctx context.Context, notices []notice, all map[string]wants) error {
	people := make([]any, len(notices))
	for i, n := range notices {
		people[i] = n.person
	}
	u, n := sql.Table(user.Table).As("u"), sql.Table(notificationsettings.Table).As("n")
	query, args := sql.Dialect(tx.service.dialect).Select(u.C(user.FieldID), n.C(notificationsettings.FieldMuted), n.C(notificationsettings.FieldMailsMentions)).
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

// Notifications are the viewer's. What is about nothing that can be seen any more is left out.
// Errors: UNAUTHENTICATED; FORBIDDEN for a token that is not for reading.
func (s *Service) Notifications(v auth.Viewer) (*ent.NotificationQuery, error) {
	if err := permit(v, "readNotifications", about{}); err != nil {
		return nil, err
	}
	return s.notificationsOf(v.UserID), nil
}

func (s *Service) notificationsOf(person string) *ent.NotificationQuery {
	return s.Read.Notification.Query().Where(notification.UserID(person), s.tellsSomething)
}

// MayHearNotifications asks that somebody may listen to their own topic, and is it.
func MayHearNotifications(v auth.Viewer) (topic string, err error) {
	return v.UserID, permit(v, "readNotifications", about{})
}

// tellsSomething matches notifications of which an item can be seen, or that have none. One that follows what was erased
// says nothing either.
func (s *Service) tellsSomething(sel *sql.Selector) {
	elements, id := "json_each("+sel.C(notification.FieldItems)+") i JOIN ", "i.value"
	if sel.Dialect() == dialect.Postgres {
		elements, id = "jsonb_array_elements_text("+sel.C(notification.FieldItems)+") AS i(id) JOIN ", "i.id"
	}
	for _, items := range s.shownItems() {
		exists := "EXISTS (SELECT 1 FROM " + elements + items.Table + " t ON t.id = " + id + " WHERE " + items.Where + ")"
		sel.Where(sql.Or(sql.NotIn(sel.C(notification.FieldKind), items.kinds...), sql.ExprP(exists)))
	}
}

// shownItems are what items must be, each once with the kinds of notification that have such items.
func (s *Service) shownItems() []*shownItems {
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

type shownItems struct {
	Shown
	kinds []any
}

// NotificationFilter narrows the viewer's notifications.
type NotificationFilter struct {
	Unread *bool               `json:",omitempty"`
	Kinds  []notification.Kind `json:",omitempty"` // nil: all; cursors do not tell none from all, as in other lists
}

// Matching are the conditions of a filter.
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

// MarkReadInput says which notifications were read: exactly one of the two.
type MarkReadInput struct {
	IDs  []string
	UpTo *time.Time // all that were last added to then or earlier
}

// MarkNotificationsRead says that the viewer has read some of theirs, and how many these were. What is added later begins
// anew. Ids of others' notifications are ignored, as those of none.
func (s *Service) MarkNotificationsRead(ctx context.Context, in MarkReadInput) (n int, err error) {
	viewer := auth.ViewerFrom(ctx)
	if err := permit(viewer, "markNotificationsRead", about{}); err != nil {
		return 0, err
	}
	which := notification.IDIn(in.IDs...)
	switch {
	case (in.UpTo == nil) == (len(in.IDs) == 0):
		return 0, BadInput("ids", "Give either ids or a moment.")
	case len(in.IDs) > maxMarked:
		return 0, BadInput("ids", "Give at most %d values.", maxMarked)
	case in.UpTo != nil:
		which = notification.UpdatedAtLTE(kept(*in.UpTo))
	}
	err = s.inTx(ctx, func(ctx context.Context, tx *Tx) error {
		mine := notification.And(notification.UserID(viewer.UserID), notification.ReadAtIsNil(), which)
		if err := tx.lockNotifications(ctx, mine); err != nil {
			return err
		}
		if n, err = tx.Notification.Update().Where(mine).SetReadAt(s.now()).Save(ctx); err != nil || n == 0 {
			return err
		}
		tx.record(live.Event{Topic: viewer.UserID, Type: live.NotificationsRead, Subject: viewer.UserID})
		return nil
	})
	return n, err
}

// lockNotifications locks rows in the order in which others add to them.
func (tx *Tx) lockNotifications(ctx context.Context, which predicate.Notification) error {
	if !tx.service.onPostgres() {
		return nil
	}
	_, err := tx.Notification.Query().Where(which).Order(notification.ByUserID(), notification.ByKind(), notification.BySubjectID()).
		ForUpdate().IDs(ctx)
	return err
}

// pruneNotifications forgets what was read long ago or never, links of mails that old, and events that could not be told.
func (s *Service) pruneNotifications(ctx context.Context) error {
	old, older := s.now().Add(-s.Keeping.ReadNotifications), s.now().Add(-lifetime)
	for {
		n := 0
		err := s.inTx(ctx, func(ctx context.Context, tx *Tx) error {
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
	return s.inTx(ctx, func(ctx context.Context, tx *Tx) error {
		if _, err := tx.Unsubscription.Delete().Where(unsubscription.CreatedAtLT(older)).Exec(ctx); err != nil {
			return err
		}
		_, err := tx.Fanout.Delete().Where(fanout.CreatedAtLT(s.now().Add(-tellFor))).Exec(ctx)
		return err
	})
}

// forgetFollower deletes what a person follows and was told, who follows them, and their settings: for erasure. In what
// others were told, people stand through what they wrote alone.
func forgetFollower(ctx context.Context, tx *Tx, person string) error {
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

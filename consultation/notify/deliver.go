package notify

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"entgo.io/ent/dialect"
	"entgo.io/ent/dialect/sql"

	"ensemble/auth"
	"ensemble/consultation/change"
	"ensemble/ent/notification"
	"ensemble/ent/notificationsettings"
	"ensemble/ent/user"
	"ensemble/live"
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
	if err := s.On(tx).deliver(ctx, *change.Of[pendingNotices](tx)); err != nil {
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
	dialect.Postgres: fmt.Sprintf(
		`jsonb_path_query_array(excluded.items || notifications.items, '$[0 to %d]')`, maxItems-1),
	dialect.SQLite: fmt.Sprintf(`(SELECT json_group_array(value) FROM (SELECT value FROM json_each(excluded.items)
UNION ALL SELECT value FROM json_each(notifications.items) LIMIT %d))`, maxItems),
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

		rows = append(rows, []any{
			s.NewID("notification"), n.person, string(n.kind), n.subject, string(raw), n.count, s.Moment(), s.Moment(),
		})
	}

	query, args := change.SQL(`INSERT INTO notifications
		(id, user_id, kind, subject_id, items, count, created_at, updated_at) `).
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
	query, args := sql.Dialect(tx.Dialect).
		Select(u.C(user.FieldID), n.C(notificationsettings.FieldMuted), n.C(notificationsettings.FieldMailsMentions)).
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

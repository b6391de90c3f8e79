package notify

import (
	"context"
	"slices"

	"ensemble/consultation/change"
	"ensemble/ent"
	"ensemble/ent/follow"
	"ensemble/ent/notificationsettings"
)

// ArchiveOfNotifications returns the parts of a person's archive that contain what they follow, what they were told,
// and what they want to be told.
func (s *Notify) ArchiveOfNotifications() []change.ArchivePart {
	return []change.ArchivePart{
		change.Archived("follows.json", "id kind subject_id active created_at",
			s.Read.Follow.Query, follow.UserID),
		{File: "notifications.json", Columns: "id kind subject_id items count created_at updated_at read_at",
			Rows: func(ctx context.Context, userID, after string) ([]change.Node, error) {
				return change.Nodes(s.archived(ctx, userID, after))
			}},
		change.Archived("notification-settings.json",
			"muted follows_automatically digest digest_at digest_since mails_mentions mentions_at mentions_since",
			s.Read.NotificationSettings.Query, notificationsettings.ID),
	}
}

// archived reads a person's notifications as the API shows them: without those of which nothing can be seen any more, and
// without the items of others that cannot be.
func (s *Notify) archived(ctx context.Context, userID, after string) ([]*ent.Notification, error) {
	rows, err := change.Following(s.notificationsOf(userID), after, change.ArchiveBatch).All(ctx)
	if err != nil {
		return nil, err
	}

	for _, items := range s.shownItems() {
		of := func(n *ent.Notification) bool { return slices.Contains(items.kinds, any(string(n.Kind))) }
		var ids []any
		for _, n := range rows {
			for _, id := range n.Items {
				if of(n) {
					ids = append(ids, id)
				}
			}
		}
		shown, err := s.shown(ctx, items.Shown, ids)
		if err != nil {
			return nil, err
		}
		for _, n := range rows {
			if of(n) {
				all := len(n.Items)
				n.Items = slices.DeleteFunc(n.Items, func(id string) bool { return !shown[id] })
				n.Count = max(1, n.Count-all+len(n.Items))
			}
		}
	}
	return rows, nil
}

// shown returns which of the ids are of items that everybody may see.
func (s *Notify) shown(ctx context.Context, of Shown, ids []any) (map[string]bool, error) {
	shown := map[string]bool{}
	if len(ids) == 0 {
		return shown, nil
	}

	text, args := change.SQL("SELECT t.id FROM "+of.Table+" t WHERE "+of.Where+" AND t.id IN (", ids...).Add(")").Query()
	rows, err := s.Read.QueryContext(ctx, text, args...)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var id string
		if err := rows.Scan(&id); err != nil {
			return nil, err
		}
		shown[id] = true
	}
	return shown, rows.Err()
}

package notify

import (
	"context"

	"ensemble/consultation/change"
	"ensemble/ent/follow"
	"ensemble/ent/mention"
	"ensemble/ent/notification"
	"ensemble/ent/notificationsettings"
	"ensemble/ent/unsubscription"
)

// EraseAttention deletes what the person who is erased follows and was told, who follows them, and their settings. What
// others were told about the person is deleted as well; what they were told about the person's contributions stays.
func EraseAttention(ctx context.Context, tx *change.Tx, e change.Erasing) error {
	person := e.Account.ID
	if _, err := tx.Follow.Delete().
		Where(follow.Or(follow.UserID(person), follow.SubjectID(person))).Exec(ctx); err != nil {
		return err
	}

	about := notification.Or(notification.UserID(person), notification.SubjectID(person))
	if err := lockNotifications(ctx, tx, about); err != nil {
		return err
	}
	if _, err := tx.Notification.Delete().Where(about).Exec(ctx); err != nil {
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

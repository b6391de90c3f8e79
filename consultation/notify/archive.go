package notify

import (
	"ensemble/consultation/change"
	"ensemble/ent/follow"
	"ensemble/ent/notification"
	"ensemble/ent/notificationsettings"
)

// ArchiveOfNotifications returns the parts of a person's archive that contain what they follow, what they were told,
// and what they want to be told.
func (s *Notify) ArchiveOfNotifications() []change.ArchivePart {
	return []change.ArchivePart{
		change.Archived("follows.json", "id kind subject_id active created_at",
			s.Read.Follow.Query, follow.UserID),
		change.Archived("notifications.json", "id kind subject_id items count created_at updated_at read_at",
			s.Read.Notification.Query, notification.UserID),
		change.Archived("notification-settings.json",
			"muted follows_automatically digest digest_at digest_since mails_mentions mentions_at mentions_since",
			s.Read.NotificationSettings.Query, notificationsettings.ID),
	}
}

package consultation

import (
	"ensemble/ent/follow"
	"ensemble/ent/notification"
	"ensemble/ent/notificationsettings"
)

// archiveOfNotifications is what somebody follows, was told, and wants to be told.
func (s *Service) archiveOfNotifications() []archivePart {
	return []archivePart{
		archived("follows.json", "id kind subject_id active created_at",
			s.Read.Follow.Query, follow.UserID),
		archived("notifications.json", "id kind subject_id items count created_at updated_at read_at",
			s.Read.Notification.Query, notification.UserID),
		archived("notification-settings.json", "muted follows_automatically digest digest_at digest_since mails_mentions mentions_at mentions_since",
			s.Read.NotificationSettings.Query, notificationsettings.ID),
	}
}

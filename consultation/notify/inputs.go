package notify

import (
	"ensemble/ent/notification"
	"ensemble/ent/notificationsettings"
	"time"
)

// UpdateNotificationSettingsInput says what is to change; nil leaves a setting as it is.
type UpdateNotificationSettingsInput struct {
	MutedKinds           []notification.Kind // nil: as they are; empty: none is muted
	FollowsAutomatically *bool
	Digest               *notificationsettings.Digest
	MailsMentions        *bool
}

// MarkNotificationsReadInput says which notifications were read: exactly one of the two is given.
type MarkNotificationsReadInput struct {
	IDs  []string
	UpTo *time.Time // all that were made or last added to at that moment or earlier
}

// FollowSubjectInput is the input of Follow.
type FollowSubjectInput struct {
	Subject string
}

// UnfollowSubjectInput is the input of Unfollow.
type UnfollowSubjectInput struct {
	Subject string
}

package consultation

import (
	"context"
	"slices"
	"time"

	"ensemble/auth"
	"ensemble/ent"
	"ensemble/ent/notification"
	"ensemble/ent/notificationsettings"
)

// NotificationSettings is what a person wants to hear, and how. Mail comes only to those who asked for it: who follows
// something has agreed to find it here, not in their letter box.
type NotificationSettings struct {
	MutedKinds           []notification.Kind
	FollowsAutomatically bool
	Digest               notificationsettings.Digest
	MailsMentions        bool
}

// NotificationSettingsOf are the viewer's.
func (s *Service) NotificationSettingsOf(ctx context.Context, v auth.Viewer) (*NotificationSettings, error) {
	row, err := s.Read.NotificationSettings.Get(ctx, v.UserID)
	if ignoreNotFound(err) != nil {
		return nil, err
	}
	return settingsIn(row), nil
}

// settingsIn are those of a row, the defaults for none.
func settingsIn(row *ent.NotificationSettings) *NotificationSettings {
	if row == nil {
		row = &ent.NotificationSettings{FollowsAutomatically: true, Digest: notificationsettings.DigestNEVER}
	}
	muted := make([]notification.Kind, len(row.Muted))
	for i, kind := range row.Muted {
		muted[i] = notification.Kind(kind)
	}
	return &NotificationSettings{muted, row.FollowsAutomatically, row.Digest, row.MailsMentions}
}

// UpdateNotificationSettingsInput changes what is not nil.
type UpdateNotificationSettingsInput struct {
	MutedKinds           []notification.Kind // nil: as they are
	FollowsAutomatically *bool
	Digest               *notificationsettings.Digest
	MailsMentions        *bool
}

// UpdateNotificationSettings changes the viewer's, and returns all of them.
func (s *Service) UpdateNotificationSettings(ctx context.Context, in UpdateNotificationSettingsInput) (*NotificationSettings, error) {
	viewer := auth.ViewerFrom(ctx)
	if err := permit(viewer, "updateNotificationSettings", about{}); err != nil {
		return nil, err
	}
	var row *ent.NotificationSettings
	err := s.inTx(ctx, func(ctx context.Context, tx *Tx) (err error) {
		row, err = tx.changeSettings(ctx, viewer.UserID, in)
		return err
	})
	if err != nil {
		return nil, err
	}
	return settingsIn(row), nil
}

func (tx *Tx) changeSettings(ctx context.Context, person string, in UpdateNotificationSettingsInput) (*ent.NotificationSettings, error) {
	s := tx.service
	if _, err := tx.ExecContext(ctx, `INSERT INTO notification_settings (id) VALUES ($1) ON CONFLICT (id) DO NOTHING`, person); err != nil {
		return nil, err
	}
	update := tx.NotificationSettings.UpdateOneID(person).SetNillableFollowsAutomatically(in.FollowsAutomatically)
	if in.MutedKinds != nil {
		muted := make([]string, len(in.MutedKinds))
		for i, kind := range in.MutedKinds {
			muted[i] = string(kind)
		}
		slices.Sort(muted)
		update.SetMuted(slices.Compact(muted))
	}
	if in.MailsMentions != nil {
		update.SetMailsMentions(*in.MailsMentions).ClearMentionsAt().SetMentionsSince(s.now())
	}
	if in.Digest != nil {
		update.SetDigest(*in.Digest).SetDigestSince(s.now())
		if next := s.Digests.next(s.Now(), *in.Digest); next.IsZero() {
			update.ClearDigestAt()
		} else {
			update.SetDigestAt(kept(next))
		}
	}
	return update.Save(ctx)
}

// Hour is an hour of the day somewhere.
type Hour struct {
	Hour int            // 0 to 23
	In   *time.Location // nil: UTC
}

// next is the first moment after now at which a digest is due: every day, or every Monday. Never is the zero time.
func (h Hour) next(now time.Time, digest notificationsettings.Digest) time.Time {
	in := h.In
	if in == nil {
		in = time.UTC
	}
	if digest == notificationsettings.DigestNEVER {
		return time.Time{}
	}
	local := now.In(in)
	for days := 0; ; days++ {
		at := time.Date(local.Year(), local.Month(), local.Day()+days, h.Hour, 0, 0, 0, in)
		if at.After(now) && (digest == notificationsettings.DigestDAILY || at.Weekday() == time.Monday) {
			return at
		}
	}
}

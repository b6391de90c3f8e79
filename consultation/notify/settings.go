package notify

import (
	"context"
	"slices"
	"time"

	"ensemble/auth"
	"ensemble/consultation/change"
	"ensemble/consultation/permission"
	"ensemble/consultation/refusal"
	"ensemble/ent"
	"ensemble/ent/notification"
	"ensemble/ent/notificationsettings"
)

// NotificationSettings is what a person wants to be told, and how. Only those who asked for mail get it: who follows
// something has agreed to find news on the site, not in their letter box.
type NotificationSettings struct {
	MutedKinds           []notification.Kind
	FollowsAutomatically bool
	Digest               notificationsettings.Digest
	MailsMentions        bool
}

// NotificationSettingsOf returns the viewer's settings; the defaults, if they never changed them.
func (s *Notify) NotificationSettingsOf(ctx context.Context, v auth.Viewer) (*NotificationSettings, error) {
	row, err := s.Read.NotificationSettings.Get(ctx, v.UserID)
	if refusal.IgnoreMissing(err) != nil {
		return nil, err
	}
	return settingsIn(row), nil
}

// settingsIn returns the settings in a row; the defaults for nil.
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

// UpdateNotificationSettings changes the viewer's settings, and returns all of them.
// Errors: UNAUTHENTICATED; FORBIDDEN for an access token without the scope.
func (s *Notify) UpdateNotificationSettings(
	ctx context.Context, in UpdateNotificationSettingsInput,
) (*NotificationSettings, error) {
	viewer := auth.ViewerFrom(ctx)
	if err := permission.Ask(viewer, "updateNotificationSettings", permission.About{}); err != nil {
		return nil, err
	}

	var row *ent.NotificationSettings
	err := change.In(ctx, s, func(ctx context.Context, tx *tx) (err error) {
		row, err = tx.changeSettings(ctx, viewer.UserID, in)
		return err
	})
	if err != nil {
		return nil, err
	}
	return settingsIn(row), nil
}

// changeSettings changes a person's settings, and returns the row as it is then.
func (tx *tx) changeSettings(
	ctx context.Context, person string, in UpdateNotificationSettingsInput,
) (*ent.NotificationSettings, error) {
	s := tx.Notify

	// Who never changed their settings has no row yet.
	const addRow = `INSERT INTO notification_settings (id) VALUES ($1) ON CONFLICT (id) DO NOTHING`
	if _, err := tx.ExecContext(ctx, addRow, person); err != nil {
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

	// What came before they asked for mails is not mailed.
	if in.MailsMentions != nil {
		update.SetMailsMentions(*in.MailsMentions).ClearMentionsAt().SetMentionsSince(s.Moment())
	}

	if in.Digest != nil {
		update.SetDigest(*in.Digest).SetDigestSince(s.Moment())
		if next := s.Digests.next(s.Now(), *in.Digest); next.IsZero() {
			update.ClearDigestAt()
		} else {
			update.SetDigestAt(change.Stored(next))
		}
	}

	return update.Save(ctx)
}

// Hour is an hour of the day in a time zone.
type Hour struct {
	Hour int            // 0 to 23
	In   *time.Location // nil: UTC
}

// next returns the first moment after now at which a digest is due, daily or on Mondays; the zero time for a digest
// that is never due.
func (h Hour) next(now time.Time, digest notificationsettings.Digest) time.Time {
	in := h.In
	if in == nil {
		in = time.UTC
	}
	if digest == notificationsettings.DigestNEVER {
		return time.Time{}
	}

	// The date is counted on in days of the calendar, which are not always 24 hours long.
	local := now.In(in)
	for days := 0; ; days++ {
		at := time.Date(local.Year(), local.Month(), local.Day()+days, h.Hour, 0, 0, 0, in)
		if at.After(now) && (digest == notificationsettings.DigestDAILY || at.Weekday() == time.Monday) {
			return at
		}
	}
}

package graph

import (
	"context"

	"ensemble/auth"
	"ensemble/consultation/notify"
	"ensemble/ent"
	"ensemble/graph/event"
	"ensemble/graph/generated"
	"ensemble/graph/model"
	"ensemble/graph/relay"
)

func (r *mutationResolver) MarkNotificationsRead(ctx context.Context, input notify.MarkReadInput) (*model.MarkNotificationsReadPayload, error) {
	read, err := r.Consultation.MarkNotificationsRead(ctx, input)
	if err != nil {
		return nil, err
	}
	unread, err := r.unread(ctx)
	return &model.MarkNotificationsReadPayload{ReadCount: read, UnreadCount: unread}, err
}

func (r *mutationResolver) UpdateNotificationSettings(ctx context.Context, input notify.UpdateNotificationSettingsInput) (*model.UpdateNotificationSettingsPayload, error) {
	settings, err := r.Consultation.UpdateNotificationSettings(ctx, input)
	return &model.UpdateNotificationSettingsPayload{Settings: settings}, err
}

func (r *notificationResolver) Subject(ctx context.Context, obj *ent.Notification) (relay.Node, error) {
	return r.toldOf(ctx, obj)
}

func (r *notificationResolver) Actors(ctx context.Context, obj *ent.Notification) ([]relay.Actor, error) {
	return r.toldBy(ctx, obj)
}

func (r *notificationResolver) Count(ctx context.Context, obj *ent.Notification) (int, error) {
	told, err := r.told(ctx, obj)
	if err != nil {
		return 0, err
	}
	return told.Count, nil
}

func (r *notificationResolver) Text(ctx context.Context, obj *ent.Notification, language *string) (string, error) {
	told, err := r.told(ctx, obj)
	if err != nil {
		return "", err
	}
	return told.Text(reader(ctx, language)), nil
}

func (r *notificationResolver) URL(ctx context.Context, obj *ent.Notification) (string, error) {
	return r.Consultation.URL(obj.SubjectID), nil
}

func (r *notificationConnectionResolver) UnreadCount(ctx context.Context, obj *relay.NotificationConnection) (int, error) {
	return r.unread(ctx)
}

func (r *notificationsReadResolver) ViewerUnreadCount(ctx context.Context, obj *event.NotificationsRead) (int, error) {
	return r.unread(ctx)
}

func (r *notifiedResolver) ViewerNotification(ctx context.Context, obj *event.Notified) (*ent.Notification, error) {
	return r.notificationNow(ctx, obj.Subject)
}

func (r *notifiedResolver) ViewerUnreadCount(ctx context.Context, obj *event.Notified) (int, error) {
	return r.unread(ctx)
}

func (r *subscriptionResolver) Notifications(ctx context.Context, after *string) (<-chan event.NotificationEvent, error) {
	return r.listenToOneself(ctx, after)
}

func (r *viewerResolver) Notifications(ctx context.Context, obj *auth.Viewer, filter *notify.NotificationFilter, first *int, after *string, last *int, before *string) (*relay.NotificationConnection, error) {
	return r.notifications(ctx, *obj, filter, args(first, after, last, before))
}

func (r *viewerResolver) NotificationSettings(ctx context.Context, obj *auth.Viewer) (*notify.NotificationSettings, error) {
	return r.Consultation.NotificationSettingsOf(ctx, *obj)
}

func (r *Resolver) Notification() generated.NotificationResolver { return &notificationResolver{r} }

func (r *Resolver) NotificationConnection() generated.NotificationConnectionResolver {
	return &notificationConnectionResolver{r}
}

func (r *Resolver) NotificationsRead() generated.NotificationsReadResolver {
	return &notificationsReadResolver{r}
}

func (r *Resolver) Notified() generated.NotifiedResolver { return &notifiedResolver{r} }

type (
	notificationResolver           struct{ *Resolver }
	notificationConnectionResolver struct{ *Resolver }
	notificationsReadResolver      struct{ *Resolver }
	notifiedResolver               struct{ *Resolver }
)

package notify

import (
	"context"

	"ensemble/auth"
	"ensemble/consultation/change"
	"ensemble/consultation/refusal"
	"ensemble/ent/notificationsettings"
	"ensemble/ent/predicate"
	"ensemble/ent/unsubscription"
)

// UnsubscribePath is the path of the page that stops mails; the token is its parameter "token".
const UnsubscribePath = "/mail/unsubscribe"

// unsubscribeLink makes a link that stops mails of a kind to a person, and returns its address.
func (tx *tx) unsubscribeLink(ctx context.Context, person string, kind unsubscription.Mails) (string, error) {
	s := tx.Notify
	token := auth.NewToken()
	hash, _ := auth.HashToken(token)
	err := tx.Unsubscription.Create().SetID(s.NewID("unsubscription")).SetTokenHash(hash).
		SetUserID(person).SetMails(kind).SetCreatedAt(s.Moment()).Exec(ctx)
	return s.outbox.BaseURL + UnsubscribePath + "?token=" + token, err
}

// Unsubscribe stops the mails for which the token was made. Doing it twice changes nothing.
// Errors: NOT_FOUND on token.
func (s *Notify) Unsubscribe(ctx context.Context, token string) error {
	return change.In(ctx, s, func(ctx context.Context, tx *tx) error {
		link, err := tx.Unsubscription.Query().Where(unsubscriptionBy(token)).Only(ctx)
		if err != nil {
			return refusal.IfMissing("token", err)
		}

		off := UpdateNotificationSettingsInput{Digest: new(notificationsettings.DigestNEVER)}
		if link.Mails == unsubscription.MailsMENTIONS {
			off = UpdateNotificationSettingsInput{MailsMentions: new(bool)}
		}

		_, err = tx.changeSettings(ctx, link.UserID, off)
		return err
	})
}

// CanUnsubscribe returns nil when Unsubscribe knows the token.
// Errors: NOT_FOUND on token.
func (s *Notify) CanUnsubscribe(ctx context.Context, token string) error {
	_, err := s.Read.Unsubscription.Query().Where(unsubscriptionBy(token)).OnlyID(ctx)
	return refusal.IfMissing("token", err)
}

// unsubscriptionBy matches the link that has the token; none, if this is not the form of a token.
func unsubscriptionBy(token string) predicate.Unsubscription {
	hash, _ := auth.HashToken(token)
	return unsubscription.TokenHash(hash)
}

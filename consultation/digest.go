package consultation

import (
	"context"
	"fmt"
	"time"

	"golang.org/x/text/language"

	"ensemble/auth"
	"ensemble/ent"
	"ensemble/ent/notification"
	"ensemble/ent/notificationsettings"
	"ensemble/ent/predicate"
	"ensemble/ent/unsubscription"
)

const (
	digestEvery = 10 * time.Second // how late a digest, or a mail about a mention, is written at most
	digestLines = 20               // notifications in one mail; it says how many more there are
)

// mailMentions notes whom a mail about a mention is due.
func (tx *Tx) mailMentions(ctx context.Context, all map[string]wants, notices []notice) error {
	var people []string
	for _, n := range notices {
		if n.kind == notification.KindMENTION && all[n.person].mailsMentions {
			people = append(people, n.person)
		}
	}
	if len(people) == 0 {
		return nil
	}
	return tx.NotificationSettings.Update().Where(notificationsettings.IDIn(people...), notificationsettings.MentionsAtIsNil()).
		SetMentionsAt(tx.service.now()).Exec(ctx)
}

// writeDigests writes the mails that are due: digests, and those about mentions.
func (s *Service) writeDigests(ctx context.Context) error {
	if s.Mailer == nil {
		return nil
	}

	now := s.now()
	due, err := s.Read.NotificationSettings.Query().Where(notificationsettings.Or(
		notificationsettings.DigestAtLTE(now), notificationsettings.MentionsAtLTE(now))).
		Order(notificationsettings.ByID()).Limit(keepBatch).All(ctx)
	if err != nil {
		return fmt.Errorf("find digests to write: %w", err)
	}
	return each(due, "write digest of", func(n *ent.NotificationSettings) error {
		if n.MentionsAt != nil && !n.MentionsAt.After(now) {
			if err := s.writeMentions(ctx, n); err != nil {
				return err
			}
		}
		if n.DigestAt == nil || n.DigestAt.After(now) {
			return nil
		}
		return s.writeDigest(ctx, n)
	})
}

// writeDigest writes what came since the last one and is still unread, and moves the next one on by compare-and-set: so of
// many processes one writes. Without anything to tell there is no mail.
func (s *Service) writeDigest(ctx context.Context, n *ent.NotificationSettings) error {
	now := s.now()
	news, err := s.unreadSince(ctx, n.ID, n.DigestSince)
	if err != nil {
		return err
	}
	return s.inTx(ctx, func(ctx context.Context, tx *Tx) error {
		move := tx.NotificationSettings.Update().Where(notificationsettings.ID(n.ID), notificationsettings.DigestAt(*n.DigestAt)).
			SetDigestSince(now).SetDigestAt(kept(s.Digests.next(now, n.Digest)))
		moved, err := move.Save(ctx)
		if err != nil || moved == 0 || news.count == 0 {
			return err
		}
		return tx.mailNews(ctx, n.ID, unsubscription.MailsDIGEST, news, said{Message: "%d news about what you follow", Args: []any{news.count}})
	})
}

// writeMentions is the same for mentions, as soon as there is one.
func (s *Service) writeMentions(ctx context.Context, n *ent.NotificationSettings) error {
	now := s.now()
	news, err := s.unreadSince(ctx, n.ID, n.MentionsSince, notification.KindEQ(notification.KindMENTION))
	if err != nil {
		return err
	}
	return s.inTx(ctx, func(ctx context.Context, tx *Tx) error {
		moved, err := tx.NotificationSettings.Update().Where(notificationsettings.ID(n.ID), notificationsettings.MentionsAt(*n.MentionsAt)).
			SetMentionsSince(now).ClearMentionsAt().Save(ctx)
		if err != nil || moved == 0 || news.count == 0 {
			return err
		}
		return tx.mailNews(ctx, n.ID, unsubscription.MailsMENTIONS, news, said{Message: "You were mentioned"})
	})
}

// news is what a mail tells.
type news struct {
	told  []*Told
	count int // with those that are left out
}

// unreadSince is what a person has not read of what came after a moment; nil: ever.
func (s *Service) unreadSince(ctx context.Context, person string, since *time.Time, which ...predicate.Notification) (news, error) {
	q := s.notificationsOf(person).Where(notification.ReadAtIsNil()).Where(which...)
	if since != nil {
		q.Where(notification.UpdatedAtGT(*since))
	}
	count, err := q.Clone().Count(ctx)
	if err != nil || count == 0 {
		return news{}, err
	}
	rows, err := q.Order(ent.Desc(notification.FieldUpdatedAt, notification.FieldID)).Limit(digestLines).All(ctx)
	if err != nil {
		return news{}, err
	}
	told, err := s.Tell(ctx, rows)
	all := make([]*Told, len(rows))
	for i, n := range rows {
		all[i] = told[n.ID]
	}
	return news{all, count}, err
}

// mailNews writes the mail, to a confirmed address, with a link that stops such mails.
func (tx *Tx) mailNews(ctx context.Context, person string, kind unsubscription.Mails, what news, subject said) error {
	u, err := tx.User.Get(ctx, person)
	if err != nil {
		return err
	}
	to, ok := writeTo(u)
	if !ok || u.EmailConfirmedAt == nil {
		return nil
	}
	link, err := tx.unsubscribeLink(ctx, person, kind)
	if err != nil {
		return err
	}
	reader := []language.Tag{language.Make(u.Language)}
	var body []said
	for _, t := range what.told {
		body = append(body, said{Message: "%s\n%s", Args: []any{t.Text(reader), t.URL}})
	}
	if left := what.count - len(what.told); left > 0 {
		body = append(body, said{Message: "And %d more.", Args: []any{left}})
	}
	body = append(body, said{Message: "To stop these mails: %s", Args: []any{link}})
	return tx.service.mail(ctx, tx, to, letter{Subject: subject, Body: body, Headers: map[string]string{
		"List-Unsubscribe": "<" + link + ">", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click", // RFC 8058
		"Auto-Submitted": "auto-generated",
	}})
}

// UnsubscribePath is where mails of ours send who wants no more of them; the token is the parameter “token”.
const UnsubscribePath = "/mail/unsubscribe"

func (tx *Tx) unsubscribeLink(ctx context.Context, person string, kind unsubscription.Mails) (string, error) {
	s := tx.service
	token := auth.NewToken()
	hash, _ := auth.HashToken(token)
	err := tx.Unsubscription.Create().SetID(s.NewID("unsubscription")).SetTokenHash(hash).SetUserID(person).SetMails(kind).
		SetCreatedAt(s.now()).Exec(ctx)
	return s.BaseURL + UnsubscribePath + "?token=" + token, err
}

// Unsubscribe stops the mails that a token of theirs names. Doing it twice changes nothing. Errors: NOT_FOUND.
func (s *Service) Unsubscribe(ctx context.Context, token string) error {
	return s.inTx(ctx, func(ctx context.Context, tx *Tx) error {
		link, err := tx.Unsubscription.Query().Where(unsubscriptionBy(token)).Only(ctx)
		if err != nil {
			return absent("token", err)
		}
		change := UpdateNotificationSettingsInput{Digest: new(notificationsettings.DigestNEVER)}
		if link.Mails == unsubscription.MailsMENTIONS {
			change = UpdateNotificationSettingsInput{MailsMentions: new(bool)}
		}
		_, err = tx.changeSettings(ctx, link.UserID, change)
		return err
	})
}

// CanUnsubscribe says whether Unsubscribe knows the token. Errors: NOT_FOUND.
func (s *Service) CanUnsubscribe(ctx context.Context, token string) error {
	_, err := s.Read.Unsubscription.Query().Where(unsubscriptionBy(token)).OnlyID(ctx)
	return absent("token", err)
}

// unsubscriptionBy matches the link that has the token: none, if it is no token of ours.
func unsubscriptionBy(token string) predicate.Unsubscription {
	hash, _ := auth.HashToken(token)
	return unsubscription.TokenHash(hash)
}

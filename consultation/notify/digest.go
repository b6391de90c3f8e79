package notify

import (
	"context"
	"fmt"
	"time"

	"golang.org/x/text/language"

	"ensemble/consultation/change"
	"ensemble/consultation/message"
	"ensemble/consultation/outbox"
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

// mailMentions notes for which people a mail about a mention is due: those who are mentioned in one of the notices, and
// want such mails.
func (tx *tx) mailMentions(ctx context.Context, all map[string]wants, notices []notice) error {
	var people []string
	for _, n := range notices {
		if n.kind == notification.KindMENTION && all[n.person].mailsMentions {
			people = append(people, n.person)
		}
	}
	if len(people) == 0 {
		return nil
	}

	// A mail that is due already will mention the new mention, too.
	return tx.NotificationSettings.Update().
		Where(notificationsettings.IDIn(people...), notificationsettings.MentionsAtIsNil()).
		SetMentionsAt(tx.Moment()).Exec(ctx)
}

// writeDigests writes the mails that are due: digests, and mails about mentions. Without a mailer it does nothing.
func (s *Notify) writeDigests(ctx context.Context) error {
	if s.outbox.Mailer == nil {
		return nil
	}

	now := s.Moment()
	due, err := s.Read.NotificationSettings.Query().Where(notificationsettings.Or(
		notificationsettings.DigestAtLTE(now), notificationsettings.MentionsAtLTE(now))).
		Order(notificationsettings.ByID()).Limit(change.JobBatch).All(ctx)
	if err != nil {
		return fmt.Errorf("find digests to write: %w", err)
	}

	return change.Each(due, "write digest of", func(n *ent.NotificationSettings) error {
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

// writeDigest mails what came since the last digest and is still unread, and sets when the next digest is due. When
// there is nothing of that, it sends no mail.
func (s *Notify) writeDigest(ctx context.Context, n *ent.NotificationSettings) error {
	now := s.Moment()
	news, err := s.unreadSince(ctx, n.ID, n.DigestSince)
	if err != nil {
		return err
	}

	return change.In(ctx, s, func(ctx context.Context, tx *tx) error {
		// Only who finds the old time sets the new one: so one of many processes writes the mail.
		move := tx.NotificationSettings.Update().
			Where(notificationsettings.ID(n.ID), notificationsettings.DigestAt(*n.DigestAt)).
			SetDigestSince(now).SetDigestAt(change.Stored(s.Digests.next(now, n.Digest)))
		moved, err := move.Save(ctx)
		if err != nil || moved == 0 || news.count == 0 {
			return err
		}

		return tx.mailNews(ctx, n.ID, unsubscription.MailsDIGEST, news,
			message.Text("%d news about what you follow", news.count))
	})
}

// writeMentions does the same for mentions, which are mailed as soon as there is one.
func (s *Notify) writeMentions(ctx context.Context, n *ent.NotificationSettings) error {
	now := s.Moment()
	news, err := s.unreadSince(ctx, n.ID, n.MentionsSince, notification.KindEQ(notification.KindMENTION))
	if err != nil {
		return err
	}

	return change.In(ctx, s, func(ctx context.Context, tx *tx) error {
		moved, err := tx.NotificationSettings.Update().
			Where(notificationsettings.ID(n.ID), notificationsettings.MentionsAt(*n.MentionsAt)).
			SetMentionsSince(now).ClearMentionsAt().Save(ctx)
		if err != nil || moved == 0 || news.count == 0 {
			return err
		}

		return tx.mailNews(ctx, n.ID, unsubscription.MailsMENTIONS, news, message.Text("You were mentioned"))
	})
}

// news is what a digest tells one person.
type news struct {
	told  []string // ids of notifications
	count int      // of all, also of those that told leaves out
}

// unreadSince returns what a person has not read of what came after since, or of everything when that is nil: the
// newest digestLines of it, and how much it is in all.
func (s *Notify) unreadSince(
	ctx context.Context, person string, since *time.Time, which ...predicate.Notification,
) (news, error) {
	q := s.notificationsOf(person).Where(notification.ReadAtIsNil()).Where(which...)
	if since != nil {
		q.Where(notification.UpdatedAtGT(*since))
	}

	count, err := q.Clone().Count(ctx)
	if err != nil || count == 0 {
		return news{}, err
	}

	told, err := newest(q).Limit(digestLines).IDs(ctx)
	return news{told, count}, err
}

// newest puts notifications in the order in which mails tell them.
func newest(q *ent.NotificationQuery) *ent.NotificationQuery {
	return q.Order(ent.Desc(notification.FieldUpdatedAt, notification.FieldID))
}

// tellInMail returns what a mail says of notifications when it leaves: of those that were not read meanwhile, and still
// tell something, each with its address.
func (s *Notify) tellInMail(ctx context.Context, ids []string, reader []language.Tag) ([]string, error) {
	unread := s.Read.Notification.Query().Where(notification.IDIn(ids...), notification.ReadAtIsNil(), s.tellsSomething)
	rows, err := newest(unread).All(ctx)
	if err != nil {
		return nil, err
	}

	told, err := s.Sentences(ctx, rows)
	var said []string
	for _, n := range rows {
		if t := told[n.ID]; t != nil {
			said = append(said, t.Text(reader)+"\n"+s.outbox.URLFor(reader, n.SubjectID))
		}
	}
	return said, err
}

// mailNews writes a mail about news, with a link that stops such mails. It does nothing when the person's address is
// not confirmed.
func (tx *tx) mailNews(
	ctx context.Context, person string, kind unsubscription.Mails, what news, subject message.Said,
) error {
	u, err := tx.User.Get(ctx, person)
	if err != nil {
		return err
	}

	to, ok := outbox.WriteTo(u)
	if !ok || u.EmailConfirmedAt == nil {
		return nil
	}

	link, err := tx.unsubscribeLink(ctx, person, kind)
	if err != nil {
		return err
	}

	var body []message.Said
	if left := what.count - len(what.told); left > 0 {
		body = append(body, message.Text("And %d more.", left))
	}
	body = append(body, message.Text("To stop these mails: %s", link))

	headers := map[string]string{
		"List-Unsubscribe": "<" + link + ">", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click", // RFC 8058
		"Auto-Submitted": "auto-generated",
	}
	return tx.outbox.Mail(ctx, tx.Tx, to,
		outbox.Letter{Subject: subject, Tells: what.told, Body: body, Headers: headers})
}

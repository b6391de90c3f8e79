package moderation

import (
	"context"

	"golang.org/x/text/language"

	"ensemble/consultation/input"
	"ensemble/consultation/message"
	"ensemble/consultation/notify"
	"ensemble/consultation/outbox"
	"ensemble/ent"
	"ensemble/ent/appeal"
	entmoderation "ensemble/ent/moderation"
	"ensemble/ent/notification"
	"ensemble/ent/report"
	"ensemble/ent/user"
)

// The people whom a decision of moderators concerns are told of it, by notification and by mail.

// reasonsSaid has the reasons in words.
var reasonsSaid = map[entmoderation.Reason]message.Said{
	entmoderation.ReasonSPAM:      {Message: "Reason: unsolicited advertising or repetition."},
	entmoderation.ReasonOFFENSIVE: {Message: "Reason: offensive."},
	entmoderation.ReasonOFF_TOPIC: {Message: "Reason: off topic."},
	entmoderation.ReasonILLEGAL:   {Message: "Reason: illegal."},
	entmoderation.ReasonOTHER:     {Message: "Reason: other."},
}

// tellAuthor tells the author of an item what was decided on it, with the statement of reasons. It does nothing when
// the decision changes nothing for them (DISMISS of what is not hidden), and when they have erased their account.
func (tx *tx) tellAuthor(ctx context.Context, i Item, row *ent.Moderation) error {
	if row.Action == entmoderation.ActionDISMISS && !i.Removal().Hidden {
		return nil
	}

	if there, err := tx.User.Query().Where(user.ID(i.Author()), user.ErasedAtIsNil()).Exist(ctx); err != nil || !there {
		return err
	}

	// The notification says only that something was decided; the letter says what, and why.
	notify.Tell(ctx, tx.Tx, i.Author(), notification.KindCONTENT_MODERATED, i.About())
	return tx.mailAbout(ctx, i.Author(), i, func(about []any) outbox.Letter {
		var l outbox.Letter
		switch row.Action {
		case entmoderation.ActionHIDE:
			l.Subject = message.Text("Your contribution was hidden")
			l.Body = append(l.Body, message.Text("Your contribution %s to “%s” was hidden: only you and the moderators can read it.", about...))
		case entmoderation.ActionREFUSE:
			l.Subject = message.Text("Your contribution is not published")
			l.Body = append(l.Body, message.Text("Your contribution %s to “%s” was read by a moderator, and is not published.", about...))
		case entmoderation.ActionPUBLISH:
			l.Subject = message.Text("Your contribution is published")
			l.Body = append(l.Body, message.Text("Your contribution %s to “%s” was read by a moderator, and is published.", about...))
		default:
			l.Subject = message.Text("Your contribution can be read again")
			l.Body = append(l.Body,
				message.Text("Your contribution %s to “%s” can be read by everybody again.", about...))
		}

		l.Body = append(l.Body, statement(row)...)
		return l
	})
}

// statement returns the statement of reasons of a decision, line by line: what was decided why, by whom or by what,
// and how to appeal.
// Source: article 17 of the Digital Services Act.
func statement(row *ent.Moderation) []message.Said {
	var all []message.Said

	if row.Reason != nil {
		all = append(all, reasonsSaid[*row.Reason])
	}
	if row.Ground != "" {
		all = append(all, message.Text("The rule or law: %s", row.Ground))
	}
	if row.Facts != "" {
		all = append(all, message.Text("The facts: %s", row.Facts))
	}

	if row.Automated {
		all = append(all, message.Text("This was done automatically, because several readers reported it. A moderator will decide."))
	} else {
		all = append(all, message.Text("A person decided this."))
	}

	// Only who lost something has something to appeal against.
	if keepsAway(row.Action) {
		all = append(all, message.Text(
			"You may appeal until %s, once: somebody else decides then. Name the decision %s. You may also turn to a certified body that settles disputes out of court, or to a court.",
			appealUntil(row).Format("2006-01-02"), row.ID))
	}
	return all
}

// tellReporter mails the person who reported an item what came of it.
func (tx *tx) tellReporter(ctx context.Context, i Item, r *ent.Report, outcome report.Outcome) error {
	return tx.mailAbout(ctx, r.ReporterID, i, func(about []any) outbox.Letter {
		result := message.Text("It was hidden.")
		if outcome == report.OutcomeKEPT {
			result = message.Text("It stays: the moderators found that it keeps to the rules.")
		}
		return outbox.NewLetter(message.Text("What came of your report"),
			message.Text("You reported the contribution %s to “%s”. A moderator has read it.", about...), result,
			message.Text("If you disagree, you may turn to a certified body that settles disputes out of court, or to a court."),
		)
	})
}

// tellAppellant tells the author who appealed that the decision was upheld. It does nothing when it was overturned:
// then tellAuthor tells them of the new decision.
func (tx *tx) tellAppellant(ctx context.Context, i Item, a *ent.Appeal) error {
	if a.State != appeal.StateUPHELD {
		return nil
	}
	notify.Tell(ctx, tx.Tx, a.AuthorID, notification.KindAPPEAL_DECIDED, i.About())
	return tx.mailAbout(ctx, a.AuthorID, i, func(about []any) outbox.Letter {
		return outbox.NewLetter(message.Text("What came of your appeal"),
			message.Text("Somebody else has read your contribution %s to “%s”. The decision stands.", about...),
			message.Text("Why: %s", a.Statement),
		)
	})
}

// mailAbout mails a person about an item. It calls write with the item's id and the title of its process, in the
// language of the person. It does nothing when the site sends no mail, or the person has no address to write to.
func (tx *tx) mailAbout(ctx context.Context, userID string, i Item, write func(about []any) outbox.Letter) error {
	if tx.outbox.Mailer == nil {
		return nil
	}

	u, err := tx.User.Query().Where(user.ID(userID)).Only(ctx)
	if err != nil {
		return err
	}
	to, ok := outbox.WriteTo(u)
	if !ok {
		return nil
	}

	// The title is read last: it depends on the language of the person.
	p, err := tx.Process.Get(ctx, i.Process())
	if err != nil {
		return err
	}
	title, _ := input.InLanguage(p.Title, p.Languages, nil, []language.Tag{language.Make(to.Language)})
	return tx.outbox.Mail(ctx, tx.Tx, to, write([]any{i.ID(), title}))
}

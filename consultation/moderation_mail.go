package consultation

import (
	"context"

	"golang.org/x/text/language"

	"ensemble/ent"
	"ensemble/ent/appeal"
	"ensemble/ent/moderation"
	"ensemble/ent/notification"
	"ensemble/ent/report"
	"ensemble/ent/user"
)

// What moderators decide is told to whom it concerns, by notification and by mail.

// reasonsSaid are the reasons in words.
var reasonsSaid = map[moderation.Reason]said{
	moderation.ReasonSPAM:      {Message: "Reason: unsolicited advertising or repetition."},
	moderation.ReasonOFFENSIVE: {Message: "Reason: offensive."},
	moderation.ReasonOFF_TOPIC: {Message: "Reason: off topic."},
	moderation.ReasonILLEGAL:   {Message: "Reason: illegal."},
	moderation.ReasonOTHER:     {Message: "Reason: other."},
}

// tellAuthor tells the author of an item what was decided on it, with the statement of reasons; nothing when it stays what
// it was.
func (tx *Tx) tellAuthor(ctx context.Context, i Item, row *ent.Moderation) error {
	if row.Action == moderation.ActionDISMISS && !i.Removal().Hidden {
		return nil
	}
	if there, err := tx.User.Query().Where(user.ID(i.Author()), user.ErasedAtIsNil()).Exist(ctx); err != nil || !there {
		return err
	}
	notify(ctx, tx, i.Author(), notification.KindCONTENT_MODERATED, i.About())
	return tx.tell(ctx, i.Author(), i, func(about []any) letter {
		var l letter
		switch row.Action {
		case moderation.ActionHIDE:
			l.Subject = said{Message: "Your contribution was hidden"}
			l.Body = append(l.Body, said{Message: "Your contribution %s to “%s” was hidden: only you and the moderators can read it.", Args: about})
		case moderation.ActionREFUSE:
			l.Subject = said{Message: "Your contribution is not published"}
			l.Body = append(l.Body, said{Message: "Your contribution %s to “%s” was read by a moderator, and is not published.", Args: about})
		case moderation.ActionPUBLISH:
			l.Subject = said{Message: "Your contribution is published"}
			l.Body = append(l.Body, said{Message: "Your contribution %s to “%s” was read by a moderator, and is published.", Args: about})
		default:
			l.Subject = said{Message: "Your contribution can be read again"}
			l.Body = append(l.Body, said{Message: "Your contribution %s to “%s” can be read by everybody again.", Args: about})
		}
		l.Body = append(l.Body, statement(row)...)
		return l
	})
}

// statement is the statement of reasons of a decision: what was decided why, by whom or by what, and how to appeal.
// Source: article 17 of the Digital Services Act.
func statement(row *ent.Moderation) []said {
	var all []said
	if row.Reason != nil {
		all = append(all, reasonsSaid[*row.Reason])
	}
	if row.Ground != "" {
		all = append(all, said{Message: "The rule or law: %s", Args: []any{row.Ground}})
	}
	if row.Facts != "" {
		all = append(all, said{Message: "The facts: %s", Args: []any{row.Facts}})
	}
	if row.Automated {
		all = append(all, said{Message: "This was done automatically, because several readers reported it. A moderator will decide."})
	} else {
		all = append(all, said{Message: "A person decided this."})
	}
	if keepsAway(row.Action) {
		all = append(all, said{
			Message: "You may appeal until %s, once: somebody else decides then. Name the decision %s. You may also turn to a certified body that settles disputes out of court, or to a court.",
			Args:    []any{appealUntil(row).Format("2006-01-02"), row.ID},
		})
	}
	return all
}

// tellReporter tells who reported an item what came of it.
func (tx *Tx) tellReporter(ctx context.Context, i Item, r *ent.Report, outcome report.Outcome) error {
	return tx.tell(ctx, r.ReporterID, i, func(about []any) letter {
		result := said{Message: "It was hidden."}
		if outcome == report.OutcomeKEPT {
			result = said{Message: "It stays: the moderators found that it keeps to the rules."}
		}
		return letter{Subject: said{Message: "What came of your report"}, Body: []said{
			{Message: "You reported the contribution %s to “%s”. A moderator has read it.", Args: about}, result,
			{Message: "If you disagree, you may turn to a certified body that settles disputes out of court, or to a court."},
		}}
	})
}

// tellAppellant tells the author that the decision stands.
func (tx *Tx) tellAppellant(ctx context.Context, i Item, a *ent.Appeal) error {
	if a.State != appeal.StateUPHELD {
		return nil
	}
	notify(ctx, tx, a.AuthorID, notification.KindAPPEAL_DECIDED, i.About())
	return tx.tell(ctx, a.AuthorID, i, func(about []any) letter {
		return letter{Subject: said{Message: "What came of your appeal"}, Body: []said{
			{Message: "Somebody else has read your contribution %s to “%s”. The decision stands.", Args: about},
			{Message: "Why: %s", Args: []any{a.Statement}},
		}}
	})
}

// tell mails somebody about an item; write is given the item's id and the title of its process in their language.
func (tx *Tx) tell(ctx context.Context, userID string, i Item, write func(about []any) letter) error {
	if tx.service.Mailer == nil {
		return nil
	}
	u, err := tx.User.Query().Where(user.ID(userID)).Only(ctx)
	if err != nil {
		return err
	}
	to, ok := writeTo(u)
	if !ok {
		return nil
	}
	p, err := tx.Process.Get(ctx, i.Process())
	if err != nil {
		return err
	}
	title, _ := InLanguage(p.Title, p.Languages, nil, []language.Tag{language.Make(to.language)})
	return tx.service.mail(ctx, tx, to, write([]any{i.ID(), title}))
}

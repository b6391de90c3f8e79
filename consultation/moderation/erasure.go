package moderation

import (
	"context"
	"errors"
	"slices"

	"ensemble/consultation/change"
	"ensemble/consultation/people"
	"ensemble/consultation/text/markdown"
	"ensemble/ent/appeal"
	entmoderation "ensemble/ent/moderation"
	"ensemble/ent/moderationcase"
	"ensemble/ent/report"
	"ensemble/ent/user"
)

// reportsOn blanks the words of others about what a person wrote ($1), up to the erasure ($2). The words of later
// reports that nobody has decided on stay, because moderators need them; the decision blanks them (decideOn).
const reportsOn = `UPDATE reports SET text = '' WHERE text <> '' AND (outcome IS NOT NULL OR updated_at <= $2)
AND item_id IN (SELECT item_id FROM moderation_cases WHERE author_id = $1)`

// forgetReportsDecided blanks the words of all reports on an item whose author has erased their account.
const forgetReportsDecided = `UPDATE reports SET text = '' WHERE item_id = $1 AND text <> ''`

// wordsWithModerators blank the words between a person and moderators, which nobody else reads. Reasons, rules and
// what was decided stay: they are in the public log, which names nobody.
var wordsWithModerators = []string{
	`UPDATE reports SET text = '' WHERE reporter_id = $1 AND text <> ''`,
	`UPDATE moderations SET facts = '' WHERE facts <> '' AND item_id IN (SELECT item_id FROM moderation_cases WHERE author_id = $1)`,
	`UPDATE appeals SET text = '', statement = '' WHERE author_id = $1 AND (text <> '' OR statement <> '')`,
}

// EraseCases forgets what the person and moderators said to each other, and ends their open appeals.
func EraseCases(ctx context.Context, tx *change.Tx, e change.Erasing) error {
	for _, words := range wordsWithModerators {
		if _, err := tx.ExecContext(ctx, words, e.Account.ID); err != nil {
			return err
		}
	}

	if _, err := tx.ExecContext(ctx, reportsOn, e.Account.ID, e.At); err != nil {
		return err
	}

	// An appeal without its words cannot be decided: it lapses, and the decision remains.
	appealed, err := tx.ModerationCase.Query().
		Where(moderationcase.AuthorID(e.Account.ID), moderationcase.StateEQ(moderationcase.StateAPPEALED)).All(ctx)
	if err != nil {
		return err
	}

	for _, c := range appealed {
		if err := settleAppeals(ctx, tx, c.ItemID, appeal.StateLAPSED, nil); err != nil {
			return err
		}
		if c, err = c.Update().SetState(moderationcase.StateDECIDED).SetDecidedAt(tx.Moment()).Save(ctx); err != nil {
			return err
		}
		queueChanged(tx, c)
	}
	return nil
}

// forgetDecided forgets what was said about an item whose author has erased their account, now that it is decided: no
// later erasure would. It returns the decision as it is to be written down, without its facts. It changes nothing for
// other authors.
func (tx *tx) forgetDecided(ctx context.Context, i Item, d Decision) (Decision, error) {
	gone, err := tx.User.Query().Where(user.ID(i.Author()), user.ErasedAtNotNil()).Exist(ctx)
	if err != nil || !gone {
		return d, err
	}
	d.Facts = ""
	_, err = tx.ExecContext(ctx, forgetReportsDecided, i.ID())
	return d, err
}

// EraseFromCases takes the person's nicknames out of what others said to moderators about others' content: reports, the
// facts of decisions, appeals and the answers to them. Whom a nickname means is not stored here, so one that somebody else
// bears meanwhile stays.
func EraseFromCases(ctx context.Context, tx *change.Tx, e change.Erasing) error {
	nicknames, err := people.NobodyElses(ctx, tx, e.Account)
	if err != nil || len(nicknames) == 0 {
		return err
	}

	clean := func(column, table, id, text string) error {
		gone := func(nickname string) bool { return slices.Contains(nicknames, nickname) }
		cleaned := markdown.Unmention(text, gone)
		if cleaned == text {
			return nil
		}
		// Some of these texts cannot change otherwise: SQL does it here.
		_, err := tx.ExecContext(ctx, "UPDATE "+table+" SET "+column+" = $1 WHERE id = $2", cleaned, id)
		return err
	}

	reports, err := tx.Report.Query().Where(people.MaySay(nicknames, report.FieldText)).Order(report.ByID()).All(ctx)
	for _, r := range reports {
		err = errors.Join(err, clean(report.FieldText, report.Table, r.ID, r.Text))
	}
	if err != nil {
		return err
	}
	decisions, err := tx.Moderation.Query().Where(people.MaySay(nicknames, entmoderation.FieldFacts)).
		Order(entmoderation.ByID()).All(ctx)
	for _, d := range decisions {
		err = errors.Join(err, clean(entmoderation.FieldFacts, entmoderation.Table, d.ID, d.Facts))
	}
	if err != nil {
		return err
	}
	appeals, err := tx.Appeal.Query().Where(people.MaySay(nicknames, appeal.FieldText, appeal.FieldStatement)).
		Order(appeal.ByID()).All(ctx)
	for _, a := range appeals {
		err = errors.Join(err, clean(appeal.FieldText, appeal.Table, a.ID, a.Text),
			clean(appeal.FieldStatement, appeal.Table, a.ID, a.Statement))
	}
	return err
}

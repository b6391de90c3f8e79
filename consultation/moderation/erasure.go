package moderation

import (
	"context"

	"ensemble/consultation/change"
	"ensemble/ent/appeal"
	"ensemble/ent/moderationcase"
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

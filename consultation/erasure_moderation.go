package consultation

import (
	"context"

	"ensemble/ent/appeal"
	"ensemble/ent/moderationcase"
	"ensemble/ent/user"
)

// reportsOn are the words of others about what a person wrote. Those of later reports wait for moderators, who need them:
// the decision blanks them (decideOn).
const reportsOn = `UPDATE reports SET text = '' WHERE text <> '' AND (outcome IS NOT NULL OR updated_at <= $2)
AND item_id IN (SELECT item_id FROM moderation_cases WHERE author_id = $1)`

// forgetReportsDecided is for an item of somebody who is gone.
const forgetReportsDecided = `UPDATE reports SET text = '' WHERE item_id = $1 AND text <> ''`

// The words between a person and moderators, which nobody else reads. Reasons, rules and what was decided stay: the public
// log tells them, of nobody.
var wordsWithModerators = []string{
	`UPDATE reports SET text = '' WHERE reporter_id = $1 AND text <> ''`,
	`UPDATE moderations SET facts = '' WHERE facts <> '' AND item_id IN (SELECT item_id FROM moderation_cases WHERE author_id = $1)`,
	`UPDATE appeals SET text = '', statement = '' WHERE author_id = $1 AND (text <> '' OR statement <> '')`,
}

// eraseCases forgets what the person and moderators said to each other, and ends their open appeals.
func eraseCases(ctx context.Context, tx *Tx, e Erasing) error {
	for _, words := range wordsWithModerators {
		if _, err := tx.ExecContext(ctx, words, e.Account.ID); err != nil {
			return err
		}
	}
	if _, err := tx.ExecContext(ctx, reportsOn, e.Account.ID, e.At); err != nil {
		return err
	}
	appealed, err := tx.ModerationCase.Query().Where(moderationcase.AuthorID(e.Account.ID), moderationcase.StateEQ(moderationcase.StateAPPEALED)).All(ctx)
	if err != nil {
		return err
	}
	for _, c := range appealed {
		if err := settleAppeals(ctx, tx, c.ItemID, appeal.StateLAPSED, nil); err != nil {
			return err
		}
		if c, err = c.Update().SetState(moderationcase.StateDECIDED).SetDecidedAt(tx.service.now()).Save(ctx); err != nil {
			return err
		}
		queueChanged(tx, c)
	}
	return nil
}

// forgetDecided keeps nothing of what was said about an item whose author is erased, now that it is decided: no erasure
// comes after. It returns the decision as it is to be written down.
func (tx *Tx) forgetDecided(ctx context.Context, i Item, d Decision) (Decision, error) {
	gone, err := tx.User.Query().Where(user.ID(i.Author()), user.ErasedAtNotNil()).Exist(ctx)
	if err != nil || !gone {
		return d, err
	}
	d.Facts = ""
	_, err = tx.ExecContext(ctx, forgetReportsDecided, i.ID())
	return d, err
}

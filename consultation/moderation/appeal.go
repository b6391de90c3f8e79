package moderation

import (
	"context"

	"entgo.io/ent/dialect/sql"

	"ensemble/auth"
	"ensemble/consultation/change"
	"ensemble/consultation/input"
	"ensemble/consultation/permission"
	"ensemble/consultation/refusal"
	"ensemble/ent"
	"ensemble/ent/appeal"
	entmoderation "ensemble/ent/moderation"
	"ensemble/ent/moderationcase"
	"ensemble/ent/role"
	"ensemble/ent/user"
)

// appealMonths is how many months an author has to appeal, from the decision on. Source: article 20 of the Digital
// Services Act.
const appealMonths = 6

// Appeal makes the author's objection to the decision that removed their item. They have six months, and one appeal for
// each decision.
// Errors: UNAUTHENTICATED; NOT_FOUND for a decision that is not about something of theirs; FORBIDDEN when others may
// know of it; BAD_USER_INPUT; CONFLICT when it does not stand any more, or was appealed; CLOSED after six months.
func (s *Moderation) Appeal(ctx context.Context, in AppealDecisionInput) (*ent.Appeal, error) {
	return change.Once(ctx, s, in, s.Read.Appeal.Get,
		func(ctx context.Context, tx *tx) (*ent.Appeal, error) {
			row, i, c, err := tx.moderationToAppeal(ctx, in.Moderation)
			if err != nil {
				return nil, err
			}

			text, err := input.Prose("text", in.Text, 1, maxFacts)
			if err != nil {
				return nil, err
			}

			a, err := tx.Tx.Appeal.Create().SetID(s.NewID("appeal")).SetModerationID(row.ID).SetItemID(i.ID()).
				SetProcessID(i.Process()).SetAuthorID(i.Author()).SetText(text).SetCreatedAt(s.Moment()).Save(ctx)
			if err != nil {
				return nil, err
			}

			// The case is back in the moderators' queue, and waits since now.
			c, err = c.Update().SetState(moderationcase.StateAPPEALED).SetOpenedAt(s.Moment()).
				ClearDecidedAt().Save(ctx)
			if err != nil {
				return nil, err
			}

			queueChanged(tx.Tx, c)
			return a, nil
		})
}

// moderationToAppeal locks the item that a decision is about, if the viewer may appeal against the decision, and
// returns the decision, the item and its case.
func (tx *tx) moderationToAppeal(ctx context.Context, id string) (*ent.Moderation, Item, *ent.ModerationCase, error) {
	viewer := auth.ViewerFrom(ctx)
	if err := permission.AskSignedIn(viewer); err != nil {
		return nil, nil, nil, err
	}

	row, err := tx.Tx.Moderation.Get(ctx, id)
	if err != nil {
		return nil, nil, nil, refusal.IfMissing("moderation", err)
	}

	i, err := tx.anyItem(ctx, "moderation", row.ItemID)
	if refusal.CodeOf(err) == refusal.NotFound || err == nil && i.IsDraft() {
		return nil, nil, nil, tx.noMoreToAppeal(ctx, viewer, row, i)
	}
	if err != nil {
		return nil, nil, nil, err
	}

	// The item is locked: what follows cannot change any more.
	newest, err := tx.Tx.Moderation.Query().Where(entmoderation.ItemID(i.ID())).
		Order(entmoderation.ByCreatedAt(sql.OrderDesc()), entmoderation.ByID(sql.OrderDesc())).First(ctx)
	if err != nil {
		return nil, nil, nil, err
	}

	c, err := caseOf(ctx, tx.Tx, i)
	if err != nil {
		return nil, nil, nil, err
	}

	// A decision that is not in the public log is absent for all but the author.
	if err := MayAppeal(viewer, i.Author(), row, newest, StandingOf(c, i.Removal()), tx.Moment()); err != nil {
		if !IsLogged(row) && viewer.UserID != i.Author() {
			err = refusal.Missing("moderation")
		}
		return nil, nil, nil, err
	}

	earlier, err := tx.Tx.Appeal.Query().Where(appeal.ModerationID(id)).Only(ctx)
	if err == nil {
		return nil, nil, nil, refusal.Conflicting(refusal.At(earlier.ID, earlier.State),
			"You have appealed against this decision.")
	}
	return row, i, c, refusal.IgnoreMissing(err)
}

// noMoreToAppeal returns the refusal of an appeal about an item that was refused, and that is a draft again, or was
// thrown away since: then i is nil. Errors: CONFLICT for its author; NOT_FOUND for everybody else.
func (tx *tx) noMoreToAppeal(ctx context.Context, viewer auth.Viewer, row *ent.Moderation, i Item) error {
	c, err := tx.ModerationCase.Query().Where(moderationcase.ItemID(row.ItemID)).Only(ctx)
	if err != nil {
		return err
	}
	if c.AuthorID != viewer.UserID {
		return refusal.Missing("moderation")
	}

	stands := StandingDeleted
	if i != nil {
		stands = StandingOf(c, i.Removal())
	}
	return refusal.Conflicting(refusal.At(row.ItemID, stands), "This decision does not stand any more.")
}

// DecideAppeal upholds the decision that an author has appealed against, or overturns it, which restores or publishes
// what the decision removed.
// Errors: UNAUTHENTICATED; NOT_FOUND; FORBIDDEN for the author, and for who took the decision, unless nobody else
// could decide; BAD_USER_INPUT without a statement; CONFLICT when the appeal was decided already.
func (s *Moderation) DecideAppeal(ctx context.Context, in DecideAppealInput) (*ent.Appeal, error) {
	return change.Once(ctx, s, in, s.Read.Appeal.Get,
		func(ctx context.Context, tx *tx) (*ent.Appeal, error) {
			a, row, i, err := tx.appealToDecide(ctx, in.Appeal)
			if err != nil {
				return nil, err
			}

			statement, err := input.Prose("statement", in.Statement, 1, maxFacts)
			if err != nil {
				return nil, err
			}

			state := appeal.StateUPHELD
			if in.Overturn {
				state = appeal.StateOVERTURNED
			}

			a, err = a.Update().SetState(state).SetStatement(statement).
				SetDeciderID(auth.ViewerFrom(ctx).UserID).SetDecidedAt(s.Moment()).Save(ctx)
			if err != nil {
				return nil, err
			}

			// The audit has the result, not the statement, which may name people.
			if err := tx.Audit(ctx, change.Act{
				Name: "decideAppeal", Subject: i.ID(), Process: i.Process(), Reason: string(state),
				Details: map[string]any{"appeal": a.ID, "state": string(state)},
			}); err != nil {
				return nil, err
			}

			return a, tx.carryOut(ctx, a, row, i)
		})
}

// appealToDecide locks the item of an appeal that the viewer may decide, and returns the appeal, the decision that it
// is against, and the item. Errors: NOT_FOUND also when the viewer neither moderates there nor made the appeal.
func (tx *tx) appealToDecide(ctx context.Context, id string) (*ent.Appeal, *ent.Moderation, Item, error) {
	viewer := auth.ViewerFrom(ctx)
	if err := permission.AskSignedIn(viewer); err != nil {
		return nil, nil, nil, err
	}

	// The appeal is read twice: it names the item to lock, and may change until that is locked.
	a, err := tx.Tx.Appeal.Get(ctx, id)
	if err != nil {
		return nil, nil, nil, refusal.IfMissing("appeal", err)
	}

	if MayModerate(viewer, "decideAppeal", a.AuthorID, a.ProcessID) != nil && viewer.UserID != a.AuthorID {
		return nil, nil, nil, refusal.Missing("appeal")
	}

	i, gone := tx.lockItem(ctx, "appeal", a.ItemID)
	if gone != nil && refusal.CodeOf(gone) != refusal.NotFound {
		return nil, nil, nil, gone
	}

	if a, err = tx.Tx.Appeal.Get(ctx, id); err != nil {
		return nil, nil, nil, err
	}

	row, err := tx.Tx.Moderation.Get(ctx, a.ModerationID)
	if err != nil {
		return nil, nil, nil, err
	}
	alone, err := tx.moderatesAlone(ctx, viewer, a)
	if err != nil {
		return nil, nil, nil, err
	}

	if err := MayDecideAppeal(viewer, a, row, alone); err != nil {
		return nil, nil, nil, err
	}

	// Last, for the refusals above say more: an item that is a draft again, or was thrown away, has ended the appeal.
	return a, row, i, gone
}

// moderatesAlone reports whether nobody but the viewer and the author could decide on an appeal.
func (tx *tx) moderatesAlone(ctx context.Context, viewer auth.Viewer, a *ent.Appeal) (bool, error) {
	moderates := user.Or(
		user.SiteAdmin(true),
		user.HasRolesWith(role.ProcessID(a.ProcessID), role.NameIn(role.NameADMIN, role.NameMODERATOR)),
	)

	others, err := tx.User.Query().
		Where(user.IDNotIn(viewer.UserID, a.AuthorID), user.ErasedAtIsNil(), moderates).Exist(ctx)
	return !others, err
}

// carryOut does what was decided on an appeal, and tells its author.
func (tx *tx) carryOut(ctx context.Context, a *ent.Appeal, row *ent.Moderation, i Item) error {
	c, err := caseOf(ctx, tx.Tx, i)
	if err != nil {
		return err
	}

	// The new decision names no reason: that of the overturned one does not apply any more.
	if a.State == appeal.StateOVERTURNED {
		back := Decision{Item: i.ID(), Action: entmoderation.ActionRESTORE, Facts: a.Statement}
		if row.Action == entmoderation.ActionREFUSE {
			back.Action = entmoderation.ActionPUBLISH
		}
		_, err := tx.decideOn(ctx, i, c, back)
		return err
	}

	if row.Automated { // nobody had looked at the reports: now somebody has
		if err := tx.closeReports(ctx, i, outcomeOf(row.Action), row); err != nil {
			return err
		}
	}

	c, err = c.Update().SetState(moderationcase.StateDECIDED).SetReportCount(0).
		SetConfirmedCount(0).AddDecisionCount(1).SetDecidedAt(tx.Moment()).Save(ctx)
	if err != nil {
		return err
	}

	queueChanged(tx.Tx, c)
	return tx.tellAppellant(ctx, i, a)
}

// settleAppeals ends the open appeals about an item on which something else was decided; decider is nil when nobody
// decided.
func settleAppeals(ctx context.Context, tx *change.Tx, itemID string, to appeal.State, decider *string) error {
	return tx.Appeal.Update().Where(appeal.ItemID(itemID), appeal.StateEQ(appeal.StateOPEN)).
		SetState(to).SetNillableDeciderID(decider).SetDecidedAt(tx.Moment()).Exec(ctx)
}

// wasOverturned reports whether a decision of the viewer that removed the item was reversed while an appeal waited, and
// the item has not changed since. It counts what they reversed themselves, too: otherwise they could end each appeal in
// this way, and remove the item again.
func (tx *tx) wasOverturned(ctx context.Context, i Item) (bool, error) {
	decider := auth.ViewerFrom(ctx).UserID
	theirs, err := tx.Tx.Moderation.Query().
		Where(entmoderation.ItemID(i.ID()), entmoderation.DeciderID(decider)).IDs(ctx)
	if err != nil || len(theirs) == 0 {
		return false, err
	}

	overturned := tx.Tx.Appeal.Query().Where(appeal.ModerationIDIn(theirs...), appeal.StateEQ(appeal.StateOVERTURNED))
	if changed := i.ChangedAt(); changed != nil {
		overturned.Where(appeal.DecidedAtGTE(*changed))
	}

	return overturned.Exist(ctx)
}

package consultation

import (
	"context"

	"entgo.io/ent/dialect/sql"

	"ensemble/auth"
	"ensemble/ent"
	"ensemble/ent/appeal"
	"ensemble/ent/moderation"
	"ensemble/ent/moderationcase"
	"ensemble/ent/role"
	"ensemble/ent/user"
)

// appealMonths is how long an author may appeal. Source: article 20 of the Digital Services Act.
const appealMonths = 6

// Appeal is the author's objection to the decision that keeps their item away, within six months, once. Errors: NOT_FOUND
// for a decision that is not about something of theirs; CONFLICT when it does not stand any more, or was appealed; CLOSED.
func (s *Service) Appeal(ctx context.Context, moderationID, text string, key *string) (*ent.Appeal, error) {
	return once(ctx, s, Retry{"appeal", key, []any{moderationID, text}}, s.Read.Appeal.Get,
		func(ctx context.Context, tx *Tx) (*ent.Appeal, error) {
			row, i, c, err := tx.moderationToAppeal(ctx, moderationID)
			if err != nil {
				return nil, err
			}
			text, err := prose("text", text, 1, maxFacts)
			if err != nil {
				return nil, err
			}
			a, err := tx.Appeal.Create().SetID(s.NewID("appeal")).SetModerationID(row.ID).SetItemID(i.ID()).SetProcessID(i.Process()).
				SetAuthorID(i.Author()).SetText(text).SetCreatedAt(s.now()).Save(ctx)
			if err != nil {
				return nil, err
			}
			c, err = c.Update().SetState(moderationcase.StateAPPEALED).SetOpenedAt(s.now()).ClearDecidedAt().Save(ctx)
			if err != nil {
				return nil, err
			}
			queueChanged(tx, c)
			return a, nil
		})
}

// moderationToAppeal locks what a decision is about, if the viewer may appeal against it.
func (tx *Tx) moderationToAppeal(ctx context.Context, id string) (*ent.Moderation, Item, *ent.ModerationCase, error) {
	viewer := auth.ViewerFrom(ctx)
	if err := signedIn(viewer); err != nil {
		return nil, nil, nil, err
	}
	row, err := tx.Moderation.Get(ctx, id)
	if err != nil {
		return nil, nil, nil, absent("moderation", err)
	}

	i, err := tx.anyItem(ctx, "moderation", row.ItemID)
	if CodeOf(err) == NotFound || err == nil && i.IsDraft() {
		return nil, nil, nil, tx.noMoreToAppeal(ctx, viewer, row, i)
	}
	if err != nil {
		return nil, nil, nil, err
	}

	newest, err := tx.Moderation.Query().Where(moderation.ItemID(i.ID())).Order(moderation.ByCreatedAt(sql.OrderDesc()), moderation.ByID(sql.OrderDesc())).First(ctx)
	if err != nil {
		return nil, nil, nil, err
	}
	c, err := caseOf(ctx, tx, i)
	if err != nil {
		return nil, nil, nil, err
	}
	if err := MayAppeal(viewer, i.Author(), row, newest, StandingOf(c, i.Removal()), tx.service.now()); err != nil {
		if !IsLogged(row) && viewer.UserID != i.Author() {
			err = notFound("moderation")
		}
		return nil, nil, nil, err
	}
	earlier, err := tx.Appeal.Query().Where(appeal.ModerationID(id)).Only(ctx)
	if err == nil {
		return nil, nil, nil, moved(earlier.ID, "You have appealed against this decision.")
	}
	return row, i, c, ignoreNotFound(err)
}

// noMoreToAppeal refuses an appeal about something that was refused, and is a draft again or was thrown away since, when i is
// nil: to all but its author it is absent.
func (tx *Tx) noMoreToAppeal(ctx context.Context, viewer auth.Viewer, row *ent.Moderation, i Item) error {
	c, err := tx.ModerationCase.Query().Where(moderationcase.ItemID(row.ItemID)).Only(ctx)
	if err != nil {
		return err
	}
	if c.AuthorID != viewer.UserID {
		return notFound("moderation")
	}
	stands := StandingDeleted
	if i != nil {
		stands = StandingOf(c, i.Removal())
	}
	return moved(stands, "This decision does not stand any more.")
}

// DecideAppeal upholds the decision that an author has appealed against, or overturns it, which brings back or publishes
// what it kept away. Errors: NOT_FOUND; FORBIDDEN for who took the decision, unless nobody else could; CONFLICT when it was
// decided already.
func (s *Service) DecideAppeal(ctx context.Context, id string, overturn bool, statement string, key *string) (*ent.Appeal, error) {
	return once(ctx, s, Retry{"decideAppeal", key, []any{id, overturn, statement}}, s.Read.Appeal.Get,
		func(ctx context.Context, tx *Tx) (*ent.Appeal, error) {
			a, row, i, err := tx.appealToDecide(ctx, id)
			if err != nil {
				return nil, err
			}
			statement, err := prose("statement", statement, 1, maxFacts)
			if err != nil {
				return nil, err
			}
			state := appeal.StateUPHELD
			if overturn {
				state = appeal.StateOVERTURNED
			}
			a, err = a.Update().SetState(state).SetStatement(statement).SetDeciderID(auth.ViewerFrom(ctx).UserID).SetDecidedAt(s.now()).Save(ctx)
			if err != nil {
				return nil, err
			}
			if err := tx.audit(ctx, privileged{
				act: "decideAppeal", subject: i.ID(), process: i.Process(), reason: string(state),
				details: map[string]any{"appeal": a.ID, "state": string(state)},
			}); err != nil {
				return nil, err
			}
			return a, tx.carryOut(ctx, a, row, i)
		})
}

// appealToDecide locks an appeal that waits for the viewer.
func (tx *Tx) appealToDecide(ctx context.Context, id string) (*ent.Appeal, *ent.Moderation, Item, error) {
	viewer := auth.ViewerFrom(ctx)
	if err := signedIn(viewer); err != nil {
		return nil, nil, nil, err
	}
	a, err := tx.Appeal.Get(ctx, id)
	if err != nil {
		return nil, nil, nil, absent("appeal", err)
	}
	if MayModerate(viewer, "decideAppeal", a.AuthorID, a.ProcessID) != nil && viewer.UserID != a.AuthorID {
		return nil, nil, nil, notFound("appeal")
	}
	i, gone := tx.lockItem(ctx, "appeal", a.ItemID)
	if gone != nil && CodeOf(gone) != NotFound {
		return nil, nil, nil, gone
	}
	if a, err = tx.Appeal.Get(ctx, id); err != nil { // again, as it is now that the item is locked
		return nil, nil, nil, err
	}
	row, err := tx.Moderation.Get(ctx, a.ModerationID)
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
	return a, row, i, gone // what it is about is a draft again, or was thrown away: that has ended the appeal
}

// moderatesAlone says whether nobody but the viewer, and the author, could decide on an appeal.
func (tx *Tx) moderatesAlone(ctx context.Context, viewer auth.Viewer, a *ent.Appeal) (bool, error) {
	others, err := tx.User.Query().Where(user.IDNotIn(viewer.UserID, a.AuthorID), user.ErasedAtIsNil(), user.Or(user.SiteAdmin(true),
		user.HasRolesWith(role.ProcessID(a.ProcessID), role.NameIn(role.NameADMIN, role.NameMODERATOR)))).Exist(ctx)
	return !others, err
}

// carryOut does what was decided on an appeal, and tells its author. The reason of an overturned decision is none any more.
func (tx *Tx) carryOut(ctx context.Context, a *ent.Appeal, row *ent.Moderation, i Item) error {
	c, err := caseOf(ctx, tx, i)
	if err != nil {
		return err
	}
	if a.State == appeal.StateOVERTURNED {
		back := Decision{Item: i.ID(), Action: moderation.ActionRESTORE, Facts: a.Statement}
		if row.Action == moderation.ActionREFUSE {
			back.Action = moderation.ActionPUBLISH
		}
		_, err := tx.decideOn(ctx, i, c, back)
		return err
	}
	if row.Automated { // nobody had looked at the reports: now somebody has
		if err := tx.closeReports(ctx, i, outcomeOf(row.Action), row); err != nil {
			return err
		}
	}
	c, err = c.Update().SetState(moderationcase.StateDECIDED).SetReportCount(0).SetConfirmedCount(0).AddDecisionCount(1).
		SetDecidedAt(tx.service.now()).Save(ctx)
	if err != nil {
		return err
	}
	queueChanged(tx, c)
	return tx.tellAppellant(ctx, i, a)
}

// settleAppeals ends open appeals about an item that something else has decided; decider is nil when its author did.
func settleAppeals(ctx context.Context, tx *Tx, itemID string, to appeal.State, decider *string) error {
	return tx.Appeal.Update().Where(appeal.ItemID(itemID), appeal.StateEQ(appeal.StateOPEN)).SetState(to).SetNillableDeciderID(decider).
		SetDecidedAt(tx.service.now()).Exec(ctx)
}

// wasOverturned says whether what the viewer took away was given back while an appeal waited, and the item is as it was then.
// Who gave it back themselves counts too: else they could end each appeal by that, and take it away again.
func (tx *Tx) wasOverturned(ctx context.Context, i Item) (bool, error) {
	decider := auth.ViewerFrom(ctx).UserID
	theirs, err := tx.Moderation.Query().Where(moderation.ItemID(i.ID()), moderation.DeciderID(decider)).IDs(ctx)
	if err != nil || len(theirs) == 0 {
		return false, err
	}
	overturned := tx.Appeal.Query().Where(appeal.ModerationIDIn(theirs...), appeal.StateEQ(appeal.StateOVERTURNED))
	if changed := i.ChangedAt(); changed != nil {
		overturned.Where(appeal.DecidedAtGTE(*changed))
	}
	return overturned.Exist(ctx)
}

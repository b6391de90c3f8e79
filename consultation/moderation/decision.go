package moderation

import (
	"context"
	"slices"
	"strings"

	"ensemble/auth"
	"ensemble/consultation/change"
	"ensemble/consultation/input"
	"ensemble/consultation/organizations"
	"ensemble/consultation/permission"
	"ensemble/consultation/refusal"
	"ensemble/ent"
	"ensemble/ent/appeal"
	entmoderation "ensemble/ent/moderation"
	"ensemble/ent/moderationcase"
	"ensemble/ent/report"
	"ensemble/live"
)

// Bounds of a statement of reasons, in code points, and of how much is decided at once.
const (
	maxFacts     = 2000
	maxGround    = 200
	maxDecisions = 50
)

// Standing is the state of an item as its moderators see it.
type Standing string

// The standings. Where more than one applies, the first of them counts.
const (
	StandingDeleted   Standing = "DELETED"   // its author did
	StandingHeld      Standing = "HELD"      // not published yet
	StandingRefused   Standing = "REFUSED"   // it will not be
	StandingSuspended Standing = "SUSPENDED" // hidden by reports, until a moderator decides
	StandingHidden    Standing = "HIDDEN"
	StandingPublic    Standing = "PUBLIC"
)

// StandingOf returns the standing of an item, from its case and from how it is withheld from readers. Both must have
// been read together.
func StandingOf(c *ent.ModerationCase, r Removal) Standing {
	switch {
	case r.Deleted:
		return StandingDeleted
	case r.Held && c.State == moderationcase.StateHELD:
		return StandingHeld
	case r.Held:
		return StandingRefused
	case r.Hidden && c.State == moderationcase.StateOPEN:
		return StandingSuspended
	case r.Hidden:
		return StandingHidden
	}
	return StandingPublic
}

// decidable has the standings from which each decision can be made.
var decidable = map[entmoderation.Action][]Standing{
	entmoderation.ActionHIDE:    {StandingPublic, StandingSuspended},
	entmoderation.ActionRESTORE: {StandingHidden, StandingSuspended},
	entmoderation.ActionDISMISS: {StandingPublic, StandingSuspended},
	entmoderation.ActionPUBLISH: {StandingHeld, StandingRefused},
	entmoderation.ActionREFUSE:  {StandingHeld},
}

// mutations has the names of the decisions in the schema and in the table of permissions.
var mutations = map[entmoderation.Action]string{
	entmoderation.ActionHIDE: "hideContent", entmoderation.ActionRESTORE: "restoreContent",
	entmoderation.ActionDISMISS: "dismissReports",
	entmoderation.ActionPUBLISH: "publishHeldContent", entmoderation.ActionREFUSE: "refuseHeldContent",
}

// Decide makes a moderator's decision, answers the reports on the item, and tells its author.
// Errors: UNAUTHENTICATED; NOT_FOUND for what does not exist, or what the viewer must not know of; FORBIDDEN;
// BAD_USER_INPUT without a statement of reasons; CONFLICT, with the item's standing, when the decision cannot be made
// from there or somebody else decided meanwhile.
func (s *Moderation) Decide(ctx context.Context, d Decision) (*ent.Moderation, error) {
	return s.decide(ctx, d, d)
}

// decide does what Decide does, once for the idempotency key of r.
func (s *Moderation) decide(ctx context.Context, r change.Input, d Decision) (*ent.Moderation, error) {
	return change.Once(ctx, s, r, s.Read.Moderation.Get,
		func(ctx context.Context, tx *tx) (*ent.Moderation, error) {
			i, err := tx.itemToModerate(ctx, mutations[d.Action], d.Item)
			if err != nil {
				return nil, err
			}

			// The item is locked: its case, and what was decided on it, cannot change any more.
			c, err := caseOf(ctx, tx.Tx, i)
			if err != nil {
				return nil, err
			}

			overturned, err := tx.wasOverturned(ctx, i)
			if err != nil {
				return nil, err
			}

			// A decision that cannot be made is refused before its statement is looked at.
			if err := mayDecideOn(StandingOf(c, i.Removal()), c, d, overturned); err != nil {
				return nil, err
			}

			if d, err = d.stated(); err != nil {
				return nil, err
			}

			return tx.decideOn(ctx, i, c, d)
		})
}

// Decided is the result of one of several decisions: a row, or a refusal.
type Decided struct {
	Item string
	Row  *ent.Moderation
	Err  error
}

// DecideAll makes the same decision on several items, each in a transaction of its own, so that some may be refused
// and others not. The results are in the order of items.
// Errors: only of what concerns all of them: UNAUTHENTICATED; BAD_USER_INPUT without a statement of reasons, or for
// none or too many items. A refusal of one item is in its Decided.
func (s *Moderation) DecideAll(ctx context.Context, in DecideAllInput) ([]Decided, error) {
	if len(in.Items) == 0 || len(in.Items) > maxDecisions {
		return nil, refusal.BadInput("items", "Name 1 to %d items.", maxDecisions)
	}

	// What would be refused for every item is refused once.
	if err := permission.AskSignedIn(auth.ViewerFrom(ctx)); err != nil {
		return nil, err
	}
	if _, err := in.Decision.stated(); err != nil {
		return nil, err
	}

	all := make([]Decided, len(in.Items))
	for n, id := range in.Items {
		d := in.Decision
		d.Item, d.IdempotencyKey = id, in.IdempotencyKey
		row, err := s.decide(ctx, oneOfAll{d}, d)

		// A refusal belongs to its item; an error without a code is a failure, and ends the loop.
		if err != nil && refusal.CodeOf(err) == "" {
			return nil, err
		}
		all[n] = Decided{id, row, err}
	}
	return all, nil
}

// itemToModerate locks an item that the viewer may do act to. Errors: UNAUTHENTICATED; FORBIDDEN; NOT_FOUND, also in
// place of FORBIDDEN when the viewer cannot read the item.
func (tx *tx) itemToModerate(ctx context.Context, act, id string) (Item, error) {
	viewer := auth.ViewerFrom(ctx)
	if err := permission.AskSignedIn(viewer); err != nil {
		return nil, err
	}

	i, err := tx.lockItem(ctx, "item", id)
	if err != nil {
		return nil, err
	}

	if err := MayModerate(viewer, act, i.Author(), i.Process()); err != nil {
		if !i.IsPublic() && viewer.UserID != i.Author() {
			return nil, refusal.Missing("item")
		}
		return nil, err
	}

	return i, nil
}

// stated checks and cleans the statement of reasons. Every decision has facts; one that takes something away names
// the reason; one about what is illegal names the law. Errors: BAD_USER_INPUT.
// Source: article 17 of the Digital Services Act.
func (d Decision) stated() (Decision, error) {
	var wrongReason, wrongFacts, wrongGround error
	if d.Reason == nil && keepsAway(d.Action) {
		wrongReason = refusal.BadInput("reason", "Say why.")
	}
	d.Facts, wrongFacts = input.Prose("facts", d.Facts, 1, maxFacts)

	// Only what is illegal needs a ground. Elsewhere there may be none; one that is given is cleaned.
	if d.Ground != "" || d.Reason != nil && *d.Reason == entmoderation.ReasonILLEGAL {
		d.Ground, wrongGround = input.Line("ground", d.Ground, maxGround)
	}
	return d, refusal.Together(wrongReason, wrongFacts, wrongGround)
}

// decideOn carries out a decision that may be made: it writes the row, changes the item, closes its case, reports and
// appeals, and tells whom it concerns. The item is locked.
func (tx *tx) decideOn(ctx context.Context, i Item, c *ent.ModerationCase, d Decision) (*ent.Moderation, error) {
	decider := auth.ViewerFrom(ctx).UserID

	// Before the row is written: what must be forgotten is not to be stored again.
	d, err := tx.forgetDecided(ctx, i, d)
	if err != nil {
		return nil, err
	}

	row, err := tx.saveModeration(ctx, i, d, &decider)
	if err != nil {
		return nil, err
	}

	// The item, then everybody who waits for a decision on it.
	if err := tx.apply(ctx, i, d.Action); err != nil {
		return nil, err
	}

	if err := tx.closeReports(ctx, i, outcomeOf(d.Action), row); err != nil {
		return nil, err
	}

	if d.Action == entmoderation.ActionRESTORE || d.Action == entmoderation.ActionPUBLISH {
		if err := settleAppeals(ctx, tx.Tx, i.ID(), appeal.StateOVERTURNED, &decider); err != nil {
			return nil, err
		}
	}

	// Nothing waits any more: the case is decided.
	c, err = c.Update().SetState(moderationcase.StateDECIDED).SetRemoved(keepsAway(d.Action)).
		SetReportCount(0).SetConfirmedCount(0).AddDecisionCount(1).SetDecidedAt(row.CreatedAt).Save(ctx)
	if err != nil {
		return nil, err
	}

	queueChanged(tx.Tx, c)
	return row, tx.tellAuthor(ctx, i, row)
}

// keepsAway reports whether, after a decision, nobody but its author and moderators can read an item.
func keepsAway(a entmoderation.Action) bool {
	return a == entmoderation.ActionHIDE || a == entmoderation.ActionREFUSE
}

// outcomeOf returns the outcome that a decision gives to the reports on an item.
func outcomeOf(a entmoderation.Action) report.Outcome {
	if a == entmoderation.ActionHIDE {
		return report.OutcomeHIDDEN
	}
	return report.OutcomeKEPT
}

// apply changes the item as a decision says. It does nothing to an item that is so already: reports may have hidden
// it before.
func (tx *tx) apply(ctx context.Context, i Item, a entmoderation.Action) error {
	isHidden := i.Removal().Hidden

	switch a {
	case entmoderation.ActionPUBLISH:
		return tx.publish(ctx, i)
	case entmoderation.ActionREFUSE: // nobody sees it as it is
	case entmoderation.ActionHIDE:
		if !isHidden {
			return i.Hide(ctx, tx.Tx)
		}
	default:
		if isHidden {
			return i.Restore(ctx, tx.Tx)
		}
	}
	return nil
}

// publish publishes what was held, in the name of its author.
// Errors: those of Item.Publish; CONFLICT when its author does not sign for its organization any more.
func (tx *tx) publish(ctx context.Context, i Item) error {
	tx.Author = i.Author()
	if err := organizations.StillSigned(ctx, tx.Tx, i.Author(), i.Organization()); err != nil {
		return err
	}
	return i.Publish(ctx, tx.Tx)
}

// saveModeration writes a decision down: in its table and in the audit, for ever, and in the public log if everybody
// could see what it is about. A nil decider means that the program decided.
func (tx *tx) saveModeration(ctx context.Context, i Item, d Decision, decider *string) (*ent.Moderation, error) {
	s := tx.Moderation
	row, err := tx.Tx.Moderation.Create().SetID(s.NewID("moderation")).
		SetItemID(i.ID()).SetKind(entmoderation.Kind(i.Kind())).SetProcessID(i.Process()).
		SetAction(d.Action).SetNillableReason(d.Reason).SetFacts(d.Facts).SetGround(d.Ground).
		SetAutomated(decider == nil).SetNillableDeciderID(decider).SetCreatedAt(s.Moment()).Save(ctx)
	if err != nil {
		return nil, err
	}

	if IsLogged(row) {
		tx.Record(live.Event{Topic: ModerationLogTopic(row.ProcessID), Type: live.ModerationLogged, Subject: row.ID})
	}

	details := map[string]any{"moderation": row.ID, "automated": row.Automated}
	if d.Reason != nil {
		details["reason"] = string(*d.Reason)
	}
	return row, tx.Audit(ctx, change.Act{
		Name: mutations[d.Action], Subject: i.ID(), Process: i.Process(),
		Reason: Why(d.Reason, d.Ground), Details: details,
	})
}

// Why returns what the audit has of a statement of reasons: the reason's name and the ground, or the ground alone when
// reason is nil. It leaves the facts out, because they may name people.
func Why(reason *entmoderation.Reason, ground string) string {
	if reason == nil {
		return ground
	}
	return strings.TrimSuffix(string(*reason)+": "+ground, ": ")
}

// loggedActions are the decisions that are in the public log: those about what everybody could see.
var loggedActions = []entmoderation.Action{
	entmoderation.ActionHIDE, entmoderation.ActionRESTORE, entmoderation.ActionDISMISS,
}

// IsLogged reports whether everybody may know of a decision.
func IsLogged(row *ent.Moderation) bool { return slices.Contains(loggedActions, row.Action) }

// caseOf reads the case of an item, or begins it as DECIDED: nothing waits yet. The caller has locked the item.
func caseOf(ctx context.Context, tx *change.Tx, i Item) (*ent.ModerationCase, error) {
	c, err := tx.ModerationCase.Query().Where(moderationcase.ItemID(i.ID())).Only(ctx)
	if !ent.IsNotFound(err) {
		return c, err
	}
	now := tx.Moment()
	return tx.ModerationCase.Create().SetID(tx.NewID("case")).SetItemID(i.ID()).SetKind(moderationcase.Kind(i.Kind())).
		SetProcessID(i.Process()).SetAuthorID(i.Author()).SetState(moderationcase.StateDECIDED).
		SetOpenedAt(now).SetCreatedAt(now).Save(ctx)
}

// CloseCase ends what moderators had to decide on something that its author has deleted, or made a draft again. It
// does nothing when there is no case. The caller has locked the item.
// Errors: none but those of the database.
func CloseCase(ctx context.Context, tx *change.Tx, itemID string) error {
	c, err := tx.ModerationCase.Query().Where(moderationcase.ItemID(itemID)).Only(ctx)
	if err != nil {
		return refusal.IgnoreMissing(err)
	}

	// The reports and the appeals end without a decision of anybody.
	now := tx.Moment()
	undecided := tx.Report.Update().Where(report.ItemID(itemID), report.OutcomeIsNil())
	if err := undecided.SetOutcome(report.OutcomeGONE).SetDecidedAt(now).Exec(ctx); err != nil {
		return err
	}

	if err := settleAppeals(ctx, tx, itemID, appeal.StateLAPSED, nil); err != nil {
		return err
	}

	// A case that was decided stays so since then; one that waits is decided now.
	u := c.Update().SetRemoved(false).SetReportCount(0).SetConfirmedCount(0)
	if c.State != moderationcase.StateDECIDED {
		u.SetState(moderationcase.StateDECIDED).SetDecidedAt(now)
	}
	if c, err = u.Save(ctx); err != nil {
		return err
	}

	queueChanged(tx, c)
	return nil
}

// Each process has two topics of its own for moderation, the public log and the moderators' queue, so that moderation
// delays nobody who waits for events of another topic.
const logPrefix, queuePrefix = "moderationlog", "moderationqueue"

// ModerationLogTopic returns the topic that announces the decisions of a process to everybody.
func ModerationLogTopic(process string) string { return besides(process, logPrefix) }

// ModerationQueueTopic returns the topic that announces to the moderators of a process that there is something to
// look at.
func ModerationQueueTopic(process string) string { return besides(process, queuePrefix) }

// besides returns the topic with a prefix that belongs to a process: the id of the process with another kind.
func besides(process, prefix string) string {
	_, rest, _ := strings.Cut(process, "_")
	return prefix + "_" + rest
}

// queueChanged announces to the moderators that a case in their queue has changed.
func queueChanged(tx *change.Tx, c *ent.ModerationCase) {
	tx.Record(live.Event{Topic: ModerationQueueTopic(c.ProcessID), Type: live.ModerationQueueChanged, Subject: c.ID})
}

package consultation

import (
	"context"
	"slices"
	"strings"

	"ensemble/auth"
	"ensemble/ent"
	"ensemble/ent/appeal"
	"ensemble/ent/moderation"
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

// Standing is how an item stands with its moderators.
type Standing string

// The standings. Where both apply, the first does.
const (
	StandingDeleted   Standing = "DELETED"   // its author did
	StandingHeld      Standing = "HELD"      // not published yet
	StandingRefused   Standing = "REFUSED"   // it will not be
	StandingSuspended Standing = "SUSPENDED" // hidden by reports, until a moderator decides
	StandingHidden    Standing = "HIDDEN"
	StandingPublic    Standing = "PUBLIC"
)

// StandingOf tells how an item stands, from its case and how it is kept from readers; both as they were read together.
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

// decidable says from which standings each decision is made.
var decidable = map[moderation.Action][]Standing{
	moderation.ActionHIDE:    {StandingPublic, StandingSuspended},
	moderation.ActionRESTORE: {StandingHidden, StandingSuspended},
	moderation.ActionDISMISS: {StandingPublic, StandingSuspended},
	moderation.ActionPUBLISH: {StandingHeld, StandingRefused},
	moderation.ActionREFUSE:  {StandingHeld},
}

// mutations are what decisions are called in the schema and in the table of permissions.
var mutations = map[moderation.Action]string{
	moderation.ActionHIDE: "hide", moderation.ActionRESTORE: "restore", moderation.ActionDISMISS: "dismissReports",
	moderation.ActionPUBLISH: "publishHeld", moderation.ActionREFUSE: "refuseHeld",
}

// Decision is what a moderator decides on an item, with the statement of reasons.
type Decision struct {
	Item   string
	Action moderation.Action
	Reason *moderation.Reason
	Facts  string // for the author
	Ground string // the rule or law, for everybody
	Seen   *int   // how many decisions the moderator saw on it; nil: whatever was decided since
}

// Decide makes a moderator's decision, answers the reports on the item, and tells its author.
// Errors: NOT_FOUND for what does not exist, or not for the viewer; FORBIDDEN; CONFLICT, with how the item stands, when it
// stands otherwise than the decision needs or somebody decided meanwhile.
func (s *Service) Decide(ctx context.Context, d Decision, key *string) (*ent.Moderation, error) {
	return s.decide(ctx, Retry{mutations[d.Action], key, d}, d)
}

func (s *Service) decide(ctx context.Context, r Retry, d Decision) (*ent.Moderation, error) {
	return once(ctx, s, r, s.Read.Moderation.Get,
		func(ctx context.Context, tx *Tx) (*ent.Moderation, error) {
			i, err := tx.itemToModerate(ctx, mutations[d.Action], d.Item)
			if err != nil {
				return nil, err
			}
			c, err := caseOf(ctx, tx, i)
			if err != nil {
				return nil, err
			}
			overturned, err := tx.wasOverturned(ctx, i)
			if err != nil {
				return nil, err
			}
			if err := mayDecideOn(StandingOf(c, i.Removal()), c, d, overturned); err != nil {
				return nil, err
			}
			if d, err = d.stated(); err != nil {
				return nil, err
			}
			return tx.decideOn(ctx, i, c, d)
		})
}

// Decided is what came of one of several decisions: a row, or a refusal.
type Decided struct {
	Item string
	Row  *ent.Moderation
	Err  error
}

// DecideAll makes the same decision on several items, each in a transaction of its own: some may be refused. Errors: only
// of what concerns all of them.
func (s *Service) DecideAll(ctx context.Context, items []string, d Decision, key *string) ([]Decided, error) {
	if len(items) == 0 || len(items) > maxDecisions {
		return nil, BadInput("items", "Name 1 to %d items.", maxDecisions)
	}
	if err := signedIn(auth.ViewerFrom(ctx)); err != nil {
		return nil, err
	}
	if _, err := d.stated(); err != nil {
		return nil, err
	}
	all := make([]Decided, len(items))
	for n, id := range items {
		d.Item = id
		row, err := s.decide(ctx, Retry{"decideReports " + id, key, d}, d)
		if err != nil && CodeOf(err) == "" {
			return nil, err
		}
		all[n] = Decided{id, row, err}
	}
	return all, nil
}

// itemToModerate locks an item that the viewer may do something to.
func (tx *Tx) itemToModerate(ctx context.Context, act, id string) (Item, error) {
	viewer := auth.ViewerFrom(ctx)
	if err := signedIn(viewer); err != nil {
		return nil, err
	}
	i, err := tx.lockItem(ctx, "item", id)
	if err != nil {
		return nil, err
	}
	if err := MayModerate(viewer, act, i.Author(), i.Process()); err != nil {
		if !i.IsPublic() && viewer.UserID != i.Author() {
			return nil, notFound("item")
		}
		return nil, err
	}
	return i, nil
}

// stated checks the statement of reasons: every decision has one, whoever takes something away names what it breaks, and of
// what is illegal the law. Source: article 17 of the Digital Services Act.
func (d Decision) stated() (_ Decision, err error) {
	if d.Reason == nil && keepsAway(d.Action) {
		return d, BadInput("reason", "Say why.")
	}
	if d.Facts, err = prose("facts", d.Facts, 1, maxFacts); err != nil {
		return d, err
	}
	if d.Ground == "" && (d.Reason == nil || *d.Reason != moderation.ReasonILLEGAL) {
		return d, nil
	}
	d.Ground, err = line("ground", d.Ground, maxGround)
	return d, err
}

// decideOn does what was decided, which may be done: the row, the item, its case, reports and appeal, and who hears of it.
func (tx *Tx) decideOn(ctx context.Context, i Item, c *ent.ModerationCase, d Decision) (*ent.Moderation, error) {
	decider := auth.ViewerFrom(ctx).UserID
	d, err := tx.forgetDecided(ctx, i, d)
	if err != nil {
		return nil, err
	}
	row, err := tx.saveModeration(ctx, i, d, &decider)
	if err != nil {
		return nil, err
	}
	if err := tx.apply(ctx, i, d.Action); err != nil {
		return nil, err
	}
	if err := tx.closeReports(ctx, i, outcomeOf(d.Action), row); err != nil {
		return nil, err
	}
	if d.Action == moderation.ActionRESTORE || d.Action == moderation.ActionPUBLISH {
		if err := settleAppeals(ctx, tx, i.ID(), appeal.StateOVERTURNED, &decider); err != nil {
			return nil, err
		}
	}
	c, err = c.Update().SetState(moderationcase.StateDECIDED).SetRemoved(keepsAway(d.Action)).
		SetReportCount(0).SetConfirmedCount(0).AddDecisionCount(1).SetDecidedAt(row.CreatedAt).Save(ctx)
	if err != nil {
		return nil, err
	}
	queueChanged(tx, c)
	return row, tx.tellAuthor(ctx, i, row)
}

// keepsAway says whether only its author and moderators read an item after a decision.
func keepsAway(a moderation.Action) bool {
	return a == moderation.ActionHIDE || a == moderation.ActionREFUSE
}

func outcomeOf(a moderation.Action) report.Outcome {
	if a == moderation.ActionHIDE {
		return report.OutcomeHIDDEN
	}
	return report.OutcomeKEPT
}

// apply changes the item, unless it is so already: reports may have hidden it before.
func (tx *Tx) apply(ctx context.Context, i Item, a moderation.Action) error {
	isHidden := i.Removal().Hidden
	switch a {
	case moderation.ActionPUBLISH:
		return tx.publish(ctx, i)
	case moderation.ActionREFUSE: // nobody sees it as it is
	case moderation.ActionHIDE:
		if !isHidden {
			return i.Hide(ctx, tx)
		}
	default:
		if isHidden {
			return i.Restore(ctx, tx)
		}
	}
	return nil
}

// publish publishes what was held, as if its author did. Errors: those of Item.Publish; CONFLICT when its author does not sign
// for its organization any more.
func (tx *Tx) publish(ctx context.Context, i Item) error {
	tx.author = i.Author()
	if err := stillSigned(ctx, tx, i.Author(), i.Organization()); err != nil {
		return err
	}
	return i.Publish(ctx, tx)
}

// saveModeration writes a decision down: for ever, in the audit, and, if everybody could see what it is about, in the
// public log. Without a decider the program decided.
func (tx *Tx) saveModeration(ctx context.Context, i Item, d Decision, decider *string) (*ent.Moderation, error) {
	s := tx.service
	row, err := tx.Moderation.Create().SetID(s.NewID("moderation")).SetItemID(i.ID()).SetKind(moderation.Kind(i.Kind())).SetProcessID(i.Process()).
		SetAction(d.Action).SetNillableReason(d.Reason).SetFacts(d.Facts).SetGround(d.Ground).SetAutomated(decider == nil).
		SetNillableDeciderID(decider).SetCreatedAt(s.now()).Save(ctx)
	if err != nil {
		return nil, err
	}
	if IsLogged(row) {
		tx.record(live.Event{Topic: ModerationLogTopic(row.ProcessID), Type: live.ModerationLogged, Subject: row.ID})
	}
	details := map[string]any{"moderation": row.ID, "automated": row.Automated}
	if d.Reason != nil {
		details["reason"] = string(*d.Reason)
	}
	return row, tx.audit(ctx, privileged{
		act: mutations[d.Action], subject: i.ID(), process: i.Process(), reason: Why(d.Reason, d.Ground), details: details,
	})
}

// Why is what the audit keeps of a statement of reasons: the reason's name, and the ground. Facts may name people.
func Why(reason *moderation.Reason, ground string) string {
	if reason == nil {
		return ground
	}
	return strings.TrimSuffix(string(*reason)+": "+ground, ": ")
}

// loggedActions are the decisions that the public log tells: about what everybody could see.
var loggedActions = []moderation.Action{moderation.ActionHIDE, moderation.ActionRESTORE, moderation.ActionDISMISS}

// IsLogged says whether everybody may know of a decision.
func IsLogged(row *ent.Moderation) bool { return slices.Contains(loggedActions, row.Action) }

// caseOf reads or begins the case of an item; who asks has locked the item.
func caseOf(ctx context.Context, tx *Tx, i Item) (*ent.ModerationCase, error) {
	c, err := tx.ModerationCase.Query().Where(moderationcase.ItemID(i.ID())).Only(ctx)
	if !ent.IsNotFound(err) {
		return c, err
	}
	now := tx.service.now()
	return tx.ModerationCase.Create().SetID(tx.service.NewID("case")).SetItemID(i.ID()).SetKind(moderationcase.Kind(i.Kind())).
		SetProcessID(i.Process()).SetAuthorID(i.Author()).SetState(moderationcase.StateDECIDED).SetOpenedAt(now).SetCreatedAt(now).Save(ctx)
}

// closeCase ends what moderators had to decide on something that its author has deleted, or made a draft again. There may
// be no case.
func closeCase(ctx context.Context, tx *Tx, itemID string) error {
	c, err := tx.ModerationCase.Query().Where(moderationcase.ItemID(itemID)).Only(ctx)
	if err != nil {
		return ignoreNotFound(err)
	}
	now := tx.service.now()
	if err := tx.Report.Update().Where(report.ItemID(itemID), report.OutcomeIsNil()).SetOutcome(report.OutcomeGONE).SetDecidedAt(now).Exec(ctx); err != nil {
		return err
	}
	if err := settleAppeals(ctx, tx, itemID, appeal.StateLAPSED, nil); err != nil {
		return err
	}
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

// Each process has two topics of its own for moderation, so that it holds up nobody who waits for another: the public log,
// and the moderators' queue.
const logPrefix, queuePrefix = "moderationlog", "moderationqueue"

// ModerationLogTopic announces the decisions of a process to everybody.
func ModerationLogTopic(process string) string { return besides(process, logPrefix) }

// ModerationQueueTopic tells the moderators of a process that there is something to look at.
func ModerationQueueTopic(process string) string { return besides(process, queuePrefix) }

func besides(process, prefix string) string {
	_, rest, _ := strings.Cut(process, "_")
	return prefix + "_" + rest
}

func queueChanged(tx *Tx, c *ent.ModerationCase) {
	tx.record(live.Event{Topic: ModerationQueueTopic(c.ProcessID), Type: live.ModerationQueueChanged, Subject: c.ID})
}

package consultation

import (
	"context"
	"fmt"
	"time"

	"entgo.io/ent/dialect/sql"

	"ensemble/auth"
	"ensemble/ent"
	"ensemble/ent/moderation"
	"ensemble/ent/moderationcase"
	"ensemble/ent/report"
)

// maxReportText bounds what a reporter says, in code points.
const maxReportText = 1000

// ReportInput is the input of Report.
type ReportInput struct {
	Item           string
	Reason         report.Reason
	Text           string
	GoodFaith      bool
	IdempotencyKey *string
}

// Report tells the moderators of something. Who reports it again says it otherwise; after a decision, only if the author
// has changed it since. With as many confirmed reporters as the process says, it is hidden until a moderator decides.
// Errors: NOT_FOUND for what cannot be read; FORBIDDEN for one's own; CONFLICT when it was removed, or the report decided.
func (s *Service) Report(ctx context.Context, in ReportInput) (*ent.Report, error) {
	viewer := auth.ViewerFrom(ctx)
	return once(ctx, s, Retry{"report", in.IdempotencyKey, in}, s.Read.Report.Get,
		func(ctx context.Context, tx *Tx) (*ent.Report, error) {
			i, err := tx.itemToReport(ctx, viewer, in.Item)
			if err != nil {
				return nil, err
			}
			if in.Text, err = in.explained(); err != nil {
				return nil, err
			}
			c, err := caseOf(ctx, tx, i)
			if err != nil {
				return nil, err
			}
			r, err := tx.saveReport(ctx, viewer, i, c, in)
			if err != nil {
				return nil, err
			}
			return r, tx.reported(ctx, i, c)
		})
}

// itemToReport locks what everybody can read, and the viewer did not write.
func (tx *Tx) itemToReport(ctx context.Context, viewer auth.Viewer, id string) (Item, error) {
	if err := signedIn(viewer); err != nil {
		return nil, err
	}
	i, err := tx.lockItem(ctx, "item", id)
	if err != nil {
		return nil, err
	}
	if err := i.Removed(); err != nil {
		return nil, err
	}
	if !i.IsPublic() {
		return nil, notFound("item")
	}
	return i, MayReport(viewer, i.Author(), i.Process())
}

// explained is the text of the report. Who says that something is illegal says why, and that they believe it: articles 16
// and 6 of the Digital Services Act.
func (in ReportInput) explained() (string, error) {
	least := 0
	if in.Reason == report.ReasonILLEGAL {
		if least = 1; !in.GoodFaith {
			return "", BadInput("goodFaith", "State that you believe in good faith that what you report is illegal.")
		}
	}
	return prose("text", in.Text, least, maxReportText)
}

func (tx *Tx) saveReport(ctx context.Context, viewer auth.Viewer, i Item, c *ent.ModerationCase, in ReportInput) (*ent.Report, error) {
	now := tx.service.now()
	earlier, err := tx.Report.Query().Where(report.ItemID(i.ID()), report.ReporterID(viewer.UserID)).Only(ctx)
	switch {
	case ent.IsNotFound(err):
		return tx.Report.Create().SetID(tx.service.NewID("report")).SetCaseID(c.ID).SetItemID(i.ID()).SetKind(report.Kind(i.Kind())).SetProcessID(i.Process()).
			SetReporterID(viewer.UserID).SetReason(in.Reason).SetText(in.Text).SetGoodFaith(in.GoodFaith).
			SetCreatedAt(now).SetUpdatedAt(now).Save(ctx)
	case err != nil:
		return nil, err
	case earlier.Outcome != nil && !changedAfter(i, *earlier.DecidedAt):
		return nil, moved(*earlier.Outcome, "A moderator has decided on your report.")
	}
	return earlier.Update().SetReason(in.Reason).SetText(in.Text).SetGoodFaith(in.GoodFaith).SetUpdatedAt(now).
		ClearOutcome().ClearModerationID().ClearDecidedAt().Save(ctx)
}

// changedAfter says whether the author has changed the item since a moment.
func changedAfter(i Item, since time.Time) bool {
	changed := i.ChangedAt()
	return changed != nil && changed.After(since)
}

// openReports counts the people whose reports nobody has decided on, and those of them whose address is confirmed.
const openReports = `SELECT count(*), count(u.email_confirmed_at) FROM reports r JOIN users u ON u.id = r.reporter_id
WHERE r.item_id = $1 AND r.outcome IS NULL`

// reported has moderators look at the item, and hides it when enough people reported it.
func (tx *Tx) reported(ctx context.Context, i Item, c *ent.ModerationCase) (err error) {
	var all, confirmed int
	if err := tx.queryRow(ctx, []any{&all, &confirmed}, openReports, i.ID()); err != nil {
		return fmt.Errorf("count reports of %s: %w", i.ID(), err)
	}
	u := c.Update().SetReportCount(all).SetConfirmedCount(confirmed)
	if c.State == moderationcase.StateDECIDED {
		u.SetState(moderationcase.StateOPEN).SetOpenedAt(tx.service.now()).ClearDecidedAt()
	}
	if c, err = u.Save(ctx); err != nil {
		return err
	}
	queueChanged(tx, c)
	p, err := tx.Process.Get(ctx, i.Process())
	if err != nil {
		return err
	}
	if p.ReportsToHide == 0 || confirmed < p.ReportsToHide {
		return nil
	}
	if kept, err := tx.wasKept(ctx, i); kept || err != nil {
		return err
	}
	return tx.hideUntilDecided(ctx, i, c)
}

// wasKept says whether a moderator has read the item as it is now, and let it stand: then reports do not hide it again.
func (tx *Tx) wasKept(ctx context.Context, i Item) (bool, error) {
	newest, err := tx.Moderation.Query().Where(moderation.ItemID(i.ID()), moderation.Automated(false)).
		Order(moderation.ByCreatedAt(sql.OrderDesc()), moderation.ByID(sql.OrderDesc())).First(ctx)
	if err != nil {
		return false, ignoreNotFound(err)
	}
	return newest.Action != moderation.ActionHIDE && !changedAfter(i, newest.CreatedAt), nil
}

// hideUntilDecided hides what many have reported. The case stays open: a moderator decides.
func (tx *Tx) hideUntilDecided(ctx context.Context, i Item, c *ent.ModerationCase) error {
	why, err := tx.mostReported(ctx, i.ID())
	if err != nil {
		return err
	}
	ctx = auth.WithViewer(ctx, auth.Viewer{}) // it is nobody's decision
	d := Decision{Item: i.ID(), Action: moderation.ActionHIDE, Reason: &why}
	row, err := tx.saveModeration(ctx, i, d, nil)
	if err != nil {
		return err
	}
	if err := i.Hide(ctx, tx); err != nil {
		return err
	}
	if err := c.Update().SetRemoved(true).Exec(ctx); err != nil {
		return err
	}
	return tx.tellAuthor(ctx, i, row)
}

// mostReported is the reason that most open reports give; of equals, the first in the order of the schema.
func (tx *Tx) mostReported(ctx context.Context, itemID string) (moderation.Reason, error) {
	rows, err := tx.Report.Query().Where(report.ItemID(itemID), report.OutcomeIsNil()).Select(report.FieldReason).All(ctx)
	counts := map[moderation.Reason]int{}
	for _, r := range rows {
		counts[moderation.Reason(r.Reason)]++
	}
	most := moderation.ReasonOTHER
	for _, reason := range []moderation.Reason{moderation.ReasonOFF_TOPIC, moderation.ReasonOFFENSIVE, moderation.ReasonSPAM, moderation.ReasonILLEGAL} {
		if counts[reason] > 0 && counts[reason] >= counts[most] {
			most = reason
		}
	}
	return most, err
}

// closeReports gives all open reports on an item their outcome and tells those who made them.
func (tx *Tx) closeReports(ctx context.Context, i Item, outcome report.Outcome, row *ent.Moderation) error {
	open, err := tx.Report.Query().Where(report.ItemID(i.ID()), report.OutcomeIsNil()).Order(report.ByID()).All(ctx)
	if err != nil || len(open) == 0 {
		return err
	}
	if err := tx.Report.Update().Where(report.ItemID(i.ID()), report.OutcomeIsNil()).SetOutcome(outcome).SetModerationID(row.ID).
		SetDecidedAt(row.CreatedAt).Exec(ctx); err != nil {
		return err
	}
	for _, r := range open {
		if err := tx.tellReporter(ctx, i, r, outcome); err != nil {
			return err
		}
	}
	return nil
}

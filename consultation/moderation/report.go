package moderation

import (
	"context"
	"fmt"
	"time"

	"entgo.io/ent/dialect/sql"

	"ensemble/auth"
	"ensemble/consultation/change"
	"ensemble/consultation/input"
	"ensemble/consultation/permission"
	"ensemble/consultation/refusal"
	"ensemble/ent"
	entmoderation "ensemble/ent/moderation"
	"ensemble/ent/moderationcase"
	"ensemble/ent/report"
)

// maxReportText bounds what a reporter says, in code points.
const maxReportText = 1000

// Report brings something to the attention of the moderators. Reporting it again replaces what the viewer said
// before; after a decision this is allowed only if the author has changed the item since. Once the process's number
// of confirmed people have reported it, it is hidden until a moderator decides.
// Errors: UNAUTHENTICATED; NOT_FOUND for what the viewer cannot read; FORBIDDEN until the viewer's address is
// confirmed, and for what they wrote; BAD_USER_INPUT; CONFLICT when it was removed, or their report decided.
func (s *Moderation) Report(ctx context.Context, in ReportContentInput) (*ent.Report, error) {
	viewer := auth.ViewerFrom(ctx)
	return change.Once(ctx, s, in, s.Read.Report.Get,
		func(ctx context.Context, tx *tx) (*ent.Report, error) {
			i, err := tx.itemToReport(ctx, viewer, in.Item)
			if err != nil {
				return nil, err
			}
			if in.Text, err = in.explained(); err != nil {
				return nil, err
			}

			c, err := caseOf(ctx, tx.Tx, i)
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

// itemToReport locks the item that the viewer wants to report: one that everybody can read, and that somebody else
// wrote.
func (tx *tx) itemToReport(ctx context.Context, viewer auth.Viewer, id string) (Item, error) {
	if err := permission.AskSignedIn(viewer); err != nil {
		return nil, err
	}

	i, err := tx.lockItem(ctx, "item", id)
	if err != nil {
		return nil, err
	}

	// Removed comes first: it says how the item was removed, where IsPublic could only say that it is not there.
	if err := i.Removed(); err != nil {
		return nil, err
	}
	if !i.IsPublic() {
		return nil, refusal.Missing("item")
	}
	return i, MayReport(viewer, i.Author(), i.Process())
}

// explained returns the text of the report, cleaned. Who says that something is illegal has to say why, and that they
// believe it: articles 16 and 6 of the Digital Services Act. Errors: BAD_USER_INPUT.
func (in ReportContentInput) explained() (string, error) {
	least := 0
	if in.Reason == report.ReasonILLEGAL {
		if least = 1; !in.IsInGoodFaith {
			return "", refusal.BadInput("isInGoodFaith",
				"State that you believe in good faith that what you report is illegal.")
		}
	}
	return input.Prose("text", in.Text, least, maxReportText)
}

// saveReport stores the viewer's report on an item, in place of an earlier one. Errors: CONFLICT when the earlier one
// was decided, and the item has not changed since.
func (tx *tx) saveReport(
	ctx context.Context, viewer auth.Viewer, i Item, c *ent.ModerationCase, in ReportContentInput,
) (*ent.Report, error) {
	now := tx.Moment()
	earlier, err := tx.Tx.Report.Query().Where(report.ItemID(i.ID()), report.ReporterID(viewer.UserID)).Only(ctx)
	switch {
	case ent.IsNotFound(err):
		return tx.Tx.Report.Create().SetID(tx.NewID("report")).
			SetCaseID(c.ID).SetItemID(i.ID()).SetKind(report.Kind(i.Kind())).SetProcessID(i.Process()).
			SetReporterID(viewer.UserID).SetReason(in.Reason).SetText(in.Text).SetGoodFaith(in.IsInGoodFaith).
			SetCreatedAt(now).SetUpdatedAt(now).Save(ctx)
	case err != nil:
		return nil, err
	case earlier.Outcome != nil && !changedAfter(i, *earlier.DecidedAt):
		return nil, refusal.Conflicting(refusal.At(earlier.ID, *earlier.Outcome),
			"A moderator has decided on your report.")
	}

	// An earlier report is open again, whatever came of it.
	return earlier.Update().SetReason(in.Reason).SetText(in.Text).SetGoodFaith(in.IsInGoodFaith).SetUpdatedAt(now).
		ClearOutcome().ClearModerationID().ClearDecidedAt().Save(ctx)
}

// changedAfter reports whether the author has changed the item after a moment.
func changedAfter(i Item, since time.Time) bool {
	changed := i.ChangedAt()
	return changed != nil && changed.After(since)
}

// openReports counts the people whose reports nobody has decided on, and those of them whose address is confirmed.
const openReports = `SELECT count(*), count(u.email_confirmed_at) FROM reports r JOIN users u ON u.id = r.reporter_id
WHERE r.item_id = $1 AND r.outcome IS NULL`

// reported brings an item that was just reported before the moderators, and hides it when enough people have reported
// it.
func (tx *tx) reported(ctx context.Context, i Item, c *ent.ModerationCase) (err error) {
	var all, confirmed int
	if err := tx.QueryRow(ctx, []any{&all, &confirmed}, openReports, i.ID()); err != nil {
		return fmt.Errorf("count reports of %s: %w", i.ID(), err)
	}

	// A case that was decided is open again; one that waits already stays as it is.
	u := c.Update().SetReportCount(all).SetConfirmedCount(confirmed)
	if c.State == moderationcase.StateDECIDED {
		u.SetState(moderationcase.StateOPEN).SetOpenedAt(tx.Moment()).ClearDecidedAt()
	}
	if c, err = u.Save(ctx); err != nil {
		return err
	}
	queueChanged(tx.Tx, c)

	// Only people whose address is confirmed count towards hiding; a limit of 0 means never.
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

// wasKept reports whether a moderator has read the item as it is now, and let it stand. Then reports do not hide it
// again.
func (tx *tx) wasKept(ctx context.Context, i Item) (bool, error) {
	newest, err := tx.Tx.Moderation.Query().Where(entmoderation.ItemID(i.ID()), entmoderation.Automated(false)).
		Order(entmoderation.ByCreatedAt(sql.OrderDesc()), entmoderation.ByID(sql.OrderDesc())).First(ctx)
	if err != nil {
		return false, refusal.IgnoreMissing(err)
	}
	return newest.Action != entmoderation.ActionHIDE && !changedAfter(i, newest.CreatedAt), nil
}

// hideUntilDecided hides an item that many people have reported. Its case stays open, because a moderator has to
// decide.
func (tx *tx) hideUntilDecided(ctx context.Context, i Item, c *ent.ModerationCase) error {
	why, err := tx.mostReported(ctx, i.ID())
	if err != nil {
		return err
	}

	// The program decides, so the audit must not name the viewer, who only reported.
	ctx = auth.WithViewer(ctx, auth.Viewer{})
	d := Decision{Item: i.ID(), Action: entmoderation.ActionHIDE, Reason: &why}
	row, err := tx.saveModeration(ctx, i, d, nil)
	if err != nil {
		return err
	}

	if err := i.Hide(ctx, tx.Tx); err != nil {
		return err
	}
	if err := c.Update().SetRemoved(true).Exec(ctx); err != nil {
		return err
	}

	return tx.tellAuthor(ctx, i, row)
}

// mostReported returns the reason that most open reports on an item give. Of reasons that are given equally often it
// returns the first of ILLEGAL, SPAM, OFFENSIVE, OFF_TOPIC and OTHER, in this order.
func (tx *tx) mostReported(ctx context.Context, itemID string) (entmoderation.Reason, error) {
	rows, err := tx.Tx.Report.Query().Where(report.ItemID(itemID), report.OutcomeIsNil()).
		Select(report.FieldReason).All(ctx)

	counts := map[entmoderation.Reason]int{}
	for _, r := range rows {
		counts[entmoderation.Reason(r.Reason)]++
	}

	// A later reason wins over an earlier one with the same count, so the one that is to win comes last.
	most := entmoderation.ReasonOTHER
	for _, reason := range []entmoderation.Reason{
		entmoderation.ReasonOFF_TOPIC,
		entmoderation.ReasonOFFENSIVE,
		entmoderation.ReasonSPAM,
		entmoderation.ReasonILLEGAL,
	} {
		if counts[reason] > 0 && counts[reason] >= counts[most] {
			most = reason
		}
	}
	return most, err
}

// closeReports gives all open reports on an item their outcome, and tells those who made them.
func (tx *tx) closeReports(ctx context.Context, i Item, outcome report.Outcome, row *ent.Moderation) error {
	// Read who made them first: after the update, they look like the reports that were closed before.
	open, err := tx.Tx.Report.Query().Where(report.ItemID(i.ID()), report.OutcomeIsNil()).Order(report.ByID()).All(ctx)
	if err != nil || len(open) == 0 {
		return err
	}

	update := tx.Tx.Report.Update().Where(report.ItemID(i.ID()), report.OutcomeIsNil()).
		SetOutcome(outcome).SetModerationID(row.ID).SetDecidedAt(row.CreatedAt)
	if err := update.Exec(ctx); err != nil {
		return err
	}

	for _, r := range open {
		if err := tx.tellReporter(ctx, i, r, outcome); err != nil {
			return err
		}
	}
	return nil
}

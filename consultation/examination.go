package consultation

import (
	"context"

	"entgo.io/ent/dialect/sql"

	"ensemble/auth"
	"ensemble/consultation/text"
	"ensemble/ent"
	"ensemble/ent/amendment"
	"ensemble/ent/comment"
	"ensemble/ent/commitment"
	"ensemble/ent/process"
)

// What the checks that can hold (hold.go) look at in comments and amendments, and in what their authors wrote before.

// writingOf reads what the checks need to know of somebody who writes in a process.
func (tx *Tx) writingOf(ctx context.Context, v auth.Viewer, p *ent.Process) (*writing, error) {
	w := newWriting(v, p)
	if w.trusted || p.PreModeration != process.PreModerationFIRST { // nobody asks whether they are known
		return w, nil
	}
	var err error
	w.known, err = tx.hasPublished(ctx, v.UserID, p.ID)
	return w, err
}

// hasPublished says whether a comment or an amendment of a person can be read in a process.
func (tx *Tx) hasPublished(ctx context.Context, user, processID string) (bool, error) {
	commented, err := tx.Comment.Query().Where(comment.AuthorID(user), comment.HiddenAtIsNil(), comment.DeletedAtIsNil(),
		func(s *sql.Selector) {
			here := sql.Dialect(s.Dialect()).Select(commitment.FieldID).From(sql.Table(commitment.Table)).Where(sql.EQ(commitment.FieldProcessID, processID))
			s.Where(sql.In(s.C(comment.FieldTopic), here))
		}).Exist(ctx)
	if err != nil || commented {
		return commented, err
	}
	return tx.Amendment.Query().Where(amendment.AuthorID(user), amendment.StateNEQ(amendment.StateDRAFT), amendment.HiddenAtIsNil(),
		amendment.HasCommitmentWith(commitment.ProcessID(processID))).Exist(ctx)
}

// recentTexts are what comments of a person say that they posted or edited a short while ago, but one; nothing where
// repeats are welcome.
func (tx *Tx) recentTexts(ctx context.Context, user string, p *ent.Process, but string) ([]string, error) {
	if !p.HoldsRepeats || tx.service.AllowRepeats {
		return nil, nil
	}
	since := tx.service.now().Add(-repeatedWithin)
	return tx.Comment.Query().Where(comment.AuthorID(user), comment.IDNEQ(but), comment.Or(comment.CreatedAtGT(since), comment.EditedAtGT(since))).
		Select(comment.FieldBody).Strings(ctx)
}

// recentAmendments are what amendments of a person to other commitments say that they submitted a short while ago, published
// or not; nothing where repeats are welcome.
func (tx *Tx) recentAmendments(ctx context.Context, d *ent.Amendment, p *ent.Process) ([]string, error) {
	if !p.HoldsRepeats || tx.service.AllowRepeats {
		return nil, nil
	}
	since := tx.service.now().Add(-repeatedWithin)
	rows, err := tx.Amendment.Query().Where(amendment.AuthorID(d.AuthorID), amendment.CommitmentIDNEQ(d.CommitmentID),
		amendment.Or(amendment.SubmittedAtGT(since), amendment.HeldAtGT(since))).
		Select(amendment.FieldTitle, amendment.FieldBody, amendment.FieldRationale).All(ctx)
	texts := make([]string, len(rows))
	for n, row := range rows {
		texts[n] = wordsOf(row)
	}
	return texts, err
}

// wordsOf are all that somebody wrote in an amendment.
func wordsOf(d *ent.Amendment) string { return d.Title + "\n" + d.Body + "\n" + d.Rationale }

// examineAmendment says why a draft that is submitted is held: nil when nothing speaks against it. What its base says as
// well is not held against it.
func (tx *Tx) examineAmendment(ctx context.Context, d *ent.Amendment, c *ent.Commitment) ([]string, error) {
	p, err := tx.Process.Get(ctx, c.ProcessID)
	if err != nil {
		return nil, err
	}
	w, err := tx.writingOf(ctx, auth.ViewerFrom(ctx), p)
	if err != nil {
		return nil, err
	}
	if w.recent, err = tx.recentAmendments(ctx, d, p); err != nil {
		return nil, err
	}
	base, err := tx.baseOf(ctx, d)
	if err != nil {
		return nil, err
	}

	title, body := base.Title[d.Language], base.Body[d.Language]
	w.before = &writing{text: title + "\n" + body, plain: text.OfficialPlain(body), html: text.OfficialHTML(body)}
	w.text = wordsOf(d)
	w.plain = text.OfficialPlain(d.Body) + "\n" + text.CommentPlain(d.Rationale)
	w.html = text.OfficialHTML(d.Body) + text.CommentHTML(d.Rationale)
	return examine(w, holdChecks)
}

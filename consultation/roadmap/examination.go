package roadmap

import (
	"context"

	"entgo.io/ent/dialect/sql"

	"ensemble/auth"
	"ensemble/consultation/input"
	"ensemble/consultation/moderation"
	"ensemble/consultation/permission"
	"ensemble/consultation/processes"
	"ensemble/consultation/public"
	"ensemble/consultation/text/markdown"
	"ensemble/ent"
	"ensemble/ent/amendment"
	"ensemble/ent/comment"
	"ensemble/ent/commitment"
	"ensemble/ent/process"
)

// This file reads what the checks that can hold a text (moderation/hold.go) look at: comments and amendments, and what
// their authors wrote before.

// writingOf reads what the checks need to know about a person who writes in a process. Known is read only where a check
// asks for it.
func (tx *tx) writingOf(ctx context.Context, v auth.Viewer, p *ent.Process) (*moderation.Writing, error) {
	w := moderation.NewWriting(v, p)
	if w.Trusted || p.PreModeration != process.PreModerationFIRST { // no check looks at Known
		return w, nil
	}

	var err error
	w.Known, err = tx.hasPublished(ctx, v.UserID, p.ID)
	return w, err
}

// hasPublished says whether a comment or an amendment of the person can be read in the process.
func (tx *tx) hasPublished(ctx context.Context, user, processID string) (bool, error) {
	commented, err := tx.Comment.Query().Where(comment.AuthorID(user), public.ReadableComment,
		func(s *sql.Selector) {
			here := sql.Dialect(s.Dialect()).Select(commitment.FieldID).
				From(sql.Table(commitment.Table)).Where(sql.EQ(commitment.FieldProcessID, processID))
			s.Where(sql.In(s.C(comment.FieldTopic), here))
		}).Exist(ctx)
	if err != nil || commented {
		return commented, err
	}

	return tx.Amendment.Query().Where(amendment.AuthorID(user), public.PublicAmendment,
		amendment.HasCommitmentWith(commitment.ProcessID(processID))).Exist(ctx)
}

// recentTexts returns the bodies of the comments that a person posted or edited within moderation.RepeatedWithin,
// except for the comment with the id but. It returns nil where texts may be repeated.
func (tx *tx) recentTexts(ctx context.Context, user string, p *ent.Process, but string) ([]string, error) {
	if !p.HoldsRepeats || tx.AllowRepeats {
		return nil, nil
	}

	since := tx.Moment().Add(-moderation.RepeatedWithin)
	recent := comment.Or(comment.CreatedAtGT(since), comment.EditedAtGT(since))
	return tx.Comment.Query().Where(comment.AuthorID(user), comment.IDNEQ(but), recent).
		Order(comment.ByCreatedAt(sql.OrderDesc())).Limit(moderation.MaxRecent).Select(comment.FieldBody).Strings(ctx)
}

// recentAmendments returns the words of the other amendments that the author of d submitted within
// moderation.RepeatedWithin, published, held or withdrawn since. It returns nil where texts may be repeated.
func (tx *tx) recentAmendments(ctx context.Context, d *ent.Amendment, p *ent.Process) ([]string, error) {
	if !p.HoldsRepeats || tx.AllowRepeats {
		return nil, nil
	}

	since := tx.Moment().Add(-moderation.RepeatedWithin)
	rows, err := tx.Amendment.Query().Where(amendment.AuthorID(d.AuthorID), amendment.IDNEQ(d.ID),
		amendment.Or(amendment.SubmittedAtGT(since), amendment.HeldAtGT(since))).
		Order(amendment.ByUpdatedAt(sql.OrderDesc())).Limit(moderation.MaxRecent).
		Select(amendment.FieldTitle, amendment.FieldBody, amendment.FieldRationale).All(ctx)

	texts := make([]string, len(rows))
	for n, row := range rows {
		texts[n] = wordsOf(row)
	}
	return texts, err
}

// wordsOf returns all that the author wrote in an amendment.
func wordsOf(d *ent.Amendment) string { return d.Title + "\n" + d.Body + "\n" + d.Rationale }

// renderAhead renders what examineAmendment will look at in the transaction that comes after, where it is then
// remembered: see mergeAhead. The draft has its base.
func renderAhead(ctx context.Context, d *ent.Amendment) error {
	if err := markdown.RenderOfficial(ctx, d.Edges.Base.Body[d.Language]); err != nil {
		return err
	}
	if err := markdown.RenderOfficial(ctx, d.Body); err != nil {
		return err
	}
	return markdown.RenderComment(ctx, d.Rationale)
}

// renderCommentAhead does the same for a comment with this body. It renders nothing for those who are not signed in, or
// when the body is too long for any comment: the transaction says so.
func renderCommentAhead(ctx context.Context, body string) error {
	cleaned, err := input.Prose("body", body, 1, processes.MaxComment)
	if err != nil || permission.AskSignedIn(auth.ViewerFrom(ctx)) != nil {
		return nil
	}
	return markdown.RenderComment(ctx, cleaned)
}

// examineAmendment returns the reasons to hold a draft that is submitted, nil for none. Links and words that its base
// has as well do not count.
func (tx *tx) examineAmendment(ctx context.Context, sub *submission) ([]string, error) {
	d, base, p := sub.draft, sub.base, sub.on.process
	w, err := tx.writingOf(ctx, auth.ViewerFrom(ctx), p)
	if err != nil {
		return nil, err
	}
	if w.Recent, err = tx.recentAmendments(ctx, d, p); err != nil {
		return nil, err
	}

	title, body := base.Title[d.Language], base.Body[d.Language]
	w.Before = &moderation.Writing{
		Text: title + "\n" + body, Plain: markdown.OfficialPlain(body), Html: markdown.OfficialHTML(body),
	}
	w.Text = wordsOf(d)
	w.Plain = markdown.OfficialPlain(d.Body) + "\n" + markdown.CommentPlain(d.Rationale)
	w.Html = markdown.OfficialHTML(d.Body) + markdown.CommentHTML(d.Rationale)
	return moderation.Examine(w), nil
}

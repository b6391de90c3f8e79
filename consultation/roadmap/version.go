package roadmap

import (
	"context"
	"slices"

	"ensemble/consultation/input"
	"ensemble/consultation/public"
	"ensemble/consultation/text/diff"
	"ensemble/ent"
	"ensemble/ent/amendment"
	"ensemble/ent/version"
	"ensemble/live"
)

// nextVersion is what the next version of a commitment's text is made of.
type nextVersion struct {
	title, body  input.Texts
	written      []string // the languages it was written in; the others stay as they are, behind
	author       string
	organization *string
	source       version.Source
	amendment    *string
}

// nextVersion makes the version after current, makes it the commitment's current one, and announces it. The caller has
// locked the commitment. Supports given so far count as given on an earlier text. Amendments under evaluation become
// due: the job compareAmendments compares them with the new text after the commit.
func (tx *tx) nextVersion(
	ctx context.Context, c *ent.Commitment, current *ent.Version, n nextVersion,
) (*ent.Commitment, error) {
	s := tx.Roadmap
	v, err := tx.Version.Create().SetID(s.NewID("version")).SetCommitmentID(c.ID).SetNumber(current.Number + 1).
		SetTitle(n.title).SetBody(n.body).SetBehind(behind(current, n.written)).SetAuthorID(n.author).
		SetNillableOrganizationID(n.organization).SetSource(n.source).SetNillableAmendmentID(n.amendment).
		SetCreatedAt(s.Moment()).Save(ctx)
	if err != nil {
		return nil, err
	}

	c, err = c.Update().SetVersionID(v.ID).SetVersionNumber(v.Number).
		SetSearchText(SearchText(c.Reference, n.title, n.body)).SetActiveAt(s.Moment()).
		SetEarlierSupportCount(c.EarlierSupportCount + c.SupportCount).SetSupportCount(0).Save(ctx)
	if err != nil {
		return nil, err
	}

	rivals := tx.Amendment.Update().Where(amendment.CommitmentID(c.ID), amendment.StateEQ(amendment.StateEVALUATING))
	if err := rivals.SetMergeDue(v.Number).Exec(ctx); err != nil {
		return nil, err
	}

	tx.Record(live.Event{
		Topic: c.ID, Type: live.VersionPublished, Subject: v.ID, Actor: public.Face(n.author, n.organization),
		Data: map[string]any{
			"number": v.Number, "supportCount": c.SupportCount, "earlierSupportCount": c.EarlierSupportCount,
		},
	})
	return c, tx.search.Refresh(ctx, tx.Tx, c)
}

// behind returns the languages of a version that are not among those written: a version made from it says the same in
// them, and may be out of date there.
func behind(from *ent.Version, written []string) []string {
	var languages []string
	for _, lang := range public.Languages(from) {
		if !slices.Contains(written, lang) {
			languages = append(languages, lang)
		}
	}
	return languages
}

// changedLanguages returns the languages in which the title or the body differs from the version, each once.
func changedLanguages(v *ent.Version, title, body input.Texts) []string {
	var changed []string
	for _, lang := range slices.Sorted(input.Languages(body)) {
		if v.Title[lang] != title[lang] || v.Body[lang] != body[lang] {
			changed = append(changed, lang)
		}
	}

	for _, lang := range slices.Sorted(input.Languages(title)) {
		if v.Title[lang] != title[lang] && !slices.Contains(changed, lang) {
			changed = append(changed, lang)
		}
	}
	return changed
}

// TextDiff is the difference between two texts in one language.
type TextDiff struct {
	Language string
	IsEmpty  bool

	oldTitle, oldBody, newTitle, newBody string
}

// NewTextDiff returns the difference between the titles and the bodies of two texts. They are compared when that is
// asked for.
func NewTextDiff(language, oldTitle, oldBody, newTitle, newBody string) *TextDiff {
	isEmpty := oldTitle == newTitle && oldBody == newBody
	return &TextDiff{language, isEmpty, oldTitle, oldBody, newTitle, newBody}
}

// Title compares the titles; it fails as Body does.
func (d *TextDiff) Title(ctx context.Context) (diff.Paragraph, error) {
	paragraphs, err := difference(ctx, d.oldTitle, d.newTitle)
	return onePiece(paragraphs), err
}

// Body compares the bodies; long ones wait for their turn. It fails when ctx ends, and with fair.ErrBusy.
func (d *TextDiff) Body(ctx context.Context) ([]diff.Paragraph, error) {
	return difference(ctx, d.oldBody, d.newBody)
}

// onePiece joins the paragraphs of a title's difference into one, as a title is one line. Without paragraphs, nothing
// changed.
func onePiece(paragraphs []diff.Paragraph) diff.Paragraph {
	if len(paragraphs) == 1 {
		return paragraphs[0]
	}

	whole := diff.Paragraph{Kind: diff.Changed}
	for _, p := range paragraphs {
		whole.Spans = append(whole.Spans, p.Spans...)
	}
	if len(paragraphs) == 0 {
		whole.Kind = diff.Kept
	}
	return whole
}

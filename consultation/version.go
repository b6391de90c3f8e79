package consultation

import (
	"context"
	"iter"
	"maps"
	"slices"

	"ensemble/consultation/text"
	"ensemble/ent"
	"ensemble/ent/amendment"
	"ensemble/ent/version"
	"ensemble/live"
)

// nextVersion is what the next version of a commitment's text is made of.
type nextVersion struct {
	title, body  Texts
	written      []string // the languages it was written in; the others stay as they are, behind
	author       string
	organization *string
	source       version.Source
	amendment    *string
}

// nextVersion makes current's successor and moves the commitment, which is locked, to it: supports on the text so
// far now speak of an earlier one. Amendments under evaluation are compared with it after the commit (Keep).
func (tx *Tx) nextVersion(ctx context.Context, c *ent.Commitment, current *ent.Version, n nextVersion) (*ent.Commitment, error) {
	s := tx.service
	v, err := tx.Version.Create().SetID(s.NewID("version")).SetCommitmentID(c.ID).SetNumber(current.Number + 1).
		SetTitle(n.title).SetBody(n.body).SetBehind(behind(current, n.written)).SetAuthorID(n.author).
		SetNillableOrganizationID(n.organization).SetSource(n.source).SetNillableAmendmentID(n.amendment).
		SetCreatedAt(s.now()).Save(ctx)
	if err != nil {
		return nil, err
	}
	c, err = c.Update().SetVersionID(v.ID).SetVersionNumber(v.Number).
		SetSearchText(SearchText(c.Reference, n.title, n.body)).SetActiveAt(s.now()).
		SetEarlierSupportCount(c.EarlierSupportCount + c.SupportCount).SetSupportCount(0).Save(ctx)
	if err != nil {
		return nil, err
	}
	if err := tx.Amendment.Update().Where(amendment.CommitmentID(c.ID), amendment.StateEQ(amendment.StateEVALUATING)).
		SetMergeDue(v.Number).Exec(ctx); err != nil {
		return nil, err
	}
	actor := n.author
	if n.organization != nil {
		actor = *n.organization
	}
	tx.record(live.Event{Topic: c.ID, Type: live.VersionPublished, Subject: v.ID, Actor: actor, Data: map[string]any{
		"number": v.Number, "supportCount": c.SupportCount, "earlierSupportCount": c.EarlierSupportCount,
	}})
	return c, tx.service.Index(ctx, tx, c)
}

// behind are the languages whose text a version keeps from the one it was made of.
func behind(from *ent.Version, written []string) []string {
	var languages []string
	for _, lang := range Languages(from) {
		if !slices.Contains(written, lang) {
			languages = append(languages, lang)
		}
	}
	return languages
}

// Languages are those that a version's text exists in, sorted.
func Languages(v *ent.Version) []string { return slices.Sorted(keys(v.Body)) }

// changedLanguages are those in which title or body differ from the version.
func changedLanguages(v *ent.Version, title, body Texts) []string {
	var changed []string
	for _, lang := range slices.Sorted(keys(body)) {
		if v.Title[lang] != title[lang] || v.Body[lang] != body[lang] {
			changed = append(changed, lang)
		}
	}
	for _, lang := range slices.Sorted(keys(title)) {
		if v.Title[lang] != title[lang] && !slices.Contains(changed, lang) {
			changed = append(changed, lang)
		}
	}
	return changed
}

func keys(t Texts) iter.Seq[string] { return maps.Keys(t) }

// TextDiff is the difference between two texts in one language.
type TextDiff struct {
	Language string
	Title    text.Paragraph
	Body     []text.Paragraph
	IsEmpty  bool
}

// NewTextDiff compares two titles and bodies.
func NewTextDiff(language, oldTitle, oldBody, newTitle, newBody string) *TextDiff {
	return &TextDiff{
		Language: language,
		Title:    onePiece(text.Diff(oldTitle, newTitle)),
		Body:     text.Diff(oldBody, newBody),
		IsEmpty:  oldTitle == newTitle && oldBody == newBody,
	}
}

// onePiece joins the paragraphs of a title's difference: a title is one line.
func onePiece(diff []text.Paragraph) text.Paragraph {
	if len(diff) == 1 {
		return diff[0]
	}
	whole := text.Paragraph{Kind: text.Changed}
	for _, p := range diff {
		whole.Spans = append(whole.Spans, p.Spans...)
	}
	if len(diff) == 0 {
		whole.Kind = text.Kept
	}
	return whole
}

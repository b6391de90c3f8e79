package roadmap

import (
	"context"
	"time"

	"ensemble/consultation/change"
	"ensemble/consultation/public"
	"ensemble/consultation/search"
	"ensemble/consultation/search/words"
	"ensemble/consultation/text/markdown"
	"ensemble/ent"
	"ensemble/ent/searchentry"
)

// These are the entries by which search finds commitments, amendments and comments.

// commitmentEntry returns the entry of a commitment, nil for a draft: its reference, and the current text in every
// language.
func commitmentEntry(ctx context.Context, tx *change.Tx, c *ent.Commitment) (*search.Entry, error) {
	if !public.IsPublicCommitment(c) {
		return nil, nil
	}
	v, err := tx.Version.Get(ctx, c.VersionID)
	if err != nil {
		return nil, err
	}

	var texts []words.Text
	for _, lang := range public.Languages(v) {
		texts = append(texts, words.Text{
			Language: lang, Title: v.Title[lang], Body: markdown.OfficialPlain(v.Body[lang]),
		})
	}
	// The reference is a name: whoever quotes it finds the commitment, in any language.
	texts = append(texts, words.Text{Body: c.Reference})

	return &search.Entry{
		Kind: searchentry.KindCOMMITMENT, Languages: public.Languages(v), Commitment: &c.ID,
		PublishedAt: momentOr(c.PublishedAt, c.CreatedAt),
		Words:       words.IndexOf(texts...),
	}, nil
}

// amendmentEntry returns the entry of an amendment, nil unless it is public: the text that it proposes, and its
// reasons.
func amendmentEntry(_ context.Context, _ *change.Tx, a *ent.Amendment) (*search.Entry, error) {
	if !public.IsPublicAmendment(a) {
		return nil, nil
	}

	body := markdown.OfficialPlain(a.Body) + "\n" + markdown.CommentPlain(a.Rationale)
	return &search.Entry{
		Kind: searchentry.KindAMENDMENT, Languages: []string{a.Language}, Commitment: &a.CommitmentID, Amendment: &a.ID,
		PublishedAt: momentOr(a.SubmittedAt, a.CreatedAt),
		Words:       words.IndexOf(words.Text{Language: a.Language, Title: a.Title, Body: body}),
	}, nil
}

// commentEntry returns the entry of a comment, nil when it was removed. A comment on an amendment is found only while
// the amendment is public.
func commentEntry(_ context.Context, _ *change.Tx, m *ent.Comment) (*search.Entry, error) {
	if public.IsRemoved(m) {
		return nil, nil
	}

	e := &search.Entry{
		Kind: searchentry.KindCOMMENT, Languages: []string{m.Language}, Commitment: &m.Topic, PublishedAt: m.CreatedAt,
		Words: words.IndexOf(words.Text{Language: m.Language, Body: markdown.CommentPlain(m.Body)}),
	}

	if kind, _ := change.KindOf(m.SubjectID); kind == "amendment" {
		e.Amendment = &m.SubjectID
	}
	return e, nil
}

// momentOr returns the moment at, or the other one when at is nil.
func momentOr(at *time.Time, otherwise time.Time) time.Time {
	if at == nil {
		return otherwise
	}
	return *at
}

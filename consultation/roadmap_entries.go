package consultation

import (
	"context"
	"time"

	"ensemble/consultation/search"
	"ensemble/consultation/text"
	"ensemble/ent"
	"ensemble/ent/commitment"
	"ensemble/ent/searchentry"
)

// What commitments, amendments and comments are found by.

// commitmentEntry holds every language of the current text, and the commitment's reference.
func commitmentEntry(ctx context.Context, tx *Tx, c *ent.Commitment) (*entry, error) {
	if c.Status == commitment.StatusDRAFT {
		return nil, nil
	}
	v, err := tx.Version.Get(ctx, c.VersionID)
	if err != nil {
		return nil, err
	}

	var texts []search.Text
	for _, lang := range Languages(v) {
		texts = append(texts, search.Text{Language: lang, Title: v.Title[lang], Body: text.OfficialPlain(v.Body[lang])})
	}
	// The reference is a name: whoever quotes it finds the commitment, in any language.
	texts = append(texts, search.Text{Body: c.Reference})

	return &entry{
		kind: searchentry.KindCOMMITMENT, languages: Languages(v), commitment: &c.ID, publishedAt: momentOr(c.PublishedAt, c.CreatedAt),
		words: search.IndexOf(texts...),
	}, nil
}

// amendmentEntry holds the text that the amendment proposes, and its reasons.
func amendmentEntry(_ context.Context, _ *Tx, a *ent.Amendment) (*entry, error) {
	if !IsPublicAmendment(a) {
		return nil, nil
	}
	body := text.OfficialPlain(a.Body) + "\n" + text.CommentPlain(a.Rationale)
	return &entry{
		kind: searchentry.KindAMENDMENT, languages: []string{a.Language}, commitment: &a.CommitmentID, amendment: &a.ID,
		publishedAt: momentOr(a.SubmittedAt, a.CreatedAt), words: search.IndexOf(search.Text{Language: a.Language, Title: a.Title, Body: body}),
	}, nil
}

// commentEntry holds what the comment says. One on an amendment is found only where the amendment is public.
func commentEntry(_ context.Context, _ *Tx, m *ent.Comment) (*entry, error) {
	if IsRemoved(m) {
		return nil, nil
	}
	e := &entry{
		kind: searchentry.KindCOMMENT, languages: []string{m.Language}, commitment: &m.Topic, publishedAt: m.CreatedAt,
		words: search.IndexOf(search.Text{Language: m.Language, Body: text.CommentPlain(m.Body)}),
	}
	if kind, _ := KindOf(m.SubjectID); kind == "amendment" {
		e.amendment = &m.SubjectID
	}
	return e, nil
}

// momentOr is a moment, or another one where there is none.
func momentOr(at *time.Time, otherwise time.Time) time.Time {
	if at == nil {
		return otherwise
	}
	return *at
}

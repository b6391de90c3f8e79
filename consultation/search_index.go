package consultation

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"ensemble/consultation/search"
	"ensemble/consultation/text"
	"ensemble/ent"
	"ensemble/ent/commitment"
	"ensemble/ent/searchentry"
)

// entry is what the index holds of a node: what it is, and what it is found by. Names of people are not in it.
type entry struct {
	kind                  searchentry.Kind
	languages             []string
	commitment, amendment *string
	publishedAt           time.Time
	words                 search.Index
}

// index has a node found by what it says now, or not at all when not everybody may read it. Every change to what one of these says, or
// to whether it is public, ends with a call: the index is kept nowhere else. Node is a Commitment, an Amendment, a Comment or an
// Organization, as the transaction left it.
func (tx *Tx) index(ctx context.Context, row node) error {
	var e *entry
	var err error
	switch row := row.(type) {
	case *ent.Commitment:
		e, err = tx.commitmentEntry(ctx, row)
	case *ent.Amendment:
		e = amendmentEntry(row)
	case *ent.Comment:
		e = commentEntry(row)
	case *ent.Organization:
		e = organizationEntry(row)
	default:
		panic(fmt.Sprintf("consultation: search knows no %T", row))
	}
	if err != nil {
		return fmt.Errorf("index %s: %w", row.NodeID(), err)
	}
	if e == nil {
		return tx.unindex(ctx, row.NodeID())
	}
	return tx.storeEntry(ctx, row.NodeID(), e)
}

func (tx *Tx) commitmentEntry(ctx context.Context, c *ent.Commitment) (*entry, error) {
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

func amendmentEntry(a *ent.Amendment) *entry {
	if !IsPublicAmendment(a) {
		return nil
	}
	body := text.OfficialPlain(a.Body) + "\n" + text.CommentPlain(a.Rationale)
	return &entry{
		kind: searchentry.KindAMENDMENT, languages: []string{a.Language}, commitment: &a.CommitmentID, amendment: &a.ID,
		publishedAt: momentOr(a.SubmittedAt, a.CreatedAt), words: search.IndexOf(search.Text{Language: a.Language, Title: a.Title, Body: body}),
	}
}

func commentEntry(m *ent.Comment) *entry {
	if IsRemoved(m) {
		return nil
	}
	e := &entry{
		kind: searchentry.KindCOMMENT, languages: []string{m.Language}, commitment: &m.Topic, publishedAt: m.CreatedAt,
		words: search.IndexOf(search.Text{Language: m.Language, Body: text.CommentPlain(m.Body)}),
	}
	if kind, _ := KindOf(m.SubjectID); kind == "amendment" {
		e.amendment = &m.SubjectID
	}
	return e
}

// A name is found by its words in either language.
func organizationEntry(g *ent.Organization) *entry {
	return &entry{
		kind: searchentry.KindORGANIZATION, publishedAt: g.CreatedAt,
		words: search.IndexOf(search.Text{Language: "fr", Title: g.Name}, search.Text{Language: "en", Title: g.Name}),
	}
}

func momentOr(at *time.Time, otherwise time.Time) time.Time {
	if at == nil {
		return otherwise
	}
	return *at
}

const (
	entryColumns = `INSERT INTO search_entries (id, kind, languages, commitment_id, amendment_id, published_at, `
	entryAgain   = ` ON CONFLICT (id) DO UPDATE SET languages = excluded.languages, published_at = excluded.published_at`

	storeOnPostgres = entryColumns + `title, words) VALUES ($1, $2, $3, $4, $5, $6, $7::text::tsvector, $8::text::tsvector)` +
		entryAgain + `, title = excluded.title, words = excluded.words`
	storeOnSQLite = entryColumns + `number) VALUES ($1, $2, $3, $4, $5, $6, (SELECT COALESCE(MAX(number), 0) + 1 FROM search_entries))` +
		entryAgain + ` RETURNING number`
	storeWords = `INSERT OR REPLACE INTO search_words (rowid, title, body) VALUES ($1, $2, $3)`
)

func (tx *Tx) storeEntry(ctx context.Context, id string, e *entry) error {
	args := []any{id, string(e.kind), listed(e.languages), e.commitment, e.amendment, e.publishedAt}
	if tx.service.onPostgres() {
		title, words := e.words.TSVector()
		_, err := tx.ExecContext(ctx, storeOnPostgres, append(args, title, words)...)
		return err
	}
	var number int64
	if err := tx.queryRow(ctx, []any{&number}, storeOnSQLite, args...); err != nil {
		return err
	}
	title, body := e.words.FTS5()
	_, err := tx.ExecContext(ctx, storeWords, number, title, body)
	return err
}

// listed writes languages as the column holds them: ",en,fr,".
func listed(languages []string) string {
	bases := make([]string, len(languages))
	for i, l := range languages {
		bases[i] = search.Base(l)
	}
	slices.Sort(bases)
	return strings.Join(append([]string{""}, slices.Compact(bases)...), ",") + ","
}

// unindex has a node found no more. Taking out what is not in changes nothing.
func (tx *Tx) unindex(ctx context.Context, ids ...string) error {
	for _, id := range ids {
		if !tx.service.onPostgres() {
			if _, err := tx.ExecContext(ctx, `DELETE FROM search_words WHERE rowid = (SELECT number FROM search_entries WHERE id = $1)`, id); err != nil {
				return err
			}
		}
		if _, err := tx.ExecContext(ctx, `DELETE FROM search_entries WHERE id = $1`, id); err != nil {
			return err
		}
	}
	return nil
}

package main

import (
	"context"
	"encoding/json"
	"errors"
	"math/rand/v2"
	"net/http"
	"time"

	"github.com/jackc/pgx/v5"

	"ensemble/auth"
	"ensemble/consultation/change"
	"ensemble/consultation/search/words"
	"ensemble/consultation/text/clean"
	"ensemble/consultation/text/markdown"
)

// A comment here has the rules and the bookkeeping that Ensemble has for one at the root of a thread, signed in one's
// own name: who signs, that the commitment is public and takes comments now, the length of the text; the counters, what
// can be found, that the author follows, the topic's next number and the event.

type commentInput struct {
	Subject   string  `json:"subject"`
	Body      string  `json:"body"`
	Alignment *string `json:"alignment"`
}

type postedComment struct {
	ID        string `json:"id"`
	Body      string `json:"body"`
	CreatedAt moment `json:"createdAt"`
	Author    actor  `json:"author"`
}

// draft is a comment on its way in.
type draft struct {
	commentInput
	token                      []byte // hashed; nil for nobody
	id, event                  string
	nonce                      int64
	now                        time.Time
	lang                       string
	length                     int
	words                      string // a vector for the search
	follow                     string
	forIt, againstIt, neutrals int
}

const (
	signerSQL = `SELECT u.id, u.name FROM sessions s JOIN users u ON u.id = s.user_id
WHERE s.token_hash = $1 AND s.expires_at > $2 AND u.erased_at IS NULL`

	subjectSQL = `SELECT p.comment_max_length, c.status IN ('OPEN', 'UNDER_REVIEW') AND EXISTS (
  SELECT FROM phases f WHERE f.process_id = p.id AND f.comments AND f.opens_at <= $2
    AND (f.closes_at IS NULL OR f.closes_at > $2)) AS open
FROM commitments c JOIN processes p ON p.id = c.process_id WHERE c.id = $1 AND c.status <> 'DRAFT'`

	insertSQL = `INSERT INTO comments (id, subject_id, topic, depth, path, body, language, alignment, author_id, created_at,
  mentions_bound)
VALUES ($1, $2, $2, 0, $3, $4, $5, $6, $7, $8, TRUE)`

	countSQL = `UPDATE commitments SET comment_count = comment_count + 1, for_count = for_count + $1,
  against_count = against_count + $2, neutral_count = neutral_count + $3, active_at = $4
WHERE id = $5 AND status IN ('OPEN', 'UNDER_REVIEW') RETURNING comment_count, for_count, against_count, neutral_count`

	findableSQL = `INSERT INTO search_entries (id, kind, languages, commitment_id, published_at, title, words)
VALUES ($1, 'COMMENT', ',' || $2 || ',', $3, $4, '', $5::text::tsvector)`

	followSQL = `INSERT INTO follows (id, user_id, kind, subject_id, created_at) VALUES ($1, $2, 'COMMITMENT', $3, $4)
ON CONFLICT (user_id, subject_id) DO NOTHING`

	announceSQL = `WITH head AS (INSERT INTO topics (id, seq, nonce, previous_nonce) VALUES ($1, 1, $2, 0)
  ON CONFLICT (id) DO UPDATE SET seq = topics.seq + 1, previous_nonce = topics.nonce, nonce = excluded.nonce
  RETURNING seq, previous_nonce)
INSERT INTO events (id, topic, seq, nonce, previous_nonce, type, subject_id, actor_id, data, at)
SELECT $3, $1, head.seq, $2, head.previous_nonce, 'CommentPosted', $4, $5, $6, $7 FROM head`
)

// newDraft reads the request and does what needs no database.
func newDraft(r *http.Request) (*draft, error) {
	d := &draft{now: time.Now().UTC().Truncate(time.Microsecond), lang: languageOf(r)}

	if err := json.NewDecoder(r.Body).Decode(&d.commentInput); err != nil {
		return nil, refusal("BAD_USER_INPUT")
	}

	if token, ok := auth.BearerToken(r.Header.Get("Authorization")); ok {
		d.token, _ = auth.HashToken(token)
	}
	if d.token == nil {
		return nil, refusal("UNAUTHENTICATED")
	}

	var err error
	if d.Body, err = clean.Text(d.Body); err != nil {
		return nil, refusal("BAD_USER_INPUT")
	}
	d.length = clean.Length(d.Body)

	switch side := d.Alignment; {
	case side == nil || *side == "NEUTRAL":
		d.neutrals = 1
	case *side == "FOR":
		d.forIt = 1
	default:
		d.againstIt = 1
	}

	if d.lang == "" {
		d.lang = "fr" // what the benchmark's process has first
	}
	_, d.words = words.IndexOf(words.Text{Language: d.lang, Body: markdown.CommentPlain(d.Body)}).TSVector()
	d.id, d.event, d.follow, d.nonce = change.NewID("comment"), change.NewID("event"),
		change.NewID("follow"), newNonce()

	return d, nil
}

// newNonce returns 64 random bits, never 0.
func newNonce() int64 { return int64(max(rand.Uint64(), 1)) }

// answer returns the answer to the mutation that posted the draft.
func (d *draft) answer(author string) any {
	posted := postedComment{d.id, d.Body, moment{d.now}, actor{author}}
	return map[string]any{"postComment": map[string]any{"comment": posted}}
}

// comment posts a comment with one statement after another, in one transaction.
func (s raw) comment(r *http.Request) (any, error) {
	d, err := newDraft(r)
	if err != nil {
		return nil, err
	}

	var author, name string
	err = s.db.QueryRow(r.Context(), signerSQL, d.token, d.now).Scan(&author, &name)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, refusal("UNAUTHENTICATED")
	}
	if err != nil {
		return nil, err
	}

	err = pgx.BeginFunc(r.Context(), s.db, func(tx pgx.Tx) error { return d.post(r.Context(), tx, author) })
	return d.answer(name), err
}

// post writes the draft and all that belongs to it. author is the id of who signs it.
func (d *draft) post(ctx context.Context, tx pgx.Tx, author string) error {
	var longest int
	var open bool
	err := tx.QueryRow(ctx, subjectSQL, d.Subject, d.now).Scan(&longest, &open)
	switch {
	case errors.Is(err, pgx.ErrNoRows):
		return refusal("NOT_FOUND")
	case err != nil:
		return err
	case !open:
		return refusal("CLOSED")
	case d.length < 1 || d.length > longest:
		return refusal("BAD_USER_INPUT")
	}

	row := []any{d.id, d.Subject, d.id + "/", d.Body, d.lang, d.Alignment, author, d.now}
	if _, err := tx.Exec(ctx, insertSQL, row...); err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, findableSQL, d.id, d.lang, d.Subject, d.now, d.words); err != nil {
		return err
	}

	var all, forIt, againstIt, neutrals int
	counts := tx.QueryRow(ctx, countSQL, d.forIt, d.againstIt, d.neutrals, d.now, d.Subject)
	err = counts.Scan(&all, &forIt, &againstIt, &neutrals)
	if errors.Is(err, pgx.ErrNoRows) {
		return refusal("CLOSED")
	}
	if err != nil {
		return err
	}

	if _, err := tx.Exec(ctx, followSQL, d.follow, author, d.Subject, d.now); err != nil {
		return err
	}

	_, err = tx.Exec(ctx, announceSQL, d.Subject, d.nonce, d.event, d.id, author, map[string]any{
		"subject": d.Subject, "commentCount": all, "for": forIt, "against": againstIt, "neutral": neutrals,
	}, d.now)
	return err
}

// commentSQL does all of it at once. Its answer says why it did nothing: no signer, no subject, closed, or a length.
const commentSQL = `WITH
signer AS (SELECT u.id, u.name FROM sessions s JOIN users u ON u.id = s.user_id
  WHERE s.token_hash = $1 AND s.expires_at > $2 AND u.erased_at IS NULL),
subject AS (SELECT c.id, p.comment_max_length AS longest, c.status IN ('OPEN', 'UNDER_REVIEW')
    AND EXISTS (SELECT FROM phases f WHERE f.process_id = p.id AND f.comments
    AND f.opens_at <= $2 AND (f.closes_at IS NULL OR f.closes_at > $2)) AS open
  FROM commitments c JOIN processes p ON p.id = c.process_id WHERE c.id = $3 AND c.status <> 'DRAFT'),
counted AS (UPDATE commitments c SET comment_count = comment_count + 1, for_count = for_count + $4,
  against_count = against_count + $5, neutral_count = neutral_count + $6, active_at = $2
  FROM signer, subject WHERE c.id = $3 AND subject.open AND $7 BETWEEN 1 AND subject.longest
    AND c.status IN ('OPEN', 'UNDER_REVIEW')
  RETURNING c.comment_count, c.for_count, c.against_count, c.neutral_count),
posted AS (INSERT INTO comments (id, subject_id, topic, depth, path, body, language, alignment, author_id, created_at,
    mentions_bound)
  SELECT $8, $3, $3, 0, $8 || '/', $9, $10, $11, signer.id, $2, TRUE FROM counted, signer),
findable AS (INSERT INTO search_entries (id, kind, languages, commitment_id, published_at, title, words)
  SELECT $8, 'COMMENT', ',' || $10 || ',', $3, $2, '', $14::text::tsvector FROM counted),
follows AS (INSERT INTO follows (id, user_id, kind, subject_id, created_at)
  SELECT $15, signer.id, 'COMMITMENT', $3, $2 FROM counted, signer ON CONFLICT (user_id, subject_id) DO NOTHING),
head AS (INSERT INTO topics (id, seq, nonce, previous_nonce) SELECT $3, 1, $12::bigint, 0 FROM counted
  ON CONFLICT (id) DO UPDATE SET seq = topics.seq + 1, previous_nonce = topics.nonce, nonce = excluded.nonce
  RETURNING seq, previous_nonce),
logged AS (INSERT INTO events (id, topic, seq, nonce, previous_nonce, type, subject_id, actor_id, data, at)
  SELECT $13, $3, head.seq, $12, head.previous_nonce, 'CommentPosted', $8, signer.id, jsonb_build_object('subject', $3,
    'commentCount', counted.comment_count, 'for', counted.for_count, 'against', counted.against_count,
    'neutral', counted.neutral_count), $2 FROM head, counted, signer)
SELECT EXISTS (SELECT FROM counted), (SELECT name FROM signer), (SELECT open FROM subject)`

// commentInOne posts a comment with one statement.
func (s raw) commentInOne(r *http.Request) (any, error) {
	d, err := newDraft(r)
	if err != nil {
		return nil, err
	}

	var done bool
	var name *string
	var open *bool
	row := s.db.QueryRow(r.Context(), commentSQL,
		d.token, d.now, d.Subject, d.forIt, d.againstIt, d.neutrals, d.length, d.id,
		d.Body, d.lang, d.Alignment, d.nonce, d.event, d.words, d.follow)
	if err := row.Scan(&done, &name, &open); err != nil {
		return nil, err
	}

	switch {
	case done:
		return d.answer(*name), nil
	case name == nil:
		return nil, refusal("UNAUTHENTICATED")
	case open == nil:
		return nil, refusal("NOT_FOUND")
	case !*open:
		return nil, refusal("CLOSED")
	}
	return nil, refusal("BAD_USER_INPUT")
}

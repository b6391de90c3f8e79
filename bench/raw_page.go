package main

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/http"

	"github.com/jackc/pgx/v5"

	"ensemble/consultation/text/markdown"
	"ensemble/live"
)

// The page, one statement after another.

const firstComments = 20

// faceSQL is the public name of the person u, or of the organization o they acted for; $1 stands for the erased.
const faceSQL = `COALESCE(o.name, CASE WHEN u.erased_at IS NULL THEN u.name ELSE $1 END)`

const (
	commitmentSQL = `SELECT c.id, c.number, COALESCE(v.title->>$2, v.title->>(p.languages->>0)),
  COALESCE(v.body->>$2, v.body->>(p.languages->>0)), v.number, ` + faceSQL + `, c.version_number, c.amendment_count,
  c.support_count + c.earlier_support_count, COALESCE(t.seq, 0), COALESCE(t.nonce, 0)
FROM commitments c JOIN versions v ON v.id = c.version_id JOIN processes p ON p.id = c.process_id
  JOIN users u ON u.id = v.author_id LEFT JOIN organizations o ON o.id = v.organization_id LEFT JOIN topics t ON t.id = c.id
WHERE c.reference = $3 AND c.status <> 'DRAFT'`

	versionsSQL = `SELECT v.number, v.created_at, ` + faceSQL + `
FROM versions v JOIN users u ON u.id = v.author_id LEFT JOIN organizations o ON o.id = v.organization_id
WHERE v.commitment_id = $2 ORDER BY v.number DESC LIMIT 10`

	amendmentsSQL = `SELECT a.id, a.state, a.merge_state, ` + faceSQL + `
FROM amendments a JOIN users u ON u.id = a.author_id LEFT JOIN organizations o ON o.id = a.organization_id
WHERE a.commitment_id = $2 AND a.state <> 'DRAFT' ORDER BY a.submitted_at, a.id LIMIT 10`

	readableSQL = `(m.deleted_at IS NULL AND m.hidden_at IS NULL)`
	shownSQL    = `m.subject_id = $2 AND (` + readableSQL + ` OR m.descendant_count > 0)`

	commentsSQL = `SELECT m.id, CASE WHEN ` + readableSQL + ` THEN m.body END, m.depth, m.parent_id, m.reply_count,
  CASE WHEN ` + readableSQL + ` THEN m.alignment END,
  m.created_at, CASE WHEN ` + readableSQL + ` THEN ` + faceSQL + ` END
FROM comments m JOIN users u ON u.id = m.author_id LEFT JOIN organizations o ON o.id = m.organization_id
WHERE ` + shownSQL + ` ORDER BY m.created_at, m.id LIMIT 21`

	countCommentsSQL = `SELECT count(*) FROM comments m
WHERE m.subject_id = $1 AND (` + readableSQL + ` OR m.descendant_count > 0)`

	supportsSQL = `SELECT ` + faceSQL + `
FROM supports s LEFT JOIN users u ON u.id = s.user_id LEFT JOIN organizations o ON o.id = s.organization_id
WHERE s.commitment_id = $2 ORDER BY s.created_at DESC, s.id DESC LIMIT $3`
)

func (s raw) page(r *http.Request) (any, error) {
	p, err := s.load(r, 20)
	if p == nil || err != nil {
		return map[string]any{"commitment": nil}, err
	}

	rows, err := s.db.Query(r.Context(), versionsSQL, deletedName(languageOf(r)), p.ID)
	if err != nil {
		return nil, err
	}
	p.Versions.Nodes, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (v rawVersion, err error) {
		v.CreatedAt = new(moment)
		return v, row.Scan(&v.Number, &v.CreatedAt.Time, &v.Author.Name)
	})
	return map[string]any{"commitment": p}, err
}

func (s raw) htmlPage(r *http.Request) (any, error) {
	p, err := s.load(r, 5)
	if p == nil || err != nil {
		return map[string]any{"commitment": nil}, err
	}

	p.BodyHTML, p.Body = markdown.OfficialHTML(p.Body), ""
	for i := range p.Comments.Nodes {
		m := &p.Comments.Nodes[i]
		var html *string
		if m.Body != nil {
			made := markdown.CommentHTML(*m.Body)
			html = &made
		}
		m.BodyHTML = html
	}

	return map[string]any{"commitment": p}, nil
}

// load reads what both pages show; nil when there is no such commitment.
func (s raw) load(r *http.Request, supporters int) (*rawPage, error) {
	ctx, lang := r.Context(), languageOf(r)
	erased := deletedName(lang)
	p, at := &rawPage{}, live.Cursor{}
	var nonce int64

	err := s.db.QueryRow(ctx, commitmentSQL, erased, lang, r.URL.Query().Get("reference")).
		Scan(&p.ID, &p.Number, &p.Title,
			&p.Body, &p.Version.Number, &p.Version.Author.Name, &p.Versions.TotalCount, &p.Amendments.TotalCount,
			&p.Supports.TotalCount, &at.Seq, &nonce)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}

	at.Topic, at.Nonce = p.ID, uint64(nonce)
	p.StreamCursor = at.String()

	rows, err := s.db.Query(ctx, amendmentsSQL, erased, p.ID)
	if err != nil {
		return nil, err
	}
	if p.Amendments.Nodes, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (a rawAmendment, err error) {
		return a, row.Scan(&a.ID, &a.State, &a.MergeState, &a.Author.Name)
	}); err != nil {
		return nil, err
	}

	if err := s.loadComments(ctx, p, erased); err != nil {
		return nil, err
	}

	if rows, err = s.db.Query(ctx, supportsSQL, erased, p.ID, supporters); err != nil {
		return nil, err
	}
	p.Supports.Nodes, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (s rawSupport, err error) {
		return s, row.Scan(&s.Supporter.Name)
	})
	return p, err
}

func (s raw) loadComments(ctx context.Context, p *rawPage, erased string) error {
	c := &p.Comments
	if err := s.db.QueryRow(ctx, countCommentsSQL, p.ID).Scan(&c.TotalCount); err != nil {
		return err
	}

	rows, err := s.db.Query(ctx, commentsSQL, erased, p.ID)
	if err != nil {
		return err
	}

	c.Nodes, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (m rawComment, err error) {
		var parent, name *string
		err = row.Scan(&m.ID, &m.Body, &m.Depth, &parent, &m.ReplyCount, &m.Alignment, &m.CreatedAt.Time, &name)
		if parent != nil {
			m.Parent = &rawNode{*parent}
		}
		if name != nil {
			m.Author = &actor{*name}
		}
		m.CreatedAt = moment{m.CreatedAt.UTC()}
		return m, err
	})

	if c.PageInfo.HasNextPage = len(c.Nodes) > firstComments; c.PageInfo.HasNextPage {
		c.Nodes = c.Nodes[:firstComments]
	}

	if n := len(c.Nodes); n > 0 {
		end := commentCursor(c.Nodes[n-1])
		c.PageInfo.EndCursor = &end
	}

	return err
}

// commentCursor returns a comment's place in the list, as package relay writes it.
func commentCursor(m rawComment) string {
	place, _ := json.Marshal([]any{"comments:OLDEST", m.CreatedAt.Time, m.ID}) // nothing in it can fail
	return base64.RawURLEncoding.EncodeToString(place)
}

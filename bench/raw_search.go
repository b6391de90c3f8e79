package main

import (
	"net/http"

	"github.com/jackc/pgx/v5"

	"ensemble/consultation/search/words"
	"ensemble/consultation/text/markdown"
)

// searchSQL is the search, in one statement. What makes the words of the query and the excerpts is the same work in any
// server.
const searchSQL = `WITH hits AS MATERIALIZED (
  SELECT e.id, e.kind, e.published_at, CASE WHEN e.title @@ $2::text::tsquery THEN 8 ELSE 0 END
    + CASE WHEN e.words @@ $3::text::tsquery THEN 4 ELSE 0 END
    + CASE e.kind WHEN 'ORGANIZATION' THEN 3 WHEN 'COMMITMENT' THEN 2 WHEN 'AMENDMENT' THEN 1 ELSE 0 END AS rank
  FROM search_entries e LEFT JOIN commitments c ON c.id = e.commitment_id LEFT JOIN amendments a ON a.id = e.amendment_id
    LEFT JOIN comments m ON m.id = e.id
  WHERE e.words @@ $1::text::tsquery
    AND (e.kind = 'ORGANIZATION' OR c.status <> 'DRAFT' AND (e.amendment_id IS NULL OR a.state <> 'DRAFT')
    AND (e.kind <> 'COMMENT' OR ` + readableSQL + `)))
SELECT (SELECT count(*) FROM hits), h.id, COALESCE(m.language, a.language, p.languages->>0),
  COALESCE(a.title, v.title->>(p.languages->>0), ''),
  COALESCE(m.body, a.body, v.body->>(p.languages->>0), ''), COALESCE(a.rationale, ''), h.kind
FROM (SELECT * FROM hits ORDER BY rank DESC, published_at DESC, id DESC LIMIT 21) h
  LEFT JOIN comments m ON m.id = h.id LEFT JOIN amendments a ON a.id = h.id LEFT JOIN commitments c ON c.id = h.id
  LEFT JOIN versions v ON v.id = c.version_id LEFT JOIN processes p ON p.id = c.process_id
ORDER BY h.rank DESC, h.published_at DESC, h.id DESC`

type rawSpan struct {
	Text    string `json:"text"`
	IsMatch bool   `json:"isMatch"`
}

type rawHit struct {
	ID       string    `json:"itemId"`
	Language string    `json:"language"`
	Title    []rawSpan `json:"title"`
	Excerpt  []rawSpan `json:"excerpt"`
}

// search answers with the first 20 results, and how many there are in all.
func (s raw) search(r *http.Request) (any, error) {
	q := words.Parse(r.URL.Query().Get("q"), "")
	words := q.TSQuery()
	rows, err := s.db.Query(r.Context(), searchSQL, words.Words, words.Title, words.Together)
	if err != nil {
		return nil, err
	}

	total := 0
	hits, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (h rawHit, err error) {
		var title, body, rationale, kind string
		if err := row.Scan(&total, &h.ID, &h.Language, &title, &body, &rationale, &kind); err != nil {
			return h, err
		}

		switch kind {
		case "COMMENT":
			h.Excerpt = rawSpans(q.Excerpt(h.Language, markdown.CommentPlain(body)))
			return h, nil
		case "AMENDMENT":
			body = markdown.OfficialPlain(body) + "\n" + markdown.CommentPlain(rationale)
		default:
			body = markdown.OfficialPlain(body)
		}

		h.Title, h.Excerpt = rawSpans(q.Mark(h.Language, title)), rawSpans(q.Excerpt(h.Language, body))
		return h, nil
	})

	more := len(hits) > 20
	if more {
		hits = hits[:20]
	}

	return map[string]any{"search": map[string]any{
		"totalCount": total, "nodes": hits, "pageInfo": map[string]any{"hasNextPage": more},
	}}, err
}

func rawSpans(spans []words.Span) []rawSpan {
	all := make([]rawSpan, len(spans))
	for i, s := range spans {
		all[i] = rawSpan(s)
	}
	return all
}

package main

import (
	"encoding/json"
	"errors"
	"net/http"

	"github.com/jackc/pgx/v5"

	"ensemble/live"
)

// The page, in one statement that makes the JSON. The server adds only the stream's position, whose bytes SQL cannot
// well write.

// momentSQL writes a time as answers have it, with six digits of a second.
func momentSQL(column string) string {
	return `to_char(` + column + ` AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`
}

// placeSQL writes a time as cursors have it, without the zeros at its end.
func placeSQL(column string) string {
	return `replace((` + column + ` AT TIME ZONE 'UTC')::text, ' ', 'T') || 'Z'`
}

const faceJSON = `json_build_object('name', ` + faceSQL + `)`

var pageSQL = `SELECT json_build_object(
  'id', c.id, 'number', c.number,
  'title', COALESCE(v.title->>$2, v.title->>(p.languages->>0)),
  'body', COALESCE(v.body->>$2, v.body->>(p.languages->>0)),
  'version', json_build_object('number', v.number, 'author', ` + faceJSON + `),
  'versions', json_build_object('totalCount', c.version_number, 'nodes', (
    SELECT COALESCE(json_agg(json_build_object(
        'number', v.number, 'createdAt', ` + momentSQL("v.created_at") + `, 'author', ` + faceJSON + `)
      ORDER BY v.number DESC), '[]')
    FROM (SELECT * FROM versions v WHERE v.commitment_id = c.id ORDER BY v.number DESC LIMIT 10) v
      JOIN users u ON u.id = v.author_id LEFT JOIN organizations o ON o.id = v.organization_id)),
  'amendments', json_build_object('totalCount', c.amendment_count, 'nodes', (
    SELECT COALESCE(json_agg(json_build_object(
        'id', a.id, 'state', a.state, 'mergeState', a.merge_state, 'author', ` + faceJSON + `)
      ORDER BY a.submitted_at, a.id), '[]')
    FROM (SELECT * FROM amendments a WHERE a.commitment_id = c.id AND a.state <> 'DRAFT' ORDER BY a.submitted_at, a.id LIMIT 10) a
      JOIN users u ON u.id = a.author_id LEFT JOIN organizations o ON o.id = a.organization_id)),
  'comments', (
    SELECT json_build_object(
      'totalCount', (SELECT count(*) FROM comments m
        WHERE m.subject_id = c.id AND (` + readableSQL + ` OR m.descendant_count > 0)),
      'nodes', COALESCE(json_agg(json_build_object(
          'id', m.id, 'body', CASE WHEN ` + readableSQL + ` THEN m.body END, 'depth', m.depth,
          'parent', CASE WHEN m.parent_id IS NOT NULL THEN json_build_object('id', m.parent_id) END,
          'replyCount', m.reply_count, 'alignment',
          CASE WHEN ` + readableSQL + ` THEN m.alignment END, 'createdAt', ` + momentSQL("m.created_at") + `,
          'author', CASE WHEN ` + readableSQL + ` THEN ` + faceJSON + ` END
        ) ORDER BY m.created_at, m.id) FILTER (WHERE m.place <= 20), '[]'),
      'pageInfo', json_build_object('hasNextPage', count(*) > 20, 'endCursor', (array_agg(
        translate(encode(convert_to(
          '["comments:OLDEST","' || ` + placeSQL("m.created_at") + ` || '","' || m.id || '"]', 'UTF8'),
          'base64'), E'+/=\n', '-_')
        ORDER BY m.place DESC) FILTER (WHERE m.place <= 20))[1]))
    FROM (SELECT *, row_number() OVER (ORDER BY m.created_at, m.id) AS place FROM (
        SELECT * FROM comments m WHERE m.subject_id = c.id AND (` + readableSQL + ` OR m.descendant_count > 0)
        ORDER BY m.created_at, m.id LIMIT 21) m) m
      JOIN users u ON u.id = m.author_id LEFT JOIN organizations o ON o.id = m.organization_id),
  'supports', json_build_object('totalCount', c.support_count + c.earlier_support_count, 'nodes', (
    SELECT COALESCE(json_agg(json_build_object('supporter', ` + faceJSON + `) ORDER BY s.created_at DESC, s.id DESC), '[]')
    FROM (SELECT * FROM supports s WHERE s.commitment_id = c.id ORDER BY s.created_at DESC, s.id DESC LIMIT 20) s
      LEFT JOIN users u ON u.id = s.user_id LEFT JOIN organizations o ON o.id = s.organization_id))
)::text, c.id, COALESCE(t.seq, 0), COALESCE(t.nonce, 0)
FROM commitments c JOIN versions v ON v.id = c.version_id JOIN processes p ON p.id = c.process_id
  JOIN users u ON u.id = v.author_id LEFT JOIN organizations o ON o.id = v.organization_id LEFT JOIN topics t ON t.id = c.id
WHERE c.reference = $3 AND c.status <> 'DRAFT'`

func (s raw) pageInOne(w http.ResponseWriter, r *http.Request) {
	lang := languageOf(r)
	var page []byte
	var at live.Cursor
	var nonce int64

	err := s.db.QueryRow(r.Context(), pageSQL, deletedName(lang), lang, r.URL.Query().Get("reference")).
		Scan(&page, &at.Topic, &at.Seq, &nonce)
	switch {
	case errors.Is(err, pgx.ErrNoRows):
		writeJSON(w, []byte(`{"data":{"commitment":null}}`))
		return
	case err != nil:
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}

	at.Nonce = uint64(nonce)
	cursor, _ := json.Marshal(at.String()) // a string

	body := make([]byte, 0, len(page)+len(cursor)+64)
	body = append(body, `{"data":{"commitment":`...)
	body = append(body, page[:len(page)-1]...)
	body = append(append(append(body, `,"streamCursor":`...), cursor...), "}}}"...)

	writeJSON(w, body)
}

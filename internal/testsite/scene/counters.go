package scene

import (
	"testing"
)

// Recounts compare the counters of a table with the rows that they count. Each query finds the rows with a wrong
// counter, with what is stored and what is counted. Counters count what the public can see: see ent/schema.
var Recounts = []struct{ name, query string }{
	{"process: public commitments", `SELECT p.id, p.commitment_count, n FROM (SELECT p.*,
		(SELECT count(*) FROM commitments c WHERE c.process_id = p.id AND c.status <> 'DRAFT') AS n FROM processes p) p
		WHERE p.commitment_count <> n`},
	{"process: the newest number", `SELECT p.id, p.last_number, n FROM (SELECT p.*,
		(SELECT COALESCE(max(c.number), 0) FROM commitments c WHERE c.process_id = p.id) AS n FROM processes p) p
		WHERE p.last_number <> n`},
	{"commitment: amendments that were submitted", `SELECT c.id, c.amendment_count, n FROM (SELECT c.*,
		(SELECT count(*) FROM amendments a WHERE a.commitment_id = c.id AND a.state <> 'DRAFT' AND a.hidden_at IS NULL) AS n
		FROM commitments c) c
		WHERE c.amendment_count <> n`},
	{"commitment: supports on the current text", `SELECT c.id, c.support_count, n FROM (SELECT c.*,
		(SELECT count(*) FROM supports s WHERE s.commitment_id = c.id AND s.version_id = c.version_id) AS n
		FROM commitments c) c
		WHERE c.support_count <> n`},
	{"commitment: supports on earlier texts", `SELECT c.id, c.earlier_support_count, n FROM (SELECT c.*,
		(SELECT count(*) FROM supports s WHERE s.commitment_id = c.id AND s.version_id <> c.version_id) AS n
		FROM commitments c) c
		WHERE c.earlier_support_count <> n`},
	{"commitment: its current version is its newest", `SELECT c.id, c.version_number, n FROM (SELECT c.*,
		(SELECT v.number FROM versions v WHERE v.id = c.version_id AND v.commitment_id = c.id) AS n,
		(SELECT max(v.number) FROM versions v WHERE v.commitment_id = c.id) AS newest FROM commitments c) c
		WHERE n IS NULL OR c.version_number <> n OR c.version_number <> newest`},
	{"support: the number of its version", `SELECT s.id, s.version_number, v.number FROM supports s
		JOIN versions v ON v.id = s.version_id WHERE s.version_number <> v.number OR v.commitment_id <> s.commitment_id`},
	{"comment: direct answers that can be read", `SELECT m.id, m.reply_count, n FROM (SELECT m.*,
		(SELECT count(*) FROM comments r WHERE r.parent_id = m.id AND r.deleted_at IS NULL AND r.hidden_at IS NULL) AS n
		FROM comments m) m WHERE m.reply_count <> n`},
	{"comment: what can be read below it", `SELECT m.id, m.descendant_count, n FROM (SELECT m.*,
		(SELECT count(*) FROM comments r
		WHERE r.path LIKE m.path || '_%' AND r.deleted_at IS NULL AND r.hidden_at IS NULL) AS n
		FROM comments m) m WHERE m.descendant_count <> n`},
	{"comment: depth and path", `SELECT m.id, m.depth, p.depth FROM comments m LEFT JOIN comments p ON p.id = m.parent_id
		WHERE m.depth <> COALESCE(p.depth + 1, 0) OR m.path <> COALESCE(p.path, '') || m.id || '/'
		OR m.subject_id <> COALESCE(p.subject_id, m.subject_id)`},
	{"comment: votes up", `SELECT m.id, m.up_count, n FROM (SELECT m.*,
		(SELECT count(*) FROM comment_votes v WHERE v.comment_id = m.id AND v.value = 1) AS n FROM comments m) m
		WHERE m.up_count <> n`},
	{"comment: votes down", `SELECT m.id, m.down_count, n FROM (SELECT m.*,
		(SELECT count(*) FROM comment_votes v WHERE v.comment_id = m.id AND v.value = -1) AS n FROM comments m) m
		WHERE m.down_count <> n`},
	{"case: reports that nobody has decided on", `SELECT c.id, c.report_count, n FROM (SELECT c.*,
		(SELECT count(*) FROM reports r WHERE r.item_id = c.item_id AND r.outcome IS NULL) AS n FROM moderation_cases c) c
		WHERE c.report_count <> n`},
	{"case: those of them with a confirmed address", `SELECT c.id, c.confirmed_count, n FROM (SELECT c.*,
		(SELECT count(*) FROM reports r JOIN users u ON u.id = r.reporter_id
		WHERE r.item_id = c.item_id AND r.outcome IS NULL AND u.email_confirmed_at IS NOT NULL) AS n
		FROM moderation_cases c) c WHERE c.confirmed_count <> n`},
	{"case: only its author and moderators read the item", `SELECT c.id, c.removed, n FROM (SELECT c.*,
		(SELECT count(*) FROM comments m WHERE m.id = c.item_id AND m.hidden_at IS NOT NULL AND m.deleted_at IS NULL) +
		(SELECT count(*) FROM amendments a
		WHERE a.id = c.item_id AND (a.hidden_at IS NOT NULL OR a.held_at IS NOT NULL)) AS n
		FROM moderation_cases c) c WHERE (CASE WHEN c.removed THEN 1 ELSE 0 END) <> n`},
	{"case: it waits for reports, a moderator's reading or an appeal, and for nothing else",
		`SELECT c.id, c.state, c.report_count FROM moderation_cases c
		WHERE (c.state = 'OPEN') <> (c.report_count > 0 AND NOT EXISTS
		(SELECT 1 FROM appeals p WHERE p.item_id = c.item_id AND p.state = 'OPEN'))
		OR (c.state = 'APPEALED') <> EXISTS
		(SELECT 1 FROM appeals p WHERE p.item_id = c.item_id AND p.state = 'OPEN')`},
	{"held: never without a case that says so, and never readable", `SELECT m.id FROM comments m WHERE m.held_at IS NOT NULL AND
		(m.hidden_at IS NULL OR NOT EXISTS (SELECT 1 FROM moderation_cases c WHERE c.item_id = m.id))`},
	{"comment: score", `SELECT id, score, up_count - down_count FROM comments WHERE score <> up_count - down_count`},
}

// OnSubjects recount the counters that both commitments and amendments have.
var OnSubjects = []struct{ name, column, condition string }{
	{"comments", "comment_count", "true"},
	{"for", "for_count", "m.parent_id IS NULL AND m.alignment = 'FOR'"},
	{"against", "against_count", "m.parent_id IS NULL AND m.alignment = 'AGAINST'"},
	{"neutral, or no side said", "neutral_count",
		"m.parent_id IS NULL AND COALESCE(m.alignment, 'NEUTRAL') = 'NEUTRAL'"},
}

// CheckCounters counts again what each counter counts, and fails the test for those that are wrong.
func (w *World) CheckCounters(t testing.TB) {
	t.Helper()
	for _, c := range Recounts {
		if wrong := w.Rows(t, c.query); wrong != "" {
			t.Errorf("%s, wrong in\n%s", c.name, wrong)
		}
	}

	for _, table := range []string{"commitments", "amendments"} {
		for _, c := range OnSubjects {
			wrong := w.Rows(t, `SELECT s.id, s.`+c.column+`, n FROM (SELECT s.*, (SELECT count(*) FROM comments m
				WHERE m.subject_id = s.id AND m.deleted_at IS NULL AND m.hidden_at IS NULL AND `+c.condition+`) AS n
				FROM `+table+` s) s WHERE s.`+c.column+` <> n`)
			if wrong != "" {
				t.Errorf("%s: %s, wrong in\n%s", table, c.name, wrong)
			}
		}
	}
}

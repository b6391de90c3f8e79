package main

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"
)

// checked is how many commitments are compared.
const checked = 20

// check asks both servers the same and fails unless they answer the same and leave the same in the database.
func check(ctx context.Context, w *world, db *postgres, ours, raw *child) error {
	c := &checker{world: w, db: db}
	var err error

	if c.ours, err = dial(ctx, ours.Addr); err != nil {
		return err
	}
	defer func() { _ = c.ours.conn.Close() }()

	if c.raw, err = dial(ctx, raw.Addr); err != nil {
		return err
	}
	defer func() { _ = c.raw.conn.Close() }()

	if err := c.comments(ctx); err != nil {
		return err
	}
	if err := c.refusals(ctx); err != nil {
		return err
	}
	if err := c.pages(); err != nil {
		return err
	}
	return c.searches()
}

// checker has a connection to each server.
type checker struct {
	*world
	db        *postgres
	ours, raw *client
}

// answer is what either server answers.
type answer struct {
	Data   any
	Errors []struct{ Extensions struct{ Code string } }
}

// ask sends a request and reads its answer.
func (c *client) ask(request []byte) (a answer, err error) {
	body, err := c.do(request)
	if err != nil {
		return a, err
	}
	return a, json.Unmarshal(body, &a)
}

// pages compares some pages, the last of which is not the whole thread, and the answer for what does not exist.
func (c *checker) pages() error {
	nowhere := place{"", "no-such-reference"}

	for _, at := range append(slices.Clone(c.commitments[max(0, len(c.commitments)-checked):]), nowhere) {
		for _, pair := range [][2]func(place) []byte{
			{askPage(pageQuery), get("/page")},
			{askPage(pageQuery), get("/page/statement")},
			{askPage(htmlPageQuery), get("/page/html")},
		} {
			ours, err := c.ours.ask(pair[0](at))
			if err != nil {
				return err
			}

			raw, err := c.raw.ask(pair[1](at))
			if err != nil {
				return err
			}

			withoutList(ours.Data)
			withoutList(raw.Data)
			if len(ours.Errors) > 0 || !reflect.DeepEqual(ours.Data, raw.Data) {
				return fmt.Errorf("%s: %s", firstLine(pair[1](at)), difference("data", ours.Data, raw.Data))
			}

			if at != nowhere && !full(ours.Data) {
				return fmt.Errorf("%s: the page is not full: %.2000v", at.reference, ours.Data)
			}
		}
	}
	return nil
}

// withoutList leaves of the cursor of a page only the place: which list it belongs to is a hash that the raw server
// does not make.
func withoutList(data any) {
	page, _ := data.(map[string]any)["commitment"].(map[string]any)
	comments, _ := page["comments"].(map[string]any)
	info, _ := comments["pageInfo"].(map[string]any)
	cursor, _ := info["endCursor"].(string)
	var place []any
	if raw, err := base64.RawURLEncoding.DecodeString(cursor); err == nil && json.Unmarshal(raw, &place) == nil {
		info["endCursor"] = place[1:]
	}
}

// searches compares what is found.
func (c *checker) searches() error {
	for _, words := range []func(place) string{rareWords, commonWords} {
		for _, at := range c.commitments[max(0, len(c.commitments)-checked):] {
			ours, err := c.ours.ask(askSearch(words)(at))
			if err != nil {
				return err
			}

			raw, err := c.raw.ask(getSearch(words)(at))
			if err != nil {
				return err
			}

			if len(ours.Errors) > 0 || !reflect.DeepEqual(ours.Data, raw.Data) {
				return fmt.Errorf("search for %q: %s", words(at), difference("data", ours.Data, raw.Data))
			}

			found, _ := ours.Data.(map[string]any)["search"].(map[string]any)
			if total, _ := found["totalCount"].(float64); total == 0 {
				return fmt.Errorf("search for %q finds nothing", words(at))
			}
		}
	}
	return nil
}

// full reports whether a page shows all that fill wrote, so that equal pages are not merely empty ones.
func full(data any) bool {
	page, _ := data.(map[string]any)["commitment"].(map[string]any)
	for field, n := range map[string]float64{
		"versions": 2, "amendments": amendments, "comments": comments, "supports": supports,
	} {
		list, _ := page[field].(map[string]any)
		if total, _ := list["totalCount"].(float64); total < n {
			return false
		}
	}
	return true
}

// posts returns the three ways to post a comment.
func (c *checker) posts() map[string]func(token, subject, body string) (answer, error) {
	type poster = func(token, subject, body string) (answer, error)
	through := func(to *client, request func(token, subject, body string) []byte) poster {
		return func(token, subject, body string) (answer, error) { return to.ask(request(token, subject, body)) }
	}

	return map[string]func(token, subject, body string) (answer, error){
		"Ensemble":         through(c.ours, askComment),
		"pgx, transaction": through(c.raw, postComment("/comment")),
		"pgx, statement":   through(c.raw, postComment("/comment/statement")),
	}
}

// leftSQL is all that a comment leaves in the database, as JSON, with what must differ (ids, times, random numbers)
// replaced by whether it is as it should be. $1 is the comment, $2 the counts of the commitment and $3 the number of
// its topic before.
const leftSQL = `SELECT json_build_object(
  'comment', to_jsonb(m) - '{id,path,created_at}'::text[],
  'path', m.path = m.id || '/',
  'counts', (SELECT json_build_array(c.comment_count - ($2::int[])[1], c.for_count - ($2::int[])[2],
    c.against_count - ($2::int[])[3], c.neutral_count - ($2::int[])[4],
    c.active_at - m.created_at BETWEEN '0' AND interval '5 s')),
  'event', to_jsonb(e) - '{id,seq,nonce,previous_nonce,subject_id,data,at}'::text[],
  'about', e.subject_id = m.id AND e.at - m.created_at BETWEEN '0' AND interval '5 s'
    AND e.id LIKE 'event\_%' AND length(e.id) = 32,
  'data', e.data = jsonb_build_object('subject', c.id, 'commentCount', c.comment_count, 'for', c.for_count,
    'against', c.against_count, 'neutral', c.neutral_count),
  'number', json_build_array(t.seq - $3::bigint, e.seq = t.seq, e.nonce = t.nonce, e.nonce <> 0,
    e.previous_nonce = t.previous_nonce),
  'found', (SELECT to_jsonb(s) - '{id,published_at}'::text[] FROM search_entries s
    WHERE s.id = m.id AND s.published_at = m.created_at),
  'follows', EXISTS (SELECT FROM follows f
    WHERE f.user_id = m.author_id AND f.subject_id = c.id AND f.active AND f.kind = 'COMMITMENT'),
  'linked', e.previous_nonce = (SELECT nonce FROM events WHERE topic = e.topic AND seq = e.seq - 1))::text
FROM comments m JOIN commitments c ON c.id = m.subject_id JOIN topics t ON t.id = c.id
  JOIN events e ON e.topic = c.id AND e.seq = t.seq WHERE m.id = $1`

// countsSQL reads the counts of a commitment and the number of its topic.
const countsSQL = `SELECT ARRAY[comment_count, for_count, against_count, neutral_count]::int[], t.seq
FROM commitments c JOIN topics t ON t.id = c.id WHERE c.id = $1`

// comments posts the same comment in three ways and compares the answers and the rows.
func (c *checker) comments(ctx context.Context) error {
	subject := c.commitments[len(c.commitments)-1].id
	var answers, left = map[string]any{}, map[string]string{}

	for name, post := range c.posts() {
		var counts []int32
		var number int64
		if err := c.db.conn.QueryRow(ctx, countsSQL, subject).Scan(&counts, &number); err != nil {
			return err
		}

		a, err := post(c.tokens[0], subject, "  Très bien.  \r\n")
		if err != nil {
			return err
		}

		if len(a.Errors) > 0 {
			return fmt.Errorf("%s: refused: %v", name, a.Errors)
		}

		posted := a.Data.(map[string]any)["postComment"].(map[string]any)["comment"].(map[string]any)
		id := posted["id"].(string)

		var row string
		if err := c.db.conn.QueryRow(ctx, leftSQL, id, counts, number).Scan(&row); err != nil {
			return fmt.Errorf("%s: rows of %s: %w", name, id, err)
		}

		if strings.Contains(row, "false") {
			return fmt.Errorf("%s leaves %s", name, row)
		}

		delete(posted, "id")
		delete(posted, "createdAt")
		answers[name], left[name] = posted, row
	}

	for name := range left {
		if !reflect.DeepEqual(answers[name], answers["Ensemble"]) {
			return fmt.Errorf("%s: %s", name, difference("comment", answers["Ensemble"], answers[name]))
		}
		if left[name] != left["Ensemble"] {
			return fmt.Errorf("%s leaves\n%s\nand Ensemble\n%s", name, left[name], left["Ensemble"])
		}
	}
	return nil
}

// refusals compares the codes of what must be refused.
func (c *checker) refusals(ctx context.Context) error {
	last, token := c.commitments[len(c.commitments)-1].id, c.tokens[0]

	closed := "UPDATE commitments SET status = 'ADOPTED' WHERE id = $1"
	if _, err := c.db.conn.Exec(ctx, closed, c.commitments[0].id); err != nil {
		return err
	}

	for _, refused := range []struct{ code, token, subject, body string }{
		{"UNAUTHENTICATED", "ens_" + strings.Repeat("A", 43), last, remark},
		{"NOT_FOUND", token, "commitment_" + strings.Repeat("0", 26), remark},
		{"CLOSED", token, c.commitments[0].id, remark},
		{"BAD_USER_INPUT", token, last, strings.Repeat("é", 1001)},
		{"BAD_USER_INPUT", token, last, " \n"},
		{"BAD_USER_INPUT", token, last, "\u202e"},
	} {
		for name, post := range c.posts() {
			a, err := post(refused.token, refused.subject, refused.body)
			// A missing session is answered with 401, which is an error of the client.
			if err != nil && !strings.Contains(err.Error(), refused.code) {
				return err
			}
			if err == nil && (len(a.Errors) != 1 || a.Errors[0].Extensions.Code != refused.code) {
				return fmt.Errorf("%s answers %+v, not %s", name, a, refused.code)
			}
		}
	}

	_, err := c.db.conn.Exec(ctx, "UPDATE commitments SET status = 'OPEN' WHERE id = $1", c.commitments[0].id)
	return err
}

// difference describes the first difference between two JSON values.
func difference(at string, a, b any) string {
	switch a := a.(type) {
	case map[string]any:
		if b, ok := b.(map[string]any); ok {
			for key := range a {
				if !reflect.DeepEqual(a[key], b[key]) {
					return difference(at+"."+key, a[key], b[key])
				}
			}
		}
	case []any:
		if b, ok := b.([]any); ok && len(a) == len(b) {
			for i := range a {
				if !reflect.DeepEqual(a[i], b[i]) {
					return difference(fmt.Sprintf("%s[%d]", at, i), a[i], b[i])
				}
			}
		}
	}
	return fmt.Sprintf("%s is %v, not %v", at, b, a)
}

// firstLine returns the first line of a request.
func firstLine(request []byte) string {
	line, _, _ := strings.Cut(string(request), "\r\n")
	return line
}

package lists_test

import (
	"strings"
	"testing"

	"ensemble/consultation/roadmap"
	"ensemble/ent/amendment"
	"ensemble/internal/testsite"
)

// populous gives a commitment n versions, amendments, comments and supports. Each amendment, comment and support is by
// another person.
func (w *lists) populous(commitment string, n int) {
	for len(w.people) < n+1 {
		w.people = append(w.people, w.Person(w.t, "extra-"+strings.Repeat("x", len(w.people))))
	}

	for i := range n {
		if i > 0 {
			w.nextVersionOf(commitment)
		}
		w.amendmentOn(commitment, amendment.StateEVALUATING, w.people[i].ID)
		testsite.Got(w.AddSupport(w.people[i].Ctx(w.t.Context()), roadmap.AddSupportInput{Commitment: commitment}))(w.t)
		w.supportOf(commitment)
		w.commentBy(w.people[i], commitment)
	}
}

// commentBy posts a comment of p's that mentions somebody, and an answer to it.
func (w *lists) commentBy(p *testsite.Person, subject string) {
	m := testsite.Got(w.PostComment(p.Ctx(w.t.Context()), roadmap.PostCommentInput{
		Subject: subject, Body: "Bonjour @alice " + testsite.Secret,
	}))(w.t)
	testsite.Got(w.PostComment(w.Bob.Ctx(w.t.Context()), roadmap.PostCommentInput{
		Subject: subject, Body: "Et @bob ? " + testsite.Secret, Parent: &m.ID,
	}))(w.t)
}

// pages are operations, and the most statements that each may take. Lower a number when an operation gets better; raise
// one with a reason.
var pages = []struct {
	name  string
	most  int
	query string // with something of the viewer's, it is asked by who wrote all the drafts
}{
	{"commitment page", 14, `query($id: ID!) {
		commitment(id: $id) {
			id number title bodyHtml version { number author { name } }
			versions(first: 50) { totalCount nodes { number createdAt author { name } } }
			streamCursor
			amendments(first: 50) { totalCount nodes { id state mergeState author { name } } }
			comments(first: 20) {
				totalCount
				nodes {
					id body bodyHtml depth parent { id } replyCount alignment createdAt
					author { name } mentions { name }
				}
				pageInfo { hasNextPage endCursor }
			}
			supports(first: 50) { totalCount nodes { supporter { name } isOnCurrentText } }
		}
	}`},
	{"commitment page by edges and aliases", 14, `query($id: ID!) {
		c: commitment(id: $id) {
			i: id no: number t: title b: bodyHtml v: version { ...by number }
			vs: versions(first: 50) { tc: totalCount e: edges { c: cursor n: node { ...by number } } }
			s: streamCursor
			as: amendments(first: 50) { tc: totalCount e: edges { n: node { id state mergeState a: author { nm: name } } } }
			cs: comments(first: 20) {
				tc: totalCount
				e: edges {
					c: cursor
					n: node {
						id body bodyHtml depth p: parent { i: id } replyCount alignment createdAt
						a: author { nm: name } m: mentions { nm: name }
					}
				}
				pi: pageInfo { n: hasNextPage c: endCursor }
			}
			sp: supports(first: 50) { tc: totalCount e: edges { n: node { s: supporter { nm: name } isOnCurrentText } } }
		}
	}
	fragment by on Version { a: author { nm: name } }`},
	{"process page", 13, `query($slug: String!) {
		process(slug: $slug) {
			title streamCursor phases { name } axes { title }
			commitments(first: 50) {
				totalCount
				nodes {
					number reference title supportCount axis { title } territories { name }
					version { number author { name } }
					comments(first: 5) { totalCount nodes { body author { name } } }
				}
			}
		}
	}`},
	{"process page by edges and aliases", 13, `query($slug: String!) {
		p: process(slug: $slug) {
			t: title s: streamCursor ph: phases { n: name } ax: axes { t: title }
			cs: commitments(first: 49) {
				tc: totalCount
				e: edges {
					c: cursor
					n: node {
						no: number r: reference t: title sc: supportCount a: axis { t: title } ts: territories { n: name }
						v: version { no: number a: author { n: name } }
						m: comments(first: 5) {
							tc: totalCount e: edges { c: cursor n: node { b: body a: author { n: name } } }
						}
					}
				}
			}
		}
	}`},
	{"thread with answers", 7, `query($id: ID!) {
		commitment(id: $id) {
			comments(first: 49, filter: {rootsOnly: true}) {
				nodes {
					body author { name }
					replies(first: 3) { totalCount nodes { body author { name } mentions { name } } }
					edits { totalCount } subject { id }
				}
			}
		}
	}`},
	{"moves", 10, `query($slug: String!) {
		process(slug: $slug) {
			commitments(first: 50) {
				nodes { viewerCanAmend amendments(first: 5) { nodes { viewerCanSubmit viewerCanPromote } } }
			}
		}
	}`},
	{"counts that nobody asks for", 1, `query($slug: String!) {
		process(slug: $slug) { commitments(filter: {territories: ["x"]}) { counts { __typename } } }
	}`},
	{"a count under several names", 2, `query($slug: String!) {
		process(slug: $slug) { commitments { counts { a: byStatus { count } b: byStatus { status } } } }
	}`},
	{"all counts", 6, `query($slug: String!) {
		process(slug: $slug) {
			commitments { counts { byAxis { count } byStatus { count } byTerritory { count territory { name } } } }
		}
	}`},
	{"drafts", 9, `{
		viewer { amendmentDrafts(first: 50) { nodes { viewerCanSubmit commitment { viewerCanAmend } } } }
	}`},
	{"search", 16, `{
		search(query: "` + testsite.Secret + `", first: 50) {
			totalCount counts { kind count } pageInfo { hasNextPage }
			nodes {
				itemId language title { text isMatch } excerpt { text isMatch }
				item {
					... on Commitment { title process { title } }
					... on Amendment { title author { name } commitment { title } }
					... on Comment { body by: author { name } subject { id } }
					... on Organization { name }
				}
			}
		}
	}`},
	{"log", 7, `query($id: ID!) {
		events(topic: $id, first: 50) {
			endCursor
			nodes {
				id ... on CommitmentEvent { actor { name } }
				... on CommentPosted { comment { body author { name } parent { id } } }
				... on SupportAdded { supporter { name } }
			}
		}
	}`},
}

// What an operation reads does not grow with what it answers, however it is written.
func TestStatements(t *testing.T) {
	testsite.EachLogged(t, func(t *testing.T, s *testsite.Logged) {
		w := newLists(t, s)
		small, large := w.Commitment(t, "Un", testsite.Secret), w.Commitment(t, "Cinquante", testsite.Secret)
		w.populous(small.ID, 1)
		w.populous(large.ID, 50)
		lonely := w.publicProcess()
		w.populous(w.publicCommitmentIn(lonely), 1)
		busy := w.busyProcess()

		slug := func(id string) string {
			return testsite.Only[string](t, s, "SELECT slug FROM processes WHERE id = $1", id)
		}

		c := testsite.CountStatements(s)
		for _, p := range pages {
			read := func(id, process string) []string {
				c.Take()
				token := ""
				if strings.Contains(p.query, "viewer") {
					token = w.Alice.Token
				}
				s.Must(t, token, p.query, map[string]any{"id": id, "slug": slug(process)}, nil)
				return c.Take()
			}

			few, many := read(small.ID, lonely), read(large.ID, busy)
			t.Logf("%s: %d statements for one child, %d for fifty", p.name, len(few), len(many))
			if len(many) > p.most || len(few) > len(many) {
				t.Errorf("%s: %d statements, at most %d:\n%s", p.name, len(many), p.most, strings.Join(many, "\n"))
			}
		}
	})
}

// busyProcess adds a process with fifty commitments, each with an amendment, a draft of Alice's, a place and some
// comments. There must be people already.
func (w *lists) busyProcess() string {
	process := w.publicProcess()
	places := testsite.Got(w.Read.Territory.Query().Limit(3).IDs(w.t.Context()))(w.t)

	for i := range 50 {
		id := w.publicCommitmentIn(process)
		testsite.Must(w.t, w.Write.Commitment.UpdateOneID(id).AddTerritoryIDs(places[i%3]).Exec(w.t.Context()))
		w.amendmentOn(id, amendment.StateEVALUATING, w.people[0].ID)
		w.amendmentOn(id, amendment.StateDRAFT, w.Alice.ID)
		for j := range i % 7 {
			w.commentBy(w.people[j], id)
		}
	}
	return process
}

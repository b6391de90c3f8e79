package server_test

import (
	"testing"

	"ensemble/internal/testsite"
)

func TestSmoke(t *testing.T) {
	testsite.Each(t, func(t *testing.T, s *testsite.Site) {
		w := testsite.NewWorld(t, s)
		c := w.Commitment(t, "Un comité", "Premier paragraphe.\n\nSecond paragraphe.")
		w.Comment(t, w.Alice, c.ID, "Très bien @bob !")
		a := w.Amendment(t, w.Bob, c, "Premier paragraphe changé.\n\nSecond paragraphe.")
		w.Comment(t, w.Alice, a.ID, "Sur l'amendement")
		for _, q := range []string{
			`{ processes { totalCount nodes { slug title commitmentCount streamCursor phases { name isOpen } axes { title } commitments { totalCount counts { byAxis { axis { title } count } byStatus { status count } byTerritory { count } } nodes { number reference title body bodyHtml status streamCursor axis { title } territories { name } } } } } }`,
			`query($r: String) { commitment(reference: $r) { id title version { number author { name } } versions { totalCount nodes { number diff { isEmpty body { kind spans { kind text } } } } }
			  amendments { totalCount counts { state count } nodes { state mergeState author { id name } base { number } diff { body { kind } } merge { title conflicts { base } } comments { totalCount } } }
			  comments(orderBy: THREAD) { totalCount nodes { body bodyHtml path author { name } mentions { nickname } replies { totalCount } } pageInfo { hasNextPage endCursor } }
			  supports { totalCount counts { people } nodes { supporter { name } } } viewerCanComment viewerCanAmend } }`,
			`{ viewer { user { name } } }`,
			`{ territories(first: 3, filter: {kind: REGION, text: "occitanie"}) { totalCount nodes { code name parent { name } ancestors { name } children(first: 2) { nodes { name } totalCount } } } }`,
			`{ organizations { nodes { name isVerified territory { name } } } }`,
			`query($id: ID!) { events(topic: $id) { hasNextPage endCursor nodes { __typename id cursor at actor { name } ... on CommentPosted { commentCount comment { body } } ... on AmendmentSubmitted { amendment { title } } } } }`,
		} {
			ans := s.Do(t, w.Alice.Token, q, map[string]any{"r": c.Reference, "id": c.ID})
			t.Logf("%s\n%s %+v", q, ans.Data, ans.Errors)
			if len(ans.Errors) > 0 {
				t.Fail()
			}
		}
	})
}

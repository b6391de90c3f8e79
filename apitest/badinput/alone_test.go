package badinput_test

import (
	"encoding/json"
	"strings"
	"testing"

	"ensemble/apitest/story"
)

// A field of Query or Mutation that fails is null by itself: what others of the same document have read or done is told.
func TestFailuresStayAlone(t *testing.T) {
	story.Each(t, func(t *testing.T, st *story.Story) {
		for _, c := range []struct {
			name, query string
			fields      map[string]bool // that are not null
			code        string
		}{
			{"a comment after a support", `mutation {
				a: addSupport(input: {commitment: "` + st.Names["commitment"] + `"}) { commitment { id } }
				b: postComment(input: {subject: "` + st.Names["commitment"] + `", body: ""}) { comment { id } }
			}`, map[string]bool{"a": true, "b": false}, badUserInput},
			{"the first of two supports", `mutation {
				a: addSupport(input: {commitment: "commitment_x"}) { commitment { id } }
				b: addSupport(input: {commitment: "` + st.Names["commitment"] + `"}) { commitment { id } }
			}`, map[string]bool{"a": false, "b": true}, notFound},
			{"a search for nothing", `{ processes { totalCount } search(query: "") { totalCount } }`,
				map[string]bool{"processes": true, "search": false}, badUserInput},
			{"a page of territories", `{ processes { totalCount } territories(first: 0) { totalCount } }`,
				map[string]bool{"processes": true, "territories": false}, badUserInput},
			{"a page of organizations", `{ viewer { email } organizations(after: "x") { totalCount } }`,
				map[string]bool{"viewer": true, "organizations": false}, badUserInput},
			{"a page of processes", `{ viewer { email } processes(first: 101) { totalCount } }`,
				map[string]bool{"viewer": true, "processes": false}, badUserInput},
			{"events of nothing", `{ viewer { email } events(topic: "process_x") { endCursor } }`,
				map[string]bool{"viewer": true, "events": false}, notFound},
			{"too many nodes", `{ nodes(ids: [` + strings.Repeat(`"x" `, 101) + `]) { id } viewer { email } }`,
				map[string]bool{"viewer": true, "nodes": false}, badUserInput},
		} {
			a := st.Send(t, c.query, nil, st.Bearer("alice")...)
			var data map[string]any
			if err := json.Unmarshal(a.Data, &data); err != nil || a.Code() != c.code {
				t.Errorf("%s: %s, want %s beside data", c.name, a.Raw, c.code)
			}
			for field, given := range c.fields {
				if (data[field] != nil) != given {
					t.Errorf("%s: %s", c.name, a.Raw)
				}
			}
		}
	})
}

package badinput_test

import (
	"strings"
	"testing"

	"ensemble/apitest/story"
)

// Whoever fills in a form is told of everything that is wrong in it, and nothing is done.
func TestAllThatIsWrongIsToldTogether(t *testing.T) {
	story.Each(t, func(t *testing.T, st *story.Story) {
		for _, m := range []mistake{ // field has all that are wrong
			{"nothing of an account", "", "signUp", `{"email": "", "name": "", "nickname": "x", "password": "short"}`,
				badUserInput, "email name nickname password"},
			{"an account", "", "signUp", `{"email": "eve@example.org", "name": "x", "nickname": "x",
				"password": "0123456789", "language": "!"}`, badUserInput, "nickname language"},
			{"a token", "alice", "createAccessToken", `{"name": "", "scopes": ["READ"],
				"expiresAt": "2020-01-01T00:00:00Z", "password": "x"}`, badUserInput, "name expiresAt"},
			{"a commitment", "steering", "createCommitment", `{"process": "<process>", "axis": "<axis>",
				"title": [{"language": "fr", "text": ""}], "body": [{"language": "fr", "text": ""}]}`,
				badUserInput, "title.0.text body.0.text"},
			{"an axis", "admin", "createAxis", `{"process": "<process>", "title": [{"language": "fr", "text": ""}],
				"description": [{"language": "xx", "text": "x"}]}`, badUserInput, "title.0.text description.0.language"},
			{"a decision", "moderator", "hideContent", `{"item": "<reported comment>", "reason": "ILLEGAL", "facts": "",
				"ground": ""}`, badUserInput, "facts ground"},
			{"a draft", "bob", "draftAmendment", `{"commitment": "<commitment>", "title": "", "body": ""}`,
				badUserInput, "title body"},
		} {
			t.Run(m.name, func(t *testing.T) {
				before := st.State(t)
				a := st.Send(t, m.query(), m.values(t, st), st.Bearer(m.as)...)

				var wrong []string
				for _, e := range a.Errors {
					if e.Extensions["code"] == m.code {
						wrong = append(wrong, e.Extensions["field"].(string))
					}
				}
				if got := strings.Join(wrong, " "); got != m.field || len(wrong) != len(a.Errors) {
					t.Errorf("wrong are %q, want %q: %s", got, m.field, a.Raw)
				}
				if st.State(t) != before {
					t.Error("something changed")
				}
			})
		}
	})
}

package badinput_test

import (
	"testing"

	"ensemble/apitest/story"
	"ensemble/internal/testsite"
)

// closedMistakes are the acts that a phase allows while it is open, and that are refused once it has ended.
var closedMistakes = []mistake{
	{"comment", "bob", "postComment", `{"subject": "<commitment>", "body": "x"}`, closed, ""},
	{"comment on an amendment", "bob", "postComment", `{"subject": "<mergeable amendment>", "body": "x"}`, closed, ""},
	{"edit a comment", "alice", "editComment", `{"comment": "<comment>", "body": "x"}`, closed, ""},
	{"vote", "bob", "voteComment", `{"comment": "<comment>", "vote": "DOWN"}`, closed, ""},
	{"support", "carol", "addSupport", `{"commitment": "<commitment>"}`, closed, ""},
	{"support for an organization", "signatory", "addSupport",
		`{"commitment": "<commitment>", "organization": "<organization>"}`, closed, ""},
	{"take a support back", "alice", "removeSupport", `{"commitment": "<commitment>"}`, closed, ""},
	{"confirm a support", "alice", "confirmSupport", `{"commitment": "<commitment>"}`, closed, ""},
	{"begin an amendment", "bob", "draftAmendment", `{"commitment": "<commitment>"}`, closed, ""},
	{"submit an amendment", "alice", "submitAmendment", `{"amendment": "<draft amendment>"}`, closed, ""},
	{"accept", "steering", "acceptAmendment", `{"amendment": "<mergeable amendment>"}`, closed, ""},
	{"reject", "steering", "rejectAmendment", `{"amendment": "<mergeable amendment>", "reason": "x"}`, closed, ""},
	{"promote", "bob", "promoteAmendment", `{"amendment": "<rejected amendment>"}`, closed, ""},
}

// After the end of a phase all that it allowed is refused.
func TestMistakesInAClosedPhase(t *testing.T) {
	story.Each(t, func(t *testing.T, st *story.Story) {
		phase := st.Write.Phase.UpdateOneID(st.Names["phase"])
		testsite.Must(t, phase.SetClosesAt(st.Clock.Now()).Exec(t.Context()))

		for _, m := range closedMistakes {
			t.Run(m.name, func(t *testing.T) { refuses(t, st, m) })
		}
	})
}

package access_test

import (
	"testing"
	"time"

	"ensemble/apitest/story"
	"ensemble/auth"
	"ensemble/consultation/roadmap"
	"ensemble/internal/testsite"
)

// sequel is what happens in the story before everybody reads it, so that nearly every field has something in it.
var sequel = []struct{ as, mutation, input string }{
	{"alice", "confirmSupport", `{"commitment": "<commitment>"}`},
	{"bob", "removeSupport", `{"commitment": "<commitment>"}`},
	{"bob", "postComment", `{"subject": "<commitment>", "body": "Non (zibeline).", "alignment": "AGAINST"}`},
	{"bob", "promoteAmendment", `{"amendment": "<rejected amendment>"}`},
	{"STEERING", "rejectAmendment", `{"amendment": "<conflicting amendment>", "reason": "Trop fin."}`},
	{
		"STEERING", "reviseCommitment",
		`{"commitment": "<reviewed commitment>", "base": "<reviewed version>", "axis": "<empty axis>"}`,
	},
	{"ADMIN", "updateAxis", `{"axis": "<axis>", "description": [{"language": "fr", "text": "Qui décide."}]}`},
	{
		"ADMIN", "createPhase",
		`{"process": "<process>", "name": [{"language": "fr", "text": "Annonce"}],
		"description": [{"language": "fr", "text": "À midi."}],
		"opensAt": "2026-03-10T12:00:00Z", "closesAt": "2026-03-10T13:00:00Z"}`,
	},
	{"ADMIN", "updateProcess", `{"process": "<process>", "holdsRepeats": true}`},
	{"MODERATOR", "hideContent", `{"item": "<answer to a hidden comment>", "reason": "SPAM", "facts": "Une réclame."}`},
	{"MODERATOR", "restoreContent", `{"item": "<answer to a hidden comment>", "facts": "Relu."}`},
	{"MODERATOR", "hideContent", `{"item": "<open amendment>", "reason": "SPAM", "facts": "Une réclame."}`},
	{"MODERATOR", "restoreContent", `{"item": "<open amendment>", "facts": "Relu."}`},
	{
		"carol", "reportContent",
		`{"item": "<official comment>", "reason": "ILLEGAL",
		"text": "C’est interdit, ici comme ailleurs, par la loi.", "isInGoodFaith": true}`,
	},
	{"alice", "appealDecision", `{"moderation": "<hiding of an amendment>", "text": "Elle est publique."}`},
	{"owner", "inviteMember", `{"organization": "<organization>", "email": "dora@example.org", "role": "MEMBER"}`},
	{"carol", "followSubject", `{"subject": "<organization>"}`},
	{"carol", "followSubject", `{"subject": "<alice>"}`},
	{"carol", "followSubject", `{"subject": "<process>"}`},
	{"carol", "updateNotificationSettings", `{"mutedKinds": ["PHASE_CLOSED"], "mailsMentions": true}`},
	{"carol", "markNotificationsRead", `{"upTo": "2030-01-01T00:00:00Z"}`},
	{"erased", "postComment", `{"subject": "<moderated commitment>", "body": "Adieu (zibeline)."}`},
	{"erased", "eraseAccount", `{}`},
}

// goOnTelling lets the sequel happen, and what comes of it.
func goOnTelling(t *testing.T, st *story.Story) {
	t.Helper()
	newcomer(t, st, "erased", "erased")
	st.SQL(t, "UPDATE sessions SET created_at = expires_at WHERE user_id = $1",
		st.Names["erased"]) // as if they signed in just before they go
	st.SQL(t, `UPDATE users
		SET email_confirmed_at = created_at, terms_version = '2026-03', terms_accepted_at = created_at
		WHERE id = $1`, st.Names["erased"])
	st.Call("reviewed version", testsite.Only[string](t, st.Logged,
		"SELECT version_id FROM commitments WHERE id = $1", st.Names["reviewed commitment"]))

	for _, m := range sequel {
		st.Pass()
		act(t, st, m.as, m.mutation, m.input)
	}
	st.Call("second appeal", testsite.Only[string](t, st.Logged,
		"SELECT id FROM appeals WHERE moderation_id = $1", st.Names["hiding of an amendment"]))
	st.Call("promoted commitment", testsite.Only[string](t, st.Logged,
		"SELECT id FROM commitments WHERE promoted_from_id = $1", st.Names["rejected amendment"]))

	act(t, st, "ADMIN", "decideAppeal", `{"appeal": "<second appeal>", "decision": "UPHOLD", "statement": "Relu."}`)
	alice := auth.WithViewer(t.Context(), testsite.Got(st.Viewer(t.Context(), st.Cast["alice"].Token))(t))
	body := "Encore un texte (" + testsite.Secret + ")."
	draft := testsite.Got(st.DraftAmendment(alice, roadmap.DraftAmendmentInput{
		Commitment: st.Names["promoted commitment"], Body: &body,
	}))(t)
	submitted := testsite.Got(st.SubmitAmendment(alice, roadmap.SubmitAmendmentInput{Amendment: draft.ID}))(t)
	st.Call("second amendment", submitted.ID)

	st.SQL(t, "UPDATE sessions SET device = 'Firefox'")
	st.SQL(t, "UPDATE access_tokens SET used_at = created_at")

	for _, hour := range []int{12, 13} { // a phase opens, and closes
		st.Clock.Set(time.Date(2026, 3, 10, hour, 30, 0, 0, time.UTC))
		testsite.Must(t, st.Jobs.Do(t.Context(), "announce phases", "compare amendments"))
	}
	testsite.Must(t, st.TellPeople(t.Context()))
}

// act does a mutation that must succeed.
func act(t *testing.T, st *story.Story, as, mutation, input string) {
	t.Helper()
	a := st.Send(t, story.Mutation(mutation), map[string]any{"input": inputOf(t, st, input, as)}, st.Bearer(as)...)
	if len(a.Errors) > 0 {
		t.Fatalf("%s as %s: %s", mutation, as, a.Raw)
	}
}

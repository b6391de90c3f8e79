package access_test

import (
	"encoding/json"
	"strings"
	"testing"

	"ensemble/apitest/story"
	"ensemble/consultation/permission"
	"ensemble/graph/generated"
	"ensemble/internal/testsite"
)

// attempt says how somebody who may do a mutation does it in the story: as whom, with which input. Names in angle
// brackets stand for ids of the story.
type attempt struct {
	as, input string
}

// attempts has one attempt for each mutation, except for those that are open to everybody who has an account.
var attempts = map[string]attempt{
	"createProcess": {"admin", `{"slug": "another", "languages": ["fr"],
		"title": [{"language": "fr", "text": "x"}], "description": [{"language": "fr", "text": "x"}]}`},
	"updateProcess":  {"admin", `{"process": "<process>", "evaluatingLimit": 5}`},
	"publishProcess": {"admin", `{"process": "<draft process>"}`},
	"createPhase": {"admin", `{"process": "<process>",
		"name": [{"language": "fr", "text": "x"}], "opensAt": "2027-01-01T00:00:00Z"}`},
	"updatePhase": {"admin", `{"phase": "<phase>", "allowsComments": false}`},
	"deletePhase": {"admin", `{"phase": "<next phase>"}`},
	"createAxis":  {"admin", `{"process": "<process>", "title": [{"language": "fr", "text": "x"}]}`},
	"updateAxis":  {"admin", `{"axis": "<axis>", "position": 2}`},
	"deleteAxis":  {"admin", `{"axis": "<empty axis>"}`},
	"createCommitment": {"steering", `{"process": "<process>", "axis": "<axis>",
		"title": [{"language": "fr", "text": "x"}], "body": [{"language": "fr", "text": "x"}]}`},
	"reviseCommitment": {"steering", `{"commitment": "<commitment>", "base": "<version 2>",
		"title": [{"language": "fr", "text": "Autre"}]}`},
	"publishCommitment":      {"steering", `{"commitment": "<draft commitment>"}`},
	"changeCommitmentStatus": {"steering", `{"commitment": "<commitment>", "status": "UNDER_REVIEW"}`},
	"withdrawCommitment":     {"steering", `{"commitment": "<commitment>"}`},
	"acceptAmendment":        {"steering", `{"amendment": "<mergeable amendment>", "reason": "Oui."}`},
	"rejectAmendment":        {"steering", `{"amendment": "<mergeable amendment>", "reason": "Non."}`},
	"editAmendmentDraft":     {"alice", `{"amendment": "<draft amendment>", "rationale": "Autrement."}`},
	"deleteAmendmentDraft":   {"alice", `{"amendment": "<draft amendment>"}`},
	"submitAmendment":        {"alice", `{"amendment": "<draft amendment>"}`},
	"withdrawAmendment":      {"bob", `{"amendment": "<mergeable amendment>"}`},
	"promoteAmendment":       {"bob", `{"amendment": "<rejected amendment>"}`},
	"editComment":            {"alice", `{"comment": "<comment>", "body": "Autrement."}`},
	"deleteComment":          {"alice", `{"comment": "<comment>"}`},
	"hideContent": {"moderator",
		`{"item": "<reported comment>", "reason": "SPAM", "facts": "Une réclame."}`},
	"restoreContent": {"moderator", `{"item": "<hidden amendment>", "facts": "Relu."}`},
	"dismissReports": {"moderator", `{"item": "<reported comment>", "facts": "Courtois."}`},
	"decideReports": {"moderator", `{"items": ["<reported comment>"], "action": "HIDE",
		"reason": "SPAM", "facts": "Une réclame."}`},
	"publishHeldContent":   {"moderator", `{"item": "<held comment>", "facts": "Relu."}`},
	"refuseHeldContent":    {"moderator", `{"item": "<held comment>", "reason": "SPAM", "facts": "Une réclame."}`},
	"appealDecision":       {"alice", `{"moderation": "<hiding of an amendment>", "text": "Elle est publique."}`},
	"decideAppeal":         {"steering", `{"appeal": "<appeal>", "decision": "UPHOLD", "statement": "Relu."}`},
	"updateOrganization":   {"owner", `{"organization": "<organization>", "name": "Hub du Nord"}`},
	"inviteMember":         {"owner", `{"organization": "<organization>", "nickname": "bob", "role": "MEMBER"}`},
	"cancelInvitation":     {"owner", `{"invitation": "<invitation>"}`},
	"transferOrganization": {"owner", `{"organization": "<organization>", "to": "<membership of alice>"}`},
	"changeMemberRole":     {"owner", `{"membership": "<membership of alice>", "role": "SIGNATORY"}`},
	"removeMember":         {"owner", `{"membership": "<membership of alice>"}`},
	"leaveOrganization":    {"alice", `{"organization": "<organization>"}`},
	"verifyOrganization":   {"admin", `{"organization": "<small organization>", "reason": "Statuts vus."}`},
	"unverifyOrganization": {"admin", `{"organization": "<organization>", "reason": "Dissoute."}`},
	"grantRole":            {"admin", `{"process": "<process>", "user": "<bob>", "role": "MODERATOR", "reason": "Élu."}`},
	"revokeRole": {"admin", `{"process": "<process>", "user": "<moderator>", "role": "MODERATOR",
		"reason": "Mandat fini."}`},
	"grantSiteAdmin":  {"admin", `{"user": "<bob>", "reason": "Nouvelle équipe."}`},
	"unlinkIdentity":  {"carol", `{"identity": "<identity>"}`},
	"revokeSiteAdmin": {"admin", `{"user": "<second admin>", "reason": "Parti."}`},
}

// isOpen reports whether every account may do the acts of p.
func isOpen(p permission.Permission) bool {
	return p.Who&(permission.Anybody|permission.SignedIn|permission.Confirmed) != 0
}

// mutationsOf are the acts of a row that are mutations.
func mutationsOf(p permission.Permission) []string {
	fields := generated.NewExecutableSchema(generated.Config{}).Schema().Mutation.Fields
	var names []string
	for _, act := range p.Acts {
		if fields.ForName(act) != nil {
			names = append(names, act)
		}
	}
	return names
}

// Every mutation that not everybody may do has an attempt, so that what follows from the table tries them all.
func TestEveryMutationIsAttempted(t *testing.T) {
	for _, p := range permission.Permissions() {
		for _, name := range mutationsOf(p) {
			if _, known := attempts[name]; known == isOpen(p) {
				t.Errorf("%s has an attempt: %v, is for all: %v", name, known, isOpen(p))
			}
		}
	}
}

// try does the attempt of a mutation as somebody, who may be refused.
func try(t *testing.T, st *story.Story, name, as string) testsite.Reply {
	t.Helper()
	var input map[string]any
	testsite.Must(t, json.Unmarshal([]byte(st.Resolve(attempts[name].input)), &input))
	answer := "__typename"
	if name == "decideReports" { // what is refused is refused item by item
		answer = "outcomes { refusal { code } }"
	}

	query := "mutation($input: " + strings.ToUpper(name[:1]) + name[1:] + "Input!) { " +
		name + "(input: $input) { " + answer + " } }"
	return st.Send(t, query, map[string]any{"input": input}, st.Bearer(as)...)
}

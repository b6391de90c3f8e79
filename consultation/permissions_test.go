package consultation_test

import (
	"slices"
	"testing"

	"ensemble/auth"
	"ensemble/consultation/processes"
	"ensemble/consultation/refusal"
	"ensemble/consultation/roadmap"
	"ensemble/ent"
	"ensemble/ent/amendment"
	"ensemble/ent/commitment"
	"ensemble/internal/testsite/scene"
)

// rule says when a move is allowed. A refusal gives the first reason that applies: UNAUTHENTICATED for a viewer who is
// not signed in, FORBIDDEN for people who are not in who, then the code of the amendment's state or of the commitment's
// status, then CLOSED for the phase.
type rule struct {
	move     string
	who      []string
	state    scene.From[amendment.State]
	status   scene.From[commitment.Status]
	switched phaseSwitch
	ask      func(situation) error
}

// phaseSwitch is what a phase must have opened for the move; nil: nothing.
type phaseSwitch func(*processes.Openings) *bool

// situation is one square of the board. What the viewer looks at is by "the author", in the process "here".
type situation struct {
	viewer     auth.Viewer
	commitment *ent.Commitment
	amendment  *ent.Amendment
	comment    *ent.Comment
	openings   processes.Openings
	has        roadmap.Amending
}

// full names the moves that are refused with CONFLICT, after all other reasons, when the viewer already has too much on
// the commitment, and says what too much is.
var full = map[string]func(roadmap.Amending) bool{
	"begin an amendment":  func(has roadmap.Amending) bool { return has.Draft != "" },
	"submit an amendment": func(has roadmap.Amending) bool { return has.Evaluating >= has.Limit },
}

// rules lists all moves. People comment and support while the commitment is OPEN or UNDER_REVIEW, and amend while it is
// OPEN. Decisions are the point of UNDER_REVIEW, so they are allowed there too. Nobody needs a phase to withdraw or
// delete what is their own. It is the author who promotes an amendment.
var rules = []rule{
	{"comment on the commitment", everybody, anyState, scene.Discussed, comments,
		func(s situation) error { return roadmap.MayComment(s.viewer, s.commitment, nil, s.openings) }},
	{"comment on the amendment", everybody, evaluatingOrClosed, scene.Discussed, comments,
		func(s situation) error {
			return roadmap.MayComment(s.viewer, s.commitment, s.amendment, s.openings)
		}},
	{"edit a comment on the commitment", author, anyState, scene.Discussed, comments,
		func(s situation) error {
			return roadmap.MayEditComment(s.viewer, s.comment, s.commitment, nil, s.openings)
		}},
	{"edit a comment on the amendment", author, evaluatingOrClosed, scene.Discussed, comments,
		func(s situation) error {
			return roadmap.MayEditComment(s.viewer, s.comment, s.commitment, s.amendment, s.openings)
		}},
	{"delete a comment", author, anyState, scene.AnyStatus, always,
		func(s situation) error { return roadmap.MayDeleteComment(s.viewer, s.comment) }},
	{"vote on a comment on the commitment", notAuthor, anyState, scene.Discussed, comments,
		func(s situation) error {
			return roadmap.MayVote(s.viewer, s.comment, s.commitment, nil, s.openings)
		}},
	{"vote on a comment on the amendment", notAuthor, evaluatingOrClosed, scene.Discussed, comments,
		func(s situation) error {
			return roadmap.MayVote(s.viewer, s.comment, s.commitment, s.amendment, s.openings)
		}},
	{"support", everybody, anyState, scene.Discussed, supports,
		func(s situation) error { return roadmap.MaySupport(s.viewer, s.commitment, s.openings) }},

	{"begin an amendment", everybody, anyState, scene.Open, submission,
		func(s situation) error { return roadmap.MayAmend(s.viewer, s.commitment, s.openings, s.has) }},
	{"edit or delete a draft amendment", author, drafted, scene.AnyStatus, always,
		func(s situation) error { return roadmap.MayEditDraft(s.viewer, s.amendment, nil) }},
	{"submit an amendment", author, drafted, scene.Open, submission,
		func(s situation) error {
			return roadmap.MaySubmit(s.viewer, s.amendment, nil, s.commitment, s.openings, s.has)
		}},
	{"withdraw an amendment", author, evaluating, scene.AnyStatus, always,
		func(s situation) error { return roadmap.MayWithdrawAmendment(s.viewer, s.amendment) }},
	{"accept or reject an amendment", steering, evaluating, scene.Discussed, decision,
		func(s situation) error {
			return roadmap.MayDecide(s.viewer, s.amendment, s.commitment, s.openings)
		}},
	{"promote an amendment", author, rejected, scene.AnyStatus, promotion,
		func(s situation) error { return roadmap.MayPromote(s.viewer, s.amendment, s.openings) }},

	{"write commitments", steering, anyState, scene.AnyStatus, always,
		func(s situation) error { return processes.MaySteer(s.viewer, "here") }},
	{"revise the text", steering, anyState, scene.NotFinal, always,
		func(s situation) error { return roadmap.MayRevise(s.viewer, s.commitment) }},
	{"publish", steering, anyState, scene.Unpublished, always,
		func(s situation) error { return roadmap.MayPublish(s.viewer, s.commitment) }},
	{"withdraw the commitment", steering, anyState, scene.DiscussedOrMoved, always,
		func(s situation) error { return roadmap.MayWithdrawCommitment(s.viewer, s.commitment) }},
	{"configure the process", admins, anyState, scene.AnyStatus, always,
		func(s situation) error { return processes.MayConfigure(s.viewer, "here") }},
	{"create a process", siteAdmins, anyState, scene.AnyStatus, always,
		func(s situation) error { return processes.MayCreateProcess(s.viewer) }},

	{"move to DRAFT", steering, anyState, scene.FromNowhere, always, moveTo(commitment.StatusDRAFT)},
	{"move to OPEN", steering, anyState, scene.Reviewed, always, moveTo(commitment.StatusOPEN)},
	{"move to UNDER_REVIEW", steering, anyState, scene.OpenOrAdopted, always, moveTo(commitment.StatusUNDER_REVIEW)},
	{"move to ADOPTED", steering, anyState, scene.DiscussedOrMoved, always, moveTo(commitment.StatusADOPTED)},
	// Withdrawing has a mutation of its own, above.
	{"move to WITHDRAWN", steering, anyState, scene.FromNowhere, always, moveTo(commitment.StatusWITHDRAWN)},
}

// moveTo returns what asks whether the viewer may change the commitment's status to this one.
func moveTo(to commitment.Status) func(situation) error {
	return func(s situation) error { return roadmap.MayChangeStatus(s.viewer, s.commitment, to) }
}

// want returns the code that the rule asks for when somebody makes the move in a situation, or "" when it is allowed.
func (r rule) want(who string, s situation) refusal.Code {
	switch {
	case who == "nobody":
		return refusal.Unauthenticated
	case !slices.Contains(r.who, who):
		return refusal.Forbidden
	case r.state.Refuses(s.amendment.State):
		return r.state.Code
	case r.status.Refuses(s.commitment.Status):
		return r.status.Code
	case r.switched != nil && !*r.switched(&s.openings):
		return refusal.Closed
	case s.amendment.OrganizationID != nil && (r.move == "submit an amendment" || r.move == "promote an amendment"):
		return refusal.Forbidden // none of these people is a signatory of the organization any more
	case full[r.move] != nil && full[r.move](s.has):
		return refusal.Conflict
	}
	return ""
}

// Each move is allowed or refused as its rule says, for each person and in each situation.
func TestEveryMoveInEverySituation(t *testing.T) {
	for _, r := range rules {
		t.Run(r.move, func(t *testing.T) {
			for who, viewer := range scene.Callers {
				forEverySituation(r.switched, func(s situation) {
					s.viewer = viewer
					want := r.want(who, s)
					if err := r.ask(s); refusal.CodeOf(err) != want || (err == nil) != (want == "") {
						t.Errorf("%s, amendment %s, commitment %s, openings %+v, has %+v: got %v, want %q",
							who, s.amendment.State, s.commitment.Status, s.openings, s.has, err, want)
					}
				})
			}
		})
	}
}

// forEverySituation calls try for each status, state, phase (all closed, all open, open for the move alone, and open
// for all but the move), and for what the viewer may have already: nothing, a draft, as many amendments under
// evaluation as are allowed, or more. The amendment is in the person's own name, or in that of an organization they
// have left.
func forEverySituation(move phaseSwitch, try func(situation)) {
	closed := processes.Openings{}
	all := processes.Openings{
		Comments: true, Supports: true, AmendmentSubmission: true, AmendmentDecision: true, AmendmentPromotion: true,
	}

	phases := []processes.Openings{closed, all}
	if move != nil {
		alone, butOne := closed, all
		*move(&alone), *move(&butOne) = true, false
		phases = append(phases, alone, butOne)
	}

	for _, status := range scene.AllStatuses {
		for _, state := range allStates {
			for _, o := range phases {
				for _, has := range []roadmap.Amending{
					{Limit: 3}, {Draft: "a", Evaluating: 2, Limit: 3}, {Evaluating: 3, Limit: 3},
					{Evaluating: 4, Limit: 3},
				} {
					for _, organization := range []*string{nil, scene.Ptr("left")} {
						try(situation{
							commitment: &ent.Commitment{ID: "c", ProcessID: "here", Status: status},
							amendment: &ent.Amendment{
								ID: "a", CommitmentID: "c", AuthorID: "author",
								OrganizationID: organization, State: state,
							},
							comment:  &ent.Comment{ID: "m", SubjectID: "c", AuthorID: "author"},
							openings: o, has: has,
						})
					}
				}
			}
		}
	}
}

// The statuses that are offered as the next ones are exactly those to which the viewer may move the commitment.
func TestNextStatusesAreTheMovesThatAreAllowed(t *testing.T) {
	for who, viewer := range scene.Callers {
		for _, status := range scene.AllStatuses {
			c := &ent.Commitment{ProcessID: "here", Status: status}
			next := roadmap.NextStatuses(viewer, c)
			for _, to := range scene.AllStatuses {
				may := roadmap.MayChangeStatus(viewer, c, to) == nil
				if slices.Contains(next, to) != may {
					t.Errorf("%s, from %s: next are %v, yet moving to %s is allowed: %t", who, status, next, to, may)
				}
			}
		}
	}
}

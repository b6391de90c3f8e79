package consultation_test

import (
	"slices"

	"ensemble/auth"
	"ensemble/consultation/processes"
	"ensemble/consultation/refusal"
	"ensemble/ent/amendment"
	"ensemble/ent/commitment"
)

// The words of the table in permissions_test.go.

// callers are everybody there is.
var callers = map[string]auth.Viewer{
	"nobody":             {},
	"a user":             {UserID: "reader"},
	"the author":         {UserID: "author"},
	"a signatory":        {UserID: "signatory", SignsFor: []string{"hub"}},
	"STEERING":           {UserID: "steering", Roles: map[string][]string{"here": {"STEERING"}}},
	"ADMIN":              {UserID: "admin", Roles: map[string][]string{"here": {"ADMIN"}}},
	"MODERATOR":          {UserID: "moderator", Roles: map[string][]string{"here": {"MODERATOR"}}},
	"FACILITATOR":        {UserID: "facilitator", Roles: map[string][]string{"here": {"FACILITATOR"}}},
	"site ADMIN":         {UserID: "site", SiteAdmin: true},
	"STEERING elsewhere": {UserID: "stranger", Roles: map[string][]string{"elsewhere": {"STEERING", "ADMIN", "MODERATOR"}}},
}

func init() {
	for name, v := range callers {
		v.Confirmed = v.SignedIn()
		callers[name] = v
	}
}

// Who.
var (
	author    = []string{"the author"}
	notAuthor = []string{
		"a user", "a signatory", "STEERING", "ADMIN", "MODERATOR", "FACILITATOR", "site ADMIN", "STEERING elsewhere",
	}
	everybody  = append(slices.Clone(author), notAuthor...)
	steering   = []string{"STEERING", "ADMIN", "site ADMIN"}
	admins     = []string{"ADMIN", "site ADMIN"}
	siteAdmins = []string{"site ADMIN"}
)

// From which state of the amendment.
var (
	anyState           = from[amendment.State]{}
	drafted            = from[amendment.State]{[]amendment.State{amendment.StateDRAFT}, refusal.Conflict}
	evaluating         = from[amendment.State]{[]amendment.State{amendment.StateEVALUATING}, refusal.Conflict}
	rejected           = from[amendment.State]{[]amendment.State{amendment.StateREJECTED}, refusal.Conflict}
	evaluatingOrClosed = from[amendment.State]{[]amendment.State{amendment.StateEVALUATING}, refusal.Closed}

	allStates = []amendment.State{
		amendment.StateDRAFT, amendment.StateEVALUATING, amendment.StateACCEPTED, amendment.StateREJECTED, amendment.StateWITHDRAWN,
	}
)

// From which status of the commitment.
var (
	anyStatus        = from[commitment.Status]{}
	open             = status(refusal.Closed, commitment.StatusOPEN)
	discussed        = status(refusal.Closed, commitment.StatusOPEN, commitment.StatusUNDER_REVIEW)
	notFinal         = status(refusal.Closed, commitment.StatusDRAFT, commitment.StatusOPEN, commitment.StatusUNDER_REVIEW)
	unpublished      = status(refusal.Conflict, commitment.StatusDRAFT)
	reviewed         = status(refusal.Conflict, commitment.StatusUNDER_REVIEW)
	discussedOrMoved = status(refusal.Conflict, commitment.StatusOPEN, commitment.StatusUNDER_REVIEW)
	openOrAdopted    = status(refusal.Conflict, commitment.StatusOPEN, commitment.StatusADOPTED)
	fromNowhere      = status(refusal.Conflict)

	allStatuses = []commitment.Status{
		commitment.StatusDRAFT, commitment.StatusOPEN, commitment.StatusUNDER_REVIEW, commitment.StatusADOPTED, commitment.StatusWITHDRAWN,
	}
)

func status(elsewhere refusal.Code, allowed ...commitment.Status) from[commitment.Status] {
	return from[commitment.Status]{allowed, elsewhere}
}

// What the phase must have opened.
var (
	always phaseSwitch

	comments   = func(o *processes.Openings) *bool { return &o.Comments }
	supports   = func(o *processes.Openings) *bool { return &o.Supports }
	submission = func(o *processes.Openings) *bool { return &o.AmendmentSubmission }
	decision   = func(o *processes.Openings) *bool { return &o.AmendmentDecision }
	promotion  = func(o *processes.Openings) *bool { return &o.AmendmentPromotion }
)

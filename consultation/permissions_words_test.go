package consultation_test

import (
	"slices"

	"ensemble/auth"
	"ensemble/consultation"
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
	drafted            = from[amendment.State]{[]amendment.State{amendment.StateDRAFT}, consultation.Conflict}
	evaluating         = from[amendment.State]{[]amendment.State{amendment.StateEVALUATING}, consultation.Conflict}
	rejected           = from[amendment.State]{[]amendment.State{amendment.StateREJECTED}, consultation.Conflict}
	evaluatingOrClosed = from[amendment.State]{[]amendment.State{amendment.StateEVALUATING}, consultation.Closed}

	allStates = []amendment.State{
		amendment.StateDRAFT, amendment.StateEVALUATING, amendment.StateACCEPTED, amendment.StateREJECTED, amendment.StateWITHDRAWN,
	}
)

// From which status of the commitment.
var (
	anyStatus        = from[commitment.Status]{}
	open             = status(consultation.Closed, commitment.StatusOPEN)
	discussed        = status(consultation.Closed, commitment.StatusOPEN, commitment.StatusUNDER_REVIEW)
	notFinal         = status(consultation.Closed, commitment.StatusDRAFT, commitment.StatusOPEN, commitment.StatusUNDER_REVIEW)
	unpublished      = status(consultation.Conflict, commitment.StatusDRAFT)
	reviewed         = status(consultation.Conflict, commitment.StatusUNDER_REVIEW)
	discussedOrMoved = status(consultation.Conflict, commitment.StatusOPEN, commitment.StatusUNDER_REVIEW)
	openOrAdopted    = status(consultation.Conflict, commitment.StatusOPEN, commitment.StatusADOPTED)
	fromNowhere      = status(consultation.Conflict)

	allStatuses = []commitment.Status{
		commitment.StatusDRAFT, commitment.StatusOPEN, commitment.StatusUNDER_REVIEW, commitment.StatusADOPTED, commitment.StatusWITHDRAWN,
	}
)

func status(elsewhere consultation.Code, allowed ...commitment.Status) from[commitment.Status] {
	return from[commitment.Status]{allowed, elsewhere}
}

// What the phase must have opened.
var (
	always phaseSwitch

	comments   = func(o *consultation.Openings) *bool { return &o.Comments }
	supports   = func(o *consultation.Openings) *bool { return &o.Supports }
	submission = func(o *consultation.Openings) *bool { return &o.AmendmentSubmission }
	decision   = func(o *consultation.Openings) *bool { return &o.AmendmentDecision }
	promotion  = func(o *consultation.Openings) *bool { return &o.AmendmentPromotion }
)

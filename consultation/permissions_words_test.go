package consultation_test

import (
	"slices"

	"ensemble/consultation/processes"
	"ensemble/consultation/refusal"
	"ensemble/ent/amendment"
	"ensemble/internal/testsite/scene"
)

// The people that rules name.
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

// The states of an amendment that a move starts from.
var (
	anyState   = scene.From[amendment.State]{}
	drafted    = scene.From[amendment.State]{Allowed: []amendment.State{amendment.StateDRAFT}, Code: refusal.Conflict}
	evaluating = scene.From[amendment.State]{
		Allowed: []amendment.State{amendment.StateEVALUATING}, Code: refusal.Conflict,
	}
	rejected = scene.From[amendment.State]{
		Allowed: []amendment.State{amendment.StateREJECTED}, Code: refusal.Conflict,
	}

	evaluatingOrClosed = scene.From[amendment.State]{
		Allowed: []amendment.State{amendment.StateEVALUATING}, Code: refusal.Closed,
	}

	allStates = []amendment.State{
		amendment.StateDRAFT, amendment.StateEVALUATING,
		amendment.StateACCEPTED, amendment.StateREJECTED, amendment.StateWITHDRAWN,
	}
)

// What a phase must have opened for a move.
var (
	always phaseSwitch

	comments   = func(o *processes.Openings) *bool { return &o.Comments }
	supports   = func(o *processes.Openings) *bool { return &o.Supports }
	submission = func(o *processes.Openings) *bool { return &o.AmendmentSubmission }
	decision   = func(o *processes.Openings) *bool { return &o.AmendmentDecision }
	promotion  = func(o *processes.Openings) *bool { return &o.AmendmentPromotion }
)

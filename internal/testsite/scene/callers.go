package scene

import (
	"slices"
	"time"

	"ensemble/auth"
	"ensemble/consultation/processes"
	"ensemble/consultation/refusal"
	"ensemble/ent"
	"ensemble/ent/commitment"
)

// These are what a table about moves looks at: a moment, a commitment of the process "here", and an open phase.
var (
	ATime      = time.Date(2026, 3, 10, 9, 0, 0, 0, time.UTC)
	InHere     = &ent.Commitment{ID: "c", ProcessID: "here", Status: commitment.StatusOPEN}
	OpenForAll = processes.Openings{Comments: true, Supports: true}
)

// From says in which states a move may start. In others it is refused with the code. The zero value allows any state.
type From[S comparable] struct {
	Allowed []S
	Code    refusal.Code
}

// Refuses says whether a move from s is refused.
func (f From[S]) Refuses(s S) bool { return f.Code != "" && !slices.Contains(f.Allowed, s) }

// The names below are the words of the table in consultation/permissions_test.go.

// Callers has everybody who may try a move, by name. All who are signed in have confirmed their address.
var Callers = map[string]auth.Viewer{
	"nobody":      {},
	"a user":      {UserID: "reader", Confirmed: true},
	"the author":  {UserID: "author", Confirmed: true},
	"a signatory": {UserID: "signatory", Confirmed: true, SignsFor: []string{"hub"}},
	"STEERING":    {UserID: "steering", Confirmed: true, Roles: map[string][]string{"here": {"STEERING"}}},
	"ADMIN":       {UserID: "admin", Confirmed: true, Roles: map[string][]string{"here": {"ADMIN"}}},
	"MODERATOR":   {UserID: "moderator", Confirmed: true, Roles: map[string][]string{"here": {"MODERATOR"}}},
	"FACILITATOR": {UserID: "facilitator", Confirmed: true, Roles: map[string][]string{"here": {"FACILITATOR"}}},
	"site ADMIN":  {UserID: "site", Confirmed: true, SiteAdmin: true},
	"STEERING elsewhere": {UserID: "stranger", Confirmed: true, Roles: map[string][]string{
		"elsewhere": {"STEERING", "ADMIN", "MODERATOR"},
	}},
}

// These are the statuses of a commitment that a move starts from.
var (
	AnyStatus = From[commitment.Status]{}
	Open      = Status(refusal.Closed, commitment.StatusOPEN)
	Discussed = Status(refusal.Closed, commitment.StatusOPEN, commitment.StatusUNDER_REVIEW)
	NotFinal  = Status(refusal.Closed,
		commitment.StatusDRAFT, commitment.StatusOPEN, commitment.StatusUNDER_REVIEW)
	Unpublished      = Status(refusal.Conflict, commitment.StatusDRAFT)
	Reviewed         = Status(refusal.Conflict, commitment.StatusUNDER_REVIEW)
	DiscussedOrMoved = Status(refusal.Conflict, commitment.StatusOPEN, commitment.StatusUNDER_REVIEW)
	OpenOrAdopted    = Status(refusal.Conflict, commitment.StatusOPEN, commitment.StatusADOPTED)
	FromNowhere      = Status(refusal.Conflict)

	AllStatuses = []commitment.Status{
		commitment.StatusDRAFT, commitment.StatusOPEN, commitment.StatusUNDER_REVIEW,
		commitment.StatusADOPTED, commitment.StatusWITHDRAWN,
	}
)

// Status returns From for commitments. elsewhere is the code for other statuses.
func Status(elsewhere refusal.Code, allowed ...commitment.Status) From[commitment.Status] {
	return From[commitment.Status]{allowed, elsewhere}
}

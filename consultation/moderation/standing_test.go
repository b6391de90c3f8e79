package moderation

import (
	"slices"
	"testing"

	"ensemble/consultation/refusal"
	"ensemble/ent"
	entmoderation "ensemble/ent/moderation"
	"ensemble/ent/moderationcase"
)

// How an item stands follows from its case and from the way in which it is removed. Where several ways apply, the first
// counts.
func TestStandingOf(t *testing.T) {
	type removal = Removal
	open, held := moderationcase.StateOPEN, moderationcase.StateHELD
	appealed, decided := moderationcase.StateAPPEALED, moderationcase.StateDECIDED

	for _, c := range []struct {
		name string
		is   removal
		of   []moderationcase.State
		want Standing
	}{
		{"not removed", removal{}, []moderationcase.State{open, held, appealed, decided}, StandingPublic},
		{"hidden by reports", removal{Hidden: true}, []moderationcase.State{open}, StandingSuspended},
		{"hidden by a moderator", removal{Hidden: true},
			[]moderationcase.State{held, appealed, decided}, StandingHidden},
		{"held", removal{Held: true}, []moderationcase.State{held}, StandingHeld},
		{"refused", removal{Held: true}, []moderationcase.State{open, appealed, decided}, StandingRefused},
		{"held and hidden", removal{Held: true, Hidden: true}, []moderationcase.State{held}, StandingHeld},
		{"refused and hidden", removal{Held: true, Hidden: true}, []moderationcase.State{decided}, StandingRefused},
		{"deleted", removal{Deleted: true}, []moderationcase.State{open, held, appealed, decided}, StandingDeleted},
		{"deleted when it was hidden", removal{Deleted: true, Hidden: true},
			[]moderationcase.State{open, decided}, StandingDeleted},
		{"deleted when it was held", removal{Deleted: true, Held: true},
			[]moderationcase.State{held, decided}, StandingDeleted},
	} {
		for _, state := range c.of {
			if got := StandingOf(&ent.ModerationCase{State: state}, c.is); got != c.want {
				t.Errorf("%s, its case %s: stands %s, want %s", c.name, state, got, c.want)
			}
		}
	}
}

// Each decision is taken from some standings and from no other, and every conflict says how the item stands.
func TestFromWhereToDecide(t *testing.T) {
	all := []Standing{
		StandingDeleted, StandingHeld, StandingRefused,
		StandingSuspended, StandingHidden, StandingPublic,
	}
	reported := &ent.ModerationCase{ReportCount: 1, DecisionCount: 3}

	decide := func(t *testing.T, stands Standing, on *ent.ModerationCase, d Decision, overturned, allowed bool) {
		t.Helper()
		err := mayDecideOn(stands, on, d, overturned)

		if allowed {
			if err != nil {
				t.Errorf("%s of what stands %s: %v", d.Action, stands, err)
			}
			return
		}
		e, ok := err.(*refusal.Error)
		if !ok || e.Code != refusal.Conflict || e.Current().State != string(stands) {
			t.Errorf("%s of what stands %s: %v, want a conflict that says so", d.Action, stands, err)
		}
	}

	for action, from := range map[entmoderation.Action][]Standing{
		entmoderation.ActionHIDE:    {StandingPublic, StandingSuspended},
		entmoderation.ActionRESTORE: {StandingHidden, StandingSuspended},
		entmoderation.ActionDISMISS: {StandingPublic, StandingSuspended},
		entmoderation.ActionPUBLISH: {StandingHeld, StandingRefused},
		entmoderation.ActionREFUSE:  {StandingHeld},
	} {
		keepsAway := action == entmoderation.ActionHIDE || action == entmoderation.ActionREFUSE

		for _, stands := range all {
			may := slices.Contains(from, stands)
			decide(t, stands, reported, Decision{Action: action}, false, may)
			decide(t, stands, reported, Decision{Action: action}, true, may && !keepsAway)
			decide(t, stands, reported, Decision{Action: action, Seen: new(3)}, false, may)
			decide(t, stands, reported, Decision{Action: action, Seen: new(2)}, false, false)

			mayUnreported := may && action != entmoderation.ActionDISMISS
			decide(t, stands, &ent.ModerationCase{}, Decision{Action: action}, false, mayUnreported)
		}
	}
}

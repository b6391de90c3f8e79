package consultation_test

import (
	"testing"
	"time"

	"ensemble/consultation"
	"ensemble/ent"
	"ensemble/ent/appeal"
	"ensemble/ent/moderation"
)

// Who may do what of moderation in the process "here", about something by "the author".
func TestWhoModerates(t *testing.T) {
	const none, unauthenticated, forbidden = consultation.Code(""), consultation.Unauthenticated, consultation.Forbidden
	moderators := map[string]bool{"MODERATOR": true, "ADMIN": true, "site ADMIN": true}
	for who, v := range callers {
		refused := forbidden
		if !v.SignedIn() {
			refused = unauthenticated
		}
		want := map[string]consultation.Code{"report": none, "moderate": refused, "queue": refused}
		if who == "nobody" || who == "the author" {
			want["report"] = refused
		}
		if moderators[who] {
			want["moderate"], want["queue"] = none, none
		}
		for what, err := range map[string]error{
			"report":   consultation.MayReport(v, "author", "here"),
			"moderate": consultation.MayModerate(v, "hide", "author", "here"),
			"queue":    consultation.MayReadQueue(v, "here"),
		} {
			if got := consultation.CodeOf(err); got != want[what] {
				t.Errorf("%s, %s: %q, want %q", who, what, got, want[what])
			}
		}
		if got := consultation.MayReadCase(v, "author", "here"); got != (moderators[who] || who == "the author") {
			t.Errorf("%s reads the case: %t", who, got)
		}
		if err := consultation.MayModerate(v, "hide", v.UserID, "here"); v.SignedIn() && consultation.CodeOf(err) != forbidden {
			t.Errorf("%s decides on their own: %v", who, err)
		}
	}
}

// Which decisions can be appealed against, and when.
func TestWhenToAppeal(t *testing.T) {
	author := callers["the author"]
	for _, action := range []moderation.Action{moderation.ActionHIDE, moderation.ActionRESTORE, moderation.ActionDISMISS, moderation.ActionPUBLISH, moderation.ActionREFUSE} {
		for _, stands := range []consultation.Standing{
			consultation.StandingPublic, consultation.StandingHidden, consultation.StandingSuspended, consultation.StandingHeld,
			consultation.StandingRefused, consultation.StandingDeleted,
		} {
			for _, newest := range []bool{true, false} {
				for _, late := range []bool{false, true} {
					row := &ent.Moderation{ID: "a", ProcessID: "here", Action: action, CreatedAt: aTime}
					last, now := row, aTime.AddDate(0, 6, 0).Add(-time.Second)
					if !newest {
						last = &ent.Moderation{ID: "b"}
					}
					if late {
						now = aTime.AddDate(0, 6, 0)
					}
					keepsAway := (action == moderation.ActionHIDE || action == moderation.ActionREFUSE) && newest && (stands == consultation.StandingHidden ||
						stands == consultation.StandingSuspended || stands == consultation.StandingRefused)
					want := consultation.Code("")
					if !keepsAway {
						want = consultation.Conflict
					} else if late {
						want = consultation.Closed
					}
					if got := consultation.CodeOf(consultation.MayAppeal(author, "author", row, last, stands, now)); got != want {
						t.Errorf("%s, %s, newest %t, late %t: %q, want %q", action, stands, newest, late, got, want)
					}
				}
			}
		}
	}
}

func TestWhoDecidesOnAppeals(t *testing.T) {
	moderator, admin := callers["MODERATOR"], callers["ADMIN"]
	open := &ent.Appeal{ProcessID: "here", AuthorID: "author", State: appeal.StateOPEN}
	of := func(decider string) *ent.Moderation { return &ent.Moderation{DeciderID: &decider} }
	for name, c := range map[string]struct {
		err  error
		want consultation.Code
	}{
		"another moderator":                   {consultation.MayDecideAppeal(moderator, open, of("somebody"), false), ""},
		"of no person's decision":             {consultation.MayDecideAppeal(moderator, open, &ent.Moderation{Automated: true}, false), ""},
		"who decided":                         {consultation.MayDecideAppeal(moderator, open, of("moderator"), false), consultation.Forbidden},
		"who decided, alone":                  {consultation.MayDecideAppeal(moderator, open, of("moderator"), true), consultation.Forbidden},
		"an administrator who decided":        {consultation.MayDecideAppeal(admin, open, of("admin"), false), consultation.Forbidden},
		"an administrator who decided, alone": {consultation.MayDecideAppeal(admin, open, of("admin"), true), ""},
		"a user":                              {consultation.MayDecideAppeal(callers["a user"], open, of("x"), true), consultation.Forbidden},
		"the author":                          {consultation.MayDecideAppeal(callers["the author"], open, of("x"), true), consultation.Forbidden},
		"decided":                             {consultation.MayDecideAppeal(moderator, &ent.Appeal{ProcessID: "here", State: appeal.StateUPHELD}, of("x"), false), consultation.Conflict},
	} {
		if got := consultation.CodeOf(c.err); got != c.want {
			t.Errorf("%s: %v, want %q", name, c.err, c.want)
		}
	}
}

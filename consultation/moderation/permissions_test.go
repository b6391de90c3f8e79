package moderation_test

import (
	"testing"
	"time"

	"ensemble/consultation/moderation"
	"ensemble/consultation/refusal"
	"ensemble/ent"
	"ensemble/ent/appeal"
	entmoderation "ensemble/ent/moderation"
	"ensemble/internal/testsite/scene"
)

// Everybody who is signed in reports, but not what they wrote themselves. Moderators and administrators of the process
// decide and see the queue; authors see the case of what they wrote.
func TestWhoModerates(t *testing.T) {
	const none, unauthenticated, forbidden = refusal.Code(""), refusal.Unauthenticated, refusal.Forbidden
	moderators := map[string]bool{"MODERATOR": true, "ADMIN": true, "site ADMIN": true}

	for who, v := range scene.Callers {
		refused := forbidden
		if !v.SignedIn() {
			refused = unauthenticated
		}

		want := map[string]refusal.Code{"report": none, "moderate": refused, "queue": refused}
		if who == "nobody" || who == "the author" {
			want["report"] = refused
		}
		if moderators[who] {
			want["moderate"], want["queue"] = none, none
		}

		for what, err := range map[string]error{
			"report":   moderation.MayReport(v, "author", "here"),
			"moderate": moderation.MayModerate(v, "hideContent", "author", "here"),
			"queue":    moderation.MayReadQueue(v, "here"),
		} {
			if got := refusal.CodeOf(err); got != want[what] {
				t.Errorf("%s, %s: %q, want %q", who, what, got, want[what])
			}
		}

		if got := moderation.MayReadCase(v, "author", "here"); got != (moderators[who] || who == "the author") {
			t.Errorf("%s reads the case: %t", who, got)
		}

		err := moderation.MayModerate(v, "hideContent", v.UserID, "here")
		if v.SignedIn() && refusal.CodeOf(err) != forbidden {
			t.Errorf("%s decides on their own: %v", who, err)
		}
	}
}

// An author may appeal within six months against the newest decision that takes something away, as long as it is taken
// away.
func TestWhenToAppeal(t *testing.T) {
	for _, action := range []entmoderation.Action{
		entmoderation.ActionHIDE, entmoderation.ActionRESTORE, entmoderation.ActionDISMISS,
		entmoderation.ActionPUBLISH, entmoderation.ActionREFUSE,
	} {
		for _, stands := range []moderation.Standing{
			moderation.StandingPublic, moderation.StandingHidden, moderation.StandingSuspended, moderation.StandingHeld,
			moderation.StandingRefused, moderation.StandingDeleted,
		} {
			for _, newest := range []bool{true, false} {
				for _, late := range []bool{false, true} {
					mayAppealWhen(t, action, stands, newest, late)
				}
			}
		}
	}
}

// mayAppealWhen compares what MayAppeal says of a decision with the rule: where stands is how the item stands, newest
// says that no other decision followed, and late that six months have passed.
func mayAppealWhen(t *testing.T, action entmoderation.Action, stands moderation.Standing, newest, late bool) {
	t.Helper()
	row := &ent.Moderation{ID: "a", ProcessID: "here", Action: action, CreatedAt: scene.ATime}
	last, now := row, scene.ATime.AddDate(0, 6, 0).Add(-time.Second)
	if !newest {
		last = &ent.Moderation{ID: "b"}
	}
	if late {
		now = scene.ATime.AddDate(0, 6, 0)
	}

	keepsAway := (action == entmoderation.ActionHIDE || action == entmoderation.ActionREFUSE) && newest &&
		(stands == moderation.StandingHidden || stands == moderation.StandingSuspended ||
			stands == moderation.StandingRefused)
	want := refusal.Code("")
	if !keepsAway {
		want = refusal.Conflict
	} else if late {
		want = refusal.Closed
	}

	author := scene.Callers["the author"]
	if got := refusal.CodeOf(moderation.MayAppeal(author, "author", row, last, stands, now)); got != want {
		t.Errorf("%s, %s, newest %t, late %t: %q, want %q", action, stands, newest, late, got, want)
	}
}

// Moderators who did not take a decision decide on the appeal against it, once. Who took it may only as an
// administrator, when there is nobody else.
func TestWhoDecidesOnAppeals(t *testing.T) {
	moderator, admin := scene.Callers["MODERATOR"], scene.Callers["ADMIN"]
	user, author := scene.Callers["a user"], scene.Callers["the author"]
	open := &ent.Appeal{ProcessID: "here", AuthorID: "author", State: appeal.StateOPEN}
	closed := &ent.Appeal{ProcessID: "here", State: appeal.StateUPHELD}
	of := func(decider string) *ent.Moderation { return &ent.Moderation{DeciderID: &decider} }

	may, none := moderation.MayDecideAppeal, refusal.Code("")
	for name, c := range map[string]struct {
		err  error
		want refusal.Code
	}{
		"another moderator":                   {may(moderator, open, of("somebody"), false), none},
		"of no person's decision":             {may(moderator, open, &ent.Moderation{Automated: true}, false), none},
		"who decided":                         {may(moderator, open, of("moderator"), false), refusal.Forbidden},
		"who decided, alone":                  {may(moderator, open, of("moderator"), true), refusal.Forbidden},
		"an administrator who decided":        {may(admin, open, of("admin"), false), refusal.Forbidden},
		"an administrator who decided, alone": {may(admin, open, of("admin"), true), none},
		"a user":                              {may(user, open, of("x"), true), refusal.Forbidden},
		"the author":                          {may(author, open, of("x"), true), refusal.Forbidden},
		"decided":                             {may(moderator, closed, of("x"), false), refusal.Conflict},
	} {
		if got := refusal.CodeOf(c.err); got != c.want {
			t.Errorf("%s: %v, want %q", name, c.err, c.want)
		}
	}
}

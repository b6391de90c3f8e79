package consultation_test

import (
	"context"
	"reflect"
	"strings"
	"testing"
	"time"

	"ensemble/consultation/refusal"
	"ensemble/consultation/roadmap"
	"ensemble/ent"
	"ensemble/ent/amendment"
	"ensemble/ent/commitment"
	"ensemble/ent/version"
	"ensemble/live"
)

func TestAcceptAmendmentOfTheCurrentText(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		c := w.commitment(t)
		must(t, only(w.AddSupport(as(t, w.Bob), roadmap.AddSupportInput{Commitment: c.ID})))
		a := w.submitted(t, w.Alice, c, "dix mille", "vingt mille")
		now := w.Clock.Advance(time.Hour)
		next := w.newVersion(t, c, func() {
			a = got(w.AcceptAmendment(as(t, w.Steering), roadmap.AcceptAmendmentInput{Amendment: a.ID, Reason: "Merci.\r\n"}))(t)
		}, func(v *ent.Version) []fact {
			return []fact{
				{c.ID, live.AmendmentAccepted, a.ID, w.Steering.ID, nil},
				{c.ID, live.VersionPublished, v.ID, w.Alice.ID, data{"number": 2, "supportCount": 0, "earlierSupportCount": 1}},
			}
		})
		if a.State != amendment.StateACCEPTED || *a.DeciderID != w.Steering.ID || a.DecisionReason != "Merci." ||
			!a.DecidedAt.Equal(now) || a.MergeState != amendment.MergeStateCLEAN {
			t.Errorf("the amendment is %+v", a)
		}
		if next.AuthorID != w.Alice.ID || next.OrganizationID != nil || next.Source != version.SourceAMENDMENT || *next.AmendmentID != a.ID {
			t.Errorf("the version is %+v", next)
		}
		wantBody := map[string]string{"fr": strings.Replace(someBody, "dix", "vingt", 1), "en": "EN " + someBody}
		if !reflect.DeepEqual(next.Body, wantBody) || !reflect.DeepEqual(next.Behind, []string{"en"}) {
			t.Errorf("it says %v, behind in %v", next.Body, next.Behind)
		}
		if c = w.now(t, c); !c.ActiveAt.Equal(now) || !strings.Contains(c.SearchText, "vingt mille") {
			t.Errorf("the commitment is %+v", c)
		}
	})
}

// newVersion runs accept, which must make the next version of the commitment and announce the facts.
func (w *world) newVersion(t testing.TB, c *ent.Commitment, accept func(), facts func(*ent.Version) []fact) *ent.Version {
	t.Helper()
	before := w.now(t, c)
	heads := w.heads(t)
	accept()
	v := w.version(t, c)
	if v.Number != before.VersionNumber+1 || !v.CreatedAt.Equal(w.Now()) {
		t.Errorf("version %d of %s follows %d", v.Number, v.CreatedAt, before.VersionNumber)
	}
	var logged []fact
	for _, e := range w.eventsSince(t, heads) {
		logged = append(logged, fact{e.Topic, e.Type, e.Subject, e.Actor, e.Data})
	}
	want := facts(v)
	for i := range want { // as the log gives them back: through JSON
		if i < len(logged) && asJSON(want[i].data) == asJSON(logged[i].data) {
			want[i].data = logged[i].data
		}
	}
	if !reflect.DeepEqual(logged, want) {
		t.Errorf("logged %+v\nwant %+v", logged, want)
	}
	return v
}

func TestAcceptAmendmentMergesWithWhatChangedSince(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		c := w.commitment(t)
		a := w.submitted(t, w.Alice, c, "dix mille", "vingt mille")
		w.revise(t, c, "deux fois", "trois fois")
		a = w.accept(t, a)
		v := w.version(t, c)
		want := strings.NewReplacer("dix mille", "vingt mille", "deux fois", "trois fois").Replace(someBody)
		if v.Number != 3 || v.Body["fr"] != want || v.Title["fr"] != someTitle {
			t.Errorf("version %d says %q", v.Number, v.Body["fr"])
		}
		if a.MergeState != amendment.MergeStateMERGEABLE {
			t.Errorf("it was accepted as %s", a.MergeState)
		}
	})
}

func TestAcceptAmendmentThatTouchesTheSameWords(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		c := w.commitment(t)
		a := w.submitted(t, w.Alice, c, "dix mille", "vingt mille")
		first := c.VersionID
		c = w.revise(t, c, "dix mille", "trente mille")
		in := roadmap.AcceptAmendmentInput{Amendment: a.ID}
		accept := func() error { return only(w.AcceptAmendment(as(t, w.Steering), in)) }

		r := w.refused(t, refusal.Conflict, "", accept)
		hunks, _ := r.Details["hunks"].([]*roadmap.Conflicting)
		if r.Details["current"] != c.VersionID || len(hunks) != 1 || hunks[0].IsInTitle ||
			!strings.Contains(hunks[0].Base, "dix mille") || !strings.Contains(hunks[0].Current, "trente mille") ||
			!strings.Contains(hunks[0].Proposed, "vingt mille") {
			t.Errorf("the refusal carries %s", asJSON(r.Details))
		}

		in.Text = &roadmap.AmendedTextInput{Title: "Titre  tranché", Body: "Texte tranché.\n"}
		w.refused(t, refusal.BadUserInput, "on", accept)
		in.On = &first
		if r := w.refused(t, refusal.Conflict, "", accept); r.Details["current"] != c.VersionID {
			t.Errorf("the refusal names %v", r.Details)
		}
		in.On = &c.VersionID
		must(t, accept())
		v := w.version(t, c)
		if v.Title["fr"] != "Titre tranché" || v.Body["fr"] != "Texte tranché." || v.Body["en"] != "EN "+someBody || v.AuthorID != w.Alice.ID {
			t.Errorf("the version is %+v", v)
		}
		if state := w.current(t, a).MergeState; state != amendment.MergeStateCONFLICTING {
			t.Errorf("it was accepted as %s", state)
		}
	})
}

// A text of the decider's own is one: its own rules hold, and On alone means nothing.
func TestAcceptAmendmentWithATextOfTheDeciders(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		c := w.commitment(t)
		a := w.submitted(t, w.Alice, c, "dix mille", "vingt mille")
		accept := func(title, body string) func(context.Context) error {
			return func(ctx context.Context) error {
				return only(w.AcceptAmendment(ctx, roadmap.AcceptAmendmentInput{
					Amendment: a.ID, On: &c.VersionID, Text: &roadmap.AmendedTextInput{Title: title, Body: body},
				}))
			}
		}
		w.refusals(t, []refusedCase{
			{"empty title", w.Steering, refusal.BadUserInput, "text.title", accept(" ", "Texte.")},
			{"empty body", w.Steering, refusal.BadUserInput, "text.body", accept("Titre", "\n")},
			{"long title", w.Steering, refusal.BadUserInput, "text.title", accept(strings.Repeat("é", 201), "Texte.")},
			{"long body", w.Steering, refusal.BadUserInput, "text.body", accept("Titre", strings.Repeat("é", 20_001))},
			{"the current text", w.Steering, refusal.Conflict, "", accept(someTitle, someBody+"\n")},
		})
		must(t, accept("Autre titre", "Autre texte.")(as(t, w.Steering)))
		if v := w.version(t, c); v.Title["fr"] != "Autre titre" || v.Body["fr"] != "Autre texte." {
			t.Errorf("the version says %q, %q", v.Title["fr"], v.Body["fr"])
		}
	})
}

func TestAcceptAmendmentThatTheTextHasCaughtUpWith(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		c := w.commitment(t)
		a := w.submitted(t, w.Alice, c, "dix mille", "vingt mille")
		w.revise(t, c, "dix mille", "vingt mille")
		w.refused(t, refusal.Conflict, "", func() error {
			return only(w.AcceptAmendment(as(t, w.Steering), roadmap.AcceptAmendmentInput{Amendment: a.ID}))
		})
		w.inState(t, a, amendment.StateEVALUATING)
	})
}

func TestAcceptAmendmentCreditsTheOrganizationToo(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		c := w.commitment(t)
		a := got(w.DraftAmendment(as(t, w.Signatory), roadmap.DraftAmendmentInput{
			Commitment: c.ID, Language: ptr("en"), Title: ptr("Better"), Organization: &w.Organization.ID,
		}))(t)
		must(t, only(w.SubmitAmendment(as(t, w.Signatory), roadmap.SubmitAmendmentInput{Amendment: a.ID})))
		v := w.newVersion(t, c, func() { w.accept(t, a) }, func(v *ent.Version) []fact {
			return []fact{
				{c.ID, live.AmendmentAccepted, a.ID, w.Steering.ID, nil},
				{c.ID, live.VersionPublished, v.ID, w.Organization.ID, data{"number": 2, "supportCount": 0, "earlierSupportCount": 0}},
			}
		})
		if v.AuthorID != w.Signatory.ID || v.OrganizationID == nil || *v.OrganizationID != w.Organization.ID {
			t.Errorf("the version is by %s for %v", v.AuthorID, v.OrganizationID)
		}
		if v.Title["en"] != "Better" || v.Title["fr"] != someTitle || !reflect.DeepEqual(v.Behind, []string{"fr"}) {
			t.Errorf("it says %v, behind in %v", v.Title, v.Behind)
		}
	})
}

func TestRejectAmendment(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		c := w.commitment(t)
		a := w.submitted(t, w.Alice, c, "dix mille", "vingt mille")
		before := w.now(t, c)
		now := w.Clock.Advance(time.Hour)
		w.announces(t, func() error {
			r, err := w.RejectAmendment(as(t, w.Admin), roadmap.RejectAmendmentInput{Amendment: a.ID, Reason: "Trop cher.\r\n"})
			if err == nil && (r.State != amendment.StateREJECTED || *r.DeciderID != w.Admin.ID || r.DecisionReason != "Trop cher." || !r.DecidedAt.Equal(now)) {
				t.Errorf("it is %+v", r)
			}
			return err
		}, fact{c.ID, live.AmendmentRejected, a.ID, w.Admin.ID, nil})
		after := w.now(t, c)
		if after.VersionID != before.VersionID || after.AmendmentCount != 1 || !after.ActiveAt.Equal(now) {
			t.Errorf("the commitment is %+v", after)
		}
	})
}

func TestDecisionRefusals(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		c := w.commitment(t)
		a, secret := w.submitted(t, w.Alice, c, "dix mille", "vingt mille"), w.draft(t, w.Bob, c, "publie", "tait")
		accept := func(id, reason string) func(context.Context) error {
			return func(ctx context.Context) error {
				return only(w.AcceptAmendment(ctx, roadmap.AcceptAmendmentInput{Amendment: id, Reason: reason}))
			}
		}
		reject := func(id, reason string) func(context.Context) error {
			return func(ctx context.Context) error {
				return only(w.RejectAmendment(ctx, roadmap.RejectAmendmentInput{Amendment: id, Reason: reason}))
			}
		}
		long := strings.Repeat("é", 5001)
		w.refusals(t, []refusedCase{
			{"accept as nobody", nil, refusal.Unauthenticated, "", accept(a.ID, "")},
			{"accept what is not there", w.Steering, refusal.NotFound, "amendment", accept("x", "")},
			{"accept a draft", w.Steering, refusal.NotFound, "amendment", accept(secret.ID, "")},
			{"accept one's own", w.Alice, refusal.Forbidden, "", accept(a.ID, "")},
			{"accept as a moderator", w.Moderator, refusal.Forbidden, "", accept(a.ID, "")},
			{"accept with a long reason", w.Steering, refusal.BadUserInput, "reason", accept(a.ID, long)},
			{"reject as nobody", nil, refusal.Unauthenticated, "", reject(a.ID, "Non.")},
			{"reject what is not there", w.Steering, refusal.NotFound, "amendment", reject("x", "Non.")},
			{"reject a draft", w.Steering, refusal.NotFound, "amendment", reject(secret.ID, "Non.")},
			{"reject as the amender", w.Alice, refusal.Forbidden, "", reject(a.ID, "Non.")},
			{"reject without a reason", w.Steering, refusal.BadUserInput, "reason", reject(a.ID, " \n")},
			{"reject with a long reason", w.Steering, refusal.BadUserInput, "reason", reject(a.ID, long)},
		})
		w.move(t, c, commitment.StatusADOPTED)
		adopted := []refusedCase{
			{"accept once adopted", w.Steering, refusal.Closed, "", accept(a.ID, "")},
			{"reject once adopted", w.Steering, refusal.Closed, "", reject(a.ID, "Non.")},
		}
		w.refusals(t, adopted)
		w.move(t, c, commitment.StatusUNDER_REVIEW)
		w.closePhase(t)
		w.refusals(t, []refusedCase{
			{"accept outside the phase", w.Steering, refusal.Closed, "", accept(a.ID, "")},
			{"reject outside the phase", w.Steering, refusal.Closed, "", reject(a.ID, "Non.")},
		})
	})
}

package roadmap_test

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
	"ensemble/internal/testsite"
	"ensemble/internal/testsite/scene"
	"ensemble/live"
)

func TestAcceptAmendmentOfTheCurrentText(t *testing.T) {
	scene.Each(t, func(t *testing.T, w *scene.World) {
		c := w.SomeCommitment(t)
		testsite.Must(t, scene.Only(w.AddSupport(scene.As(t, w.Bob), roadmap.AddSupportInput{Commitment: c.ID})))
		a := w.Submitted(t, w.Alice, c, "dix mille", "vingt mille")

		now := w.Clock.Advance(time.Hour)
		accept := func() {
			a = testsite.Got(w.AcceptAmendment(scene.As(t, w.Steering), roadmap.AcceptAmendmentInput{
				Amendment: a.ID, Reason: "Merci.\r\n",
			}))(t)
		}
		next := newVersion(t, w, c, accept, func(v *ent.Version) []scene.Fact {
			counts := scene.Data{"number": 2, "supportCount": 0, "earlierSupportCount": 1}
			return []scene.Fact{
				scene.FactOf(c.ID, live.AmendmentAccepted, a.ID, w.Steering.ID, nil),
				scene.FactOf(c.ID, live.VersionPublished, v.ID, w.Alice.ID, counts),
			}
		})

		if a.State != amendment.StateACCEPTED || *a.DeciderID != w.Steering.ID || a.DecisionReason != "Merci." ||
			!a.DecidedAt.Equal(now) || a.MergeState != amendment.MergeStateCLEAN {
			t.Errorf("the amendment is %+v", a)
		}

		if next.AuthorID != w.Alice.ID || next.OrganizationID != nil || next.Source != version.SourceAMENDMENT ||
			*next.AmendmentID != a.ID {
			t.Errorf("the version is %+v", next)
		}

		wantBody := map[string]string{
			"fr": strings.Replace(scene.SomeBody, "dix", "vingt", 1), "en": "EN " + scene.SomeBody,
		}
		if !reflect.DeepEqual(next.Body, wantBody) || !reflect.DeepEqual(next.Behind, []string{"en"}) {
			t.Errorf("it says %v, behind in %v", next.Body, next.Behind)
		}

		if c = w.CommitmentNow(t, c); !c.ActiveAt.Equal(now) || !strings.Contains(c.SearchText, "vingt mille") {
			t.Errorf("the commitment is %+v", c)
		}
	})
}

// newVersion runs do, which must make the next version of the commitment and announce the facts, and returns that
// version.
func newVersion(
	t testing.TB, w *scene.World, c *ent.Commitment, do func(), facts func(*ent.Version) []scene.Fact,
) *ent.Version {
	t.Helper()
	before := w.CommitmentNow(t, c)
	heads := w.LogHeads(t)

	do()
	v := w.VersionNow(t, c)
	if v.Number != before.VersionNumber+1 || !v.CreatedAt.Equal(w.Now()) {
		t.Errorf("version %d of %s follows %d", v.Number, v.CreatedAt, before.VersionNumber)
	}

	var logged []scene.Fact
	for _, e := range w.EventsSince(t, heads) {
		logged = append(logged, scene.FactOf(e.Topic, e.Type, e.Subject, e.Actor, e.Data))
	}

	want := facts(v)
	for i := range want { // the log gives the data back through JSON, which changes the types of numbers
		if i < len(logged) && scene.AsJSON(want[i].Data) == scene.AsJSON(logged[i].Data) {
			want[i].Data = logged[i].Data
		}
	}

	if !reflect.DeepEqual(logged, want) {
		t.Errorf("logged %+v\nwant %+v", logged, want)
	}
	return v
}

func TestAcceptAmendmentMergesWithWhatChangedSince(t *testing.T) {
	scene.Each(t, func(t *testing.T, w *scene.World) {
		c := w.SomeCommitment(t)
		a := w.Submitted(t, w.Alice, c, "dix mille", "vingt mille")
		w.Revise(t, c, "deux fois", "trois fois")
		a = w.Accept(t, a)

		v := w.VersionNow(t, c)
		want := strings.NewReplacer("dix mille", "vingt mille", "deux fois", "trois fois").Replace(scene.SomeBody)
		if v.Number != 3 || v.Body["fr"] != want || v.Title["fr"] != scene.SomeTitle {
			t.Errorf("version %d says %q", v.Number, v.Body["fr"])
		}

		if a.MergeState != amendment.MergeStateMERGEABLE {
			t.Errorf("it was accepted as %s", a.MergeState)
		}
	})
}

func TestAcceptAmendmentThatTouchesTheSameWords(t *testing.T) {
	scene.Each(t, func(t *testing.T, w *scene.World) {
		c := w.SomeCommitment(t)
		a := w.Submitted(t, w.Alice, c, "dix mille", "vingt mille")
		first := c.VersionID
		c = w.Revise(t, c, "dix mille", "trente mille")
		in := roadmap.AcceptAmendmentInput{Amendment: a.ID}
		accept := func() error { return scene.Only(w.AcceptAmendment(scene.As(t, w.Steering), in)) }

		r := w.Refused(t, refusal.Conflict, "", accept)
		hunks, _ := r.Details["conflicts"].([]*roadmap.Conflicting)
		if r.Details["current"] != (refusal.Current{ID: c.VersionID}) || len(hunks) != 1 || hunks[0].IsInTitle ||
			!strings.Contains(hunks[0].Base, "dix mille") || !strings.Contains(hunks[0].Current, "trente mille") ||
			!strings.Contains(hunks[0].Proposed, "vingt mille") {
			t.Errorf("the refusal carries %s", scene.AsJSON(r.Details))
		}

		// A decider who writes a text must name the version it is written on, which must be the current one.
		in.Text = &roadmap.AmendedTextInput{Title: "Titre  tranché", Body: "Texte tranché.\n"}
		w.Refused(t, refusal.BadUserInput, "on", accept)
		in.On = &first
		if r := w.Refused(t, refusal.Conflict, "", accept); r.Details["current"] != (refusal.Current{ID: c.VersionID}) {
			t.Errorf("the refusal names %v", r.Details)
		}

		in.On = &c.VersionID
		testsite.Must(t, accept())
		v := w.VersionNow(t, c)
		if v.Title["fr"] != "Titre tranché" || v.Body["fr"] != "Texte tranché." ||
			v.Body["en"] != "EN "+scene.SomeBody ||
			v.AuthorID != w.Alice.ID {
			t.Errorf("the version is %+v", v)
		}
		if state := w.AmendmentNow(t, a).MergeState; state != amendment.MergeStateCONFLICTING {
			t.Errorf("it was accepted as %s", state)
		}
	})
}

// A decider may write a text of their own, which must be a valid text and differ from the current one.
func TestAcceptAmendmentWithATextOfTheDeciders(t *testing.T) {
	scene.Each(t, func(t *testing.T, w *scene.World) {
		c := w.SomeCommitment(t)
		a := w.Submitted(t, w.Alice, c, "dix mille", "vingt mille")
		accept := func(title, body string) func(context.Context) error {
			return func(ctx context.Context) error {
				return scene.Only(w.AcceptAmendment(ctx, roadmap.AcceptAmendmentInput{
					Amendment: a.ID, On: &c.VersionID, Text: &roadmap.AmendedTextInput{Title: title, Body: body},
				}))
			}
		}

		w.Refusals(t, []scene.RefusedCase{
			scene.Case("empty title", w.Steering, refusal.BadUserInput, "text.title", accept(" ", "Texte.")),
			scene.Case("empty body", w.Steering, refusal.BadUserInput, "text.body", accept("Titre", "\n")),
			scene.Case("long title", w.Steering, refusal.BadUserInput, "text.title",
				accept(strings.Repeat("é", 201), "Texte.")),
			scene.Case("long body", w.Steering, refusal.BadUserInput, "text.body",
				accept("Titre", strings.Repeat("é", 20_001))),
			scene.Case("the current text", w.Steering, refusal.Conflict, "",
				accept(scene.SomeTitle, scene.SomeBody+"\n")),
		})

		testsite.Must(t, accept("Autre titre", "Autre texte.")(scene.As(t, w.Steering)))
		if v := w.VersionNow(t, c); v.Title["fr"] != "Autre titre" || v.Body["fr"] != "Autre texte." {
			t.Errorf("the version says %q, %q", v.Title["fr"], v.Body["fr"])
		}
	})
}

func TestAcceptAmendmentThatTheTextHasCaughtUpWith(t *testing.T) {
	scene.Each(t, func(t *testing.T, w *scene.World) {
		c := w.SomeCommitment(t)
		a := w.Submitted(t, w.Alice, c, "dix mille", "vingt mille")
		w.Revise(t, c, "dix mille", "vingt mille")

		w.Refused(t, refusal.Conflict, "", func() error {
			return scene.Only(w.AcceptAmendment(scene.As(t, w.Steering), roadmap.AcceptAmendmentInput{Amendment: a.ID}))
		})
		w.InState(t, a, amendment.StateEVALUATING)
	})
}

func TestAcceptAmendmentCreditsTheOrganizationToo(t *testing.T) {
	scene.Each(t, func(t *testing.T, w *scene.World) {
		c := w.SomeCommitment(t)
		a := testsite.Got(w.DraftAmendment(scene.As(t, w.Signatory), roadmap.DraftAmendmentInput{
			Commitment: c.ID, Language: scene.Ptr("en"), Title: scene.Ptr("Better"), Organization: &w.Organization.ID,
		}))(t)
		testsite.Must(t, scene.Only(w.SubmitAmendment(scene.As(t, w.Signatory),
			roadmap.SubmitAmendmentInput{Amendment: a.ID})))

		v := newVersion(t, w, c, func() { w.Accept(t, a) }, func(v *ent.Version) []scene.Fact {
			counts := scene.Data{"number": 2, "supportCount": 0, "earlierSupportCount": 0}
			return []scene.Fact{
				scene.FactOf(c.ID, live.AmendmentAccepted, a.ID, w.Steering.ID, nil),
				scene.FactOf(c.ID, live.VersionPublished, v.ID, w.Organization.ID, counts),
			}
		})

		if v.AuthorID != w.Signatory.ID || v.OrganizationID == nil || *v.OrganizationID != w.Organization.ID {
			t.Errorf("the version is by %s for %v", v.AuthorID, v.OrganizationID)
		}

		if v.Title["en"] != "Better" || v.Title["fr"] != scene.SomeTitle ||
			!reflect.DeepEqual(v.Behind, []string{"fr"}) {
			t.Errorf("it says %v, behind in %v", v.Title, v.Behind)
		}
	})
}

func TestRejectAmendment(t *testing.T) {
	scene.Each(t, func(t *testing.T, w *scene.World) {
		c := w.SomeCommitment(t)
		a := w.Submitted(t, w.Alice, c, "dix mille", "vingt mille")
		before := w.CommitmentNow(t, c)
		now := w.Clock.Advance(time.Hour)

		reject := func() error {
			r, err := w.RejectAmendment(scene.As(t, w.Admin), roadmap.RejectAmendmentInput{
				Amendment: a.ID, Reason: "Trop cher.\r\n",
			})
			if err == nil && (r.State != amendment.StateREJECTED || *r.DeciderID != w.Admin.ID ||
				r.DecisionReason != "Trop cher." || !r.DecidedAt.Equal(now)) {
				t.Errorf("it is %+v", r)
			}
			return err
		}
		w.Announces(t, reject, scene.FactOf(c.ID, live.AmendmentRejected, a.ID, w.Admin.ID, nil))

		after := w.CommitmentNow(t, c)
		if after.VersionID != before.VersionID || after.AmendmentCount != 1 || !after.ActiveAt.Equal(now) {
			t.Errorf("the commitment is %+v", after)
		}
	})
}

func TestDecisionRefusals(t *testing.T) {
	scene.Each(t, func(t *testing.T, w *scene.World) {
		c := w.SomeCommitment(t)
		a := w.Submitted(t, w.Alice, c, "dix mille", "vingt mille")
		secret := w.DraftOf(t, w.Bob, c, "publie", "tait")

		accept := func(id, reason string) func(context.Context) error {
			return func(ctx context.Context) error {
				return scene.Only(w.AcceptAmendment(ctx, roadmap.AcceptAmendmentInput{Amendment: id, Reason: reason}))
			}
		}
		reject := func(id, reason string) func(context.Context) error {
			return func(ctx context.Context) error {
				return scene.Only(w.RejectAmendment(ctx, roadmap.RejectAmendmentInput{Amendment: id, Reason: reason}))
			}
		}
		long := strings.Repeat("é", 5001)

		w.Refusals(t, []scene.RefusedCase{
			scene.Case("accept as nobody", nil, refusal.Unauthenticated, "", accept(a.ID, "")),
			scene.Case("accept what is not there", w.Steering, refusal.NotFound, "amendment", accept("x", "")),
			scene.Case("accept a draft", w.Steering, refusal.NotFound, "amendment", accept(secret.ID, "")),
			scene.Case("accept one's own", w.Alice, refusal.Forbidden, "", accept(a.ID, "")),
			scene.Case("accept as a moderator", w.Moderator, refusal.Forbidden, "", accept(a.ID, "")),
			scene.Case("accept with a long reason", w.Steering, refusal.BadUserInput, "reason", accept(a.ID, long)),

			scene.Case("reject as nobody", nil, refusal.Unauthenticated, "", reject(a.ID, "Non.")),
			scene.Case("reject what is not there", w.Steering, refusal.NotFound, "amendment", reject("x", "Non.")),
			scene.Case("reject a draft", w.Steering, refusal.NotFound, "amendment", reject(secret.ID, "Non.")),
			scene.Case("reject as the amender", w.Alice, refusal.Forbidden, "", reject(a.ID, "Non.")),
			scene.Case("reject without a reason", w.Steering, refusal.BadUserInput, "reason", reject(a.ID, " \n")),
			scene.Case("reject with a long reason", w.Steering, refusal.BadUserInput, "reason", reject(a.ID, long)),
		})

		w.Move(t, c, commitment.StatusADOPTED)
		w.Refusals(t, []scene.RefusedCase{
			scene.Case("accept once adopted", w.Steering, refusal.Closed, "", accept(a.ID, "")),
			scene.Case("reject once adopted", w.Steering, refusal.Closed, "", reject(a.ID, "Non.")),
		})

		w.Move(t, c, commitment.StatusUNDER_REVIEW)
		w.ClosePhase(t)
		w.Refusals(t, []scene.RefusedCase{
			scene.Case("accept outside the phase", w.Steering, refusal.Closed, "", accept(a.ID, "")),
			scene.Case("reject outside the phase", w.Steering, refusal.Closed, "", reject(a.ID, "Non.")),
		})
	})
}

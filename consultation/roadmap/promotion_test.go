package roadmap_test

import (
	"context"
	"reflect"
	"slices"
	"testing"
	"time"

	"ensemble/consultation/input"
	"ensemble/consultation/refusal"
	"ensemble/consultation/roadmap"
	"ensemble/ent"
	"ensemble/ent/amendment"
	"ensemble/ent/commitment"
	"ensemble/ent/territory"
	"ensemble/ent/version"
	"ensemble/internal/testsite"
	"ensemble/internal/testsite/scene"
	"ensemble/live"
)

// A commitment that is promoted from an amendment of a translation keeps the other languages of the amended text, and
// can be revised like any text.
func TestPromoteAmendmentOfATranslation(t *testing.T) {
	scene.Each(t, func(t *testing.T, w *scene.World) {
		c := w.SomeCommitment(t)
		a := testsite.Got(w.DraftAmendment(scene.As(t, w.Alice), roadmap.DraftAmendmentInput{
			Commitment: c.ID, Language: scene.Ptr("en"), Body: scene.Ptr("A fund."),
		}))(t)
		testsite.Must(t, scene.Only(w.SubmitAmendment(scene.As(t, w.Alice),
			roadmap.SubmitAmendmentInput{Amendment: a.ID})))
		w.Reject(t, a)

		made := testsite.Got(w.PromoteAmendment(scene.As(t, w.Alice),
			roadmap.PromoteAmendmentInput{Amendment: a.ID}))(t)
		v := w.VersionNow(t, made)
		if v.Body["en"] != "A fund." || v.Body["fr"] != scene.SomeBody || v.Title["fr"] != scene.SomeTitle ||
			!reflect.DeepEqual(v.Behind, []string{"fr"}) {
			t.Errorf("it says %v, behind in %v", v.Body, v.Behind)
		}

		testsite.Must(t, scene.Only(w.ReviseCommitment(scene.As(t, w.Steering), roadmap.ReviseCommitmentInput{
			Commitment: made.ID, Base: made.VersionID,
			Body: []*input.TextInput{{Language: "en", Text: "A large fund."}},
		})))
	})
}

// wantPromotedText wants the text of a commitment to be that of the amendment it was made from: by the same people, in
// French, with the English of the commitment that was to be amended, which is behind.
func wantPromotedText(t *testing.T, w *scene.World, made *ent.Commitment, a *ent.Amendment) {
	t.Helper()
	v := w.VersionNow(t, made)
	if v.Number != 1 || v.Source != version.SourceAMENDMENT || *v.AmendmentID != a.ID ||
		v.AuthorID != w.Signatory.ID || *v.OrganizationID != w.Organization.ID ||
		v.Title["fr"] != "Un fonds" || v.Body["fr"] != "Créer un fonds." ||
		v.Title["en"] != "EN "+scene.SomeTitle || v.Body["en"] != "EN "+scene.SomeBody ||
		!reflect.DeepEqual(v.Behind, []string{"en"}) {
		t.Errorf("its text is %+v", v)
	}
}

func TestPromoteAmendment(t *testing.T) {
	scene.Each(t, func(t *testing.T, w *scene.World) {
		place := testsite.Got(w.Read.Territory.Query().
			Where(territory.Code("76"), territory.KindEQ(territory.KindREGION)).
			OnlyID(t.Context()))(t)
		c := w.SomeCommitment(t)
		testsite.Must(t, scene.Only(w.ReviseCommitment(scene.As(t, w.Steering), roadmap.ReviseCommitmentInput{
			Commitment: c.ID, Base: c.VersionID, Territories: []string{place},
		})))

		a := testsite.Got(w.DraftAmendment(scene.As(t, w.Signatory), roadmap.DraftAmendmentInput{
			Commitment: c.ID, Title: scene.Ptr("Un fonds"), Body: scene.Ptr("Créer un fonds."),
			Organization: &w.Organization.ID,
		}))(t)
		testsite.Must(t, scene.Only(w.SubmitAmendment(scene.As(t, w.Signatory),
			roadmap.SubmitAmendmentInput{Amendment: a.ID})))
		w.Reject(t, a)

		now := w.Clock.Advance(time.Hour)
		heads := w.LogHeads(t)
		made := testsite.Got(w.PromoteAmendment(scene.As(t, w.Signatory),
			roadmap.PromoteAmendmentInput{Amendment: a.ID}))(t)

		var facts []scene.Fact
		for _, e := range w.EventsSince(t, heads) {
			facts = append(facts, scene.FactOf(e.Topic, e.Type, e.Subject, e.Actor, e.Data))
		}
		want := []scene.Fact{ // in the order of the topics' ids
			scene.FactOf(c.ID, live.AmendmentPromoted, a.ID, w.Organization.ID, scene.Data{"commitment": made.ID}),
			scene.FactOf(made.ID, live.CommitmentPublished, made.ID, "", nil),
			scene.FactOf(w.Process.ID, live.CommitmentPublished, made.ID, "", nil),
		}
		if !reflect.DeepEqual(facts, want) {
			t.Errorf("logged %+v\nwant %+v", facts, want)
		}

		c = w.CommitmentNow(t, c)
		if made.Number != 2 || made.Status != commitment.StatusOPEN || made.AxisID != c.AxisID ||
			!made.PublishedAt.Equal(now) || made.PromotedFromID == nil || *made.PromotedFromID != a.ID {
			t.Errorf("the commitment is %+v", made)
		}
		found := testsite.Got(made.QueryTerritories().IDs(t.Context()))(t)
		if !slices.Equal(found, []string{place}) {
			t.Errorf("its territories are %v", found)
		}

		wantPromotedText(t, w, made, a)
		w.InState(t, a, amendment.StateREJECTED)

		// An amendment is promoted once. A second try names the commitment that the first one made.
		r := w.Refused(t, refusal.Conflict, "", func() error {
			return scene.Only(w.PromoteAmendment(scene.As(t, w.Signatory),
				roadmap.PromoteAmendmentInput{Amendment: a.ID}))
		})
		if r.Details["current"] != (refusal.Current{ID: made.ID}) {
			t.Errorf("the refusal names %v", r.Details)
		}
	})
}

func TestPromoteAmendmentRefusals(t *testing.T) {
	scene.Each(t, func(t *testing.T, w *scene.World) {
		c := w.SomeCommitment(t)
		mine := w.Reject(t, w.Submitted(t, w.Alice, c, "dix mille", "vingt mille"))
		signed := w.Reject(t, submitSigned(t, w, c, "dix mille", "trente mille"))
		testsite.Must(t, w.Write.Organization.UpdateOneID(w.Organization.ID).ClearVerifiedAt().Exec(t.Context()))
		evaluated := w.Submitted(t, w.Alice, c, "publie", "tait")
		secret := w.DraftOf(t, w.Alice, c, "deux fois", "trois fois")

		promote := func(a *ent.Amendment) func(context.Context) error {
			return func(ctx context.Context) error {
				return scene.Only(w.PromoteAmendment(ctx, roadmap.PromoteAmendmentInput{Amendment: a.ID}))
			}
		}

		w.Refusals(t, []scene.RefusedCase{
			scene.Case("not there", w.Alice, refusal.NotFound, "amendment", promote(&ent.Amendment{ID: "x"})),
			scene.Case("under evaluation", w.Alice, refusal.Conflict, "", promote(evaluated)),
			scene.Case("a draft", w.Alice, refusal.Conflict, "", promote(secret)),
			scene.Case("a draft of somebody else", w.Bob, refusal.NotFound, "amendment", promote(secret)),
			scene.Case("for an organization no longer verified", w.Signatory, refusal.Forbidden,
				"organization", promote(signed)),
		})

		w.ClosePhase(t)
		w.Refusals(t, []scene.RefusedCase{scene.Case("closed phase", w.Alice, refusal.Closed, "", promote(mine))})
	})
}

// A promoted commitment is like any other: it can be amended in each of its languages, and revised.
func TestPromotedCommitmentLives(t *testing.T) {
	scene.Each(t, func(t *testing.T, w *scene.World) {
		c := w.SomeCommitment(t)
		a := testsite.Got(w.DraftAmendment(scene.As(t, w.Alice), roadmap.DraftAmendmentInput{
			Commitment: c.ID, Language: scene.Ptr("en"), Title: scene.Ptr("A fund"),
		}))(t)
		testsite.Must(t, scene.Only(w.SubmitAmendment(scene.As(t, w.Alice),
			roadmap.SubmitAmendmentInput{Amendment: a.ID})))
		w.Reject(t, a)
		made := testsite.Got(w.PromoteAmendment(scene.As(t, w.Alice),
			roadmap.PromoteAmendmentInput{Amendment: a.ID}))(t)

		d := testsite.Got(w.DraftAmendment(scene.As(t, w.Bob), roadmap.DraftAmendmentInput{
			Commitment: made.ID, Language: scene.Ptr("en"), Title: scene.Ptr("Another fund"),
		}))(t)
		testsite.Must(t, scene.Only(w.SubmitAmendment(scene.As(t, w.Bob),
			roadmap.SubmitAmendmentInput{Amendment: d.ID})))
		w.Accept(t, d)

		made = w.CommitmentNow(t, made)
		testsite.Must(t, scene.Only(w.ReviseCommitment(scene.As(t, w.Steering), roadmap.ReviseCommitmentInput{
			Commitment: made.ID, Base: made.VersionID, Title: scene.French("Un fonds"),
			Body: scene.French("Créer un fonds."),
		})))

		v := w.VersionNow(t, made)
		if v.Title["en"] != "Another fund" || v.Title["fr"] != "Un fonds" ||
			!reflect.DeepEqual(v.Behind, []string{"en"}) {
			t.Errorf("the text is %v, behind in %v", v.Title, v.Behind)
		}
	})
}

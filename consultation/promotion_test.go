package consultation_test

import (
	"context"
	"reflect"
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
	"ensemble/live"
)

// An amendment of a translation keeps the original's other languages, and can be corrected like any text.
func TestPromoteAmendmentOfATranslation(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		c := w.commitment(t)
		a := got(w.DraftAmendment(as(t, w.Alice), roadmap.DraftAmendmentInput{Commitment: c.ID, Language: ptr("en"), Body: ptr("A fund.")}))(t)
		must(t, only(w.SubmitAmendment(as(t, w.Alice), roadmap.SubmitAmendmentInput{Amendment: a.ID})))
		w.reject(t, a)
		made := got(w.PromoteAmendment(as(t, w.Alice), roadmap.PromoteAmendmentInput{Amendment: a.ID}))(t)
		v := w.version(t, made)
		if v.Body["en"] != "A fund." || v.Body["fr"] != someBody || v.Title["fr"] != someTitle || !reflect.DeepEqual(v.Behind, []string{"fr"}) {
			t.Errorf("it says %v, behind in %v", v.Body, v.Behind)
		}
		must(t, only(w.ReviseCommitment(as(t, w.Steering), roadmap.ReviseCommitmentInput{
			Commitment: made.ID, Base: made.VersionID, Body: []*input.TextInput{{Language: "en", Text: "A large fund."}},
		})))
	})
}

func TestPromoteAmendment(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		place := got(w.Read.Territory.Query().Where(territory.Code("76"), territory.KindEQ(territory.KindREGION)).OnlyID(t.Context()))(t)
		c := w.commitment(t)
		must(t, only(w.ReviseCommitment(as(t, w.Steering), roadmap.ReviseCommitmentInput{
			Commitment: c.ID, Base: c.VersionID, Territories: []string{place},
		})))
		a := got(w.DraftAmendment(as(t, w.Signatory), roadmap.DraftAmendmentInput{
			Commitment: c.ID, Title: ptr("Un fonds"), Body: ptr("Créer un fonds."), Organization: &w.Organization.ID,
		}))(t)
		must(t, only(w.SubmitAmendment(as(t, w.Signatory), roadmap.SubmitAmendmentInput{Amendment: a.ID})))
		w.reject(t, a)
		now := w.Clock.Advance(time.Hour)
		heads := w.heads(t)
		made := got(w.PromoteAmendment(as(t, w.Signatory), roadmap.PromoteAmendmentInput{Amendment: a.ID}))(t)

		var facts []fact
		for _, e := range w.eventsSince(t, heads) {
			facts = append(facts, fact{e.Topic, e.Type, e.Subject, e.Actor, e.Data})
		}
		want := []fact{ // in the order of the topics' ids
			{c.ID, live.AmendmentPromoted, a.ID, w.Organization.ID, data{"commitment": made.ID}},
			{made.ID, live.CommitmentPublished, made.ID, "", nil},
			{w.Process.ID, live.CommitmentPublished, made.ID, "", nil},
		}
		if !reflect.DeepEqual(facts, want) {
			t.Errorf("logged %+v\nwant %+v", facts, want)
		}

		c = w.now(t, c)
		if made.Number != 2 || made.Status != commitment.StatusOPEN || made.AxisID != c.AxisID || !made.PublishedAt.Equal(now) ||
			made.PromotedFromID == nil || *made.PromotedFromID != a.ID {
			t.Errorf("the commitment is %+v", made)
		}
		if places := got(made.QueryTerritories().IDs(t.Context())); !reflect.DeepEqual(places(t), []string{place}) {
			t.Errorf("its territories are %v", places(t))
		}
		v := w.version(t, made)
		if v.Number != 1 || v.Source != version.SourceAMENDMENT || *v.AmendmentID != a.ID || v.AuthorID != w.Signatory.ID || *v.OrganizationID != w.Organization.ID ||
			v.Title["fr"] != "Un fonds" || v.Body["fr"] != "Créer un fonds." || v.Title["en"] != "EN "+someTitle || v.Body["en"] != "EN "+someBody ||
			!reflect.DeepEqual(v.Behind, []string{"en"}) {
			t.Errorf("its text is %+v", v)
		}
		w.inState(t, a, amendment.StateREJECTED)
		r := w.refused(t, refusal.Conflict, "", func() error {
			return only(w.PromoteAmendment(as(t, w.Signatory), roadmap.PromoteAmendmentInput{Amendment: a.ID}))
		})
		if r.Details["current"] != made.ID {
			t.Errorf("the refusal names %v", r.Details)
		}
	})
}

func TestPromoteAmendmentRefusals(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		c := w.commitment(t)
		mine := w.reject(t, w.submitted(t, w.Alice, c, "dix mille", "vingt mille"))
		signed := w.draft(t, w.Signatory, c, "dix mille", "trente mille")
		must(t, only(w.EditAmendmentDraft(as(t, w.Signatory), roadmap.EditAmendmentDraftInput{Amendment: signed.ID, DraftChange: roadmap.DraftChange{Organization: &w.Organization.ID}})))
		must(t, only(w.SubmitAmendment(as(t, w.Signatory), roadmap.SubmitAmendmentInput{Amendment: signed.ID})))
		w.reject(t, signed)
		must(t, w.Write.Organization.UpdateOneID(w.Organization.ID).ClearVerifiedAt().Exec(t.Context()))
		evaluated, secret := w.submitted(t, w.Alice, c, "publie", "tait"), w.draft(t, w.Alice, c, "deux fois", "trois fois")
		promote := func(a *ent.Amendment) func(context.Context) error {
			return func(ctx context.Context) error {
				return only(w.PromoteAmendment(ctx, roadmap.PromoteAmendmentInput{Amendment: a.ID}))
			}
		}
		w.refusals(t, []refusedCase{
			{"not there", w.Alice, refusal.NotFound, "amendment", promote(&ent.Amendment{ID: "x"})},
			{"under evaluation", w.Alice, refusal.Conflict, "", promote(evaluated)},
			{"a draft", w.Alice, refusal.Conflict, "", promote(secret)},
			{"a draft of somebody else", w.Bob, refusal.NotFound, "amendment", promote(secret)},
			{"for an organization no longer verified", w.Signatory, refusal.Forbidden, "organization", promote(signed)},
		})
		w.closePhase(t)
		w.refusals(t, []refusedCase{{"closed phase", w.Alice, refusal.Closed, "", promote(mine)}})
	})
}

// A promoted commitment is one like others: it can be amended in each of its languages, and revised.
func TestPromotedCommitmentLives(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		c := w.commitment(t)
		a := got(w.DraftAmendment(as(t, w.Alice), roadmap.DraftAmendmentInput{Commitment: c.ID, Language: ptr("en"), Title: ptr("A fund")}))(t)
		must(t, only(w.SubmitAmendment(as(t, w.Alice), roadmap.SubmitAmendmentInput{Amendment: a.ID})))
		w.reject(t, a)
		made := got(w.PromoteAmendment(as(t, w.Alice), roadmap.PromoteAmendmentInput{Amendment: a.ID}))(t)
		d := got(w.DraftAmendment(as(t, w.Bob), roadmap.DraftAmendmentInput{Commitment: made.ID, Language: ptr("en"), Title: ptr("Another fund")}))(t)
		must(t, only(w.SubmitAmendment(as(t, w.Bob), roadmap.SubmitAmendmentInput{Amendment: d.ID})))
		w.accept(t, d)
		made = w.now(t, made)
		must(t, only(w.ReviseCommitment(as(t, w.Steering), roadmap.ReviseCommitmentInput{
			Commitment: made.ID, Base: made.VersionID, Title: french("Un fonds"), Body: french("Créer un fonds."),
		})))
		if v := w.version(t, made); v.Title["en"] != "Another fund" || v.Title["fr"] != "Un fonds" || !reflect.DeepEqual(v.Behind, []string{"en"}) {
			t.Errorf("the text is %v, behind in %v", v.Title, v.Behind)
		}
	})
}

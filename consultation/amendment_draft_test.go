package consultation_test

import (
	"context"
	"strings"
	"testing"

	"ensemble/consultation/refusal"
	"ensemble/consultation/roadmap"
	"ensemble/ent"
	"ensemble/ent/amendment"
	"ensemble/ent/commitment"
	"ensemble/internal/testsite"
)

func TestDraftAmendmentTakesWhatIsAbsentFromItsBase(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		c := w.commitment(t)
		var a *ent.Amendment
		w.silent(t, func() (err error) {
			a, err = w.DraftAmendment(as(t, w.Alice), roadmap.DraftAmendmentInput{Commitment: c.ID, Title: ptr("Deux  comités\n")})
			return err
		})
		switch {
		case a.Title != "Deux comités", a.Body != someBody, a.Language != "fr", a.Rationale != "":
			t.Errorf("it says %q, %q, in %s", a.Title, a.Body, a.Language)
		case a.BaseID != c.VersionID, a.CommitmentID != c.ID, a.AuthorID != w.Alice.ID, a.OrganizationID != nil:
			t.Errorf("it is %+v", a)
		case a.State != amendment.StateDRAFT, a.SubmittedAt != nil, !a.CreatedAt.Equal(w.Now()), !a.UpdatedAt.Equal(w.Now()):
			t.Errorf("it stands at %+v", a)
		}
		if n := w.now(t, c).AmendmentCount; n != 0 {
			t.Errorf("the draft counts: %d", n)
		}
	})
}

func TestDraftAmendmentInAnotherLanguageOnAnEarlierVersionForAnOrganization(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		c := w.commitment(t)
		first := c.VersionID
		w.revise(t, c, "deux fois", "trois fois")
		a := got(w.DraftAmendment(as(t, w.Signatory), roadmap.DraftAmendmentInput{
			Commitment: c.ID, Base: &first, Language: ptr("EN"), Rationale: "Because.\r\n", Organization: &w.Organization.ID,
		}))(t)
		if a.Language != "en" || a.Title != "EN "+someTitle || a.BaseID != first || a.Rationale != "Because." {
			t.Errorf("it is %+v", a)
		}
		if a.OrganizationID == nil || *a.OrganizationID != w.Organization.ID || a.AuthorID != w.Signatory.ID {
			t.Errorf("it is by %s for %v", a.AuthorID, a.OrganizationID)
		}
	})
}

func TestDraftAmendmentRefusals(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		c, other, hidden := w.commitment(t), w.commitment(t), w.Draft(t, "Secret", "Secret.")
		reviewed, withdrawn := w.commitment(t), w.commitment(t)
		w.move(t, reviewed, commitment.StatusUNDER_REVIEW)
		w.move(t, withdrawn, commitment.StatusWITHDRAWN)
		unverified := w.unverified(t, w.Alice)
		draft := func(change func(in *roadmap.DraftAmendmentInput)) func(context.Context) error {
			in := roadmap.DraftAmendmentInput{Commitment: c.ID}
			change(&in)
			return func(ctx context.Context) error { return only(w.DraftAmendment(ctx, in)) }
		}
		type in = *roadmap.DraftAmendmentInput
		w.refusals(t, []refusedCase{
			{"nobody", nil, refusal.Unauthenticated, "", draft(func(in in) {})},
			{"no such commitment", w.Alice, refusal.NotFound, "commitment", draft(func(in in) { in.Commitment = w.NewID("commitment") })},
			{"not an id", w.Alice, refusal.NotFound, "commitment", draft(func(in in) { in.Commitment = "x" })},
			{"the commitment is a draft", w.Alice, refusal.NotFound, "commitment", draft(func(in in) { in.Commitment = hidden.ID })},
			{"a draft even for the steering body", w.Steering, refusal.NotFound, "commitment", draft(func(in in) { in.Commitment = hidden.ID })},
			{"under review", w.Alice, refusal.Closed, "", draft(func(in in) { in.Commitment = reviewed.ID })},
			{"withdrawn", w.Alice, refusal.Closed, "", draft(func(in in) { in.Commitment = withdrawn.ID })},
			{"base of another commitment", w.Alice, refusal.BadUserInput, "base", draft(func(in in) { in.Base = &other.VersionID })},
			{"no such base", w.Alice, refusal.BadUserInput, "base", draft(func(in in) { in.Base = ptr("x") })},
			{"language of no text", w.Alice, refusal.BadUserInput, "language", draft(func(in in) { in.Language = ptr("de") })},
			{"not a language", w.Alice, refusal.BadUserInput, "language", draft(func(in in) { in.Language = ptr("?") })},
			{"empty title", w.Alice, refusal.BadUserInput, "title", draft(func(in in) { in.Title = ptr(" \u200b ") })},
			{"long title", w.Alice, refusal.BadUserInput, "title", draft(func(in in) { in.Title = ptr(strings.Repeat("é", 201)) })},
			{"empty body", w.Alice, refusal.BadUserInput, "body", draft(func(in in) { in.Body = ptr("\n\n") })},
			{"long body", w.Alice, refusal.BadUserInput, "body", draft(func(in in) { in.Body = ptr(strings.Repeat("é", 20_001)) })},
			{"control character", w.Alice, refusal.BadUserInput, "body", draft(func(in in) { in.Body = ptr("a\x00b") })},
			{"long rationale", w.Alice, refusal.BadUserInput, "rationale", draft(func(in in) { in.Rationale = strings.Repeat("é", 5001) })},
			{"organization of others", w.Alice, refusal.Forbidden, "organization", draft(func(in in) { in.Organization = &w.Organization.ID })},
			{"unverified organization", w.Alice, refusal.Forbidden, "organization", draft(func(in in) { in.Organization = &unverified.ID })},
		})
		w.closePhase(t)
		w.refusals(t, []refusedCase{{"closed phase", w.Alice, refusal.Closed, "", draft(func(in in) {})}})
	})
}

func TestLongestAmendmentIsAllowed(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		a := got(w.DraftAmendment(as(t, w.Alice), roadmap.DraftAmendmentInput{
			Commitment: w.commitment(t).ID, Title: ptr(strings.Repeat("😀", 200)), Body: ptr(strings.Repeat("é", 20_000)),
			Rationale: strings.Repeat("é", 5000),
		}))(t)
		must(t, only(w.SubmitAmendment(as(t, w.Alice), roadmap.SubmitAmendmentInput{Amendment: a.ID})))
	})
}

func TestOneDraftPerPersonAndCommitment(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		c, other := w.commitment(t), w.commitment(t)
		in := roadmap.DraftAmendmentInput{Commitment: c.ID}
		first := got(w.DraftAmendment(as(t, w.Alice), in))(t)
		refusal := w.refused(t, refusal.Conflict, "", func() error { return only(w.DraftAmendment(as(t, w.Alice), in)) })
		if refusal.Details["current"] != first.ID {
			t.Errorf("the refusal names %v", refusal.Details)
		}
		must(t, only(w.DraftAmendment(as(t, w.Bob), in)))
		must(t, only(w.DraftAmendment(as(t, w.Alice), roadmap.DraftAmendmentInput{Commitment: other.ID})))
		must(t, only(w.DeleteAmendmentDraft(as(t, w.Alice), roadmap.DeleteAmendmentDraftInput{Amendment: first.ID})))
		must(t, only(w.DraftAmendment(as(t, w.Alice), in)))
	})
}

// A title may exist in fewer languages than the body: there, an amendment needs one of its own.
func TestDraftAmendmentWhereTheTitleIsNotTranslated(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		c := got(w.CreateCommitment(as(t, w.Steering), roadmap.CreateCommitmentInput{
			Process: w.Process.ID, Axis: w.Axis.ID, Title: french("Titre"), Body: testsite.Both("Texte.", "Text."),
		}))(t)
		must(t, only(w.PublishCommitment(as(t, w.Steering), roadmap.PublishCommitmentInput{Commitment: c.ID})))
		in := roadmap.DraftAmendmentInput{Commitment: c.ID, Language: ptr("en"), Body: ptr("Other text.")}
		w.refused(t, refusal.BadUserInput, "title", func() error { return only(w.DraftAmendment(as(t, w.Alice), in)) })
		in.Title = ptr("Title")
		must(t, only(w.DraftAmendment(as(t, w.Alice), in)))
	})
}

func TestEditAmendmentDraft(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		c := w.commitment(t)
		first := c.VersionID
		c = w.revise(t, c, "deux fois", "trois fois")
		a := w.draft(t, w.Signatory, c, "dix mille", "vingt mille")
		edit := func(change roadmap.DraftChange) *ent.Amendment {
			var edited *ent.Amendment
			w.silent(t, func() (err error) {
				edited, err = w.EditAmendmentDraft(as(t, w.Signatory), roadmap.EditAmendmentDraftInput{Amendment: a.ID, DraftChange: change})
				return err
			})
			return edited
		}
		w.Clock.Advance(1)
		w.closePhase(t) // one's own draft may be edited at any time
		e := edit(roadmap.DraftChange{Title: ptr("Autre titre")})
		if e.Title != "Autre titre" || e.Body != a.Body || e.BaseID != a.BaseID {
			t.Errorf("after the title: %+v", e)
		}
		e = edit(roadmap.DraftChange{Body: ptr("Autre texte."), Rationale: ptr("Parce que."), Base: &first, Organization: &w.Organization.ID})
		if e.Title != "Autre titre" || e.Body != "Autre texte." || e.Rationale != "Parce que." || e.BaseID != first || *e.OrganizationID != w.Organization.ID {
			t.Errorf("after the rest: %+v", e)
		}
		e = edit(roadmap.DraftChange{OwnName: true})
		if e.OrganizationID != nil || e.Body != "Autre texte." || e.Rationale != "Parce que." {
			t.Errorf("after taking the organization away: %+v", e)
		}
	})
}

func TestEditAndDeleteAmendmentDraftRefusals(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		c, other := w.commitment(t), w.commitment(t)
		a, public := w.draft(t, w.Alice, c, "dix mille", "vingt mille"), w.submitted(t, w.Alice, other, "dix mille", "vingt mille")
		edit := func(id string, change roadmap.DraftChange) func(context.Context) error {
			return func(ctx context.Context) error {
				return only(w.EditAmendmentDraft(ctx, roadmap.EditAmendmentDraftInput{Amendment: id, DraftChange: change}))
			}
		}
		drop := func(id string) func(context.Context) error {
			return func(ctx context.Context) error {
				return only(w.DeleteAmendmentDraft(ctx, roadmap.DeleteAmendmentDraftInput{Amendment: id}))
			}
		}
		type change = roadmap.DraftChange
		w.refusals(t, []refusedCase{
			{"edit as nobody", nil, refusal.Unauthenticated, "", edit(a.ID, change{})},
			{"edit what is not there", w.Alice, refusal.NotFound, "amendment", edit("x", change{})},
			{"edit a draft of somebody else", w.Bob, refusal.NotFound, "amendment", edit(a.ID, change{Title: ptr("!")})},
			{"edit a draft as steering body", w.Steering, refusal.NotFound, "amendment", edit(a.ID, change{Title: ptr("!")})},
			{"edit once submitted", w.Alice, refusal.Conflict, "", edit(public.ID, change{Title: ptr("!")})},
			{"edit what somebody else submitted", w.Bob, refusal.Forbidden, "", edit(public.ID, change{Title: ptr("!")})},
			{"base of another commitment", w.Alice, refusal.BadUserInput, "base", edit(a.ID, change{Base: &other.VersionID})},
			{"empty title", w.Alice, refusal.BadUserInput, "title", edit(a.ID, change{Title: ptr("")})},
			{"empty body", w.Alice, refusal.BadUserInput, "body", edit(a.ID, change{Body: ptr("")})},
			{"long rationale", w.Alice, refusal.BadUserInput, "rationale", edit(a.ID, change{Rationale: ptr(strings.Repeat("é", 5001))})},
			{"organization of others", w.Alice, refusal.Forbidden, "organization", edit(a.ID, change{Organization: &w.Organization.ID})},

			{"delete as nobody", nil, refusal.Unauthenticated, "", drop(a.ID)},
			{"delete what is not there", w.Alice, refusal.NotFound, "amendment", drop("x")},
			{"delete a draft of somebody else", w.Bob, refusal.NotFound, "amendment", drop(a.ID)},
			{"delete once submitted", w.Alice, refusal.Conflict, "", drop(public.ID)},
			{"delete what somebody else submitted", w.Bob, refusal.Forbidden, "", drop(public.ID)},
		})
	})
}

// A version may lack the draft's language: it cannot become the base.
func TestEditAmendmentDraftKeepsABaseInItsLanguage(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		c := got(w.CreateCommitment(as(t, w.Steering), roadmap.CreateCommitmentInput{
			Process: w.Process.ID, Axis: w.Axis.ID, Title: french("Titre"), Body: french("Texte."),
		}))(t)
		must(t, only(w.PublishCommitment(as(t, w.Steering), roadmap.PublishCommitmentInput{Commitment: c.ID})))
		first := c.VersionID
		must(t, only(w.ReviseCommitment(as(t, w.Steering), roadmap.ReviseCommitmentInput{
			Commitment: c.ID, Base: first, Title: testsite.Both("Titre", "Title"), Body: testsite.Both("Texte.", "Text."),
		})))
		a := got(w.DraftAmendment(as(t, w.Alice), roadmap.DraftAmendmentInput{Commitment: c.ID, Language: ptr("en")}))(t)
		w.refused(t, refusal.BadUserInput, "base", func() error {
			return only(w.EditAmendmentDraft(as(t, w.Alice), roadmap.EditAmendmentDraftInput{Amendment: a.ID, DraftChange: roadmap.DraftChange{Base: &first}}))
		})
	})
}

func TestDeleteAmendmentDraft(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		c := w.commitment(t)
		before := w.contents(t)
		a := w.draft(t, w.Alice, c, "dix mille", "vingt mille")
		w.silent(t, func() error {
			about, err := w.DeleteAmendmentDraft(as(t, w.Alice), roadmap.DeleteAmendmentDraftInput{Amendment: a.ID})
			if err == nil && about.ID != c.ID {
				t.Errorf("it was about %s", about.ID)
			}
			return err
		})
		w.unchanged(t, before)
	})
}

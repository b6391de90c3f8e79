package roadmap_test

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
	"ensemble/internal/testsite/scene"
)

// tryEdit changes the draft of an amendment, and returns the refusal or nil.
func tryEdit(ctx context.Context, w *scene.World, id string, change roadmap.DraftChange) error {
	return scene.Only(w.EditAmendmentDraft(ctx, roadmap.EditAmendmentDraftInput{Amendment: id, DraftChange: change}))
}

func TestDraftAmendmentTakesWhatIsAbsentFromItsBase(t *testing.T) {
	scene.Each(t, func(t *testing.T, w *scene.World) {
		c := w.SomeCommitment(t)

		var a *ent.Amendment
		w.Silent(t, func() (err error) {
			a, err = w.DraftAmendment(scene.As(t, w.Alice), roadmap.DraftAmendmentInput{
				Commitment: c.ID, Title: scene.Ptr("Deux  comités\n"),
			})
			return err
		})

		switch {
		case a.Title != "Deux comités", a.Body != scene.SomeBody, a.Language != "fr", a.Rationale != "":
			t.Errorf("it says %q, %q, in %s", a.Title, a.Body, a.Language)
		case a.BaseID != c.VersionID, a.CommitmentID != c.ID, a.AuthorID != w.Alice.ID, a.OrganizationID != nil:
			t.Errorf("it is %+v", a)
		case a.State != amendment.StateDRAFT, a.SubmittedAt != nil, !a.CreatedAt.Equal(w.Now()),
			!a.UpdatedAt.Equal(w.Now()):
			t.Errorf("it stands at %+v", a)
		}

		if n := w.CommitmentNow(t, c).AmendmentCount; n != 0 {
			t.Errorf("the draft counts: %d", n)
		}
	})
}

func TestDraftAmendmentInAnotherLanguageOnAnEarlierVersionForAnOrganization(t *testing.T) {
	scene.Each(t, func(t *testing.T, w *scene.World) {
		c := w.SomeCommitment(t)
		first := c.VersionID
		w.Revise(t, c, "deux fois", "trois fois")

		a := testsite.Got(w.DraftAmendment(scene.As(t, w.Signatory), roadmap.DraftAmendmentInput{
			Commitment:   c.ID,
			Base:         &first,
			Language:     scene.Ptr("EN"),
			Rationale:    "Because.\r\n",
			Organization: &w.Organization.ID,
		}))(t)

		if a.Language != "en" || a.Title != "EN "+scene.SomeTitle || a.BaseID != first || a.Rationale != "Because." {
			t.Errorf("it is %+v", a)
		}
		if a.OrganizationID == nil || *a.OrganizationID != w.Organization.ID || a.AuthorID != w.Signatory.ID {
			t.Errorf("it is by %s for %v", a.AuthorID, a.OrganizationID)
		}
	})
}

// drafting returns what drafts an amendment of a commitment, given what changes its input.
func drafting(w *scene.World, c *ent.Commitment) func(func(*roadmap.DraftAmendmentInput)) func(context.Context) error {
	return func(change func(*roadmap.DraftAmendmentInput)) func(context.Context) error {
		in := roadmap.DraftAmendmentInput{Commitment: c.ID}
		change(&in)
		return func(ctx context.Context) error { return scene.Only(w.DraftAmendment(ctx, in)) }
	}
}

// Nobody drafts an amendment where none may be written.
func TestDraftAmendmentRefusals(t *testing.T) {
	scene.Each(t, func(t *testing.T, w *scene.World) {
		c, hidden := w.SomeCommitment(t), w.Draft(t, "Secret", "Secret.")
		reviewed, withdrawn := w.SomeCommitment(t), w.SomeCommitment(t)
		w.Move(t, reviewed, commitment.StatusUNDER_REVIEW)
		w.Move(t, withdrawn, commitment.StatusWITHDRAWN)

		draft := drafting(w, c)
		type fields = *roadmap.DraftAmendmentInput
		w.Refusals(t, []scene.RefusedCase{
			scene.Case("nobody", nil, refusal.Unauthenticated, "", draft(func(fields) {})),
			scene.Case("no such commitment", w.Alice, refusal.NotFound, "commitment",
				draft(func(in fields) { in.Commitment = w.NewID("commitment") })),
			scene.Case("not an id", w.Alice, refusal.NotFound, "commitment",
				draft(func(in fields) { in.Commitment = "x" })),
			scene.Case("the commitment is a draft", w.Alice, refusal.NotFound, "commitment",
				draft(func(in fields) { in.Commitment = hidden.ID })),
			scene.Case("a draft even for the steering body", w.Steering, refusal.NotFound, "commitment",
				draft(func(in fields) { in.Commitment = hidden.ID })),
			scene.Case("under review", w.Alice, refusal.Closed, "",
				draft(func(in fields) { in.Commitment = reviewed.ID })),
			scene.Case("withdrawn", w.Alice, refusal.Closed, "",
				draft(func(in fields) { in.Commitment = withdrawn.ID })),
		})

		w.ClosePhase(t)
		w.Refusals(t, []scene.RefusedCase{
			scene.Case("closed phase", w.Alice, refusal.Closed, "", draft(func(fields) {})),
		})
	})
}

// A draft whose text, base, language or organization does not fit is refused with the name of that field.
func TestDraftAmendmentBadInput(t *testing.T) {
	scene.Each(t, func(t *testing.T, w *scene.World) {
		c, other := w.SomeCommitment(t), w.SomeCommitment(t)
		unverified := w.Unverified(t, w.Alice)

		draft := drafting(w, c)
		type fields = *roadmap.DraftAmendmentInput
		w.Refusals(t, []scene.RefusedCase{
			scene.Case("base of another commitment", w.Alice, refusal.BadUserInput, "base",
				draft(func(in fields) { in.Base = &other.VersionID })),
			scene.Case("no such base", w.Alice, refusal.BadUserInput, "base",
				draft(func(in fields) { in.Base = scene.Ptr("x") })),
			scene.Case("language of no text", w.Alice, refusal.BadUserInput, "language",
				draft(func(in fields) { in.Language = scene.Ptr("de") })),
			scene.Case("not a language", w.Alice, refusal.BadUserInput, "language",
				draft(func(in fields) { in.Language = scene.Ptr("?") })),

			scene.Case("empty title", w.Alice, refusal.BadUserInput, "title",
				draft(func(in fields) { in.Title = scene.Ptr(" \u200b ") })),
			scene.Case("long title", w.Alice, refusal.BadUserInput, "title",
				draft(func(in fields) { in.Title = scene.Ptr(strings.Repeat("é", 201)) })),
			scene.Case("empty body", w.Alice, refusal.BadUserInput, "body",
				draft(func(in fields) { in.Body = scene.Ptr("\n\n") })),
			scene.Case("long body", w.Alice, refusal.BadUserInput, "body",
				draft(func(in fields) { in.Body = scene.Ptr(strings.Repeat("é", 20_001)) })),
			scene.Case("control character", w.Alice, refusal.BadUserInput, "body",
				draft(func(in fields) { in.Body = scene.Ptr("a\x00b") })),
			scene.Case("long rationale", w.Alice, refusal.BadUserInput, "rationale",
				draft(func(in fields) { in.Rationale = strings.Repeat("é", 5001) })),

			scene.Case("organization of others", w.Alice, refusal.Forbidden, "organization",
				draft(func(in fields) { in.Organization = &w.Organization.ID })),
			scene.Case("unverified organization", w.Alice, refusal.Forbidden, "organization",
				draft(func(in fields) { in.Organization = &unverified.ID })),
		})
	})
}

func TestLongestAmendmentIsAllowed(t *testing.T) {
	scene.Each(t, func(t *testing.T, w *scene.World) {
		a := testsite.Got(w.DraftAmendment(scene.As(t, w.Alice), roadmap.DraftAmendmentInput{
			Commitment: w.SomeCommitment(t).ID,
			Title:      scene.Ptr(strings.Repeat("😀", 200)),
			Body:       scene.Ptr(strings.Repeat("é", 20_000)),
			Rationale:  strings.Repeat("é", 5000),
		}))(t)

		testsite.Must(t, scene.Only(w.SubmitAmendment(scene.As(t, w.Alice),
			roadmap.SubmitAmendmentInput{Amendment: a.ID})))
	})
}

func TestOneDraftPerPersonAndCommitment(t *testing.T) {
	scene.Each(t, func(t *testing.T, w *scene.World) {
		c, other := w.SomeCommitment(t), w.SomeCommitment(t)
		in := roadmap.DraftAmendmentInput{Commitment: c.ID}
		first := testsite.Got(w.DraftAmendment(scene.As(t, w.Alice), in))(t)

		refused := w.Refused(t, refusal.Conflict, "", func() error {
			return scene.Only(w.DraftAmendment(scene.As(t, w.Alice), in))
		})
		if refused.Details["current"] != (refusal.Current{ID: first.ID}) {
			t.Errorf("the refusal names %v", refused.Details)
		}

		// Another person may begin one here, and the same person on another commitment.
		testsite.Must(t, scene.Only(w.DraftAmendment(scene.As(t, w.Bob), in)))
		testsite.Must(t, scene.Only(w.DraftAmendment(scene.As(t, w.Alice),
			roadmap.DraftAmendmentInput{Commitment: other.ID})))

		// Once the first draft is deleted, its author may begin another.
		testsite.Must(t, scene.Only(w.DeleteAmendmentDraft(
			scene.As(t, w.Alice), roadmap.DeleteAmendmentDraftInput{Amendment: first.ID})))
		testsite.Must(t, scene.Only(w.DraftAmendment(scene.As(t, w.Alice), in)))
	})
}

// A title may be written in fewer languages than its body. In a language that the title lacks, an amendment must bring
// a title of its own.
func TestDraftAmendmentWhereTheTitleIsNotTranslated(t *testing.T) {
	scene.Each(t, func(t *testing.T, w *scene.World) {
		c := testsite.Got(w.CreateCommitment(scene.As(t, w.Steering), roadmap.CreateCommitmentInput{
			Process: w.Process.ID, Axis: w.Axis.ID, Title: scene.French("Titre"),
			Body: testsite.Both("Texte.", "Text."),
		}))(t)
		testsite.Must(t, scene.Only(w.PublishCommitment(
			scene.As(t, w.Steering), roadmap.PublishCommitmentInput{Commitment: c.ID})))

		in := roadmap.DraftAmendmentInput{Commitment: c.ID, Language: scene.Ptr("en"), Body: scene.Ptr("Other text.")}
		w.Refused(t, refusal.BadUserInput, "title", func() error {
			return scene.Only(w.DraftAmendment(scene.As(t, w.Alice), in))
		})

		in.Title = scene.Ptr("Title")
		testsite.Must(t, scene.Only(w.DraftAmendment(scene.As(t, w.Alice), in)))
	})
}

func TestEditAmendmentDraft(t *testing.T) {
	scene.Each(t, func(t *testing.T, w *scene.World) {
		c := w.SomeCommitment(t)
		first := c.VersionID
		c = w.Revise(t, c, "deux fois", "trois fois")
		a := w.DraftOf(t, w.Signatory, c, "dix mille", "vingt mille")

		edit := func(change roadmap.DraftChange) *ent.Amendment {
			var edited *ent.Amendment
			w.Silent(t, func() (err error) {
				edited, err = w.EditAmendmentDraft(scene.As(t, w.Signatory), roadmap.EditAmendmentDraftInput{
					Amendment: a.ID, DraftChange: change,
				})
				return err
			})
			return edited
		}

		w.Clock.Advance(1)
		w.ClosePhase(t) // one's own draft may be edited at any time
		e := edit(roadmap.DraftChange{Title: scene.Ptr("Autre titre")})
		if e.Title != "Autre titre" || e.Body != a.Body || e.BaseID != a.BaseID {
			t.Errorf("after the title: %+v", e)
		}

		e = edit(roadmap.DraftChange{
			Body:         scene.Ptr("Autre texte."),
			Rationale:    scene.Ptr("Parce que."),
			Base:         &first,
			Organization: &w.Organization.ID,
		})
		if e.Title != "Autre titre" || e.Body != "Autre texte." || e.Rationale != "Parce que." ||
			e.BaseID != first || *e.OrganizationID != w.Organization.ID {
			t.Errorf("after the rest: %+v", e)
		}

		e = edit(roadmap.DraftChange{OwnName: true})
		if e.OrganizationID != nil || e.Body != "Autre texte." || e.Rationale != "Parce que." {
			t.Errorf("after taking the organization away: %+v", e)
		}
	})
}

func TestEditAndDeleteAmendmentDraftRefusals(t *testing.T) {
	scene.Each(t, func(t *testing.T, w *scene.World) {
		c, other := w.SomeCommitment(t), w.SomeCommitment(t)
		a := w.DraftOf(t, w.Alice, c, "dix mille", "vingt mille")
		public := w.Submitted(t, w.Alice, other, "dix mille", "vingt mille")

		type change = roadmap.DraftChange
		edit := func(id string, to change) func(context.Context) error {
			return func(ctx context.Context) error { return tryEdit(ctx, w, id, to) }
		}
		drop := func(id string) func(context.Context) error {
			return func(ctx context.Context) error {
				return scene.Only(w.DeleteAmendmentDraft(ctx, roadmap.DeleteAmendmentDraftInput{Amendment: id}))
			}
		}

		w.Refusals(t, []scene.RefusedCase{
			scene.Case("edit as nobody", nil, refusal.Unauthenticated, "", edit(a.ID, change{})),
			scene.Case("edit what is not there", w.Alice, refusal.NotFound, "amendment", edit("x", change{})),
			scene.Case("edit a draft of somebody else", w.Bob, refusal.NotFound, "amendment",
				edit(a.ID, change{Title: scene.Ptr("!")})),
			scene.Case("edit a draft as steering body", w.Steering, refusal.NotFound, "amendment",
				edit(a.ID, change{Title: scene.Ptr("!")})),
			scene.Case("edit once submitted", w.Alice, refusal.Conflict, "",
				edit(public.ID, change{Title: scene.Ptr("!")})),
			scene.Case("edit what somebody else submitted", w.Bob, refusal.Forbidden, "",
				edit(public.ID, change{Title: scene.Ptr("!")})),

			scene.Case("base of another commitment", w.Alice, refusal.BadUserInput, "base",
				edit(a.ID, change{Base: &other.VersionID})),
			scene.Case("empty title", w.Alice, refusal.BadUserInput, "title", edit(a.ID, change{Title: scene.Ptr("")})),
			scene.Case("empty body", w.Alice, refusal.BadUserInput, "body", edit(a.ID, change{Body: scene.Ptr("")})),
			scene.Case("long rationale", w.Alice, refusal.BadUserInput, "rationale",
				edit(a.ID, change{Rationale: scene.Ptr(strings.Repeat("é", 5001))})),
			scene.Case("organization of others", w.Alice, refusal.Forbidden, "organization",
				edit(a.ID, change{Organization: &w.Organization.ID})),

			scene.Case("delete as nobody", nil, refusal.Unauthenticated, "", drop(a.ID)),
			scene.Case("delete what is not there", w.Alice, refusal.NotFound, "amendment", drop("x")),
			scene.Case("delete a draft of somebody else", w.Bob, refusal.NotFound, "amendment", drop(a.ID)),
			scene.Case("delete once submitted", w.Alice, refusal.Conflict, "", drop(public.ID)),
			scene.Case("delete what somebody else submitted", w.Bob, refusal.Forbidden, "", drop(public.ID)),
		})
	})
}

// A version that lacks the language of a draft cannot become the base of that draft.
func TestEditAmendmentDraftKeepsABaseInItsLanguage(t *testing.T) {
	scene.Each(t, func(t *testing.T, w *scene.World) {
		c := testsite.Got(w.CreateCommitment(scene.As(t, w.Steering), roadmap.CreateCommitmentInput{
			Process: w.Process.ID, Axis: w.Axis.ID, Title: scene.French("Titre"), Body: scene.French("Texte."),
		}))(t)
		testsite.Must(t, scene.Only(w.PublishCommitment(
			scene.As(t, w.Steering), roadmap.PublishCommitmentInput{Commitment: c.ID})))

		first := c.VersionID // in French only
		testsite.Must(t, scene.Only(w.ReviseCommitment(scene.As(t, w.Steering), roadmap.ReviseCommitmentInput{
			Commitment: c.ID, Base: first, Title: testsite.Both("Titre", "Title"),
			Body: testsite.Both("Texte.", "Text."),
		})))

		a := testsite.Got(w.DraftAmendment(scene.As(t, w.Alice), roadmap.DraftAmendmentInput{
			Commitment: c.ID, Language: scene.Ptr("en"),
		}))(t)
		w.Refused(t, refusal.BadUserInput, "base", func() error {
			return tryEdit(scene.As(t, w.Alice), w, a.ID, roadmap.DraftChange{Base: &first})
		})
	})
}

func TestDeleteAmendmentDraft(t *testing.T) {
	scene.Each(t, func(t *testing.T, w *scene.World) {
		c := w.SomeCommitment(t)
		before := w.Contents(t)
		a := w.DraftOf(t, w.Alice, c, "dix mille", "vingt mille")

		w.Silent(t, func() error {
			about, err := w.DeleteAmendmentDraft(scene.As(t, w.Alice),
				roadmap.DeleteAmendmentDraftInput{Amendment: a.ID})
			if err == nil && about.ID != c.ID {
				t.Errorf("it was about %s", about.ID)
			}
			return err
		})

		w.Unchanged(t, before)
	})
}

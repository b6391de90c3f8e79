package moderation_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"ensemble/consultation/moderation"
	"ensemble/consultation/processes"
	"ensemble/consultation/public"
	"ensemble/consultation/refusal"
	"ensemble/consultation/roadmap"
	"ensemble/ent"
	"ensemble/ent/amendment"
	"ensemble/ent/moderationcase"
	"ensemble/ent/process"
	"ensemble/internal/testsite"
	"ensemble/internal/testsite/scene"
	"ensemble/live"
)

// heldComment posts a comment of p that waits for moderators. Comments before and after it are published at once.
func heldComment(t testing.TB, w *scene.World, p *testsite.Person, on string) *ent.Comment {
	t.Helper()
	w.SetModeration(t, processes.UpdateProcessInput{PreModeration: scene.Ptr(process.PreModerationALL)})
	defer w.SetModeration(t, processes.UpdateProcessInput{PreModeration: scene.Ptr(process.PreModerationNONE)})
	return w.Comment(t, p, on, "held")
}

// A comment that a check holds is not published, and waits for moderators. What each check holds is tested in
// hold_test.go.
func TestChecks(t *testing.T) {
	links := func(n int) string { return strings.Repeat("[ici](https://example.org) ", n) }
	all := processes.UpdateProcessInput{
		LinkLimit: scene.Ptr(2), HoldsRepeats: scene.Ptr(true), HeldWords: []string{"Casino", "prêt  à taux"},
	}
	first := processes.UpdateProcessInput{PreModeration: scene.Ptr(process.PreModerationFIRST)}

	for _, c := range []struct {
		name string
		in   processes.UpdateProcessInput
		said []string // before
		body string
		held []string
	}{
		{"nothing", all, nil, "Bonjour.", nil},
		{"words", all, nil, "Un pret à… taux", []string{"WORDS"}},
		{"both", all, nil, "Casino " + links(3), []string{"LINKS", "WORDS"}},
		{"the same again", all, []string{"Non à ceci."}, "NON, à ceci !", []string{"REPEATED"}},
		{"the first", first, nil, "x", []string{"PRE_MODERATION"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			scene.Each(t, func(t *testing.T, w *scene.World) {
				on := w.SomeCommitment(t)
				for _, earlier := range c.said {
					w.Comment(t, w.Alice, on.ID, earlier)
				}
				w.SetModeration(t, c.in)

				before, n := w.LogHeads(t), w.CommitmentNow(t, on).CommentCount
				m := w.Comment(t, w.Alice, on.ID, c.body)

				if c.held == nil {
					if m.HeldAt != nil || w.CommitmentNow(t, on).CommentCount != n+1 {
						t.Errorf("held for %v", w.CaseOf(t, m.ID).HeldFor)
					}
					return
				}

				if m.HeldAt == nil || !public.IsRemoved(m) {
					t.Fatal("published")
				}
				if k := w.Waits(t, m.ID, moderationcase.StateHELD, 0); !slices.Equal(k.HeldFor, c.held) || !k.Removed {
					t.Errorf("held for %v, want %v", k.HeldFor, c.held)
				}
				events := w.PublicSince(t, before)
				if len(events) != 1 || events[0].Type != live.ModerationQueueChanged {
					t.Errorf("told %s", scene.AsJSON(events))
				}
				if w.CommitmentNow(t, on).CommentCount != n ||
					slices.Contains(scene.PublicNodes(t, w.PublicComments().AllX(t.Context())), m.ID) {
					t.Error("it is public")
				}

				if trusted := w.Comment(t, w.Moderator, on.ID, c.body); trusted.HeldAt != nil {
					t.Error("a moderator waits for a moderator")
				}
			})
		})
	}
}

// A text that its author repeats within an hour is held, unless the site allows repeats, as load tests need it to.
func TestRepeats(t *testing.T) {
	scene.Each(t, func(t *testing.T, w *scene.World) {
		w.SetModeration(t, processes.UpdateProcessInput{HoldsRepeats: scene.Ptr(true)})
		c := w.SomeCommitment(t)
		say := func() bool { return w.Comment(t, w.Alice, c.ID, "Oui.").HeldAt != nil }

		if say() || !say() {
			t.Error("the second is not held, or the first is")
		}

		if w.Comment(t, w.Bob, c.ID, "Oui.").HeldAt != nil {
			t.Error("what somebody else says is no repetition")
		}

		w.Clock.Advance(time.Hour)
		if say() {
			t.Error("held after an hour")
		}

		w.AllowRepeats = true
		if say() {
			t.Error("held though repeats are allowed")
		}
	})
}

// Of what somebody wrote within the hour, as many texts are compared as there may be, the newest.
func TestRepeatsAmongMany(t *testing.T) {
	scene.Each(t, func(t *testing.T, w *scene.World) {
		w.SetModeration(t, processes.UpdateProcessInput{HoldsRepeats: scene.Ptr(true)})
		c := w.SomeCommitment(t)
		for n := range moderation.MaxRecent + 1 {
			w.Clock.Advance(time.Second)
			w.Comment(t, w.Alice, c.ID, fmt.Sprint("Point ", n))
		}

		if w.Comment(t, w.Alice, c.ID, "Point 0").HeldAt != nil {
			t.Error("held for an older text than are compared")
		}
		if w.Comment(t, w.Alice, c.ID, "Point 50").HeldAt == nil {
			t.Error("not held for one of the newest texts")
		}
	})
}

// An edit is a repetition, too, when its author said the same elsewhere within an hour, or edited a comment to say it.
// What the same comment said before is no repetition, nor is what somebody else says.
func TestRepeatedEdits(t *testing.T) {
	scene.Each(t, func(t *testing.T, w *scene.World) {
		c := w.SomeCommitment(t)
		said, other := w.Comment(t, w.Alice, c.ID, "Oui."), w.Comment(t, w.Alice, c.ID, "Non.")
		old := w.Comment(t, w.Bob, c.ID, "Peut-être.")

		edit := func(p *testsite.Person, m *ent.Comment, body string) func() error {
			return func() error {
				return scene.Only(w.EditComment(scene.As(t, p), roadmap.EditCommentInput{Comment: m.ID, Body: body}))
			}
		}

		testsite.Must(t, edit(w.Alice, other, "Oui !")()) // here one may
		testsite.Must(t, edit(w.Alice, other, "Non.")())

		w.SetModeration(t, processes.UpdateProcessInput{HoldsRepeats: scene.Ptr(true)})
		w.Refused(t, refusal.BadUserInput, "body", edit(w.Alice, other, "OUI !"))
		testsite.Must(t, edit(w.Alice, said, "Oui, oui.")())
		testsite.Must(t, edit(w.Alice, said, "Oui.")()) // as it was
		testsite.Must(t, edit(w.Alice, said, "Oui !")())
		testsite.Must(t, edit(w.Bob, old, "Oui.")()) // somebody else's

		w.Clock.Advance(time.Hour)
		testsite.Must(t, edit(w.Alice, other, "Oui.")())
		if w.Comment(t, w.Alice, c.ID, "Oui.").HeldAt == nil { // posted long ago, edited now
			t.Error("a repetition of what was edited is published")
		}
		testsite.Must(t, edit(w.Alice, other, "Oui…")()) // the same words as before
	})
}

// An edit that would be held is refused instead, since what people read now would be gone meanwhile.
func TestEditsThatWouldBeHeld(t *testing.T) {
	scene.Each(t, func(t *testing.T, w *scene.World) {
		w.SetModeration(t, processes.UpdateProcessInput{LinkLimit: scene.Ptr(2), HeldWords: []string{"casino"}})
		m := w.Comment(t, w.Alice, w.SomeCommitment(t).ID, "https://a.example")

		edit := func(body string) func() error {
			return func() error {
				return scene.Only(w.EditComment(scene.As(t, w.Alice),
					roadmap.EditCommentInput{Comment: m.ID, Body: body}))
			}
		}

		testsite.Must(t, edit("Voir https://a.example https://b.example")())
		w.Refused(t, refusal.BadUserInput, "body",
			edit("https://a.example https://b.example https://c.example https://d.example"))
		w.Refused(t, refusal.BadUserInput, "body", edit("Casino."))

		w.SetModeration(t, processes.UpdateProcessInput{PreModeration: scene.Ptr(process.PreModerationALL)})
		w.Refused(t, refusal.BadUserInput, "body", edit("x"))
	})
}

// An amendment that is held when it is submitted remains a draft, which nobody can change, until a moderator has read
// it.
func TestHeldAmendments(t *testing.T) {
	scene.Each(t, func(t *testing.T, w *scene.World) {
		w.SetModeration(t, processes.UpdateProcessInput{
			LinkLimit: scene.Ptr(1), HeldWords: []string{"budget", "casino"},
		})

		c := w.SomeCommitment(t)
		if a := w.Submitted(t, w.Bob, c, "dix", "vingt"); a.HeldAt != nil { // the text says “budget” itself
			t.Error("held for what the text says anyway")
		}

		held := w.Submitted(t, w.Alice, c, "deux fois", "au casino")
		if held.State != amendment.StateDRAFT || held.HeldAt == nil || w.CommitmentNow(t, c).AmendmentCount != 1 {
			t.Fatalf("%+v", held)
		}

		w.Refusals(t, []scene.RefusedCase{
			scene.Case("edit", w.Alice, refusal.Conflict, "", func(ctx context.Context) error {
				return scene.Only(w.EditAmendmentDraft(ctx, roadmap.EditAmendmentDraftInput{
					Amendment: held.ID, DraftChange: roadmap.DraftChange{Title: scene.Ptr("x")},
				}))
			}),
			scene.Case("throw away", w.Alice, refusal.Conflict, "", func(ctx context.Context) error {
				return scene.Only(w.DeleteAmendmentDraft(ctx, roadmap.DeleteAmendmentDraftInput{Amendment: held.ID}))
			}),
			scene.Case("submit again", w.Alice, refusal.Conflict, "", func(ctx context.Context) error {
				return scene.Only(w.SubmitAmendment(ctx, roadmap.SubmitAmendmentInput{Amendment: held.ID}))
			}),
			scene.Case("report", w.Bob, refusal.NotFound, "item", func(ctx context.Context) error {
				return scene.Only(w.Report(ctx, scene.Spam(held.ID)))
			}),
			scene.Case("accept", w.Steering, refusal.NotFound, "amendment", func(ctx context.Context) error {
				return scene.Only(w.AcceptAmendment(ctx, roadmap.AcceptAmendmentInput{Amendment: held.ID}))
			}),
		})

		testsite.Must(t, scene.Only(w.Decide(scene.As(t, w.Moderator), scene.Refusing(held.ID))))
		w.Refused(t, refusal.Conflict, "", func() error {
			return scene.Only(w.SubmitAmendment(scene.As(t, w.Alice), roadmap.SubmitAmendmentInput{Amendment: held.ID}))
		})
		testsite.Must(t, scene.Only(w.EditAmendmentDraft(scene.As(t, w.Alice), roadmap.EditAmendmentDraftInput{
			Amendment: held.ID, DraftChange: roadmap.DraftChange{Rationale: scene.Ptr("Le casino est grand.")},
		})))
		testsite.Must(t, scene.Only(w.SubmitAmendment(scene.As(t, w.Alice),
			roadmap.SubmitAmendmentInput{Amendment: held.ID})))

		w.ClosePhase(t) // submitted in time, it is published later

		before := w.LogHeads(t)
		testsite.Must(t, scene.Only(w.Decide(scene.As(t, w.Moderator), scene.Publishing(held.ID))))
		events := w.PublicSince(t, before)
		if len(events) != 2 || events[0].Type != live.AmendmentSubmitted || events[0].Actor != w.Alice.ID ||
			scene.AsJSON(events[0].Data) != scene.AsJSON(scene.Data{"amendmentCount": 2}) {
			t.Errorf("told %s", scene.AsJSON(events))
		}

		w.InState(t, held, amendment.StateEVALUATING)
	})
}

// When a person submits the same amendment again within an hour, to another commitment, it is held as a repetition,
// also while the first is still held.
func TestRepeatedAmendments(t *testing.T) {
	scene.Each(t, func(t *testing.T, w *scene.World) {
		w.SetModeration(t, processes.UpdateProcessInput{HoldsRepeats: scene.Ptr(true)})
		amend := func(p *testsite.Person, body string) *ent.Amendment {
			t.Helper()
			d := testsite.Got(w.DraftAmendment(scene.As(t, p), roadmap.DraftAmendmentInput{
				Commitment: w.SomeCommitment(t).ID, Title: scene.Ptr("Non"), Body: &body, Rationale: "Voyez.",
			}))(t)
			return testsite.Got(w.SubmitAmendment(scene.As(t, p), roadmap.SubmitAmendmentInput{Amendment: d.ID}))(t)
		}
		held := func(a *ent.Amendment) bool {
			return a.HeldAt != nil && slices.Equal(w.CaseOf(t, a.ID).HeldFor, []string{"REPEATED"})
		}

		first := amend(w.Alice, "Achetez ceci.")
		if first.HeldAt != nil || !held(amend(w.Alice, "ACHETEZ, ceci !")) || !held(amend(w.Alice, "Achetez ceci.")) {
			t.Error("the second is not held, nor the third, or the first is")
		}

		if amend(w.Alice, "Achetez cela.").HeldAt != nil || amend(w.Bob, "Achetez ceci.").HeldAt != nil {
			t.Error("another text, or that of another, is held")
		}

		for range 2 {
			if amend(w.Moderator, "Rien.").HeldAt != nil {
				t.Error("a moderator waits for a moderator")
			}
		}

		testsite.Must(t, scene.Only(w.WithdrawAmendment(scene.As(t, w.Alice), roadmap.WithdrawAmendmentInput{
			Amendment: first.ID,
		})))
		again := testsite.Got(w.DraftAmendment(scene.As(t, w.Alice), roadmap.DraftAmendmentInput{
			Commitment: first.CommitmentID, Title: &first.Title, Body: &first.Body,
			Rationale: first.Rationale + " Mieux.",
		}))(t)
		submitted := testsite.Got(w.SubmitAmendment(scene.As(t, w.Alice),
			roadmap.SubmitAmendmentInput{Amendment: again.ID}))(t)
		if submitted.HeldAt != nil {
			t.Error("held though withdrawn to be said better")
		}

		testsite.Must(t, scene.Only(w.WithdrawAmendment(scene.As(t, w.Alice), roadmap.WithdrawAmendmentInput{
			Amendment: again.ID,
		})))
		same := testsite.Got(w.DraftAmendment(scene.As(t, w.Alice), roadmap.DraftAmendmentInput{
			Commitment: first.CommitmentID, Title: &again.Title, Body: &again.Body, Rationale: again.Rationale,
		}))(t)
		if !held(testsite.Got(w.SubmitAmendment(scene.As(t, w.Alice),
			roadmap.SubmitAmendmentInput{Amendment: same.ID}))(t)) {
			t.Error("the same amendment is not held when it is withdrawn and submitted again")
		}

		w.Clock.Advance(time.Hour)
		if amend(w.Alice, "Achetez ceci.").HeldAt != nil {
			t.Error("held after an hour")
		}

		w.AllowRepeats = true
		if amend(w.Alice, "Achetez ceci.").HeldAt != nil {
			t.Error("held though repeats are allowed")
		}
	})
}

// Administrators of a process set what is held, within limits. What they leave out stays as it is, and an empty list
// empties.
func TestModerationSettings(t *testing.T) {
	scene.Each(t, func(t *testing.T, w *scene.World) {
		type in = processes.UpdateProcessInput
		update := func(in in) func(context.Context) error {
			in.Process = w.Process.ID
			return func(ctx context.Context) error { return scene.Only(w.UpdateProcess(ctx, in)) }
		}
		bad := refusal.BadUserInput
		w.Refusals(t, []scene.RefusedCase{
			scene.Case("reports", w.Admin, bad, "reportsToHide", update(in{ReportsToHide: scene.Ptr(51)})),
			scene.Case("fewer than none", w.Admin, bad, "reportsToHide", update(in{ReportsToHide: scene.Ptr(-1)})),
			scene.Case("links", w.Admin, bad, "linkLimit", update(in{LinkLimit: scene.Ptr(101)})),
			scene.Case("words", w.Admin, bad, "heldWords", update(in{HeldWords: make([]string, 501)})),
			scene.Case("an empty word", w.Admin, bad, "heldWords", update(in{HeldWords: []string{" "}})),
			scene.Case("no word", w.Admin, bad, "heldWords", update(in{HeldWords: []string{"!?"}})),
			scene.Case("a moderator", w.Moderator, refusal.Forbidden, "", update(in{LinkLimit: scene.Ptr(1)})),
		})

		w.SetModeration(t, processes.UpdateProcessInput{HeldWords: []string{"Été", "été", " a\nb "}})
		p := testsite.Got(w.Read.Process.Get(t.Context(), w.Process.ID))(t)
		if !slices.Equal(p.HeldWords, []string{"Été", "a b"}) {
			t.Errorf("%q", p.HeldWords)
		}

		w.SetModeration(t, processes.UpdateProcessInput{LinkLimit: scene.Ptr(7)})
		p = testsite.Got(w.Read.Process.Get(t.Context(), w.Process.ID))(t)
		if len(p.HeldWords) != 2 || p.LinkLimit != 7 || p.ReportsToHide != 3 {
			t.Errorf("%+v", p)
		}

		w.SetModeration(t, processes.UpdateProcessInput{HeldWords: []string{}})
		if p = testsite.Got(w.Read.Process.Get(t.Context(), w.Process.ID))(t); len(p.HeldWords) != 0 {
			t.Errorf("%q", p.HeldWords)
		}
	})
}

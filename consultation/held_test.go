package consultation_test

import (
	"context"
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
	"ensemble/ent/commitment"
	"ensemble/ent/membership"
	entmoderation "ensemble/ent/moderation"
	"ensemble/ent/moderationcase"
	"ensemble/ent/process"
	"ensemble/internal/testsite"
	"ensemble/live"
)

// asks changes what the process has moderators read first.
func (w *world) asks(t testing.TB, in processes.UpdateProcessInput) {
	t.Helper()
	in.Process = w.Process.ID
	must(t, only(w.UpdateProcess(as(t, w.Admin), in)))
}

// heldComment is one of p's that waits for moderators; others are published as before.
func (w *world) heldComment(t testing.TB, p *testsite.Person, on string) *ent.Comment {
	t.Helper()
	w.asks(t, processes.UpdateProcessInput{PreModeration: ptr(process.PreModerationALL)})
	defer w.asks(t, processes.UpdateProcessInput{PreModeration: ptr(process.PreModerationNONE)})
	return w.Comment(t, p, on, "held")
}

func publishing(item string) moderation.Decision {
	return moderation.Decision{Item: item, Action: entmoderation.ActionPUBLISH, Facts: "Relu."}
}

func refusing(item string) moderation.Decision {
	d := hiding(item)
	d.Action = entmoderation.ActionREFUSE
	return d
}

// A comment that a check holds is not published, and waits for moderators. What each check holds is tested beside them.
func TestChecks(t *testing.T) {
	links := func(n int) string { return strings.Repeat("[ici](https://example.org) ", n) }
	all := processes.UpdateProcessInput{LinkLimit: ptr(2), HoldsRepeats: ptr(true), HeldWords: []string{"Casino", "prêt  à taux"}}
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
		{"the first", processes.UpdateProcessInput{PreModeration: ptr(process.PreModerationFIRST)}, nil, "x", []string{"PRE_MODERATION"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			each(t, func(t *testing.T, w *world) {
				on := w.commitment(t)
				for _, earlier := range c.said {
					w.Comment(t, w.Alice, on.ID, earlier)
				}
				w.asks(t, c.in)
				before, n := w.heads(t), w.now(t, on).CommentCount
				m := w.Comment(t, w.Alice, on.ID, c.body)
				if c.held == nil {
					if m.HeldAt != nil || w.now(t, on).CommentCount != n+1 {
						t.Errorf("held for %v", w.caseOf(t, m.ID).HeldFor)
					}
					return
				}
				if m.HeldAt == nil || !public.IsRemoved(m) {
					t.Fatal("published")
				}
				if k := w.waits(t, m.ID, moderationcase.StateHELD, 0); !slices.Equal(k.HeldFor, c.held) || !k.Removed {
					t.Errorf("held for %v, want %v", k.HeldFor, c.held)
				}
				if events := w.publicSince(t, before); len(events) != 1 || events[0].Type != live.ModerationQueueChanged {
					t.Errorf("told %s", asJSON(events))
				}
				if w.now(t, on).CommentCount != n || slices.Contains(nodes(t, w.PublicComments().AllX(t.Context())), m.ID) {
					t.Error("it is public")
				}
				trusted := w.Comment(t, w.Moderator, on.ID, c.body)
				if trusted.HeldAt != nil {
					t.Error("a moderator waits for a moderator")
				}
			})
		})
	}
}

// After an hour the same text is no repetition; load tests repeat themselves.
func TestRepeats(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.asks(t, processes.UpdateProcessInput{HoldsRepeats: ptr(true)})
		c := w.commitment(t)
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

// An edit repeats as a post does: what the person said elsewhere within an hour, or edited to be so; not what it said itself.
func TestRepeatedEdits(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		c := w.commitment(t)
		said, other, old := w.Comment(t, w.Alice, c.ID, "Oui."), w.Comment(t, w.Alice, c.ID, "Non."), w.Comment(t, w.Bob, c.ID, "Peut-être.")
		edit := func(p *testsite.Person, m *ent.Comment, body string) func() error {
			return func() error {
				return only(w.EditComment(as(t, p), roadmap.EditCommentInput{Comment: m.ID, Body: body}))
			}
		}
		must(t, edit(w.Alice, other, "Oui !")()) // here one may
		must(t, edit(w.Alice, other, "Non.")())
		w.asks(t, processes.UpdateProcessInput{HoldsRepeats: ptr(true)})
		w.refused(t, refusal.BadUserInput, "body", edit(w.Alice, other, "OUI !"))
		must(t, edit(w.Alice, said, "Oui, oui.")())
		must(t, edit(w.Alice, said, "Oui.")()) // as it was
		must(t, edit(w.Alice, said, "Oui !")())
		must(t, edit(w.Bob, old, "Oui.")()) // somebody else's
		w.Clock.Advance(time.Hour)
		must(t, edit(w.Alice, other, "Oui.")())
		if w.Comment(t, w.Alice, c.ID, "Oui.").HeldAt == nil { // posted long ago, edited now
			t.Error("a repetition of what was edited is published")
		}
		must(t, edit(w.Alice, other, "Oui…")()) // the same words as before
	})
}

func TestPublishHeld(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		c := w.commitment(t)
		root := w.Comment(t, w.Bob, c.ID, "x")
		w.asks(t, processes.UpdateProcessInput{PreModeration: ptr(process.PreModerationFIRST)})
		held := got(w.PostComment(as(t, w.Alice), roadmap.PostCommentInput{Subject: c.ID, Parent: &root.ID, Body: "y"}))(t)
		w.refusals(t, []refusedCase{
			{"answer it", w.Bob, refusal.BadUserInput, "parent", func(ctx context.Context) error {
				return w.post(ctx, roadmap.PostCommentInput{Subject: c.ID, Parent: &held.ID, Body: "z"})
			}},
			{"vote", w.Bob, refusal.NotFound, "comment", func(ctx context.Context) error {
				return only(w.VoteComment(ctx, roadmap.VoteCommentInput{Comment: held.ID, Value: 1}))
			}},
			{"edit", w.Alice, refusal.Conflict, "", func(ctx context.Context) error {
				return only(w.EditComment(ctx, roadmap.EditCommentInput{Comment: held.ID, Body: "z"}))
			}},
			{"report", w.Bob, refusal.NotFound, "item", func(ctx context.Context) error { return only(w.Report(ctx, spam(held.ID))) }},
			{"hide", w.Moderator, refusal.Conflict, "", func(ctx context.Context) error { return only(w.Decide(ctx, hiding(held.ID))) }},
			{"publish as a user", w.Bob, refusal.NotFound, "item", func(ctx context.Context) error { return only(w.Decide(ctx, publishing(held.ID))) }},
			{"publish one's own", w.Alice, refusal.Forbidden, "", func(ctx context.Context) error { return only(w.Decide(ctx, publishing(held.ID))) }},
		})
		before := w.heads(t)
		must(t, only(w.Decide(as(t, w.Moderator), publishing(held.ID))))
		events := w.publicSince(t, before)
		if len(events) != 2 || events[0].Type != live.CommentPosted || events[0].Actor != w.Alice.ID || events[0].Subject != held.ID ||
			asJSON(events[0].Data) != asJSON(data{"subject": c.ID, "commentCount": 2, "for": 0, "against": 0, "neutral": 1}) {
			t.Errorf("told %s", asJSON(events))
		}
		if m := w.reread(t, root); m.ReplyCount != 1 || m.DescendantCount != 1 {
			t.Errorf("%+v", m)
		}
		if m := w.Comment(t, w.Alice, c.ID, "z"); m.HeldAt != nil {
			t.Error("known by now, and held")
		}
	})
}

func TestRefuseHeld(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		c := w.commitment(t)
		w.asks(t, processes.UpdateProcessInput{PreModeration: ptr(process.PreModerationALL)})
		m := w.Comment(t, w.Alice, c.ID, "x")
		before := w.heads(t)
		row := got(w.Decide(as(t, w.Moderator), refusing(m.ID)))(t)
		if events := w.publicSince(t, before); len(events) != 1 || events[0].Type != live.ModerationQueueChanged {
			t.Errorf("told %s", asJSON(events)) // nobody knew of it: it is in no log
		}
		if moderation.IsLogged(row) || w.LoggedModerations().CountX(t.Context()) != 0 {
			t.Error("it is in the public log")
		}
		w.refused(t, refusal.NotFound, "moderation", func() error {
			return only(w.Appeal(as(t, w.Bob), moderation.AppealInput{Moderation: row.ID, Text: "x"}))
		})
		a := got(w.Appeal(as(t, w.Alice), moderation.AppealInput{Moderation: row.ID, Text: "Pourquoi ?"}))(t)
		w.told.take()
		must(t, only(w.DecideAppeal(as(t, w.Admin), moderation.DecideAppealInput{Appeal: a.ID, Overturn: true, Statement: "En effet."})))
		if told := w.told.take(); told[0].Type != live.CommentPosted || told[0].Actor != w.Alice.ID {
			t.Errorf("told %s", asJSON(told))
		}
		w.closePhase(t)
		must(t, only(w.DeleteComment(as(t, w.Alice), roadmap.DeleteCommentInput{Comment: m.ID})))
	})
}

// What answers a comment that is gone, or is about a commitment that takes none, is not published any more.
func TestPublishTooLate(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		c := w.commitment(t)
		root := w.Comment(t, w.Bob, c.ID, "x")
		w.asks(t, processes.UpdateProcessInput{PreModeration: ptr(process.PreModerationALL)})
		answer := got(w.PostComment(as(t, w.Alice), roadmap.PostCommentInput{Subject: c.ID, Parent: &root.ID, Body: "y"}))(t)
		alone := w.Comment(t, w.Alice, c.ID, "z")
		must(t, only(w.DeleteComment(as(t, w.Bob), roadmap.DeleteCommentInput{Comment: root.ID})))
		w.refused(t, refusal.Conflict, "", func() error { return only(w.Decide(as(t, w.Moderator), publishing(answer.ID))) })
		w.move(t, c, commitment.StatusADOPTED)
		w.refused(t, refusal.Closed, "", func() error { return only(w.Decide(as(t, w.Moderator), publishing(alone.ID))) })
		must(t, only(w.Decide(as(t, w.Moderator), refusing(answer.ID))))
	})
}

// What waits in an organization's name is not published, nor an appeal about it overturned, once its author does not sign for it or
// it is not verified; nothing is lost meanwhile.
func TestPublishInTheNameOfOthers(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		c, g := w.commitment(t), w.Organization
		w.asks(t, processes.UpdateProcessInput{PreModeration: ptr(process.PreModerationALL)})
		post := func() *ent.Comment {
			return got(w.PostComment(as(t, w.Signatory), roadmap.PostCommentInput{Subject: c.ID, Body: "x", Organization: &g.ID}))(t)
		}
		m, n := post(), post()
		a := got(w.SubmitAmendment(as(t, w.Signatory), roadmap.SubmitAmendmentInput{Amendment: got(w.DraftAmendment(as(t, w.Signatory), roadmap.DraftAmendmentInput{
			Commitment: c.ID, Title: ptr("Autre"), Organization: &g.ID,
		}))(t).ID}))(t)
		refused := got(w.Decide(as(t, w.Moderator), refusing(n.ID)))(t)
		objection := got(w.Appeal(as(t, w.Signatory), moderation.AppealInput{Moderation: refused.ID, Text: "Non."}))(t)
		overturn := func() error {
			return only(w.DecideAppeal(as(t, w.Admin), moderation.DecideAppealInput{Appeal: objection.ID, Overturn: true, Statement: "Relu."}))
		}
		none := func() {
			t.Helper()
			before := w.heads(t)
			for _, do := range []func() error{
				func() error { return only(w.Decide(as(t, w.Moderator), publishing(m.ID))) },
				func() error { return only(w.Decide(as(t, w.Moderator), publishing(a.ID))) },
				overturn,
			} {
				if e := w.refused(t, refusal.Conflict, "", do); e.Details["current"] != "UNSIGNED" {
					t.Errorf("it stands %v", e.Details["current"])
				}
			}
			if events := w.eventsSince(t, before); len(events) != 0 {
				t.Errorf("told %s", asJSON(events))
			}
			w.waits(t, m.ID, moderationcase.StateHELD, 0)
			w.waits(t, n.ID, moderationcase.StateAPPEALED, 0)
		}
		must(t, w.Write.Organization.UpdateOneID(g.ID).ClearVerifiedAt().Exec(t.Context()))
		none()
		must(t, w.Write.Organization.UpdateOneID(g.ID).SetVerifiedAt(w.Now()).Exec(t.Context()))
		signs := w.Write.Membership.Update().Where(membership.OrganizationID(g.ID), membership.UserID(w.Signatory.ID))
		must(t, signs.SetRole(membership.RoleMEMBER).Exec(t.Context()))
		none()
		must(t, only(w.Decide(as(t, w.Moderator), refusing(a.ID)))) // its author may submit it in their own name
		must(t, only(w.EditAmendmentDraft(as(t, w.Signatory), roadmap.EditAmendmentDraftInput{Amendment: a.ID, DraftChange: roadmap.DraftChange{OwnName: true}})))
		must(t, only(w.SubmitAmendment(as(t, w.Signatory), roadmap.SubmitAmendmentInput{Amendment: a.ID})))
		must(t, only(w.Decide(as(t, w.Moderator), publishing(a.ID))))
		must(t, w.Write.Membership.Update().Where(membership.OrganizationID(g.ID), membership.UserID(w.Signatory.ID)).
			SetRole(membership.RoleSIGNATORY).Exec(t.Context()))
		must(t, only(w.Decide(as(t, w.Moderator), publishing(m.ID))))
		must(t, overturn())
	})
}

// An edit that would have to be read first is refused: what people read would be gone meanwhile.
func TestEditsThatWouldBeHeld(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.asks(t, processes.UpdateProcessInput{LinkLimit: ptr(2), HeldWords: []string{"casino"}})
		m := w.Comment(t, w.Alice, w.commitment(t).ID, "https://a.example")
		edit := func(body string) func() error {
			return func() error {
				return only(w.EditComment(as(t, w.Alice), roadmap.EditCommentInput{Comment: m.ID, Body: body}))
			}
		}
		must(t, edit("Voir https://a.example https://b.example")())
		w.refused(t, refusal.BadUserInput, "body", edit("https://a.example https://b.example https://c.example https://d.example"))
		w.refused(t, refusal.BadUserInput, "body", edit("Casino."))
		w.asks(t, processes.UpdateProcessInput{PreModeration: ptr(process.PreModerationALL)})
		w.refused(t, refusal.BadUserInput, "body", edit("x"))
	})
}

// A submitted amendment that is held stays a draft, which does not change, until a moderator has read it.
func TestHeldAmendments(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.asks(t, processes.UpdateProcessInput{LinkLimit: ptr(1), HeldWords: []string{"budget", "casino"}})
		c := w.commitment(t)
		if a := w.submitted(t, w.Bob, c, "dix", "vingt"); a.HeldAt != nil { // the text says “budget” itself
			t.Error("held for what the text says anyway")
		}
		held := w.submitted(t, w.Alice, c, "deux fois", "au casino")
		if held.State != amendment.StateDRAFT || held.HeldAt == nil || w.now(t, c).AmendmentCount != 1 {
			t.Fatalf("%+v", held)
		}
		w.refusals(t, []refusedCase{
			{"edit", w.Alice, refusal.Conflict, "", func(ctx context.Context) error {
				return only(w.EditAmendmentDraft(ctx, roadmap.EditAmendmentDraftInput{Amendment: held.ID, DraftChange: roadmap.DraftChange{Title: ptr("x")}}))
			}},
			{"throw away", w.Alice, refusal.Conflict, "", func(ctx context.Context) error {
				return only(w.DeleteAmendmentDraft(ctx, roadmap.DeleteAmendmentDraftInput{Amendment: held.ID}))
			}},
			{"submit again", w.Alice, refusal.Conflict, "", func(ctx context.Context) error {
				return only(w.SubmitAmendment(ctx, roadmap.SubmitAmendmentInput{Amendment: held.ID}))
			}},
			{"report", w.Bob, refusal.NotFound, "item", func(ctx context.Context) error { return only(w.Report(ctx, spam(held.ID))) }},
			{"accept", w.Steering, refusal.NotFound, "amendment", func(ctx context.Context) error {
				return only(w.AcceptAmendment(ctx, roadmap.AcceptAmendmentInput{Amendment: held.ID}))
			}},
		})
		must(t, only(w.Decide(as(t, w.Moderator), refusing(held.ID))))
		w.refused(t, refusal.Conflict, "", func() error {
			return only(w.SubmitAmendment(as(t, w.Alice), roadmap.SubmitAmendmentInput{Amendment: held.ID}))
		})
		must(t, only(w.EditAmendmentDraft(as(t, w.Alice), roadmap.EditAmendmentDraftInput{Amendment: held.ID, DraftChange: roadmap.DraftChange{Rationale: ptr("Le casino est grand.")}})))
		must(t, only(w.SubmitAmendment(as(t, w.Alice), roadmap.SubmitAmendmentInput{Amendment: held.ID})))
		w.closePhase(t) // submitted in time, it is published later
		before := w.heads(t)
		must(t, only(w.Decide(as(t, w.Moderator), publishing(held.ID))))
		events := w.publicSince(t, before)
		if len(events) != 2 || events[0].Type != live.AmendmentSubmitted || events[0].Actor != w.Alice.ID || asJSON(events[0].Data) != asJSON(data{"amendmentCount": 2}) {
			t.Errorf("told %s", asJSON(events))
		}
		w.inState(t, held, amendment.StateEVALUATING)
	})
}

// The same amendment of the same person to another commitment within an hour is a repetition, also of one that waits itself.
func TestRepeatedAmendments(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.asks(t, processes.UpdateProcessInput{HoldsRepeats: ptr(true)})
		amend := func(p *testsite.Person, body string) *ent.Amendment {
			t.Helper()
			d := got(w.DraftAmendment(as(t, p), roadmap.DraftAmendmentInput{Commitment: w.commitment(t).ID, Title: ptr("Non"), Body: &body, Rationale: "Voyez."}))(t)
			return got(w.SubmitAmendment(as(t, p), roadmap.SubmitAmendmentInput{Amendment: d.ID}))(t)
		}
		held := func(a *ent.Amendment) bool {
			return a.HeldAt != nil && slices.Equal(w.caseOf(t, a.ID).HeldFor, []string{"REPEATED"})
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
		must(t, only(w.WithdrawAmendment(as(t, w.Alice), roadmap.WithdrawAmendmentInput{Amendment: first.ID})))
		again := got(w.DraftAmendment(as(t, w.Alice), roadmap.DraftAmendmentInput{
			Commitment: first.CommitmentID, Title: &first.Title, Body: &first.Body, Rationale: first.Rationale + " Mieux.",
		}))(t)
		if got(w.SubmitAmendment(as(t, w.Alice), roadmap.SubmitAmendmentInput{Amendment: again.ID}))(t).HeldAt != nil {
			t.Error("held though withdrawn to be said better")
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

func TestModerationSettings(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		update := func(in processes.UpdateProcessInput) func(context.Context) error {
			in.Process = w.Process.ID
			return func(ctx context.Context) error { return only(w.UpdateProcess(ctx, in)) }
		}
		w.refusals(t, []refusedCase{
			{"reports", w.Admin, refusal.BadUserInput, "reportsToHide", update(processes.UpdateProcessInput{ReportsToHide: ptr(51)})},
			{"fewer than none", w.Admin, refusal.BadUserInput, "reportsToHide", update(processes.UpdateProcessInput{ReportsToHide: ptr(-1)})},
			{"links", w.Admin, refusal.BadUserInput, "linkLimit", update(processes.UpdateProcessInput{LinkLimit: ptr(101)})},
			{"words", w.Admin, refusal.BadUserInput, "heldWords", update(processes.UpdateProcessInput{HeldWords: make([]string, 501)})},
			{"an empty word", w.Admin, refusal.BadUserInput, "heldWords", update(processes.UpdateProcessInput{HeldWords: []string{" "}})},
			{"no word", w.Admin, refusal.BadUserInput, "heldWords", update(processes.UpdateProcessInput{HeldWords: []string{"!?"}})},
			{"a moderator", w.Moderator, refusal.Forbidden, "", update(processes.UpdateProcessInput{LinkLimit: ptr(1)})},
		})
		w.asks(t, processes.UpdateProcessInput{HeldWords: []string{"Été", "été", " a\nb "}})
		var p *ent.Process
		if p = got(w.Read.Process.Get(t.Context(), w.Process.ID))(t); !slices.Equal(p.HeldWords, []string{"Été", "a b"}) {
			t.Errorf("%q", p.HeldWords)
		}
		w.asks(t, processes.UpdateProcessInput{LinkLimit: ptr(7)})
		if p = got(w.Read.Process.Get(t.Context(), w.Process.ID))(t); len(p.HeldWords) != 2 || p.LinkLimit != 7 || p.ReportsToHide != 3 {
			t.Errorf("%+v", p)
		}
		w.asks(t, processes.UpdateProcessInput{HeldWords: []string{}})
		if p = got(w.Read.Process.Get(t.Context(), w.Process.ID))(t); len(p.HeldWords) != 0 {
			t.Errorf("%q", p.HeldWords)
		}
	})
}

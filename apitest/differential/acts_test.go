package differential_test

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"ensemble/consultation"
	"ensemble/consultation/moderation"
	"ensemble/consultation/processes"
	"ensemble/consultation/roadmap"
	"ensemble/ent"
	"ensemble/ent/amendment"
	"ensemble/ent/comment"
	"ensemble/ent/commitment"
	entmoderation "ensemble/ent/moderation"
	"ensemble/ent/report"
	"ensemble/internal/testsite"
)

// rivalry lets amendments compete on a commitment. One is accepted; among the others, one can be merged with it, one
// conflicts and one has the same words. One is rejected, one withdrawn and one not submitted.
func (c *crowd) rivalry(on *ent.Commitment) {
	base := mustHave[*ent.Version](c)(c.Read.Version.Get(c.t.Context(), on.VersionID)).Body["fr"]
	propose := func(p *testsite.Person, body string, organization *string) *ent.Amendment {
		a := mustHave[*ent.Amendment](c)(c.DraftAmendment(c.as(p), roadmap.DraftAmendmentInput{
			Commitment: on.ID, Body: &body, Rationale: "Parce que *oui*.", Organization: organization,
		}))
		return mustHave[*ent.Amendment](c)(c.SubmitAmendment(c.as(p), roadmap.SubmitAmendmentInput{Amendment: a.ID}))
	}

	winner := propose(c.people[4], strings.Replace(base, "Premier", "Tout premier", 1), nil)
	propose(c.people[5], strings.Replace(base, "Second", "Autre second", 1), nil)
	propose(c.people[3], strings.Replace(base, "Premier", "Vraiment premier", 1), nil)
	propose(c.Alice, strings.Replace(base, "Premier", "Encore premier", 1), nil)
	propose(c.Signatory, base+"\n\nTroisième.", &c.Organization.ID)
	loser := propose(c.people[6], base+"\n\nNon.", nil)

	for _, a := range []*ent.Amendment{winner, loser} {
		for i, p := range c.people[:5] {
			sides := []comment.Alignment{comment.AlignmentFOR, comment.AlignmentAGAINST, comment.AlignmentNEUTRAL}
			alignment := sides[i%3]
			mustHave[*ent.Comment](c)(c.PostComment(c.as(p), roadmap.PostCommentInput{
				Subject: a.ID, Body: "À propos", Alignment: &alignment,
			}))
		}
	}

	mustHave[*ent.Support](c)(c.AddSupport(c.as(c.Alice), roadmap.AddSupportInput{Commitment: on.ID}))
	mustHave[*ent.Support](c)(c.AddSupport(c.as(c.Bob), roadmap.AddSupportInput{Commitment: on.ID}))
	mustHave[*ent.Support](c)(c.AddSupport(c.as(c.Signatory), roadmap.AddSupportInput{
		Commitment: on.ID, Organization: &c.Organization.ID,
	}))

	// Accepting makes a new version: Alice confirms her support of it, Bob does not.
	mustHave[*ent.Amendment](c)(c.AcceptAmendment(c.as(c.people[3]),
		roadmap.AcceptAmendmentInput{Amendment: winner.ID}))
	mustHave[*ent.Support](c)(c.ConfirmSupport(c.as(c.Alice), roadmap.ConfirmSupportInput{Commitment: on.ID}))
	mustHave[*ent.Amendment](c)(c.RejectAmendment(c.as(c.Steering), roadmap.RejectAmendmentInput{
		Amendment: loser.ID, Reason: "Hors sujet.",
	}))

	withdrawn := propose(c.people[6], base+"\n\nPeut-être.", nil)
	mustHave[*ent.Amendment](c)(c.WithdrawAmendment(c.as(c.people[6]), roadmap.WithdrawAmendmentInput{
		Amendment: withdrawn.ID,
	}))

	body := base + "\n\nBrouillon."
	mustHave[*ent.Amendment](c)(c.DraftAmendment(c.as(c.Bob), roadmap.DraftAmendmentInput{
		Commitment: on.ID, Body: &body,
	}))
}

// promotion makes a rejected amendment a commitment of its own.
func (c *crowd) promotion(on *ent.Commitment) {
	body := "Un tout autre texte."
	a := mustHave[*ent.Amendment](c)(c.DraftAmendment(c.as(c.Alice), roadmap.DraftAmendmentInput{
		Commitment: on.ID, Body: &body,
	}))
	mustHave[*ent.Amendment](c)(c.SubmitAmendment(c.as(c.Alice), roadmap.SubmitAmendmentInput{Amendment: a.ID}))
	mustHave[*ent.Amendment](c)(c.RejectAmendment(c.as(c.Steering), roadmap.RejectAmendmentInput{
		Amendment: a.ID, Reason: "Mieux à part.",
	}))

	promoted := mustHave[*ent.Commitment](c)(c.PromoteAmendment(c.as(c.Alice), roadmap.PromoteAmendmentInput{
		Amendment: a.ID,
	}))
	c.open = append(c.open, promoted)
}

// somebodyActs tries one thing on one commitment. Most acts fall on few of the commitments, so that threads grow.
func (c *crowd) somebodyActs() {
	c.pass()
	on := c.open[min(c.random.IntN(len(c.open)), c.random.IntN(len(c.open)))]
	who := pick(c, c.people)
	if on.PublishedAt == nil {
		return
	}

	switch n := c.random.IntN(100); {
	case n < 40:
		c.comments(on, who)
	case n < 56:
		c.votes(on, who)
	case n < 69:
		c.supports(on, who)
	case n < 78:
		c.amends(on, who)
	case n < 82:
		c.revises(on)
	case n < 90:
		c.follows(on, who)
	case n < 93:
		c.tell()
	case n < 97:
		c.reads(who)
	default:
		m := c.anyComment(on.ID)
		if m != nil {
			c.do(second(c.EditComment(c.author(m), roadmap.EditCommentInput{
				Comment: m.ID, Body: m.Body + " (bis)",
			})))
		}
	}
}

// anyComment returns a comment on subject that is not deleted, or nil if there is none.
func (c *crowd) anyComment(subject string) *ent.Comment {
	rows := mustHave[[]*ent.Comment](c)(c.Read.Comment.Query().
		Where(comment.SubjectID(subject), comment.DeletedAtIsNil()).
		Order(comment.ByPath()).
		All(c.t.Context()))
	if len(rows) == 0 {
		return nil
	}
	return pick(c, rows)
}

// author is a context in which whoever wrote m acts.
func (c *crowd) author(m *ent.Comment) context.Context {
	for _, p := range c.people {
		if p.ID == m.AuthorID {
			return c.as(p)
		}
	}
	c.t.Fatalf("nobody wrote %s", m.ID)
	return nil
}

// comments posts a comment on a commitment or on an amendment, sometimes as an answer or for an organization.
func (c *crowd) comments(on *ent.Commitment, who *testsite.Person) {
	said := []string{
		"Oui.", "**Non** !", "Merci @alice et @bob, pas @nobody.", "Demandez à @carol ou @steering.",
		"Voir <b>ici</b> : https://example.org", "1 < 2 & 3", "- un\n- deux",
	}
	in := roadmap.PostCommentInput{Subject: on.ID, Body: pick(c, said)}

	if c.chance(15) {
		rows := mustHave[[]*ent.Amendment](c)(c.PublicAmendments().All(c.t.Context()))
		slices.SortFunc(rows, func(a, b *ent.Amendment) int { return strings.Compare(a.ID, b.ID) })
		in.Subject = pick(c, rows).ID
	}

	if parent := c.anyComment(in.Subject); parent != nil && c.chance(65) {
		in.Parent = &parent.ID
	} else if c.chance(60) {
		side := pick(c, []comment.Alignment{comment.AlignmentFOR, comment.AlignmentAGAINST, comment.AlignmentNEUTRAL})
		in.Alignment = &side
	}

	if c.chance(35) {
		in.Organization = c.partyOf(who)
	}

	c.do(second(c.PostComment(c.as(who), in)))
}

// votes votes on a comment, or takes the vote back.
func (c *crowd) votes(on *ent.Commitment, who *testsite.Person) {
	if m := c.anyComment(on.ID); m != nil {
		value := pick(c, []int{1, 1, -1, 0})
		c.do(second(c.VoteComment(c.as(who), roadmap.VoteCommentInput{Comment: m.ID, Value: value})))
	}
}

// supports adds, confirms or removes a support, sometimes for an organization.
func (c *crowd) supports(on *ent.Commitment, who *testsite.Person) {
	in := roadmap.SupportInput{Commitment: on.ID}
	if c.chance(40) {
		in.Organization = c.partyOf(who)
	}

	switch c.random.IntN(5) {
	case 0:
		c.do(second(c.RemoveSupport(c.as(who), roadmap.RemoveSupportInput(in))))
	case 1:
		c.do(second(c.ConfirmSupport(c.as(who), roadmap.ConfirmSupportInput(in))))
	default:
		c.do(second(c.AddSupport(c.as(who), roadmap.AddSupportInput(in))))
	}
}

// amends drafts an amendment, often submits it, and sometimes has it decided or withdrawn at once.
func (c *crowd) amends(on *ent.Commitment, who *testsite.Person) {
	body := pick(c, []string{
		"Premier **paragraphe**, revu.\n\nSecond paragraphe.",
		"Texte court.",
		"Premier **paragraphe**.\n\nSecond paragraphe.\n\nEncore.",
	})
	in := roadmap.DraftAmendmentInput{Commitment: on.ID, Body: &body}
	if c.chance(50) {
		in.Organization = c.partyOf(who)
	}

	a, err := c.DraftAmendment(c.as(who), in)
	if c.do(err); err != nil || c.chance(25) {
		return
	}
	c.do(second(c.SubmitAmendment(c.as(who), roadmap.SubmitAmendmentInput{Amendment: a.ID})))

	switch c.random.IntN(5) {
	case 0:
		c.do(second(c.RejectAmendment(c.as(c.Steering), roadmap.RejectAmendmentInput{
			Amendment: a.ID, Reason: "Non.",
		})))
	case 1:
		c.do(second(c.AcceptAmendment(c.as(c.Steering), roadmap.AcceptAmendmentInput{
			Amendment: a.ID, Reason: "Bien.",
		})))
	case 2:
		c.do(second(c.WithdrawAmendment(c.as(who), roadmap.WithdrawAmendmentInput{Amendment: a.ID})))
	}
}

// revises writes a new version of one language's text.
func (c *crowd) revises(on *ent.Commitment) {
	now := mustHave[*ent.Commitment](c)(c.Read.Commitment.Get(c.t.Context(), on.ID))
	c.do(second(c.ReviseCommitment(c.as(c.Steering), roadmap.ReviseCommitmentInput{
		Commitment: on.ID, Base: now.VersionID,
		Body: inLanguages(pick(c, []string{"fr", "en"}),
			fmt.Sprintf("Premier **paragraphe**.\n\nVersion %d.", now.VersionNumber+1)),
	})))
}

// removals deletes and hides comments, with and without readable ones below.
func (c *crowd) removals() {
	rows := mustHave[[]*ent.Comment](c)(c.Read.Comment.Query().Order(comment.ByPath()).All(c.t.Context()))
	seen := map[string]int{}

	for i, m := range rows {
		if i%5 != 0 && (m.DescendantCount == 0 || i%3 != 0) {
			continue
		}

		if i%2 == 0 {
			c.hides(m.ID)
		} else {
			c.do(second(c.DeleteComment(c.author(m), roadmap.DeleteCommentInput{Comment: m.ID})))
		}

		seen[fmt.Sprint(i%2 == 0, m.DescendantCount > 0)]++
		c.pass()
	}

	if len(seen) != 4 {
		c.t.Fatalf("comments hidden, with some below: %v", seen)
	}
}

// hides has the moderator hide an item.
func (c *crowd) hides(item string) {
	c.do(second(c.Decide(c.as(c.Moderator), moderation.Decision{
		Item: item, Action: entmoderation.ActionHIDE, Facts: "Non, merci.",
		Ground: pick(c, []string{"", "Charte, § 1"}),
		Reason: new(pick(c, []entmoderation.Reason{
			entmoderation.ReasonSPAM, entmoderation.ReasonOFFENSIVE, entmoderation.ReasonOTHER,
		})),
	})))
	c.pass()
}

// amendsInVain has three amendments held: Alice's is refused, Bob's is refused and then edited, the signatory's stays
// held.
func (c *crowd) amendsInVain() {
	for i, p := range []*testsite.Person{c.Alice, c.Bob, c.Signatory} {
		a := c.held(p)
		if i == 2 {
			break
		}

		c.do(second(c.Decide(c.as(c.Moderator), moderation.Decision{
			Item: a.ID, Action: entmoderation.ActionREFUSE, Reason: new(entmoderation.ReasonSPAM), Facts: "Lu.",
		})))
		if i == 1 {
			mustHave[*ent.Amendment](c)(c.EditAmendmentDraft(c.as(p), roadmap.EditAmendmentDraftInput{
				Amendment: a.ID, DraftChange: roadmap.DraftChange{Rationale: new("Autrement.")},
			}))
		}
		c.pass()
	}
}

// held submits an amendment of p's that waits for moderators, on a commitment where p has no draft.
func (c *crowd) held(p *testsite.Person) *ent.Amendment {
	for _, on := range c.open {
		body := "Au casino, tous."
		a, err := c.DraftAmendment(c.as(p), roadmap.DraftAmendmentInput{Commitment: on.ID, Body: &body})
		if c.do(err); err != nil {
			continue
		}

		a, err = c.SubmitAmendment(c.as(p), roadmap.SubmitAmendmentInput{Amendment: a.ID})
		if c.do(err); err == nil && a.HeldAt != nil {
			return a
		}
	}
	c.t.Fatal("no amendment is held")
	return nil
}

// moderates has people report items and appeal, and moderators decide on some of that. It hides two amendments, and has
// what names a casino held.
func (c *crowd) moderates() {
	c.moderatesHeld()
	c.amendsInVain()

	ctx := c.t.Context()
	amendments := mustHave[[]*ent.Amendment](c)(c.PublicAmendments().Order(amendment.ByID()).All(ctx))
	comments := mustHave[[]*ent.Comment](c)(c.PublicComments().Order(comment.ByID()).All(ctx))
	var items []string
	for i := range 14 {
		items = append(items, comments[i*3%len(comments)].ID, amendments[i%len(amendments)].ID)
	}

	for range 70 {
		c.reports(items)
	}
	for _, item := range items[:6] {
		c.do(second(c.Decide(c.as(c.Moderator), moderation.Decision{
			Item: item, Action: entmoderation.ActionDISMISS, Facts: "Relu.",
		})))
		c.pass()
	}
	for _, a := range amendments[len(amendments)-2:] {
		c.hides(a.ID)
	}

	c.appeals()
}

// moderatesHeld has three comments held for a word: a moderator refuses one, publishes one and leaves one.
func (c *crowd) moderatesHeld() {
	c.do(second(c.UpdateProcess(c.as(c.Admin), processes.UpdateProcessInput{
		Process: c.Process.ID, HeldWords: []string{"Casino"},
	})))

	for i, body := range []string{"Au casino.", "Le CASINO !", "casino…"} {
		m := mustHave[*ent.Comment](c)(c.PostComment(c.as(c.Alice), roadmap.PostCommentInput{
			Subject: c.open[0].ID, Body: body,
		}))
		if i > 0 {
			action := []entmoderation.Action{1: entmoderation.ActionREFUSE, 2: entmoderation.ActionPUBLISH}[i]
			c.do(second(c.Decide(c.as(c.Moderator), moderation.Decision{
				Item: m.ID, Action: action, Reason: new(entmoderation.ReasonSPAM), Facts: "Lu.",
			})))
		}
		c.pass()
	}
}

// reports has one of the first people report one of the items.
func (c *crowd) reports(items []string) {
	c.do(second(c.Report(c.as(pick(c, c.people[:4])), moderation.ReportContentInput{
		Item:   pick(c, items),
		Reason: pick(c, []report.Reason{report.ReasonSPAM, report.ReasonOFF_TOPIC, report.ReasonOTHER}),
		Text:   pick(c, []string{"", "Voyez."}),
	})))
	c.pass()
}

// appeals has everybody try to appeal against every hiding; the admin decides on a third of the appeals.
func (c *crowd) appeals() {
	hidings := mustHave[[]*ent.Moderation](c)(c.LoggedModerations().
		Where(entmoderation.ActionEQ(entmoderation.ActionHIDE)).
		Order(entmoderation.ByID()).
		All(c.t.Context()))

	for i, row := range hidings {
		for _, p := range c.people {
			a, err := c.Appeal(c.as(p), moderation.AppealDecisionInput{Moderation: row.ID, Text: "Je conteste."})
			if c.do(err); err == nil && i%3 == 0 {
				c.do(second(c.DecideAppeal(c.as(c.Admin), moderation.DecideAppealInput{
					Appeal: a.ID, Overturn: i%2 == 0, Statement: "Relu.",
				})))
			}
		}
	}
}

// statuses leaves one commitment under review, one adopted and one withdrawn.
func (c *crowd) statuses() {
	ctx := c.as(c.Steering)
	mustHave[*ent.Commitment](c)(c.ChangeCommitmentStatus(ctx, roadmap.ChangeCommitmentStatusInput{
		Commitment: c.open[2].ID, Status: commitment.StatusUNDER_REVIEW,
	}))
	mustHave[*ent.Commitment](c)(c.ChangeCommitmentStatus(ctx, roadmap.ChangeCommitmentStatusInput{
		Commitment: c.open[3].ID, Status: commitment.StatusADOPTED,
	}))
	mustHave[*ent.Commitment](c)(c.WithdrawCommitment(ctx, roadmap.WithdrawCommitmentInput{Commitment: c.open[5].ID}))
}

// erase erases the account of somebody who has decided, written, supported and voted.
func (c *crowd) erase(p *testsite.Person) {
	c.do(second(c.AddSupport(c.as(p), roadmap.AddSupportInput{Commitment: c.open[0].ID})))

	// The person may erase the account as if they had just signed in.
	c.do(second(c.Write.ExecContext(c.t.Context(),
		"UPDATE sessions SET created_at = expires_at WHERE user_id = $1", p.ID)))
	mustHave[*ent.User](c)(c.EraseAccount(c.as(p), consultation.EraseAccountInput{}))
}

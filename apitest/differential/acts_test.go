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

// rivalry is one amendment accepted among others, of which one goes with it, one does not and one has the same words.
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
			alignment := []comment.Alignment{comment.AlignmentFOR, comment.AlignmentAGAINST, comment.AlignmentNEUTRAL}[i%3]
			mustHave[*ent.Comment](c)(c.PostComment(c.as(p), roadmap.PostCommentInput{Subject: a.ID, Body: "À propos", Alignment: &alignment}))
		}
	}
	mustHave[*ent.Support](c)(c.AddSupport(c.as(c.Alice), roadmap.AddSupportInput{Commitment: on.ID}))
	mustHave[*ent.Support](c)(c.AddSupport(c.as(c.Bob), roadmap.AddSupportInput{Commitment: on.ID}))
	mustHave[*ent.Support](c)(c.AddSupport(c.as(c.Signatory), roadmap.AddSupportInput{Commitment: on.ID, Organization: &c.Organization.ID}))
	mustHave[*ent.Amendment](c)(c.AcceptAmendment(c.as(c.people[3]), roadmap.AcceptAmendmentInput{Amendment: winner.ID}))
	mustHave[*ent.Support](c)(c.ConfirmSupport(c.as(c.Alice), roadmap.ConfirmSupportInput{Commitment: on.ID}))
	mustHave[*ent.Amendment](c)(c.RejectAmendment(c.as(c.Steering), roadmap.RejectAmendmentInput{Amendment: loser.ID, Reason: "Hors sujet."}))
	withdrawn := propose(c.people[6], base+"\n\nPeut-être.", nil)
	mustHave[*ent.Amendment](c)(c.WithdrawAmendment(c.as(c.people[6]), roadmap.WithdrawAmendmentInput{Amendment: withdrawn.ID}))
	body := base + "\n\nBrouillon."
	mustHave[*ent.Amendment](c)(c.DraftAmendment(c.as(c.Bob), roadmap.DraftAmendmentInput{Commitment: on.ID, Body: &body}))
}

// promotion makes a rejected amendment a commitment of its own.
func (c *crowd) promotion(on *ent.Commitment) {
	body := "Un tout autre texte."
	a := mustHave[*ent.Amendment](c)(c.DraftAmendment(c.as(c.Alice), roadmap.DraftAmendmentInput{Commitment: on.ID, Body: &body}))
	mustHave[*ent.Amendment](c)(c.SubmitAmendment(c.as(c.Alice), roadmap.SubmitAmendmentInput{Amendment: a.ID}))
	mustHave[*ent.Amendment](c)(c.RejectAmendment(c.as(c.Steering), roadmap.RejectAmendmentInput{Amendment: a.ID, Reason: "Mieux à part."}))
	c.open = append(c.open, mustHave[*ent.Commitment](c)(c.PromoteAmendment(c.as(c.Alice), roadmap.PromoteAmendmentInput{Amendment: a.ID})))
}

// somebodyActs tries one thing on one commitment; most of it falls on few of them, so that threads grow.
func (c *crowd) somebodyActs() {
	c.pass()
	on, who := c.open[min(c.random.IntN(len(c.open)), c.random.IntN(len(c.open)))], pick(c, c.people)
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
			c.do(second(c.EditComment(c.author(m), roadmap.EditCommentInput{Comment: m.ID, Body: m.Body + " (bis)"})))
		}
	}
}

func (c *crowd) anyComment(subject string) *ent.Comment {
	rows := mustHave[[]*ent.Comment](c)(c.Read.Comment.Query().Where(comment.SubjectID(subject), comment.DeletedAtIsNil()).
		Order(comment.ByPath()).All(c.t.Context()))
	if len(rows) == 0 {
		return nil
	}
	return pick(c, rows)
}

func (c *crowd) author(m *ent.Comment) context.Context {
	for _, p := range c.people {
		if p.ID == m.AuthorID {
			return c.as(p)
		}
	}
	c.t.Fatalf("nobody wrote %s", m.ID)
	return nil
}

func (c *crowd) comments(on *ent.Commitment, who *testsite.Person) {
	said := []string{"Oui.", "**Non** !", "Merci @alice et @bob, pas @nobody.", "Demandez à @carol ou @steering.", "Voir <b>ici</b> : https://example.org", "1 < 2 & 3", "- un\n- deux"}
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

func (c *crowd) votes(on *ent.Commitment, who *testsite.Person) {
	if m := c.anyComment(on.ID); m != nil {
		c.do(second(c.VoteComment(c.as(who), roadmap.VoteCommentInput{Comment: m.ID, Value: pick(c, []int{1, 1, -1, 0})})))
	}
}

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

func (c *crowd) amends(on *ent.Commitment, who *testsite.Person) {
	body := pick(c, []string{"Premier **paragraphe**, revu.\n\nSecond paragraphe.", "Texte court.", "Premier **paragraphe**.\n\nSecond paragraphe.\n\nEncore."})
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
		c.do(second(c.RejectAmendment(c.as(c.Steering), roadmap.RejectAmendmentInput{Amendment: a.ID, Reason: "Non."})))
	case 1:
		c.do(second(c.AcceptAmendment(c.as(c.Steering), roadmap.AcceptAmendmentInput{Amendment: a.ID, Reason: "Bien."})))
	case 2:
		c.do(second(c.WithdrawAmendment(c.as(who), roadmap.WithdrawAmendmentInput{Amendment: a.ID})))
	}
}

func (c *crowd) revises(on *ent.Commitment) {
	now := mustHave[*ent.Commitment](c)(c.Read.Commitment.Get(c.t.Context(), on.ID))
	c.do(second(c.ReviseCommitment(c.as(c.Steering), roadmap.ReviseCommitmentInput{
		Commitment: on.ID, Base: now.VersionID,
		Body: inLanguages(pick(c, []string{"fr", "en"}), fmt.Sprintf("Premier **paragraphe**.\n\nVersion %d.", now.VersionNumber+1)),
	})))
}

// removals delete and hide comments, with and without readable ones below.
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

func (c *crowd) hides(item string) {
	c.do(second(c.Decide(c.as(c.Moderator), moderation.Decision{
		Item: item, Action: entmoderation.ActionHIDE, Facts: "Non, merci.", Ground: pick(c, []string{"", "Charte, § 1"}),
		Reason: new(pick(c, []entmoderation.Reason{entmoderation.ReasonSPAM, entmoderation.ReasonOFFENSIVE, entmoderation.ReasonOTHER})),
	})))
	c.pass()
}

// amendsInVain has an amendment of alice's refused, one of bob’s changed since, and one of the signatory's held.
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
			mustHave[*ent.Amendment](c)(c.EditAmendmentDraft(c.as(p), roadmap.EditAmendmentDraftInput{Amendment: a.ID, DraftChange: roadmap.DraftChange{Rationale: new("Autrement.")}}))
		}
		c.pass()
	}
}

// held is an amendment of somebody's that waits for moderators, on a commitment where they have no draft.
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

// moderates has people report, and moderators decide on some of it; hides two amendments, and holds what names a casino.
func (c *crowd) moderates() {
	ctx := c.t.Context()
	c.do(second(c.UpdateProcess(c.as(c.Admin), processes.UpdateProcessInput{Process: c.Process.ID, HeldWords: []string{"Casino"}})))
	for i, body := range []string{"Au casino.", "Le CASINO !", "casino…"} {
		m := mustHave[*ent.Comment](c)(c.PostComment(c.as(c.Alice), roadmap.PostCommentInput{Subject: c.open[0].ID, Body: body}))
		if i > 0 {
			c.do(second(c.Decide(c.as(c.Moderator), moderation.Decision{
				Item: m.ID, Action: []entmoderation.Action{1: entmoderation.ActionREFUSE, 2: entmoderation.ActionPUBLISH}[i], Reason: new(entmoderation.ReasonSPAM), Facts: "Lu.",
			})))
		}
		c.pass()
	}
	c.amendsInVain()
	amendments := mustHave[[]*ent.Amendment](c)(c.PublicAmendments().Order(amendment.ByID()).All(ctx))
	comments := mustHave[[]*ent.Comment](c)(c.PublicComments().Order(comment.ByID()).All(ctx))
	var items []string
	for i := range 14 {
		items = append(items, comments[i*3%len(comments)].ID, amendments[i%len(amendments)].ID)
	}
	for range 70 {
		c.do(second(c.Report(c.as(pick(c, c.people[:4])), moderation.ReportInput{
			Item: pick(c, items), Reason: pick(c, []report.Reason{report.ReasonSPAM, report.ReasonOFF_TOPIC, report.ReasonOTHER}), Text: pick(c, []string{"", "Voyez."}),
		})))
		c.pass()
	}
	for _, item := range items[:6] {
		c.do(second(c.Decide(c.as(c.Moderator), moderation.Decision{Item: item, Action: entmoderation.ActionDISMISS, Facts: "Relu."})))
		c.pass()
	}
	for _, a := range amendments[len(amendments)-2:] {
		c.hides(a.ID)
	}
	for i, row := range mustHave[[]*ent.Moderation](c)(c.LoggedModerations().Where(entmoderation.ActionEQ(entmoderation.ActionHIDE)).Order(entmoderation.ByID()).All(ctx)) {
		for _, p := range c.people {
			a, err := c.Appeal(c.as(p), moderation.AppealInput{Moderation: row.ID, Text: "Je conteste."})
			if c.do(err); err == nil && i%3 == 0 {
				c.do(second(c.DecideAppeal(c.as(c.Admin), moderation.DecideAppealInput{Appeal: a.ID, Overturn: i%2 == 0, Statement: "Relu."})))
			}
		}
	}
}

func (c *crowd) statuses() {
	ctx := c.as(c.Steering)
	mustHave[*ent.Commitment](c)(c.ChangeCommitmentStatus(ctx, roadmap.ChangeCommitmentStatusInput{Commitment: c.open[2].ID, Status: commitment.StatusUNDER_REVIEW}))
	mustHave[*ent.Commitment](c)(c.ChangeCommitmentStatus(ctx, roadmap.ChangeCommitmentStatusInput{Commitment: c.open[3].ID, Status: commitment.StatusADOPTED}))
	mustHave[*ent.Commitment](c)(c.WithdrawCommitment(ctx, roadmap.WithdrawCommitmentInput{Commitment: c.open[5].ID}))
}

// erase takes leave of somebody who has decided, written, supported and voted.
func (c *crowd) erase(p *testsite.Person) {
	c.do(second(c.AddSupport(c.as(p), roadmap.AddSupportInput{Commitment: c.open[0].ID})))
	c.do(second(c.Write.ExecContext(c.t.Context(), "UPDATE sessions SET created_at = expires_at WHERE user_id = $1", p.ID))) // as if they had just signed in
	mustHave[*ent.User](c)(c.EraseAccount(c.as(p), consultation.EraseAccountInput{}))
}

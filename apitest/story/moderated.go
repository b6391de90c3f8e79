package story

import (
	"context"
	"time"

	"github.com/google/uuid"

	"ensemble/auth"
	"ensemble/consultation/change"
	"ensemble/consultation/moderation"
	"ensemble/consultation/processes"
	"ensemble/consultation/roadmap"
	"ensemble/ent"
	"ensemble/ent/appeal"
	entmoderation "ensemble/ent/moderation"
	"ensemble/ent/report"
	"ensemble/ent/role"
	"ensemble/ent/user"
	"ensemble/internal/testsite"
)

// moderated adds a process of its own, with something in each standing that moderators know. Its ids, nonces and times
// are apart from those of the story, so that the rest of the story looks as if this process were not there.
func (st *telling) moderated() {
	newID, newNonce, now := st.NewID, st.NewNonce, st.Clock.Now()
	defer func() { st.NewID, st.NewNonce = newID, newNonce; st.Clock.Set(now) }()

	ids, nonces := uint64(0), uint64(1)<<32
	st.NewID = func(kind string) string {
		ids++
		return change.IDFrom(kind, uuid.UUID{0, 0xff, 12: byte(ids >> 24), byte(ids >> 16), byte(ids >> 8), byte(ids)})
	}
	st.NewNonce = func() uint64 { nonces++; return nonces }

	ctx := st.t.Context()
	p := st.moderatedProcess(ctx)
	c := testsite.Got(st.CreateCommitment(st.as(st.Admin), roadmap.CreateCommitmentInput{
		Process: p.ID, Axis: st.Names["moderated axis"],
		Title: inFrench("Un débat vif"), Body: inFrench("Le texte (" + testsite.Secret + ")."),
	}))(st.t)
	c = testsite.Got(st.PublishCommitment(st.as(st.Admin), roadmap.PublishCommitmentInput{Commitment: c.ID}))(st.t)
	st.Call("moderated commitment", c.ID)

	st.moderatedComments(c)
	st.moderatedAmendments(c)
	testsite.Must(st.t, st.Jobs.Do(ctx, "announce phases", "compare amendments"))
}

// moderatedProcess opens a process with rules for moderation, a phase of debate and two moderators.
func (st *telling) moderatedProcess(ctx context.Context) *ent.Process {
	p := testsite.Got(st.CreateProcess(st.as(st.Admin), processes.CreateProcessInput{
		Slug: "moderated", Languages: []string{"fr"},
		Title: inFrench("Modérée"), Description: inFrench("Avec des modérateurs."),
		CommentMaxLength: 1000, EvaluatingLimit: 3, ReportsToHide: 3, LinkLimit: 2, HeldWords: []string{"casino"},
	}))(st.t)
	p = testsite.Got(st.PublishProcess(st.as(st.Admin), processes.PublishProcessInput{Process: p.ID}))(st.t)
	st.Call("moderated process", p.ID)

	yes, opens := true, st.Clock.Now().Add(-time.Hour)
	testsite.Got(st.CreatePhase(st.as(st.Admin), processes.CreatePhaseInput{
		Process: p.ID, PhaseSettings: processes.PhaseSettings{
			Name: inFrench("Débat"), OpensAt: &opens,
			AllowsComments: &yes, AllowsAmendmentSubmission: &yes, AllowsAmendmentDecision: &yes,
		},
	}))(st.t)

	axis := testsite.Got(st.CreateAxis(st.as(st.Admin), processes.CreateAxisInput{
		Process: p.ID, Title: inFrench("Débats"),
	}))(st.t)
	st.Call("moderated axis", axis.ID)

	for _, moderator := range []string{"moderator", "steering"} { // of two, one can decide on an appeal against the other
		testsite.Must(st.t, st.Write.Role.Create().
			SetID(st.NewID("role")).
			SetUserID(st.Names[moderator]).
			SetProcessID(st.Names["moderated process"]).
			SetName(role.NameMODERATOR).
			SetCreatedAt(st.Clock.Now()).
			Exec(ctx))
	}

	confirmed := user.IDIn(st.Names["bob"], st.Names["carol"], st.Names["signatory"])
	testsite.Got(st.Write.User.Update().Where(confirmed).SetEmailConfirmedAt(st.Clock.Now()).Save(ctx))(st.t)
	return p
}

// moderatedComments adds comments of alice: one reported, one hidden with an answer below it and an appeal, one that
// reports have hidden, one whose reports a moderator dismissed, one held and one refused.
func (st *telling) moderatedComments(c *ent.Commitment) {
	say := func(name, body string) *ent.Comment {
		m := st.say(st.Alice, roadmap.PostCommentInput{Subject: c.ID, Body: body})
		st.Call(name, m.ID)
		return m
	}

	say("reported comment", "Une réclame, peut-être ("+testsite.Secret+").")
	hidden := say("hidden comment", "Une insulte ("+testsite.Secret+").")
	answer := st.say(st.Bob, roadmap.PostCommentInput{Subject: c.ID, Parent: &hidden.ID, Body: "Restons courtois."})
	st.Call("answer to a hidden comment", answer.ID)
	suspended := say("suspended comment", "Une provocation ("+testsite.Secret+").")
	kept := say("kept comment", "Une blague ("+testsite.Secret+").")

	for i, who := range []string{"bob", "carol", "signatory"} {
		st.Pass()
		reason := []report.Reason{report.ReasonSPAM, report.ReasonOFFENSIVE, report.ReasonOFFENSIVE}[i]
		for _, name := range []string{"suspended comment", "reported comment", "kept comment"}[:3-min(i, 2)] {
			st.report(who, name, reason)
		}
	}

	st.Pass()
	st.decide("hiding", st.Moderator, moderation.Decision{
		Item: hidden.ID, Action: entmoderation.ActionHIDE, Reason: new(entmoderation.ReasonOFFENSIVE),
		Facts: "Une injure (" + testsite.Secret + ").", Ground: "Charte, § 3",
	})

	a := testsite.Got(st.Appeal(st.as(st.Alice), moderation.AppealDecisionInput{
		Moderation: st.Names["hiding"], Text: "C’était une citation (" + testsite.Secret + ").",
	}))(st.t)
	if a.State != appeal.StateOPEN {
		st.t.Fatal(a)
	}
	st.Call("appeal", a.ID)

	st.decide("dismissal", st.Moderator, moderation.Decision{
		Item: kept.ID, Action: entmoderation.ActionDISMISS, Facts: "Courtois.",
	})

	say("held comment", "Le casino ("+testsite.Secret+").")
	refused := say("refused comment", "Le CASINO, encore ("+testsite.Secret+").")
	st.decide("refusal", st.Moderator, moderation.Decision{
		Item: refused.ID, Action: entmoderation.ActionREFUSE, Reason: new(entmoderation.ReasonSPAM),
		Facts: "De la publicité.",
	})

	hidings := st.Read.Moderation.Query().Where(entmoderation.ItemID(suspended.ID))
	row := testsite.Got(hidings.Only(st.t.Context()))(st.t)
	st.Call("automatic hiding", row.ID)
}

// moderatedAmendments adds two amendments of alice, one hidden with a comment of bob, and one held, and an amendment of
// bob that was reported.
func (st *telling) moderatedAmendments(c *ent.Commitment) {
	a := st.Amendment(st.t, st.Alice, c, "Un autre texte ("+testsite.Secret+").")
	st.Call("hidden amendment", a.ID)
	remark := st.say(st.Bob, roadmap.PostCommentInput{Subject: a.ID, Body: "Vu (" + testsite.Secret + ")."})
	st.Call("comment on a hidden amendment", remark.ID)
	st.report("carol", "hidden amendment", report.ReasonOFF_TOPIC)
	st.decide("hiding of an amendment", st.Moderator, moderation.Decision{
		Item: a.ID, Action: entmoderation.ActionHIDE, Reason: new(entmoderation.ReasonILLEGAL),
		Facts: "Une adresse privée.", Ground: "RGPD, art. 6",
	})

	st.Pass()
	st.Call("held amendment", st.Amendment(st.t, st.Alice, c, "Le casino ("+testsite.Secret+").").ID)

	st.Pass()
	st.Call("open amendment", st.Amendment(st.t, st.Bob, c, "Un texte plus court.").ID)
	st.report("carol", "open amendment", report.ReasonOFF_TOPIC)
}

// report has who report what the story calls name.
func (st *telling) report(who, name string, reason report.Reason) {
	st.t.Helper()
	viewer := testsite.Got(st.Viewer(st.t.Context(), st.Cast[who].Token))(st.t)
	testsite.Got(st.Report(auth.WithViewer(st.t.Context(), viewer), moderation.ReportContentInput{
		Item: st.Names[name], Reason: reason, Text: "Voyez vous-mêmes (" + testsite.Secret + ").",
	}))(st.t)
}

// decide has p take a decision, a minute after what was before, and gives the decision its name.
func (st *telling) decide(name string, p *testsite.Person, d moderation.Decision) {
	st.t.Helper()
	st.Pass()
	st.Call(name, testsite.Got(st.Decide(st.as(p), d))(st.t).ID)
}

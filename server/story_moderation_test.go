package server_test

import (
	"context"
	"testing"
	"time"

	"github.com/google/uuid"

	"ensemble/auth"
	"ensemble/consultation/change"
	"ensemble/consultation/moderation"
	"ensemble/consultation/roadmap"
	"ensemble/ent"
	"ensemble/ent/appeal"
	entmoderation "ensemble/ent/moderation"
	"ensemble/ent/report"
	"ensemble/ent/role"
	"ensemble/ent/user"
	"ensemble/internal/testsite"
)

// moderated adds a process of its own with something in each standing that moderators know. Its ids, nonces and times are
// apart from those of the story: it changes nothing in what the rest of the story looks like.
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
	c := done(st.CreateCommitment(st.as(st.Admin), roadmap.CreateCommitmentInput{
		Process: p.ID, Axis: st.names["moderated axis"], Title: inFrench("Un débat vif"), Body: inFrench("Le texte (" + secret + ")."),
	}))(st.t)
	c = done(st.PublishCommitment(st.as(st.Admin), c.ID, nil))(st.t)
	st.call("moderated commitment", c.ID)
	st.moderatedComments(c)
	st.moderatedAmendments(c)
	done(0, st.Sweep(ctx))(st.t)
}

func (st *telling) moderatedProcess(ctx context.Context) *ent.Process {
	p := done(st.CreateProcess(st.as(st.Admin), roadmap.CreateProcessInput{
		Slug: "moderated", Languages: []string{"fr"}, Title: inFrench("Modérée"), Description: inFrench("Avec des modérateurs."),
		CommentMaxLength: 1000, EvaluatingLimit: 3, ReportsToHide: 3, LinkLimit: 2, HeldWords: []string{"casino"},
	}))(st.t)
	p = done(st.PublishProcess(st.as(st.Admin), p.ID, nil))(st.t)
	st.call("moderated process", p.ID)
	yes, opens := true, st.Clock.Now().Add(-time.Hour)
	done(st.CreatePhase(st.as(st.Admin), p.ID, roadmap.PhaseSettings{
		Name: inFrench("Débat"), OpensAt: &opens, AllowsComments: &yes, AllowsAmendmentSubmission: &yes, AllowsAmendmentDecision: &yes,
	}, nil))(st.t)
	axis := done(st.CreateAxis(st.as(st.Admin), roadmap.CreateAxisInput{Process: p.ID, Title: inFrench("Débats")}))(st.t)
	st.call("moderated axis", axis.ID)
	for _, p := range []string{"moderator", "steering"} { // of two, one can decide on an appeal against the other
		done(0, st.Write.Role.Create().SetID(st.NewID("role")).SetUserID(st.names[p]).SetProcessID(st.names["moderated process"]).
			SetName(role.NameMODERATOR).SetCreatedAt(st.Clock.Now()).Exec(ctx))(st.t)
	}
	done(st.Write.User.Update().Where(user.IDIn(st.names["bob"], st.names["carol"], st.names["signatory"])).SetEmailConfirmedAt(st.Clock.Now()).Save(ctx))(st.t)
	return p
}

// moderatedComments are by alice: one reported, one hidden with an answer below and an appeal, one that reports hid, one that
// was dismissed, one held, one refused.
func (st *telling) moderatedComments(c *ent.Commitment) {
	say := func(name, body string) *ent.Comment {
		m := st.say(st.Alice, roadmap.PostCommentInput{Subject: c.ID, Body: body})
		st.call(name, m.ID)
		return m
	}
	say("reported comment", "Une réclame, peut-être ("+secret+").")
	hidden := say("hidden comment", "Une insulte ("+secret+").")
	st.call("answer to a hidden comment", st.say(st.Bob, roadmap.PostCommentInput{Subject: c.ID, Parent: &hidden.ID, Body: "Restons courtois."}).ID)
	suspended := say("suspended comment", "Une provocation ("+secret+").")
	kept := say("kept comment", "Une blague ("+secret+").")
	for i, who := range []string{"bob", "carol", "signatory"} {
		st.pass()
		reason := []report.Reason{report.ReasonSPAM, report.ReasonOFFENSIVE, report.ReasonOFFENSIVE}[i]
		for _, name := range []string{"suspended comment", "reported comment", "kept comment"}[:3-min(i, 2)] {
			st.report(who, name, reason)
		}
	}
	st.pass()
	st.decide("hiding", st.Moderator, moderation.Decision{
		Item: hidden.ID, Action: entmoderation.ActionHIDE, Reason: new(entmoderation.ReasonOFFENSIVE), Facts: "Une injure (" + secret + ").", Ground: "Charte, § 3",
	})
	a := done(st.Appeal(st.as(st.Alice), st.names["hiding"], "C’était une citation ("+secret+").", nil))(st.t)
	if a.State != appeal.StateOPEN {
		st.t.Fatal(a)
	}
	st.call("appeal", a.ID)
	st.decide("dismissal", st.Moderator, moderation.Decision{Item: kept.ID, Action: entmoderation.ActionDISMISS, Facts: "Courtois."})
	say("held comment", "Le casino ("+secret+").")
	refused := say("refused comment", "Le CASINO, encore ("+secret+").")
	st.decide("refusal", st.Moderator, moderation.Decision{
		Item: refused.ID, Action: entmoderation.ActionREFUSE, Reason: new(entmoderation.ReasonSPAM), Facts: "De la publicité.",
	})
	row := done(st.Read.Moderation.Query().Where(entmoderation.ItemID(suspended.ID)).Only(st.t.Context()))(st.t)
	st.call("automatic hiding", row.ID)
}

// moderatedAmendments are by alice: one hidden, with a comment of bob's, and one held. One of bob's was reported.
func (st *telling) moderatedAmendments(c *ent.Commitment) {
	a := st.Amendment(st.t, st.Alice, c, "Un autre texte ("+secret+").")
	st.call("hidden amendment", a.ID)
	st.call("comment on a hidden amendment", st.say(st.Bob, roadmap.PostCommentInput{Subject: a.ID, Body: "Vu (" + secret + ")."}).ID)
	st.report("carol", "hidden amendment", report.ReasonOFF_TOPIC)
	st.decide("hiding of an amendment", st.Moderator, moderation.Decision{
		Item: a.ID, Action: entmoderation.ActionHIDE, Reason: new(entmoderation.ReasonILLEGAL), Facts: "Une adresse privée.", Ground: "RGPD, art. 6",
	})
	st.pass()
	st.call("held amendment", st.Amendment(st.t, st.Alice, c, "Le casino ("+secret+").").ID)
	st.pass()
	st.call("open amendment", st.Amendment(st.t, st.Bob, c, "Un texte plus court.").ID)
	st.report("carol", "open amendment", report.ReasonOFF_TOPIC)
}

func (st *telling) report(who, name string, reason report.Reason) {
	st.t.Helper()
	viewer := done(st.Viewer(st.t.Context(), st.cast[who].token))(st.t)
	done(st.Report(auth.WithViewer(st.t.Context(), viewer), moderation.ReportInput{Item: st.names[name], Reason: reason, Text: "Voyez vous-mêmes (" + secret + ")."}))(st.t)
}

func (st *telling) decide(name string, p *testsite.Person, d moderation.Decision) {
	st.t.Helper()
	st.pass()
	st.call(name, done(st.Decide(st.as(p), d, nil))(st.t).ID)
}

// standings are what is not public in the moderated process, by the kind of its id.
var standings = map[string]string{
	"suspended comment": "comment", "held comment": "comment", "refused comment": "comment", "comment on a hidden amendment": "comment",
	"hidden amendment": "amendment", "held amendment": "amendment", "refusal": "moderation",
}

// Whoever asks, also their author and the moderators: what is hidden, held or refused is answered as what does not exist,
// wherever ids are taken, in unmarked fields.
func TestHiddenThingsLookAbsent(t *testing.T) {
	eachStory(t, func(t *testing.T, st *story) {
		for name, kind := range standings {
			for _, who := range audience {
				got, want := st.everywhere(t, st.names[name], who), st.everywhere(t, kind+"_0000000000000000000000000g", who)
				if got != want {
					t.Errorf("the %s, asked by %q:\n%s\nwant as absent:\n%s", name, who, got, want)
				}
			}
		}
	})
}

package story

import (
	"context"
	"testing"
	"time"

	"ensemble/consultation/input"
	"ensemble/consultation/notify"
	"ensemble/consultation/organizations"
	"ensemble/consultation/people"
	"ensemble/consultation/processes"
	"ensemble/consultation/roadmap"
	"ensemble/ent"
	"ensemble/ent/comment"
	"ensemble/ent/commitment"
	"ensemble/ent/membership"
	"ensemble/ent/territory"
	"ensemble/internal/testsite"
)

// The texts that amendments of the story compete about.
const (
	textOne = "Le numérique ne remplace pas l’accueil (" + testsite.Secret +
		").\n\nChaque département ouvre un guichet."
	textTwo   = "Le numérique ne remplace pas l’accueil (" + testsite.Secret + ").\n\nChaque canton ouvre un guichet."
	textThree = "Le numérique ne remplace jamais l’accueil (" + testsite.Secret +
		").\n\nChaque département ouvre un guichet."
	textFour = "Le numérique ne remplace pas l’accueil (" + testsite.Secret + ").\n\nChaque commune ouvre un guichet."
)

// telling is a story while it is being told.
type telling struct {
	*testsite.World
	*Story
}

// tell tells the story on a new site.
func tell(t *testing.T, s *testsite.Logged) *Story {
	t.Helper()
	st := &Story{Logged: s, t: t, chronicle: chronicle{Names: map[string]string{}, Cast: map[string]Person{}}}
	st.counted() // before anything is made
	w := &telling{testsite.NewWorld(t, s.Site), st}
	for nickname, p := range map[string]*testsite.Person{
		"admin": w.Admin, "steering": w.Steering, "moderator": w.Moderator,
		"signatory": w.Signatory, "alice": w.Alice, "bob": w.Bob,
	} {
		st.Enter(nickname, p.ID, p.Token)
	}

	st.Call("process", w.Process.ID)
	st.Call("phase", w.Phase.ID)
	st.Call("axis", w.Axis.ID)
	st.Call("organization", w.Organization.ID)
	st.Call("nobody", "user_0000000000000000000000000g")

	// Each builds on those before it.
	w.setting()
	w.open()
	w.others()
	w.join()
	w.identities()

	// Jobs catch up, so that moderation finds search and notifications as readers do.
	st.Pass()
	testsite.Must(t, s.Jobs.Do(t.Context(), "announce phases", "compare amendments"))
	testsite.Must(t, s.FillSearch(t.Context())) // organizations were made by hand
	testsite.Must(t, s.TellPeople(t.Context()))

	w.moderated()
	st.now = st.Clock.Now()
	return st
}

// as is a context in which the person of the world acts.
func (st *telling) as(p *testsite.Person) context.Context { return p.Ctx(st.t.Context()) }

// setting adds places, an axis without commitments, a phase that has not begun, and an account with a password.
func (st *telling) setting() {
	for _, place := range []struct {
		kind territory.Kind
		code string
	}{
		{territory.KindCOUNTRY, "FR"},
		{territory.KindREGION, "76"},
		{territory.KindDEPARTMENT, "34"},
		{territory.KindDEPARTMENT, "2A"},
	} {
		found := testsite.Got(st.TerritoryByCode(st.t.Context(), place.code, &place.kind))(st.t)
		st.Call("territory "+place.code, found.ID)
	}

	empty := testsite.Got(st.CreateAxis(st.as(st.Admin), processes.CreateAxisInput{
		Process: st.Process.ID, Title: testsite.Both("Formation", "Training"),
	}))(st.t)
	st.Call("empty axis", empty.ID)

	later := st.Clock.Now().Add(240 * time.Hour)
	next := testsite.Got(st.CreatePhase(st.as(st.Admin), processes.CreatePhaseInput{
		Process: st.Process.ID,
		PhaseSettings: processes.PhaseSettings{
			Name: testsite.Both("Bilan", "Review"), OpensAt: &later,
		},
	}))(st.t)
	st.Call("next phase", next.ID)

	draft := testsite.Got(st.CreateProcess(st.as(st.Admin), processes.CreateProcessInput{
		Slug: "next-roadmap", Languages: []string{"fr"}, Title: inFrench("La suite"),
		Description:      inFrench("Pas encore."),
		CommentMaxLength: 1000, EvaluatingLimit: 3,
	}))(st.t)
	st.Call("draft process", draft.ID)

	carol := testsite.Got(st.SignUp(st.t.Context(), people.SignUpInput{
		Email: "carol@example.org", Name: "Carol", Nickname: "carol", Password: testsite.Password, Language: new("fr"),
	}))(st.t)
	st.Enter("carol", carol.Viewer.UserID, carol.Token)

	st.Call("small organization", st.NewOrganization(st.t, "Petite association", false).ID)
	st.Member(st.t, st.Organization, st.Alice, membership.RoleMEMBER)
	organization := st.Write.Organization.UpdateOneID(st.Organization.ID)
	testsite.Must(st.t, organization.SetTerritoryID(st.Names["territory 76"]).Exec(st.t.Context()))
}

// inFrench is a text that an official wrote in French alone.
func inFrench(text string) []*input.TextInput {
	return []*input.TextInput{{Language: "fr", Text: text}}
}

// open adds the commitment that everything happens to.
func (st *telling) open() {
	c := testsite.Got(st.CreateCommitment(st.as(st.Steering), roadmap.CreateCommitmentInput{
		Process: st.Process.ID, Axis: st.Axis.ID,
		Territories: []string{st.Names["territory 34"], st.Names["territory 2A"]},
		Title:       testsite.Both("Des guichets partout", "Counters everywhere"),
		Body:        testsite.Both(textOne, "A counter in every department ("+testsite.Secret+")."),
	}))(st.t)
	c = testsite.Got(st.PublishCommitment(st.as(st.Steering), roadmap.PublishCommitmentInput{Commitment: c.ID}))(st.t)
	st.Call("commitment", c.ID)
	st.Call("version 1", c.VersionID)

	st.Pass()
	testsite.Got(st.AddSupport(st.as(st.Alice), roadmap.AddSupportInput{Commitment: c.ID}))(st.t)
	st.Pass()
	official := testsite.Got(st.AddSupport(st.as(st.Signatory), roadmap.AddSupportInput{
		Commitment: c.ID, Organization: &st.Organization.ID,
	}))(st.t)
	st.Call("official support", official.ID)

	st.discuss(c)
	st.amend(c)
	testsite.Got(st.AddSupport(st.as(st.Bob), roadmap.AddSupportInput{Commitment: c.ID}))(st.t)
}

// discuss leaves a comment with answers four levels deep, an edited one, a deleted one that keeps its place, and votes.
func (st *telling) discuss(c *ent.Commitment) {
	side := comment.AlignmentFOR
	root := st.say(st.Alice, roadmap.PostCommentInput{
		Subject: c.ID, Body: "D’accord, **surtout** en montagne (" + testsite.Secret + ").", Alignment: &side,
	})
	st.Call("comment", root.ID)

	parent := root.ID
	for i, name := range []string{"answer", "deep comment", "deepest comment"} {
		speaker := []*testsite.Person{st.Bob, st.Alice, st.Bob}[i]
		parent = st.say(speaker, roadmap.PostCommentInput{
			Subject: c.ID, Body: "Et en ville, @alice ? (" + testsite.Secret + ")", Parent: &parent,
		}).ID
		st.Call(name, parent)
	}

	gone := st.say(st.Bob, roadmap.PostCommentInput{Subject: c.ID, Body: "Je retire (" + testsite.Secret + ")."})
	st.Call("deleted comment", gone.ID)
	answer := st.say(st.Alice, roadmap.PostCommentInput{
		Subject: c.ID, Body: "Dommage (" + testsite.Secret + ").", Parent: &gone.ID,
	})
	st.Call("answer to a deleted comment", answer.ID)
	testsite.Got(st.DeleteComment(st.as(st.Bob), roadmap.DeleteCommentInput{Comment: gone.ID}))(st.t)

	official := st.say(st.Signatory, roadmap.PostCommentInput{
		Subject: c.ID, Body: "Le hub s’y engage (" + testsite.Secret + ").", Organization: &st.Organization.ID,
	})
	st.Call("official comment", official.ID)
	testsite.Got(st.EditComment(st.as(st.Signatory), roadmap.EditCommentInput{
		Comment: official.ID, Body: "Le hub s’y engage, dès 2027 (" + testsite.Secret + ").",
	}))(st.t)

	testsite.Got(st.VoteComment(st.as(st.Bob), roadmap.VoteCommentInput{Comment: root.ID, Value: 1}))(st.t)
	testsite.Got(st.VoteComment(st.as(st.Signatory), roadmap.VoteCommentInput{Comment: root.ID, Value: -1}))(st.t)
}

// say posts a comment, a minute after what was before it.
func (st *telling) say(p *testsite.Person, in roadmap.PostCommentInput) *ent.Comment {
	st.t.Helper()
	st.Pass()
	return testsite.Got(st.PostComment(st.as(p), in))(st.t)
}

// amend adds an amendment that is accepted, one rejected, two that wait for the steering body (one can be merged into
// the new text, one conflicts with it), one withdrawn and one not submitted.
func (st *telling) amend(c *ent.Commitment) {
	for _, a := range []struct {
		name, body   string
		by           *testsite.Person
		organization *string
	}{
		{"accepted amendment", textTwo, st.Alice, nil},
		{"rejected amendment", textFour, st.Bob, nil},
		{"mergeable amendment", textThree, st.Bob, nil},
		{"conflicting amendment", textFour, st.Signatory, &st.Organization.ID},
		{"withdrawn amendment", textThree, st.Signatory, nil},
		{"draft amendment", textFour, st.Alice, nil},
	} {
		st.Pass()
		draft := testsite.Got(st.DraftAmendment(st.as(a.by), roadmap.DraftAmendmentInput{
			Commitment: c.ID, Body: &a.body, Rationale: "Parce que (" + testsite.Secret + ").",
			Organization: a.organization,
		}))(st.t)
		st.Call(a.name, draft.ID)
		if a.name != "draft amendment" {
			testsite.Got(st.SubmitAmendment(st.as(a.by), roadmap.SubmitAmendmentInput{Amendment: draft.ID}))(st.t)
		}
	}

	st.say(st.Alice, roadmap.PostCommentInput{
		Subject: st.Names["mergeable amendment"], Body: "Jamais est fort (" + testsite.Secret + ").",
	})

	// Accepting one makes version 2, with which the others are compared.
	st.Pass()
	testsite.Got(st.AcceptAmendment(st.as(st.Steering), roadmap.AcceptAmendmentInput{
		Amendment: st.Names["accepted amendment"], Reason: "Plus près des gens.",
	}))(st.t)
	testsite.Got(st.RejectAmendment(st.as(st.Steering), roadmap.RejectAmendmentInput{
		Amendment: st.Names["rejected amendment"], Reason: "Trop fin.",
	}))(st.t)
	testsite.Got(st.WithdrawAmendment(st.as(st.Signatory), roadmap.WithdrawAmendmentInput{
		Amendment: st.Names["withdrawn amendment"],
	}))(st.t)

	st.Call("version 2", testsite.Got(st.Read.Commitment.Get(st.t.Context(), c.ID))(st.t).VersionID)
}

// others adds commitments that nothing happens to: a draft, one withdrawn, one adopted and one under review.
func (st *telling) others() {
	st.Pass()
	for _, name := range []string{
		"draft commitment", "withdrawn commitment", "adopted commitment", "reviewed commitment",
	} {
		st.Call(name, st.Draft(st.t, "Engagement : "+name, "Texte ("+testsite.Secret+").").ID)
	}
	for _, name := range []string{"withdrawn commitment", "adopted commitment", "reviewed commitment"} {
		testsite.Got(st.PublishCommitment(st.as(st.Steering), roadmap.PublishCommitmentInput{
			Commitment: st.Names[name],
		}))(st.t)
	}

	testsite.Got(st.WithdrawCommitment(st.as(st.Steering), roadmap.WithdrawCommitmentInput{
		Commitment: st.Names["withdrawn commitment"],
	}))(st.t)
	testsite.Got(st.ChangeCommitmentStatus(st.as(st.Steering), roadmap.ChangeCommitmentStatusInput{
		Commitment: st.Names["adopted commitment"], Status: commitment.StatusADOPTED,
	}))(st.t)
	testsite.Got(st.ChangeCommitmentStatus(st.as(st.Steering), roadmap.ChangeCommitmentStatusInput{
		Commitment: st.Names["reviewed commitment"], Status: commitment.StatusUNDER_REVIEW,
	}))(st.t)

	draft := testsite.Got(st.Read.Commitment.Get(st.t.Context(), st.Names["draft commitment"]))(st.t)
	st.Call("draft version", draft.VersionID)

	for _, followed := range []string{"process", "organization", "alice"} {
		testsite.Must(st.t, st.Follow(st.as(st.Bob), notify.FollowSubjectInput{Subject: st.Names[followed]}))
	}
}

// join gives the organization an owner, who invites carol to it.
func (st *telling) join() {
	owner := st.Person(st.t, "owner")
	st.Enter("owner", owner.ID, owner.Token)
	st.Member(st.t, st.Organization, owner, membership.RoleOWNER)

	asked := testsite.Got(st.InviteMember(st.as(owner), organizations.InviteMemberInput{
		Organization: st.Organization.ID, Nickname: new("carol"), Role: membership.RoleSIGNATORY,
	}))(st.t)
	st.Call("invitation", asked.ID)

	for _, m := range testsite.Got(st.Read.Membership.Query().WithUser().All(st.t.Context()))(st.t) {
		st.Call("membership of "+*m.Edges.User.Nickname, m.ID)
	}
}

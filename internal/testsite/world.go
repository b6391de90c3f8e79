package testsite

import (
	"context"
	"testing"
	"time"

	"ensemble/auth"
	"ensemble/consultation/input"
	"ensemble/consultation/people"
	"ensemble/consultation/processes"
	"ensemble/consultation/roadmap"
	"ensemble/consultation/text/clean"
	"ensemble/ent"
	"ensemble/ent/membership"
	"ensemble/ent/organization"
	"ensemble/ent/role"
)

// World is a small consultation: a public process whose only phase is open for everything, with people of each role.
type World struct {
	*Site
	Process                                           *ent.Process
	Phase                                             *ent.Phase
	Axis                                              *ent.Axis
	Organization                                      *ent.Organization // verified; Signatory signs for it
	Admin, Steering, Moderator, Signatory, Alice, Bob *Person
}

// Person is an account and a way to act as it.
type Person struct {
	ID    string
	Token string
	s     *Site
}

// As returns the person of a session.
func (s *Site) As(made *people.Session) *Person {
	return &Person{ID: made.Viewer.UserID, Token: made.Token, s: s}
}

// Ctx returns a context in which the person acts, as they are now.
func (p *Person) Ctx(ctx context.Context) context.Context {
	if p == nil {
		return ctx
	}
	v, err := p.s.Viewer(ctx, p.Token)
	if err != nil {
		p.s.t.Fatalf("viewer of %s: %v", p.ID, err)
	}
	return auth.WithViewer(ctx, v)
}

// NewWorld fills a site. When the site is like new, it pastes a copy of a world that was built before.
func NewWorld(t testing.TB, s *Site) *World {
	t.Helper()
	if Got(s.likeNew(t.Context()))(t) {
		return worlds[s.Store.Dialect].paste(t, s)
	}
	return build(t, s)
}

// build makes a world as people do, step by step.
func build(t testing.TB, s *Site) *World {
	t.Helper()
	ctx := t.Context()
	w := &World{Site: s}
	w.Admin, w.Steering, w.Moderator = s.Person(t, "admin"), s.Person(t, "steering"), s.Person(t, "moderator")
	w.Signatory, w.Alice, w.Bob = s.Person(t, "signatory"), s.Person(t, "alice"), s.Person(t, "bob")
	Must(t, s.Write.User.UpdateOneID(w.Admin.ID).SetSiteAdmin(true).Exec(ctx))

	w.Process = Got(s.CreateProcess(w.Admin.Ctx(ctx), processes.CreateProcessInput{
		Slug: "roadmap", Languages: []string{"fr", "en"}, Title: Both("Feuille de route", "Roadmap"),
		Description: Both("Écrire ensemble.", "Writing together."), CommentMaxLength: 1000, EvaluatingLimit: 3,
		ReportsToHide: 3,
	}))(t)
	w.Process = Got(s.PublishProcess(w.Admin.Ctx(ctx), processes.PublishProcessInput{Process: w.Process.ID}))(t)

	yes, opens := true, Start.Add(-24*time.Hour)
	w.Phase = Got(s.CreatePhase(w.Admin.Ctx(ctx), processes.CreatePhaseInput{
		Process: w.Process.ID,
		PhaseSettings: processes.PhaseSettings{
			Name: Both("Contributions", "Contributions"), OpensAt: &opens, AllowsComments: &yes, AllowsSupports: &yes,
			AllowsAmendmentSubmission: &yes, AllowsAmendmentDecision: &yes, AllowsAmendmentPromotion: &yes,
		},
	}))(t)
	w.Axis = Got(s.CreateAxis(w.Admin.Ctx(ctx), processes.CreateAxisInput{
		Process: w.Process.ID, Title: Both("Gouvernance", "Governance"),
	}))(t)

	w.Role(t, w.Steering, role.NameSTEERING)
	w.Role(t, w.Moderator, role.NameMODERATOR)
	w.Organization = w.NewOrganization(t, "Hub du Sud", true)
	w.Member(t, w.Organization, w.Signatory, membership.RoleSIGNATORY)
	return w
}

// Both returns an official text in French and English.
func Both(fr, en string) []*input.TextInput {
	return []*input.TextInput{{Language: "fr", Text: fr}, {Language: "en", Text: en}}
}

// Person opens an account with this nickname and no password, and signs it in.
func (s *Site) Person(t testing.TB, name string) *Person {
	t.Helper()
	token := auth.NewToken()
	hash, _ := auth.HashToken(token)
	p := &Person{ID: s.NewID("user"), Token: token, s: s}

	Must(t, s.Write.User.Create().SetID(p.ID).SetName(name).SetNickname(name).SetEmail(name+"@example.org").
		SetLanguage("en").SetCreatedAt(s.Now()).Exec(t.Context()))
	Must(t, s.Write.Session.Create().SetID(s.NewID("session")).SetUserID(p.ID).SetTokenHash(hash).
		SetCreatedAt(s.Now()).SetExpiresAt(s.Now().Add(people.SessionLifetime)).Exec(t.Context()))
	return p
}

// Role gives a person a role in the world's process.
func (w *World) Role(t testing.TB, p *Person, name role.Name) {
	t.Helper()
	Must(t, w.Write.Role.Create().SetID(w.NewID("role")).SetUserID(p.ID).SetProcessID(w.Process.ID).SetName(name).
		SetCreatedAt(w.Now()).Exec(t.Context()))
}

// NewOrganization adds an organization.
func (w *World) NewOrganization(t testing.TB, name string, verified bool) *ent.Organization {
	t.Helper()
	create := w.Write.Organization.Create().SetID(w.NewID("organization")).SetName(name).
		SetSearchName(clean.Fold(name)).SetLooks(clean.Skeleton(name)).SetKind(organization.KindHUB).SetCreatedAt(w.Now())
	if verified {
		create.SetVerifiedAt(w.Now())
	}
	return Got(create.Save(t.Context()))(t)
}

// Member makes a person a member of an organization.
func (w *World) Member(t testing.TB, g *ent.Organization, p *Person, as membership.Role) {
	t.Helper()
	Must(t, w.Write.Membership.Create().SetID(w.NewID("membership")).SetOrganizationID(g.ID).
		SetUserID(p.ID).SetRole(as).SetCreatedAt(w.Now()).Exec(t.Context()))
}

// Draft writes a commitment that is not public.
func (w *World) Draft(t testing.TB, titleFR, bodyFR string) *ent.Commitment {
	t.Helper()
	return Got(w.CreateCommitment(w.Steering.Ctx(t.Context()), roadmap.CreateCommitmentInput{
		Process: w.Process.ID, Axis: w.Axis.ID, Title: Both(titleFR, "EN "+titleFR), Body: Both(bodyFR, "EN "+bodyFR),
	}))(t)
}

// Commitment writes a commitment and publishes it.
func (w *World) Commitment(t testing.TB, titleFR, bodyFR string) *ent.Commitment {
	t.Helper()
	c := w.Draft(t, titleFR, bodyFR)
	return Got(w.PublishCommitment(w.Steering.Ctx(t.Context()), roadmap.PublishCommitmentInput{Commitment: c.ID}))(t)
}

// Comment posts a comment.
func (w *World) Comment(t testing.TB, p *Person, subject, body string) *ent.Comment {
	t.Helper()
	return Got(w.PostComment(p.Ctx(t.Context()), roadmap.PostCommentInput{Subject: subject, Body: body}))(t)
}

// Amendment submits an amendment that replaces the body.
func (w *World) Amendment(t testing.TB, p *Person, c *ent.Commitment, body string) *ent.Amendment {
	t.Helper()
	a := Got(w.DraftAmendment(p.Ctx(t.Context()), roadmap.DraftAmendmentInput{Commitment: c.ID, Body: &body}))(t)
	return Got(w.SubmitAmendment(p.Ctx(t.Context()), roadmap.SubmitAmendmentInput{Amendment: a.ID}))(t)
}

// CurrentVersion returns the id of the version that a commitment has now.
func CurrentVersion(t testing.TB, w *World, c *ent.Commitment) *string {
	t.Helper()
	return &Got(w.Read.Commitment.Get(t.Context(), c.ID))(t).VersionID
}

// SignInAgain signs a person in once more, and returns them with the new session.
func SignInAgain(t testing.TB, w *World, p *Person) *Person {
	t.Helper()
	token := auth.NewToken()
	hash, _ := auth.HashToken(token)
	Must(t, w.Write.Session.Create().SetID(w.NewID("session")).SetUserID(p.ID).SetTokenHash(hash).SetCreatedAt(w.Now()).
		SetExpiresAt(w.Now().Add(people.SessionLifetime)).Exec(t.Context()))
	return w.As(&people.Session{Token: token, Viewer: auth.Viewer{UserID: p.ID}})
}

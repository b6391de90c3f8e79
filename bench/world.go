package main

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"golang.org/x/sync/errgroup"

	"ensemble/auth"
	"ensemble/consultation"
	"ensemble/consultation/input"
	"ensemble/consultation/people"
	"ensemble/consultation/processes"
	"ensemble/consultation/roadmap"
	"ensemble/ent"
	"ensemble/ent/comment"
	"ensemble/ent/membership"
	"ensemble/ent/organization"
	"ensemble/site"
)

// What each commitment gets, beside two versions of its text.
const (
	crowd        = 60 // in all
	amendments   = 3
	comments     = 20 // every third answers the one before
	supports     = 50 // half of them on the first version, one of an organization
	deleted      = 10 // which comment; it keeps its place, since the next one answers it
	fillers      = 8  // commitments written at a time
	signedByBody = 10 // every tenth comment is signed in the name of the organization
)

// world is what the servers are asked about.
type world struct {
	commitments []place
	tokens      []string // of signed-in people
}

// place is a commitment, by both of its names.
type place struct{ id, reference string }

// filler writes the world through the rules, so that whatever they count and log is as it would be.
type filler struct {
	*consultation.Service
	admin        auth.Viewer
	people       []auth.Viewer // the last one has erased their account
	tokens       []string
	organization string
	process      *ent.Process
	axis         *ent.Axis
}

func fill(ctx context.Context, url string, commitments int) (*world, error) {
	service, store, err := site.Open(ctx, url, slog.New(slog.DiscardHandler))
	if err != nil {
		return nil, err
	}
	defer func() { _ = store.Close() }()

	f := &filler{Service: service}
	f.AllowRepeats = true // as with ENSEMBLE_LIMITS=off

	if err := f.accounts(ctx); err != nil {
		return nil, err
	}
	if err := f.frame(ctx); err != nil {
		return nil, err
	}

	w := &world{commitments: make([]place, commitments), tokens: f.tokens}
	g, inner := errgroup.WithContext(ctx)
	g.SetLimit(fillers)
	for i := range w.commitments {
		g.Go(func() (err error) {
			w.commitments[i], err = f.commitment(inner, i)
			return err
		})
	}
	if err := g.Wait(); err != nil {
		return nil, err
	}

	if err := f.FillSearch(ctx); err != nil { // the organization was made by hand
		return nil, err
	}

	erased := f.people[crowd-1].UserID
	return w, f.Write.User.UpdateOneID(erased).SetErasedAt(time.Now()).Exec(ctx)
}

func (f *filler) accounts(ctx context.Context) error {
	f.organization = f.NewID("organization")
	hub := f.Write.Organization.Create().SetID(f.organization).SetName("Hub du Sud").SetSearchName("hub du sud").
		SetKind(organization.KindHUB).SetCreatedAt(time.Now()).SetVerifiedAt(time.Now())
	if err := hub.Exec(ctx); err != nil {
		return err
	}

	for i := range crowd {
		token, id, name := auth.NewToken(), f.NewID("user"), fmt.Sprintf("person%d", i)
		hash, _ := auth.HashToken(token)

		account := f.Write.User.Create().SetID(id).SetName("Camille " + name).SetNickname(name).
			SetEmail(name + "@example.org").SetLanguage("fr").SetCreatedAt(time.Now())
		if err := account.Exec(ctx); err != nil {
			return err
		}

		signedIn := f.Write.Session.Create().SetID(f.NewID("session")).SetUserID(id).SetTokenHash(hash).
			SetCreatedAt(time.Now()).SetExpiresAt(time.Now().Add(people.SessionLifetime))
		if err := signedIn.Exec(ctx); err != nil {
			return err
		}

		signs := f.Write.Membership.Create().SetID(f.NewID("membership")).SetUserID(id).
			SetOrganizationID(f.organization).SetRole(membership.RoleSIGNATORY).SetCreatedAt(time.Now())
		if err := signs.Exec(ctx); err != nil {
			return err
		}

		f.people = append(f.people, auth.Viewer{UserID: id, Confirmed: true, SignsFor: []string{f.organization}})
		f.tokens = append(f.tokens, token)
	}

	f.tokens = f.tokens[:crowd-1]
	f.admin = auth.Viewer{UserID: f.people[0].UserID, SiteAdmin: true}
	return nil
}

// frame is a public process whose only phase is open for everything.
func (f *filler) frame(ctx context.Context) (err error) {
	ctx = auth.WithViewer(ctx, f.admin)
	if f.process, err = f.CreateProcess(ctx, processes.CreateProcessInput{
		Slug: "bench", Languages: []string{"fr", "en"}, Title: both("Feuille de route", "Roadmap"),
		Description: both("Écrire ensemble.", "Writing together."), CommentMaxLength: 1000, EvaluatingLimit: 3,
	}); err != nil {
		return err
	}

	if f.process, err = f.PublishProcess(ctx, processes.PublishProcessInput{Process: f.process.ID}); err != nil {
		return err
	}

	yes, opens := true, time.Now().Add(-time.Hour)
	if _, err = f.CreatePhase(ctx, processes.CreatePhaseInput{Process: f.process.ID,
		PhaseSettings: processes.PhaseSettings{
			Name: both("Contributions", "Contributions"), OpensAt: &opens, AllowsComments: &yes, AllowsSupports: &yes,
			AllowsAmendmentSubmission: &yes, AllowsAmendmentDecision: &yes, AllowsAmendmentPromotion: &yes,
		}}); err != nil {
		return err
	}

	f.axis, err = f.CreateAxis(ctx, processes.CreateAxisInput{
		Process: f.process.ID, Title: both("Gouvernance", "Governance"),
	})
	return err
}

func (f *filler) commitment(ctx context.Context, i int) (place, error) {
	as := auth.WithViewer(ctx, f.admin)
	c, err := f.CreateCommitment(as, roadmap.CreateCommitmentInput{
		Process: f.process.ID, Axis: f.axis.ID, Body: both(textOf(i, ""), officialEN),
		Title: both(
			fmt.Sprintf("Un lieu d’accueil numéro %d dans chaque canton", i),
			fmt.Sprintf("Drop-in place %d in every canton", i),
		),
	})
	if err != nil {
		return place{}, err
	}

	if c, err = f.PublishCommitment(as, roadmap.PublishCommitmentInput{Commitment: c.ID}); err != nil {
		return place{}, err
	}

	if err := f.supports(ctx, c.ID, i, 0, supports/2); err != nil {
		return place{}, err
	}

	if c, err = f.ReviseCommitment(as, roadmap.ReviseCommitmentInput{
		Commitment: c.ID, Base: c.VersionID,
		Body: both(textOf(i, "Elle est relue chaque année."), officialEN+"\n\nIt is read again every year."),
	}); err != nil {
		return place{}, err
	}

	if err := f.supports(ctx, c.ID, i, supports/2, supports); err != nil {
		return place{}, err
	}
	if err := f.amendments(ctx, c.ID, i); err != nil {
		return place{}, err
	}

	return place{c.ID, c.Reference}, f.comments(ctx, c.ID, i)
}

func (f *filler) person(ctx context.Context, i int) context.Context {
	return auth.WithViewer(ctx, f.people[i%crowd])
}

// face returns in whose name the i-th comment on a commitment is signed.
func (f *filler) face(i int) *string {
	if i%signedByBody == signedByBody-1 {
		return &f.organization
	}
	return nil
}

func (f *filler) supports(ctx context.Context, commitment string, i, from, to int) error {
	for n := from; n < to; n++ {
		in := roadmap.SupportInput{Commitment: commitment}
		if n == supports-2 {
			in.Organization = &f.organization
		}
		if _, err := f.AddSupport(f.person(ctx, i+n), roadmap.AddSupportInput(in)); err != nil {
			return err
		}
	}
	return nil
}

func (f *filler) amendments(ctx context.Context, commitment string, i int) error {
	for n := range amendments {
		as, body := f.person(ctx, i+n), textOf(i, fmt.Sprintf("Proposition numéro %d.", n))
		a, err := f.DraftAmendment(as, roadmap.DraftAmendmentInput{
			Commitment: commitment, Body: &body, Rationale: remarkOf(i, n),
		})
		if err != nil {
			return err
		}
		if _, err := f.SubmitAmendment(as, roadmap.SubmitAmendmentInput{Amendment: a.ID}); err != nil {
			return err
		}
	}
	return nil
}

func (f *filler) comments(ctx context.Context, commitment string, i int) error {
	var posted []*ent.Comment
	sides := []comment.Alignment{comment.AlignmentFOR, comment.AlignmentAGAINST, comment.AlignmentNEUTRAL}

	for n := range comments {
		in := roadmap.PostCommentInput{Subject: commitment, Body: remarkOf(i, n), Organization: f.face(n)}
		switch n % 3 {
		case 1:
			in.Alignment = &sides[n/3%len(sides)]
		case 2:
			in.Parent = &posted[n-1].ID
		}

		m, err := f.PostComment(f.person(ctx, i+n), in)
		if err != nil {
			return err
		}
		posted = append(posted, m)
	}

	_, err := f.DeleteComment(f.person(ctx, i+deleted), roadmap.DeleteCommentInput{Comment: posted[deleted].ID})
	return err
}

func both(fr, en string) []*input.TextInput {
	return []*input.TextInput{{Language: "fr", Text: fr}, {Language: "en", Text: en}}
}

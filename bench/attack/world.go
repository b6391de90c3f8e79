package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"time"

	"ensemble/auth"
	"ensemble/bench/live/producer"
	"ensemble/consultation"
	"ensemble/consultation/input"
	"ensemble/consultation/moderation"
	"ensemble/consultation/processes"
	"ensemble/consultation/roadmap"
	"ensemble/demo"
	"ensemble/ent"
	"ensemble/ent/commitment"
	"ensemble/ent/report"
	"ensemble/ent/user"
	"ensemble/site"
)

// How much there is of each kind of text.
const (
	versions   = 7 // of a commitment: each can be compared with each other
	amendments = 8 // on the versions before the last, so that each has to be merged
	remarks    = 50
	oldEvents  = 2000 // that somebody who comes back can ask for
	signedIn   = 80   // people who do nothing else

	mostChoices = 150 // values of a condition
)

// world is what is in the database.
type world struct {
	*producer.World
	page          string // the reference of a commitment of the demo, which somebody honest reads
	process, axis string // of the places; their author administers it
	places        []place
	territories   []string // as many as a filter may name
	axes          []string // of all processes
}

// watched is the commitment that somebody honest comments on and watches.
func (w *world) watched() string { return w.Commitments[0] }

// busy is a commitment on which much has happened.
func (w *world) busy() string { return w.Commitments[1] }

// place is a commitment whose texts are all of one kind.
type place struct {
	kind       string
	commitment string
	versions   []string
	amendments []string
	draft      string // an amendment that nobody has seen
	comments   []string
}

// filler writes a world through the rules, so that whatever they count and log is as it would be.
type filler struct {
	*consultation.Service
	*world
}

// fill brings an empty database to the newest schema and fills it.
func fill(ctx context.Context, url string, scale int) (*world, error) {
	f := &filler{world: &world{}}
	if err := f.sample(ctx, url, scale); err != nil {
		return nil, err
	}

	var err error
	if f.World, err = producer.Fill(ctx, url, 2, signedIn); err != nil {
		return nil, err
	}

	service, store, err := site.Open(ctx, url, slog.New(slog.DiscardHandler))
	if err != nil {
		return nil, err
	}
	defer func() { _ = store.Close() }()
	f.Service = service
	f.AllowRepeats = true // as with ENSEMBLE_LIMITS=off

	as := auth.WithViewer(ctx, auth.Viewer{UserID: f.Author.UserID, SiteAdmin: true, Confirmed: true})
	if err := f.frame(as); err != nil {
		return nil, err
	}
	for _, k := range kinds {
		p, err := f.place(as, k)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", k.name, err)
		}
		f.places = append(f.places, p)
	}
	if err := f.report(ctx); err != nil {
		return nil, err
	}
	return f.world, f.comment(as, f.busy(), oldEvents, func(n int) string { return fmt.Sprintf("Old news %d.", n) }, nil)
}

// sample fills the demo, and finds a page of it to read.
func (f *filler) sample(ctx context.Context, url string, scale int) error {
	service, store, err := site.Open(ctx, url, slog.New(slog.DiscardHandler))
	if err != nil {
		return err
	}
	defer func() { _ = store.Close() }()

	if err := demo.Fill(ctx, service, scale, io.Discard); err != nil {
		return err
	}
	page, err := service.Read.Commitment.Query().
		Where(commitment.PublishedAtNotNil()).Order(ent.Desc(commitment.FieldCommentCount)).First(ctx)
	if err != nil {
		return err
	}
	f.page = page.Reference

	if f.territories, err = service.Read.Territory.Query().Limit(mostChoices).IDs(ctx); err != nil {
		return err
	}
	f.axes, err = service.Read.Axis.Query().Limit(mostChoices).IDs(ctx)
	return err
}

// report has each comment of the places reported by somebody, so that moderators have a queue.
func (f *filler) report(ctx context.Context) error {
	people, err := f.Read.User.Query().Where(user.IDNEQ(f.Author.UserID)).Limit(signedIn).IDs(ctx)
	if err != nil {
		return err
	}
	for i, p := range f.places {
		for n, item := range p.comments {
			as := auth.WithViewer(ctx, auth.Viewer{UserID: people[(i*remarks+n)%len(people)], Confirmed: true})
			if _, err := f.Report(as, moderation.ReportContentInput{Item: item, Reason: report.ReasonSPAM}); err != nil {
				return err
			}
		}
	}
	return nil
}

// frame is a public process whose only phase is open for everything.
func (f *filler) frame(ctx context.Context) error {
	p, err := f.CreateProcess(ctx, processes.CreateProcessInput{
		Slug: "attacked", Languages: []string{"en"}, Title: english("Texts"), Description: english(kinds[0].text(0)),
		CommentMaxLength: remarkLength, EvaluatingLimit: 50,
	})
	if err == nil {
		p, err = f.PublishProcess(ctx, processes.PublishProcessInput{Process: p.ID})
	}
	if err != nil {
		return err
	}
	f.process = p.ID

	yes, opens := true, time.Now().Add(-time.Hour)
	if _, err := f.CreatePhase(ctx, processes.CreatePhaseInput{Process: p.ID, PhaseSettings: processes.PhaseSettings{
		Name: english("Everything"), OpensAt: &opens, AllowsComments: &yes, AllowsAmendmentSubmission: &yes,
		AllowsAmendmentDecision: &yes, AllowsSupports: &yes,
	}}); err != nil {
		return err
	}

	axis, err := f.CreateAxis(ctx, processes.CreateAxisInput{Process: p.ID, Title: english("Long")})
	if err == nil {
		f.axis = axis.ID
	}
	return err
}

// place writes a commitment of a kind, with its versions, then amendments to the earlier of these, then comments.
func (f *filler) place(ctx context.Context, k kind) (p place, err error) {
	c, err := f.CreateCommitment(ctx, roadmap.CreateCommitmentInput{
		Process: f.process, Axis: f.axis, Title: english(k.name), Body: english(k.text(0)),
	})
	if err == nil {
		c, err = f.PublishCommitment(ctx, roadmap.PublishCommitmentInput{Commitment: c.ID})
	}
	if err != nil {
		return p, err
	}

	p = place{kind: k.name, commitment: c.ID, versions: []string{c.VersionID}}
	for n := 1; n < versions; n++ {
		if c, err = f.ReviseCommitment(ctx, roadmap.ReviseCommitmentInput{
			Commitment: c.ID, Base: c.VersionID, Body: english(k.text(n)),
		}); err != nil {
			return p, err
		}
		p.versions = append(p.versions, c.VersionID)
	}

	if err := f.amend(ctx, k, &p); err != nil {
		return p, err
	}
	return p, f.comment(ctx, c.ID, remarks, func(n int) string { return k.short(n, remarkLength) }, &p.comments)
}

// amend proposes amendments to the earlier versions of a place, and leaves one more as a draft.
func (f *filler) amend(ctx context.Context, k kind, p *place) error {
	for n := range amendments + 1 {
		body := k.text(versions + n)
		a, err := f.DraftAmendment(ctx, roadmap.DraftAmendmentInput{
			Commitment: p.commitment, Base: &p.versions[n%(versions-1)], Body: &body, Rationale: k.short(n, 5000),
		})
		if err != nil {
			return err
		}
		if n == amendments {
			p.draft = a.ID
			return nil
		}

		if _, err = f.SubmitAmendment(ctx, roadmap.SubmitAmendmentInput{Amendment: a.ID}); err != nil {
			return err
		}
		p.amendments = append(p.amendments, a.ID)
	}
	return nil
}

// comment posts comments on a subject, and keeps their ids where to is not nil.
func (f *filler) comment(ctx context.Context, subject string, count int, body func(int) string, to *[]string) error {
	for n := range count {
		c, err := f.PostComment(ctx, roadmap.PostCommentInput{Subject: subject, Body: body(n)})
		if err != nil {
			return err
		}
		if to != nil {
			*to = append(*to, c.ID)
		}
	}
	return nil
}

// english returns a text in the only language of the process.
func english(text string) []*input.TextInput {
	return []*input.TextInput{{Language: "en", Text: text}}
}

// Package producer makes events: it fills a database with commitments to watch and comments on them through the rules
// of package consultation, so that every event is committed, logged and announced as Ensemble would.
package producer

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"ensemble/auth"
	"ensemble/consultation"
	"ensemble/consultation/input"
	"ensemble/consultation/people"
	"ensemble/consultation/processes"
	"ensemble/consultation/roadmap"
	"ensemble/ent"
	"ensemble/site"
)

// World is what the bench's subscribers watch.
type World struct {
	Commitments []string // their ids, which are their topics
	Author      auth.Viewer
	AuthorName  string
	Token       string   // the author's
	People      []string // tokens of others, who only watch
}

// Fill brings an empty database to the newest schema and gives it a public process with commitments open for comments,
// and people who are signed in.
func Fill(ctx context.Context, url string, commitments, people int) (*World, error) {
	s, store, err := site.Open(ctx, url, slog.New(slog.DiscardHandler))
	if err != nil {
		return nil, err
	}
	defer func() { _ = store.Close() }()

	w := &World{AuthorName: "Camille Durand", Token: auth.NewToken()}
	if err := errors.Join(w.author(ctx, s), w.people(ctx, s, people)); err != nil {
		return nil, err
	}

	ctx = auth.WithViewer(ctx, auth.Viewer{UserID: w.Author.UserID, SiteAdmin: true})
	process, axis, err := frame(ctx, s)
	if err != nil {
		return nil, err
	}

	for i := range commitments {
		c, err := s.CreateCommitment(ctx, roadmap.CreateCommitmentInput{
			Process: process.ID, Axis: axis.ID,
			Title: text(fmt.Sprintf("Drop-in place %d", i)), Body: text("There is one in every canton."),
		})
		if err == nil {
			c, err = s.PublishCommitment(ctx, roadmap.PublishCommitmentInput{Commitment: c.ID})
		}
		if err != nil {
			return nil, err
		}

		w.Commitments = append(w.Commitments, c.ID)
	}

	return w, nil
}

// author stores the person who comments, and their session.
func (w *World) author(ctx context.Context, s *consultation.Service) error {
	hash, _ := auth.HashToken(w.Token)
	w.Author = auth.Viewer{UserID: s.NewID("user"), Confirmed: true}
	account := s.Write.User.Create().SetID(w.Author.UserID).SetName(w.AuthorName).SetNickname("camille").
		SetEmail("camille@example.org").SetLanguage("en").SetCreatedAt(time.Now())
	if err := account.Exec(ctx); err != nil {
		return err
	}
	return s.Write.Session.Create().SetID(s.NewID("session")).SetUserID(w.Author.UserID).SetTokenHash(hash).
		SetCreatedAt(time.Now()).SetExpiresAt(time.Now().Add(people.SessionLifetime)).Exec(ctx)
}

// people stores so many people who are signed in.
func (w *World) people(ctx context.Context, s *consultation.Service, count int) error {
	const atOnce = 1000
	now := time.Now()
	for len(w.People) < count {
		var users []*ent.UserCreate
		var sessions []*ent.SessionCreate
		for range min(atOnce, count-len(w.People)) {
			id, token := s.NewID("user"), auth.NewToken()
			hash, _ := auth.HashToken(token)
			users = append(users, s.Write.User.Create().SetID(id).SetName("Dominique Petit").SetNickname(id).
				SetEmail(id+"@example.org").SetLanguage("en").SetCreatedAt(now))
			sessions = append(sessions, s.Write.Session.Create().SetID(s.NewID("session")).
				SetUserID(id).SetTokenHash(hash).SetCreatedAt(now).SetExpiresAt(now.Add(people.SessionLifetime)))
			w.People = append(w.People, token)
		}

		if err := s.Write.User.CreateBulk(users...).Exec(ctx); err != nil {
			return err
		}
		if err := s.Write.Session.CreateBulk(sessions...).Exec(ctx); err != nil {
			return err
		}
	}
	return nil
}

// frame returns a public process with an axis, whose only phase is open for comments.
func frame(ctx context.Context, s *consultation.Service) (*ent.Process, *ent.Axis, error) {
	p, err := s.CreateProcess(ctx, processes.CreateProcessInput{
		Slug: "bench", Languages: []string{"en"}, Title: text("Roadmap"), Description: text("Writing together."),
		CommentMaxLength: 1000, EvaluatingLimit: 3,
	})
	if err == nil {
		p, err = s.PublishProcess(ctx, processes.PublishProcessInput{Process: p.ID})
	}
	if err != nil {
		return nil, nil, err
	}

	yes, opens := true, time.Now().Add(-time.Hour)
	phase := processes.PhaseSettings{Name: text("Comments"), OpensAt: &opens, AllowsComments: &yes}
	if _, err := s.CreatePhase(ctx, processes.CreatePhaseInput{Process: p.ID, PhaseSettings: phase}); err != nil {
		return nil, nil, err
	}

	axis, err := s.CreateAxis(ctx, processes.CreateAxisInput{Process: p.ID, Title: text("Places")})
	return p, axis, err
}

// text returns a text in English.
func text(en string) []*input.TextInput {
	return []*input.TextInput{{Language: "en", Text: en}}
}

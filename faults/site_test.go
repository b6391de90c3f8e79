package faults

import (
	"context"
	"fmt"
	"log/slog"
	"math"
	"testing"
	"time"

	"ensemble/auth"
	"ensemble/consultation"
	"ensemble/consultation/input"
	"ensemble/consultation/people"
	"ensemble/consultation/processes"
	"ensemble/consultation/roadmap"
	"ensemble/ent"
	"ensemble/internal/testenv"
	"ensemble/live"
	program "ensemble/site"
)

// site is a database with a commitment that everybody watches and comments on, and the servers over it.
type site struct {
	*consultation.Service // over the same database; what it writes is announced to nobody
	t                     *testing.T
	databaseURL, redisURL string
	servers               []*server
	commitment            string
	start                 string // the commitment's cursor before the first comment
	people                []person
	pause                 time.Duration // between a writer's comments: a burst that leaves the processors something
}

// person is somebody who may comment.
type person struct{ id, token string }

// crew is how many write at the same time.
const crew = 4

// newSite fills a database and returns its site, which has no servers yet.
func newSite(t *testing.T, databaseURL string) *site {
	t.Helper()
	service, store, err := program.Open(t.Context(), pooled(databaseURL), slog.New(slog.DiscardHandler))
	must(t, err)
	t.Cleanup(func() { _ = store.Close() })
	s := &site{Service: service, t: t, databaseURL: databaseURL, pause: 5 * time.Millisecond}

	for i := range crew {
		s.people = append(s.people, s.newPerson(fmt.Sprintf("writer%d", i)))
	}

	admin := auth.Viewer{Confirmed: true, UserID: s.people[0].id, SiteAdmin: true}
	must(t, s.fill(auth.WithViewer(t.Context(), admin)))
	s.start = s.head().String()
	return s
}

// pooled returns the URL of a database with fewer connections than a site has: whenever something is killed, all are
// made anew, and to make one costs more than what most of the tests do on it.
func pooled(url string) string { return url + "&pool_max_conns=6" }

// pair returns a site with two servers, joined by a Redis of its own.
func pair(t *testing.T) (*site, *testenv.Server) {
	t.Helper()
	s, redis := newSite(t, testenv.Postgres(t)), testenv.RedisServer(t)
	s.redisURL = redis.URL
	s.serve()
	s.serve()
	s.whole()
	return s, redis
}

// newPerson stores somebody who is signed in.
func (s *site) newPerson(name string) person {
	s.t.Helper()
	p := person{s.NewID("user"), auth.NewToken()}
	hash, _ := auth.HashToken(p.token)

	now := time.Now()
	must(s.t, s.Write.User.Create().SetID(p.id).SetName(name).SetNickname(name).SetEmail(name+"@example.org").
		SetLanguage("en").SetCreatedAt(now).Exec(s.t.Context()))
	must(s.t, s.Write.Session.Create().SetID(s.NewID("session")).SetUserID(p.id).SetTokenHash(hash).
		SetCreatedAt(now).SetExpiresAt(now.Add(people.SessionLifetime)).Exec(s.t.Context()))

	return p
}

// fill makes a public process whose only phase is open for comments, and a commitment.
func (s *site) fill(ctx context.Context) error {
	var c *ent.Commitment
	p, err := s.CreateProcess(ctx, processes.CreateProcessInput{
		Slug: "faults", Languages: []string{"en"}, Title: text("Roadmap"), Description: text("Writing together."),
		CommentMaxLength: 5000, EvaluatingLimit: 3,
	})
	if err == nil {
		p, err = s.PublishProcess(ctx, processes.PublishProcessInput{Process: p.ID})
	}
	if err != nil {
		return err
	}

	yes, opens := true, time.Now().Add(-time.Hour)
	phase := processes.PhaseSettings{Name: text("Comments"), OpensAt: &opens, AllowsComments: &yes}
	if _, err = s.CreatePhase(ctx, processes.CreatePhaseInput{Process: p.ID, PhaseSettings: phase}); err != nil {
		return err
	}

	axis, err := s.CreateAxis(ctx, processes.CreateAxisInput{Process: p.ID, Title: text("Places")})
	if err == nil {
		c, err = s.CreateCommitment(ctx, roadmap.CreateCommitmentInput{
			Process: p.ID, Axis: axis.ID, Title: text("Drop-in places"), Body: text("There is one in every canton."),
		})
	}
	if err == nil {
		c, err = s.PublishCommitment(ctx, roadmap.PublishCommitmentInput{Commitment: c.ID})
	}
	if err == nil {
		s.commitment = c.ID
	}
	return err
}

// text returns a text in English.
func text(en string) []*input.TextInput {
	return []*input.TextInput{{Language: "en", Text: en}}
}

// head returns the cursor of the last event about the commitment.
func (s *site) head() (head live.Cursor) {
	s.t.Helper()
	eventually(s.t, "the database tells the head", func() bool {
		heads, err := s.Heads(context.Background(), []string{s.commitment})
		head = heads[s.commitment]
		return err == nil
	})
	return head
}

// history returns all events about the commitment.
func (s *site) history() (events []live.Event) {
	s.t.Helper()
	eventually(s.t, "the database tells its log", func() (ok bool) {
		var err error
		events, err = s.Events(context.Background(), s.commitment, 0, math.MaxInt32)
		return err == nil
	})
	return events
}

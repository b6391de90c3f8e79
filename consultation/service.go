// Package consultation holds the rules: who may do what, when, and what it announces. One file per noun,
// plain functions; the pure ones (may…) are asked by mutations and by the viewerCan… fields alike.
//
// Every change is one short transaction whose last statements write the event log; events are published
// after commit (write.go). What strangers may not see is left out by the scopes in scopes.go.
package consultation

import (
	"context"
	"database/sql"
	"log/slog"
	"time"

	"entgo.io/ent/dialect"
	entsql "entgo.io/ent/dialect/sql"

	"ensemble/auth"
	"ensemble/ent"
	"ensemble/live"
)

// Publisher tells this process and others about committed events; it never fails a mutation.
type Publisher interface {
	Publish(ctx context.Context, events ...live.Event)
}

// Service is the consultation over one database. Its methods are safe for concurrent use.
type Service struct {
	Read      *ent.Client // for everything outside a transaction
	Write     *ent.Client // only begun by inTx; on SQLite its one connection holds the write lock
	Publisher Publisher
	Passwords *auth.Passwords
	Mailer    Mailer // nil: the site sends no mail, and takes addresses as confirmed
	BaseURL   string // how people reach the site, for links in mails: "https://example.org"
	Now       func() time.Time
	NewID     func(kind string) string
	NewNonce  func() uint64
	Logger    *slog.Logger

	SearchTime  time.Duration // how long one statement of a search may take
	Limits      Limits        // on what strangers can repeat; nil: none. Set before anything is served, as is CommentPace
	CommentPace time.Duration // between two comments of one person; 0: none
	KeepEvents  Retention     // set before Keep
	Keeping     Keeping       // likewise

	Providers []*SignInProvider // of OpenID Connect; set before anybody asks
	Terms     Terms             // of use; the zero Terms: the site has none
	Digests   Hour              // when they are sent; the zero Hour is midnight in UTC

	AllowRepeats bool // whatever processes say: for load tests, which repeat themselves

	Jobs *Jobs // what Keep does; others are added before it begins

	dialect string
	uses    *uses
	commits []func(ctx context.Context, tx *Tx) error                      // see beforeCommit
	logs    []func(ctx context.Context, tx *Tx, events []live.Event) error // see withEvents
	items   map[string]LockItem                                            // by kind of id; see moderates

	attention attention // whom events concern: registered by New

	nodes   nodeKinds              // what nouns are to others: see nouns.go
	topics  topics                 // likewise
	search  searchIndex            // likewise
	archive []func() []archivePart // in the order of the archive
	erasure []eraseStep            // in the order in which they are done
}

// New makes a Service over the pools of one database: dialect.SQLite or dialect.Postgres.
func New(name string, read, write *sql.DB, logger *slog.Logger) *Service {
	s := &Service{
		Read:      ent.NewClient(ent.Driver(reader{entsql.OpenDB(name, read)})),
		Write:     ent.NewClient(ent.Driver(entsql.OpenDB(name, write))),
		Publisher: nowhere{},
		Passwords: auth.NewPasswords(),
		Now:       time.Now,
		NewID:     NewID,
		NewNonce:  newNonce,
		Logger:    logger,

		Keeping:    DefaultKeeping,
		SearchTime: searchTime,

		dialect: name,
		uses:    &uses{at: map[string]time.Time{}},

		nodes:  nodeKinds{},
		topics: newTopics(),
	}
	s.search = newSearchIndex(s)
	s.Jobs = &Jobs{now: func() time.Time { return s.Now() }, logger: func() *slog.Logger { return s.Logger }}
	s.addJobs()
	s.beforeCommit(s.deliverNotices)
	s.withEvents(s.spreadEvents)
	s.registerNouns()
	s.registerItems()
	s.registerPeopleConcerns() // each part after those it stands on
	s.registerOrganizationConcerns()
	s.registerModerationConcerns()
	s.registerRoadmapConcerns()
	return s
}

// addJobs names all jobs, each once.
func (s *Service) addJobs() {
	s.Jobs.Add(announcePhases, time.Second, s.announcePhases)
	s.Jobs.Add(compareAmendments, time.Second, s.compareAmendments)
	s.Jobs.Add(tellPeople, time.Second, s.TellPeople)
	s.Jobs.Add(sendMail, sendEvery, s.sendMail)
	s.Jobs.Add("write digests", digestEvery, s.writeDigests)
	s.Jobs.Add("note when tokens were used", time.Second, s.noteUses)
	s.Jobs.Add("forget accounts", pruneEvery, s.forgetUnconfirmed)
	s.Jobs.Add("erase again", pruneEvery, s.forgetErased)
	s.Jobs.Add("forget keys of retries", pruneEvery, s.forgetKeys)
	s.Jobs.Add("forget ways in that ended", pruneEvery, s.forgetWaysIn)
	s.Jobs.Add("forget invitations", pruneEvery, s.forgetInvitations)
	s.Jobs.Add("forget mail", pruneEvery, s.forgetMail)
	s.Jobs.Add("forget notifications", pruneEvery, s.pruneNotifications)
	s.Jobs.Add(orderIndex, pruneEvery, s.orderIndex())
	s.Jobs.Add(forgetEvents, pruneEvery, s.forgetEvents)
}

// now is the present as both databases keep it.
func (s *Service) now() time.Time { return kept(s.Now()) }

// kept is a moment in the form that both databases keep: UTC, in whole microseconds.
func kept(t time.Time) time.Time { return t.UTC().Truncate(time.Microsecond) }

func (s *Service) onPostgres() bool { return s.dialect == dialect.Postgres }

// nowhere is the Publisher of programs that nobody watches: demo data, the command line.
type nowhere struct{}

func (nowhere) Publish(context.Context, ...live.Event) {}

// Ping asks the database for an answer.
func (s *Service) Ping(ctx context.Context) error {
	rows, err := s.Read.QueryContext(ctx, "SELECT 1")
	if err != nil {
		return err
	}
	return rows.Close()
}

// Keep does all jobs until ctx ends. Any number of processes may.
func (s *Service) Keep(ctx context.Context) { s.Jobs.Run(ctx) }

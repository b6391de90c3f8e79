// Package site puts a process of Ensemble together: a database, the rules over it, the hub and the server. It is where
// the program, its tests and the benches all begin, so that they run the same thing. It reads no setting: callers set
// the fields of what it returns before anything runs.
package site

import (
	"context"
	"log/slog"

	"golang.org/x/sync/errgroup"

	"ensemble/consultation"
	"ensemble/database"
	"ensemble/live"
	"ensemble/migrations"
	"ensemble/server"
)

// Open opens the database at url (see database.Open), brings it to the newest schema, loads the official territories,
// and returns the rules over it. Any number of processes may do so on one database; what is there already stays.
// The caller closes the store.
func Open(ctx context.Context, url string, logger *slog.Logger) (*consultation.Service, *database.Store, error) {
	store, err := database.Open(ctx, url)
	if err != nil {
		return nil, nil, err
	}

	service, err := prepare(ctx, store, logger)
	if err != nil {
		_ = store.Close() // the first error says more
		return nil, nil, err
	}
	return service, store, nil
}

// prepare migrates an open store, and loads the territories.
func prepare(ctx context.Context, store *database.Store, logger *slog.Logger) (*consultation.Service, error) {
	outcome, err := database.Migrate(ctx, store, migrations.Files)
	if err != nil {
		return nil, err
	}
	logger.Info("database ready", slog.String("dialect", store.Dialect), slog.Int("version", outcome.Version),
		slog.Int("applied", outcome.Applied), slog.Int("known", outcome.Known))

	service := Over(store, logger)
	return service, service.LoadTerritories(ctx)
}

// Over returns the rules over a store that Open has prepared before, here or in another process. Several may share one
// store: each is what a process of its own would have.
func Over(store *database.Store, logger *slog.Logger) *consultation.Service {
	service := consultation.New(store.Dialect, store.Read, store.Write, logger)
	service.Scrub = store.Scrub
	return service
}

// Site is one process of a site. Nothing runs before Run.
type Site struct {
	Service *consultation.Service
	Hub     *live.Hub
	Server  *server.Server
}

// New joins the rules to a hub and a server: what the service commits is published by the hub, which reads the
// service's log and measures its pulses, and the server answers by both. Options change settings of the hub. All three
// log where the service does.
func New(service *consultation.Service, broker live.Broker, options ...live.HubOption) *Site {
	hub := live.NewHub(service, broker, service.Logger,
		append([]live.HubOption{live.MeasureWith(service)}, options...)...)
	service.Publisher = hub
	return &Site{Service: service, Hub: hub, Server: NewServer(service, hub, broker)}
}

// NewServer returns a server that answers by the rules and the hub, with the usual settings. It logs where the service
// does.
func NewServer(service *consultation.Service, hub *live.Hub, broker live.Broker) *server.Server {
	return &server.Server{Consultation: service, Hub: hub, Broker: broker, Logger: service.Logger}
}

// Run calls serve with a context that ends with ctx, or when the hub gave up, and does meanwhile what goes on behind
// requests: the hub, the jobs, and looking for the providers of sign-ins. These stop after serve has returned, since
// requests need them to the last; then sockets are closed. Run returns the first error. Call it once.
func (s *Site) Run(ctx context.Context, serve func(ctx context.Context) error) error {
	defer s.Server.Close()
	behind, stop := context.WithCancel(context.WithoutCancel(ctx))
	defer stop()

	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error { return s.Hub.Run(behind) })
	g.Go(func() error { s.Service.Jobs.Run(behind); return nil })
	g.Go(func() error { s.Server.OpenID.Run(behind); return nil })
	g.Go(func() error {
		defer stop()
		return serve(ctx)
	})
	return g.Wait()
}

package main

import (
	"context"
	"log/slog"
	"os"

	"ensemble/consultation"
	"ensemble/database"
	"ensemble/live"
	"ensemble/server"
)

// serveEnsemble does what `ensemble serve` does: its log, one line per request, goes to /dev/null.
func serveEnsemble(ctx context.Context, url string) error {
	null, err := os.OpenFile(os.DevNull, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	logger := slog.New(server.WithContext(slog.NewJSONHandler(null, nil)))
	store, err := database.Open(ctx, url)
	if err != nil {
		return err
	}
	service := consultation.New(store.Dialect, store.Read, store.Write, logger)
	service.AllowRepeats = true // as with ENSEMBLE_LIMITS=off
	broker := live.NewMemoryBroker()
	hub := live.NewHub(service, broker, logger, live.MeasureWith(service))
	service.Publisher = hub
	go func() { _ = hub.Run(ctx) }() // a memory broker does not fail
	go service.Keep(ctx)
	api := &server.Server{Consultation: service, Hub: hub, Broker: broker, Logger: logger}
	defer api.Close()
	return listen(ctx, api.HTTP(""), api.Admin())
}

package main

import (
	"context"
	"log/slog"
	"os"

	"ensemble/live"
	"ensemble/server"
	"ensemble/site"
)

// serveEnsemble does what `ensemble serve` does: its log, one line per request, goes to /dev/null.
func serveEnsemble(ctx context.Context, url string) error {
	null, err := os.OpenFile(os.DevNull, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	logger := slog.New(server.WithContext(slog.NewJSONHandler(null, nil)))
	service, store, err := site.Open(ctx, url, logger)
	if err != nil {
		return err
	}
	defer func() { _ = store.Close() }()
	service.AllowRepeats = true // as with ENSEMBLE_LIMITS=off

	process := site.New(service, live.NewMemoryBroker())
	return process.Run(ctx, func(ctx context.Context) error {
		return listen(ctx, process.Server.HTTP(""), process.Server.Admin())
	})
}

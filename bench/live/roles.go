package main

import (
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"sync"

	"ensemble/bench/live/crowd"
	"ensemble/bench/live/feed"
	"ensemble/bench/live/raw"
	"ensemble/bench/live/stock"
	"ensemble/server"
	"ensemble/site"
)

// roles are what this program does in the processes it starts. A server writes where it listens on its first line of
// output, and all end when their input does.
var roles = map[string]func(ctx context.Context, args []string) error{
	"crowd":    func(context.Context, []string) error { return crowd.Serve(os.Stdin, os.Stdout) },
	"raw":      func(ctx context.Context, args []string) error { return serveRaw(ctx, args[0], false) },
	"coalesce": func(ctx context.Context, args []string) error { return serveRaw(ctx, args[0], true) },
	"stock":    func(ctx context.Context, args []string) error { return serveStock(ctx, args[0], args[1]) },
}

func serveRaw(ctx context.Context, redisURL string, coalesce bool) error {
	s := raw.New(coalesce)
	go s.Run()
	return listen(ctx, redisURL, s, s.Receive)
}

func serveStock(ctx context.Context, redisURL, databaseURL string) error {
	service, store, err := site.Open(ctx, databaseURL, slog.New(slog.DiscardHandler))
	if err != nil {
		return err
	}
	defer func() { _ = store.Close() }()
	s := stock.New(service)
	return listen(ctx, redisURL, s, s.Receive)
}

// addresses are where a server listens.
type addresses struct{ Addr, Admin string }

// listen serves until standard input ends. It writes the addresses to standard output once events are heard.
func listen(ctx context.Context, redisURL string, h http.Handler, receive func(feed.Message)) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	go func() { _, _ = io.Copy(io.Discard, os.Stdin); stop() }()

	var at addresses
	var err error

	if at.Addr, err = open(ctx, h); err != nil {
		return err
	}
	if at.Admin, err = open(ctx, server.Debug()); err != nil {
		return err
	}

	hearing := sync.OnceFunc(func() { _ = json.NewEncoder(os.Stdout).Encode(at) })
	return feed.Listen(ctx, redisURL, hearing, receive)
}

// open serves on a free port for as long as the process lives.
func open(ctx context.Context, h http.Handler) (addr string, err error) {
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	go func() { _ = http.Serve(l, h) }() // ends with the process
	return l.Addr().String(), nil
}

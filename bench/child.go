package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"time"
)

// children are the servers that are measured. Each is this program once more, started as `bench serve NAME URL`; it
// writes where it listens on its first line of output, and ends when its input does.
var children = map[string]func(ctx context.Context, url string) error{
	"ensemble": serveEnsemble,
	"raw":      serveRaw,
}

// addresses are where a child listens.
type addresses struct {
	Addr  string
	Admin string // profiles; empty: none
}

// child is a running server.
type child struct {
	addresses
	pid  int
	stop func()
}

// startChild starts a program, this one or that of another commit, as the server of that name, and returns when it
// listens.
func startChild(ctx context.Context, program, name, url string) (*child, error) {
	cmd := exec.CommandContext(ctx, program, "serve", name, url)
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}

	if err := cmd.Start(); err != nil {
		return nil, err
	}

	// The first line that it writes says where it listens.
	c := &child{pid: cmd.Process.Pid, stop: func() { _ = in.Close(); _ = cmd.Wait() }}
	line, err := bufio.NewReader(out).ReadBytes('\n')
	if err == nil {
		err = json.Unmarshal(line, &c.addresses)
	}
	if err != nil {
		c.stop()
		return nil, fmt.Errorf("start %s: %w", name, err)
	}

	return c, nil
}

// listen serves on a port that the kernel picks, and perhaps profiles on another, until the input or ctx ends.
func listen(ctx context.Context, s *http.Server, admin http.Handler) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	go func() { _, _ = io.Copy(io.Discard, os.Stdin); stop() }()

	addr, err := open(ctx, s)
	if err != nil {
		return err
	}

	at := addresses{Addr: addr}
	if admin != nil {
		if at.Admin, err = open(ctx, &http.Server{Handler: admin, ReadHeaderTimeout: time.Second}); err != nil {
			return err
		}
	}

	if err := json.NewEncoder(os.Stdout).Encode(at); err != nil {
		return err
	}

	<-ctx.Done()
	return nil
}

func open(ctx context.Context, s *http.Server) (addr string, err error) {
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	go func() { _ = s.Serve(l) }() // ends with the process
	return l.Addr().String(), nil
}

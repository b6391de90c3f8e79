package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"
)

// profileTime is how long Ensemble is watched for each profile.
const profileTime = 10 * time.Second

// profile puts Ensemble under the load once more and writes where its processor time goes, and what it allocates, for
// `go tool pprof`.
func (l load) profile(ctx context.Context, s settings, ours *child, out io.Writer) error {
	if err := os.MkdirAll(s.profile, 0o755); err != nil {
		return err
	}

	file := filepath.Join(s.profile, strings.ReplaceAll(l.name, " ", "-"))

	g, ctx := errgroup.WithContext(ctx)
	ctx, stop := context.WithCancel(ctx)

	for i := range s.concurrency {
		// Look while the server is busy.
		g.Go(func() error { return l.peers[0].keepBusy(ctx, uint64(i)) })
	}

	g.Go(func() error {
		defer stop()
		seconds := int(profileTime.Seconds())
		profiles := fmt.Sprintf("http://%s/debug/pprof/", ours.Admin)
		if err := save(ctx, fmt.Sprintf("%sprofile?seconds=%d", profiles, seconds), file+".cpu"); err != nil {
			return err
		}
		return save(ctx, fmt.Sprintf("%sallocs?seconds=%d", profiles, seconds), file+".allocs")
	})

	err := g.Wait()
	if err == nil {
		fmt.Fprintf(out, "profiles: %s.cpu and .allocs\n", file)
	}
	return err
}

// keepBusy sends requests until ctx ends.
func (p peer) keepBusy(ctx context.Context, seed uint64) error {
	c, err := dial(ctx, p.server.Addr)
	if err != nil {
		return err
	}
	defer func() { _ = c.conn.Close() }()

	random := newRandom(seed)
	for ctx.Err() == nil {
		if err := c.must(p.request(random)); err != nil {
			return err
		}
	}
	return nil
}

// save writes the answer to a GET into a file.
func save(ctx context.Context, url, file string) error {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return err
	}

	response, err := http.DefaultClient.Do(r)
	if err != nil {
		return err
	}
	defer func() { _ = response.Body.Close() }()

	body, err := io.ReadAll(response.Body)
	if err == nil && response.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s: %s", url, response.Status)
	}

	if err != nil {
		return err
	}

	return os.WriteFile(file, body, 0o644)
}

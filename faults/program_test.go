package faults

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"time"

	"ensemble/internal/testenv"
)

// server is a process that runs `ensemble serve`.
type server struct {
	*testenv.Server
	url string
}

// client is what all requests of the tests are sent with.
var client = &http.Client{Timeout: 10 * time.Second, Transport: &http.Transport{MaxIdleConnsPerHost: crew}}

// serve starts one more server over the site's database and Redis, with some settings of its own.
func (s *site) serve(env ...string) *server {
	s.t.Helper()
	address := testenv.FreeAddress()
	k := &server{url: "http://" + address}

	env = append([]string{
		"ENSEMBLE_ADDR=" + address, "ENSEMBLE_ADMIN_ADDR=",
		"ENSEMBLE_LIMITS=off", // a few people write as much as hundreds
		"ENSEMBLE_DATABASE_URL=" + pooled(s.databaseURL), "ENSEMBLE_REDIS_URL=" + s.redisURL,
	}, env...)

	program := testenv.Build(s.t, "ensemble", buildFlags...)
	k.Server = testenv.Program(s.t, env, []string{program, "serve"}, func(ctx context.Context) error {
		status, state, err := k.readiness(ctx)
		if err == nil && status != http.StatusOK {
			err = fmt.Errorf("status %d: %s", status, state)
		}
		return err
	})

	s.t.Cleanup(func() {
		for _, bad := range []string{"DATA RACE", "panic"} {
			if i := strings.Index(k.Log(), bad); i >= 0 {
				s.t.Errorf("a server wrote:\n%.4000s", k.Log()[i:])
			}
		}
	})

	s.servers = append(s.servers, k)
	return k
}

// readiness returns the status and the answer of /readyz.
func (k *server) readiness(ctx context.Context) (status int, state map[string]string, err error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, k.url+"/readyz", nil)
	if err != nil {
		return 0, nil, err
	}
	response, err := client.Do(r)
	if err != nil {
		return 0, nil, err
	}

	defer func() { _ = response.Body.Close() }()
	return response.StatusCode, state, json.NewDecoder(response.Body).Decode(&state)
}

// whole waits until every server is ready and lacks nothing.
func (s *site) whole() {
	s.t.Helper()
	s.are("ok")
}

// are waits until every server is ready and says that its status is this one.
func (s *site) are(status string) {
	s.t.Helper()
	for _, k := range s.servers {
		eventually(s.t, k.url+" is ready and says "+status, func() bool {
			code, state, err := k.readiness(s.t.Context())
			return err == nil && code == http.StatusOK && state["status"] == status
		})
	}
}

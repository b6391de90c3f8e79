package server_test

import (
	"fmt"
	"log/slog"
	"strings"
	"testing"

	redis "github.com/redis/go-redis/v9"

	"ensemble/internal/testenv"
	"ensemble/internal/testsite"
	"ensemble/limit"
	"ensemble/server"
)

// Two servers on one Redis share what a person has left. When Redis is frozen or gone, each server goes on limiting by
// itself, and people can sign in.
func TestServersShareBudgets(t *testing.T) {
	redisServer := testenv.RedisServer(t)
	shared := func() *limit.Limits {
		l := hourly(map[string]int{limit.PersonWrites: 40, limit.AccountSignIns: 6})
		options := redis.UniversalOptions{Addrs: []string{strings.TrimPrefix(redisServer.URL, "redis://")}}
		testsite.Must(t, l.Share(&options, "the same", slog.New(slog.DiscardHandler)))
		t.Cleanup(func() { _ = l.Close() })
		return l
	}

	one := serve(t, func(api *server.Server) {
		api.Limits = shared()
		api.Consultation.Limits = api.Limits
	})
	other, api := one.Beside(t, func(api *server.Server) { api.Limits = shared() })
	two := &served{World: one.World, api: api, commitment: one.commitment, url: other.URL}

	one.ask(t, fmt.Sprintf(`mutation {
		signUp(input: {email: "new@example.org", name: "N", nickname: "newcomer", password: %q}) { viewer { email } }
	}`, testsite.Password))

	signsIn := func(s *served) {
		t.Helper()
		if _, code, _, _ := s.ask(t, fmt.Sprintf(signInAs, "new@example.org", testsite.Password)); code != "" {
			t.Errorf("nobody can sign in: %s", code)
		}
	}

	writes := func(s *served, most int) (answered int) {
		for answered < most {
			if _, code, _, _ := s.ask(t, "mutation { __typename }", one.bearer(one.Alice)...); code == "RATE_LIMITED" {
				return answered
			}
			answered++
		}
		return answered
	}

	if got := writes(one, 20) + writes(two, 30); got < 40 || got > 42 { // one or two more if Redis was late
		t.Fatalf("%d of 40", got)
	}

	redisServer.Pause()
	if got := writes(one, 100); got > 20 {
		t.Errorf("Redis is frozen, and %d are answered", got)
	}
	signsIn(one)

	redisServer.Resume()
	redisServer.Kill()
	if got := writes(two, 100); got > 20 {
		t.Errorf("Redis is gone, and %d are answered", got)
	}
	signsIn(two)

	n, which, _ := one.until(t, fmt.Sprintf(signInAs, "nobody@example.org", "wrong"))
	if n != 6 || which != limit.AccountSignIns {
		t.Errorf("%d passwords could be tried, until %s", n, which)
	}
}

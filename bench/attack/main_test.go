package main

import (
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"ensemble/bench/live/producer"
)

// Only addresses of this machine are attacked.
func TestOnlyLoopback(t *testing.T) {
	for _, addr := range []string{"0.0.0.0:8080", "192.0.2.1:80", "example.org:80", "localhost:80", "[::1]:80", "127.0.0.1", ""} {
		if err := run(t.Context(), []string{"-addr", addr}, io.Discard); err == nil || !strings.Contains(err.Error(), "127.0.0.0/8") {
			t.Errorf("%q: %v", addr, err)
		}
	}
	for _, addr := range []string{"127.0.0.1:0", "127.9.8.7:80"} {
		if err := (settings{addr: addr, seconds: 5, settle: time.Minute, scale: 1}).check(0); err != nil {
			t.Errorf("%q: %v", addr, err)
		}
	}
}

// What came of a request is the code of its error, or the status.
func TestOutcome(t *testing.T) {
	for _, c := range []struct {
		status       int
		answer, want string
	}{
		{http.StatusOK, `{"data":{"a":"\"code\":\"X\""}}`, answered},
		{http.StatusOK, `{"errors":[{"message":"…","extensions":{"code":"TOO_COMPLEX"}}],"data":null}`, "TOO_COMPLEX"},
		{http.StatusTooManyRequests, "come back", "429"},
		{http.StatusNotFound, "", "404"},
	} {
		if got := outcome(c.status, []byte(c.answer)); got != c.want {
			t.Errorf("%d %s: %s, want %s", c.status, c.answer, got, c.want)
		}
	}
}

// The cost is what the answer says at its end, not what somebody wrote.
func TestCostOf(t *testing.T) {
	answer := `{"data":{"a":"\"cost\":9"},"extensions":{"cost":123}}`
	if got := costOf([]byte(answer)); got != 123 {
		t.Errorf("%d", got)
	}
}

// Attacks have names of their own, bounds, and no more than the addresses of a network.
func TestAttacksAreBounded(t *testing.T) {
	w := &world{}
	for _, k := range kinds {
		w.places = append(w.places, place{kind: k.name, versions: make([]string, versions),
			amendments: make([]string, amendments), comments: make([]string, remarks)})
	}
	w.World = &producer.World{Commitments: make([]string, 2), People: make([]string, signedIn)}

	b, names := &bench{world: w, settings: settings{seconds: 15, minute: true}}, map[string]bool{}
	for _, a := range b.attacks() {
		if names[a.name] || a.about == "" || a.try == nil || a.atOnce < 1 || a.addresses > 250 || b.lasts(a) > time.Minute {
			t.Errorf("%+v", a)
		}
		names[a.name] = true
	}
}

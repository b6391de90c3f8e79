package server_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"ensemble/internal/testsite"
	"ensemble/server"
)

// A person may have so many subscriptions, counted over all their sockets. One that ends makes room for another.
func TestSubscriptionsPerPerson(t *testing.T) {
	s := serve(t, func(api *server.Server) { api.Sockets.PerPerson = 3 })
	s.Site.URL = s.url
	one, two := testsite.Dial(t, s.Site, s.Alice.Token), testsite.Dial(t, s.Site, s.Alice.Token)
	begin := func(k *testsite.Socket, id string) {
		k.Subscribe(t, id, testsite.CommentEvents, map[string]any{"id": s.commitment.ID})
	}

	begin(one, "a")
	begin(one, "b")
	begin(two, "c")
	testsite.Eventually(t, "three run", func() bool { return s.Hub.Subscriptions() >= 3 })

	begin(two, "d")
	if f := two.Expect(t, "error"); !strings.Contains(string(f.Payload), `"limit":"personSubscriptions"`) {
		t.Errorf("%s", f.Payload)
	}
	begin(two, "e")
	two.Expect(t, "error")

	// Others have room of their own, and those who are not signed in are not counted here.
	stranger, bob := testsite.Dial(t, s.Site, ""), testsite.Dial(t, s.Site, s.Bob.Token)
	for n := range 4 {
		begin(stranger, fmt.Sprint(n))
	}
	begin(bob, "x")

	// The end of one makes room. It may take a moment until it is counted: we ask until nothing more is refused.
	testsite.Must(t, one.Send(testsite.Frame{ID: "a", Type: "complete"}))
	testsite.Eventually(t, "there is room again", func() bool {
		id := fmt.Sprint(time.Now().UnixNano())
		begin(two, id)
		k := s.api.Metrics.Refused("personSubscriptions")
		two.Subscribe(t, id+"!", "{ __typename }", nil)
		for f := two.Take(t); f.ID != id+"!" || f.Type != "complete"; f = two.Take(t) {
		}
		return s.api.Metrics.Refused("personSubscriptions") == k
	})

	// Sockets that are cut make room, too.
	one.Kill()
	two.Kill()
	testsite.Eventually(t, "all of theirs are over", func() bool { return s.api.Metrics.Sockets.Load() == 2 })

	again := testsite.Dial(t, s.Site, s.Alice.Token)
	for n := range 3 {
		begin(again, fmt.Sprint(n))
	}
	begin(again, "one too many")
	if f := again.Expect(t, "error"); f.ID == "" {
		t.Errorf("%+v", f)
	}
}

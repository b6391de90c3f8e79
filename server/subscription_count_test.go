package server_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"ensemble/internal/testsite"
	"ensemble/server"
)

// A person has so many subscriptions, over all their sockets; one that ends makes room.
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
	stranger, bob := testsite.Dial(t, s.Site, ""), testsite.Dial(t, s.Site, s.Bob.Token)
	for n := range 4 {
		begin(stranger, fmt.Sprint(n))
	}
	begin(bob, "x")
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

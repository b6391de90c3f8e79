package server_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"ensemble/internal/testsite"
	"ensemble/limit"
	"ensemble/server"
)

// differently returns the n-th of questions about a commitment that differ in an alias only.
func differently(n int) string {
	return fmt.Sprintf(`subscription($id: ID!) { comments(subject: $id) { id a%d: cursor ... on CommentPosted { comment { body } } } }`, n)
}

// ourOwn returns the n-th of questions whose answers are for whoever asks alone.
func ourOwn(n int) string {
	return fmt.Sprintf(`subscription($id: ID!) { comments(subject: $id) { ... on CommentPosted { comment { a%d: viewerVote } } } }`, n)
}

// asker is a socket that asks one question after the other.
type asker struct {
	*testsite.Socket
	s *served
	n int
}

// ask asks, and returns the limit that refuses it, or "" when it runs.
func (a *asker) ask(t *testing.T, query string) (limit string) {
	t.Helper()
	names := []string{"personQuestions", "addressQuestions", "processQuestions"}
	before, refused := a.s.Hub.Subscriptions(), make([]int64, len(names))
	for i, name := range names {
		refused[i] = a.s.api.Metrics.Refused(name)
	}

	a.n++
	a.Subscribe(t, fmt.Sprint(a.n), query, map[string]any{"id": a.s.commitment.ID})
	testsite.Eventually(t, "it runs, or is refused", func() bool {
		for i, name := range names {
			if a.s.api.Metrics.Refused(name) > refused[i] {
				limit = name
			}
		}
		return limit != "" || a.s.Hub.Subscriptions() > before
	})
	if limit != "" {
		if f := a.Expect(t, "error"); !strings.Contains(string(f.Payload), `"limit":"`+limit+`","retryAfter":30`) {
			t.Errorf("%s", f.Payload)
		}
	}
	return limit
}

// askers opens sockets for p, or for nobody, on a site whose server has these settings.
func askers(t *testing.T, settings server.SocketSettings) (s *served, open func(p *testsite.Person) *asker) {
	t.Helper()
	s = serve(t, func(api *server.Server) { api.Sockets = settings })
	s.Site.URL = s.url
	return s, func(p *testsite.Person) *asker {
		token := ""
		if p != nil {
			token = p.Token
		}
		return &asker{Socket: testsite.Dial(t, s.Site, token), s: s}
	}
}

// An address has so many different questions; what is asked already is free, in whichever words. Those who leave make
// room.
func TestDifferentQuestions(t *testing.T) {
	s, open := askers(t, server.SocketSettings{AddressQuestions: 3, Questions: 5, PersonQuestions: 2})
	nobody, alice, bob := open(nil), open(s.Alice), open(s.Bob)

	for n := range 3 {
		if limit := nobody.ask(t, differently(n)); limit != "" {
			t.Fatalf("question %d is refused by %s", n, limit)
		}
	}
	for what, query := range map[string]string{
		"an alias":       differently(3),
		"an argument":    strings.Replace(differently(0), "body", "edits(first: 2) { totalCount }", 1),
		"another stream": `subscription($id: ID!) { commitmentEvents(commitment: $id) { id } }`,
	} {
		if limit := alice.ask(t, query); limit != "addressQuestions" {
			t.Errorf("one question more, which differs in %s: %q", what, limit)
		}
	}
	if limit := bob.ask(t, strings.ReplaceAll(differently(1), " ", "\n ")); limit != "" {
		t.Errorf("what somebody asks already is refused by %s", limit)
	}

	// What is for one person alone is theirs, however much others ask from the same address.
	for n, want := range []string{"", "", "personQuestions"} {
		if limit := alice.ask(t, ourOwn(n)); limit != want {
			t.Errorf("the %d. question of alice's own: %q", n+1, limit)
		}
	}
	if limit := bob.ask(t, ourOwn(0)); limit != "processQuestions" {
		t.Errorf("a question more than there may be: %q", limit)
	}

	nobody.Kill()
	testsite.Eventually(t, "two of three questions are gone", func() bool { return s.Hub.Groups() == 3 })
	if limit := bob.ask(t, ourOwn(0)); limit != "" {
		t.Errorf("there is room, and %s refuses", limit)
	}
}

// An event takes what its answers cost: from the person for whom alone they are, else from an address, once for all who
// ask the same.
func TestEventsArePaid(t *testing.T) {
	s, open := askers(t, server.SocketSettings{})
	budgets := limit.UsualBudgets()
	for _, name := range []string{limit.PersonCost, limit.AddressCost} {
		budgets[name] = limit.Budget{Tokens: 1000, Per: 1000 * time.Hour}
	}
	s.api.Limits = limit.New(budgets)
	left := func(budget, who string) int { return s.api.Limits.Spend(t.Context(), budget, who, 0).Left }

	for range 3 {
		open(nil).ask(t, differently(0))
	}
	open(s.Alice).ask(t, ourOwn(0))
	testsite.Eventually(t, "all watch", func() bool { return s.Hub.Subscriptions() == 4 })

	address, alice := left(limit.AddressCost, "127.0.0.1"), left(limit.PersonCost, s.Alice.ID)
	s.Comment(t, s.Bob, s.commitment.ID, "Un.")
	testsite.Eventually(t, "the event is paid", func() bool {
		return left(limit.AddressCost, "127.0.0.1") == address-5 && left(limit.PersonCost, s.Alice.ID) == alice-3
	})
}

// Whoever asks hundreds of questions and leaves again leaves nothing behind.
func TestNothingIsLeftOfQuestions(t *testing.T) {
	s, open := askers(t, server.SocketSettings{AddressQuestions: 500})
	ask := func() {
		var all []*asker
		for n := range 500 {
			if n%100 == 0 {
				all = append(all, open(nil))
			}
			all[n/100].Subscribe(t, fmt.Sprint(n), differently(n), map[string]any{"id": s.commitment.ID})
		}
		testsite.Eventually(t, "all ask", func() bool { return s.Hub.Groups() == 500 })

		s.Comment(t, s.Bob, s.commitment.ID, strings.Repeat("é", 900))
		for _, k := range all {
			for range 100 {
				k.Expect(t, "next")
			}
			k.Kill()
		}
		testsite.Eventually(t, "nobody asks", func() bool { return s.Hub.Groups()+s.Hub.Subscriptions() == 0 })
		if a, e := s.Hub.Bytes(), s.Hub.EventBytes(); a+e != 0 {
			t.Errorf("%d bytes of answers and %d of events are left", a, e)
		}
	}

	ask() // what is remembered of documents is made once
	before := heap()
	ask()
	if more := heap() - before; more > 4<<20 {
		t.Errorf("%d KB are left", more>>10)
	}
}

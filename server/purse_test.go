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
	return fmt.Sprintf(`subscription($id: ID!) { commentEvents(subject: $id) { id a%d: cursor ... on CommentPosted { comment { body } } } }`, n)
}

// ourOwn returns the n-th of questions whose answers are for whoever asks alone.
func ourOwn(n int) string {
	return fmt.Sprintf(`subscription($id: ID!) { commentEvents(subject: $id) { ... on CommentPosted { comment { a%d: viewerVote } } } }`, n)
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

// The visitors at an address have so many different questions; what is asked already is free, in whichever words.
// Those who leave make room.
func TestDifferentQuestions(t *testing.T) {
	s, open := askers(t, server.SocketSettings{AddressQuestions: 3, PersonQuestions: 2})
	nobody, another, alice, bob := open(nil), open(nil), open(s.Alice), open(s.Bob)

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
		if limit := another.ask(t, query); limit != "addressQuestions" {
			t.Errorf("one question more, which differs in %s: %q", what, limit)
		}
	}
	if limit := bob.ask(t, strings.ReplaceAll(differently(1), " ", "\n ")); limit != "" {
		t.Errorf("what somebody asks already is refused by %s", limit)
	}

	// What a person asks is theirs, about themselves or not, however much others ask from the same address.
	for n, query := range []string{ourOwn(0), differently(4), ourOwn(1)} {
		want := []string{"", "", "personQuestions"}[n]
		if limit := alice.ask(t, query); limit != want {
			t.Errorf("the %d. question of alice: %q", n+1, limit)
		}
	}

	nobody.Kill()
	testsite.Eventually(t, "two of three questions are gone", func() bool { return s.Hub.Groups() == 3 })
	if limit := another.ask(t, differently(3)); limit != "" {
		t.Errorf("there is room, and %s refuses", limit)
	}
}

// What differs in nothing but what it is about, or the language that it is told in, is another question all the same.
func TestQuestionsAboutOthers(t *testing.T) {
	s, _ := askers(t, server.SocketSettings{AddressQuestions: 3})
	other := s.Commitment(t, "Deux", "Texte.")
	ask := func(id, language string) *rawSocket {
		a := asking{query: differently(0), variables: map[string]any{"id": id}, language: language}
		return a.join(t, s.Site, "1")
	}

	for n, of := range []struct{ id, language string }{
		{s.commitment.ID, "fr"}, {s.commitment.ID, "en"},
		{other.ID, "fr"}, {other.ID, "fr-FR,fr;q=0.9"}, {other.ID, "es,fr"},
	} {
		ask(of.id, of.language)
		watchedBy(t, s.Site, n+1, min(n+1, 3))
	}
	if m := ask(other.ID, "en").message(t); !strings.Contains(m, `"limit":"addressQuestions"`) {
		t.Errorf("one question more: %s", m)
	}
}

// When the server has as many questions as it may, those who ask the most give way, and are told so.
func TestManyQuestionsGiveWay(t *testing.T) {
	s, open := askers(t, server.SocketSettings{Questions: 2})
	nobody, bob := open(nil), open(s.Bob)
	nobody.ask(t, differently(0))
	nobody.ask(t, differently(1))

	bob.Subscribe(t, "mine", ourOwn(0), map[string]any{"id": s.commitment.ID})
	f := nobody.Expect(t, "error")
	if f.ID != "2" || !strings.Contains(string(f.Payload), `"limit":"processQuestions","retryAfter":30`) {
		t.Errorf("%s is told %s", f.ID, f.Payload)
	}
	watchedBy(t, s.Site, 2, 2)
	if limit := bob.ask(t, ourOwn(1)); limit != "processQuestions" {
		t.Errorf("whoever has as many as others asks one more: %q", limit)
	}
	s.Comment(t, s.Alice, s.commitment.ID, "Un.")
	for _, k := range []*asker{nobody, bob} {
		k.Expect(t, "next")
	}
}

// Sockets that come back to the same question with different cursors each get what they missed, and all of it.
func TestManyCursors(t *testing.T) {
	s, open := askers(t, server.SocketSettings{})
	query := `subscription($id: ID!, $after: EventCursor) { commentEvents(subject: $id, after: $after) { id } }`
	after := []string{testsite.StreamCursor(t, s.Site, s.commitment.ID)}
	for n := range 8 {
		s.Comment(t, s.Bob, s.commitment.ID, fmt.Sprint("Numéro ", n))
		after = append(after, testsite.StreamCursor(t, s.Site, s.commitment.ID))
	}

	var sockets []*asker
	for _, cursor := range after {
		k := open(nil)
		k.Subscribe(t, "1", query, map[string]any{"id": s.commitment.ID, "after": cursor})
		sockets = append(sockets, k)
	}
	s.Comment(t, s.Bob, s.commitment.ID, "Le dernier.")

	events := map[string]bool{}
	for n, k := range sockets {
		for range len(after) - n {
			events[string(k.Expect(t, "next").Payload)] = true
		}
	}
	if len(events) != len(after) || s.Hub.Groups() != 1 {
		t.Errorf("%d different events, %d groups", len(events), s.Hub.Groups())
	}
}

// An event takes what its answers cost: from a person who asks, else from the address of a visitor, once for all who
// ask the same. It takes nothing of what queries cost.
func TestEventsArePaid(t *testing.T) {
	s, open := askers(t, server.SocketSettings{})
	budgets := limit.UsualBudgets()
	for _, name := range []string{limit.PersonEvents, limit.AddressEvents, limit.PersonCost} {
		budgets[name] = limit.Budget{Tokens: 1000, Per: 1000 * time.Hour}
	}
	s.api.Limits = limit.New(budgets)
	left := func(budget, who string) int { return s.api.Limits.Spend(t.Context(), budget, who, 0).Left }

	for range 3 {
		open(nil).ask(t, differently(0))
	}
	open(s.Alice).ask(t, ourOwn(0))
	testsite.Eventually(t, "all watch", func() bool { return s.Hub.Subscriptions() == 4 })

	address, alice := left(limit.AddressEvents, "127.0.0.1"), left(limit.PersonEvents, s.Alice.ID)
	queries := left(limit.PersonCost, s.Alice.ID)
	s.Comment(t, s.Bob, s.commitment.ID, "Un.")
	testsite.Eventually(t, "the event is paid", func() bool {
		return left(limit.AddressEvents, "127.0.0.1") == address-5 && left(limit.PersonEvents, s.Alice.ID) == alice-3
	})
	if n := left(limit.PersonCost, s.Alice.ID); n != queries {
		t.Errorf("of %d for queries %d are left", queries, n)
	}
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

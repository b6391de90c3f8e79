package server_test

import (
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"ensemble/consultation/people"
	"ensemble/ent"
	"ensemble/internal/testsite"
	"ensemble/server"
)

// program makes an access token of a person with these scopes, as the rules name them.
func (s *served) program(t *testing.T, p *testsite.Person, scopes ...string) (token string, made *ent.AccessToken) {
	t.Helper()
	token, made, err := s.CreateAccessToken(p.Ctx(t.Context()), people.CreateAccessTokenInput{
		Name: "Tableau de bord", Scopes: scopes, ExpiresAt: s.Now().Add(48 * time.Hour),
	})
	testsite.Must(t, err)
	return token, made
}

// single is a reserved stream that is open.
type single struct {
	*eventStream
	s      *served
	ticket string
}

// single reserves and opens a stream with the token of a session or a program.
func (s *served) single(t *testing.T, token string) *single {
	t.Helper()
	ticket := s.reserve(t, "Authorization", "Bearer "+token)
	return &single{s.streamed(t, "GET", streamPath, "", "X-GraphQL-Event-Stream-Token", ticket), s, ticket}
}

// begin begins an operation on the stream, sent with this token.
func (e *single) begin(t *testing.T, token, id, query string, variables map[string]any) {
	t.Helper()
	header := append(asJSON, "X-GraphQL-Event-Stream-Token", e.ticket, "Authorization", "Bearer "+token)
	if status := e.s.status(t, "POST", streamPath, operation(query, id, variables), header...); status != 202 {
		t.Fatalf("%s: %d", id, status)
	}
}

// answer sends an operation with this token and returns its only answer.
func (e *single) answer(t *testing.T, token, id, query string) string {
	t.Helper()
	e.begin(t, token, id, query, nil)
	got := e.take(t, "next").data
	e.take(t, "complete")
	return got
}

// commenting is a mutation that needs the scope participate.
func (s *served) commenting() string {
	return fmt.Sprintf(`mutation { postComment(input: {subject: %q, body: "Oui."}) { comment { id } } }`, s.commitment.ID)
}

// An operation on a reserved stream has the rights of the token that it is sent with, whoever reserved the stream: a
// token that may only read writes nothing with the session of the stream, and a session is not held back by the token
// of the stream.
func TestSSEOperationsHaveTheirOwnRights(t *testing.T) {
	s := serve(t, nil)
	reads, _ := s.program(t, s.Alice)
	queue := fmt.Sprintf(`subscription { viewerModerationQueueEvents(process: %q) { __typename } }`, s.Process.ID)
	moderates, _ := s.program(t, s.Moderator, "moderate")
	onlyReads, _ := s.program(t, s.Moderator)

	for name, opened := range map[string]string{"a session": s.Alice.Token, "a token that reads": reads} {
		e := s.single(t, opened)
		before := s.Read.Comment.Query().CountX(t.Context())

		if got := e.answer(t, reads, "read", s.commenting()); !strings.Contains(got, `"code":"FORBIDDEN"`) {
			t.Errorf("%s opened it, a token that reads writes: %s", name, got)
		}
		if got := e.answer(t, reads, "who", whoAmI); !strings.Contains(got, `"alice"`) {
			t.Errorf("%s opened it, a token that reads is answered %s", name, got)
		}
		if n := s.Read.Comment.Query().CountX(t.Context()); n != before {
			t.Errorf("%s opened it: %d comments were written", name, n-before)
		}

		s.Clock.Advance(time.Minute) // between two comments
		if got := e.answer(t, s.Alice.Token, "write", s.commenting()); strings.Contains(got, `"errors"`) {
			t.Errorf("%s opened it, a session may not write: %s", name, got)
		}
	}

	e := s.single(t, s.Moderator.Token)
	if got := e.answer(t, onlyReads, "queue", queue); !strings.Contains(got, `"code":"NOT_FOUND"`) {
		t.Errorf("a token that reads follows the queue: %s", got)
	}
	for i, token := range []string{moderates, s.Moderator.Token} {
		before := s.Hub.Subscriptions()
		e.begin(t, token, fmt.Sprint("queue", i), queue, nil)
		testsite.Eventually(t, "it follows the queue", func() bool { return s.Hub.Subscriptions() == before+1 })
	}
}

// After somebody got a role, their subscriptions are looked at again, each with the token that it was sent with.
func TestSSEReadmitsByToken(t *testing.T) {
	s := serve(t, nil)
	reads, _ := s.program(t, s.Alice)

	for name, opened := range map[string]string{"session": s.Alice.Token, "token": reads} {
		testsite.Must(t, s.SetSiteAdmin(t.Context(), "alice@example.org", false, "Fin."))
		e := s.single(t, opened)
		before := s.Hub.Subscriptions()
		e.begin(t, s.Alice.Token, "all", steered, map[string]any{"id": s.commitment.ID})
		e.begin(t, reads, "reads", steered, map[string]any{"id": s.commitment.ID})
		testsite.Eventually(t, "both follow", func() bool { return s.Hub.Subscriptions() == before+2 })

		// may returns what both are answered for one more comment: whether Alice may revise the commitment.
		may := func() (all, reads bool) {
			s.Comment(t, s.Bob, s.commitment.ID, fmt.Sprint("Oui ", s.NewID("comment")))
			for range 2 {
				got := e.take(t, "next").data
				yes := strings.Contains(got, `"viewerCanRevise":true`)
				if strings.HasPrefix(got, `{"id":"all"`) {
					all = yes
				} else {
					reads = yes
				}
			}
			return all, reads
		}

		if all, read := may(); all || read {
			t.Errorf("opened by a %s, before: %t %t", name, all, read)
		}
		testsite.Must(t, s.SetSiteAdmin(t.Context(), "alice@example.org", true, "Élue."))
		testsite.Eventually(t, "the role counts", func() bool {
			all, read := may()
			if read {
				t.Errorf("opened by a %s: a token that reads has the rights of a session", name)
			}
			return all
		})
		_ = e.response.Body.Close()
		testsite.Eventually(t, "it is closed", func() bool { return s.Hub.Subscriptions() == before })
	}
}

// A subscription ends when its token is revoked, or at the end of the token's time; what others began on the same
// stream goes on.
func TestSSESubscriptionEndsWithItsToken(t *testing.T) {
	s := serve(t, nil)
	id := map[string]any{"id": s.commitment.ID}

	for name, end := range map[string]func(made *ent.AccessToken){
		"revoked": func(made *ent.AccessToken) {
			revoked := people.RevokeAccessTokenInput{AccessToken: made.ID}
			testsite.Must(t, s.RevokeAccessToken(s.Alice.Ctx(t.Context()), revoked))
		},
		"over": func(*ent.AccessToken) {},
	} {
		token, made := s.program(t, s.Alice)
		if name == "over" {
			testsite.Got(s.Store.Write.ExecContext(t.Context(), "UPDATE access_tokens SET expires_at = $1 WHERE id = $2",
				s.Now().Add(300*time.Millisecond), made.ID))(t)
		}

		e := s.single(t, s.Alice.Token)
		before := s.Hub.Subscriptions()
		e.begin(t, s.Alice.Token, "stays", testsite.CommitmentEvents, id)
		testsite.Eventually(t, "it follows", func() bool { return s.Hub.Subscriptions() == before+1 })
		e.begin(t, token, "ends", testsite.CommitmentEvents, id)
		if name != "over" { // which may be over already
			testsite.Eventually(t, "both follow", func() bool { return s.Hub.Subscriptions() == before+2 })
		}
		end(made)

		got := e.take(t, "next").data
		if !strings.HasPrefix(got, `{"id":"ends"`) || !strings.Contains(got, `"code":"UNAUTHENTICATED"`) {
			t.Errorf("%s: %s", name, got)
		}
		if got := e.take(t, "complete").data; got != `{"id":"ends"}` {
			t.Errorf("%s: %s is complete", name, got)
		}

		s.Clock.Advance(time.Minute)
		s.say(t, "Encore "+name)
		if got := e.take(t, "next").data; !strings.HasPrefix(got, `{"id":"stays"`) {
			t.Errorf("%s: %s goes on", name, got)
		}
		_ = e.response.Body.Close()
		testsite.Eventually(t, "it is closed", func() bool { return s.Hub.Subscriptions() == before })
	}
}

// Whoever reserved a stream ends each operation on it. Another token of the person ends what it began, and nothing else.
func TestSSEStopsByToken(t *testing.T) {
	s := serve(t, nil)
	reads, _ := s.program(t, s.Alice)
	others, _ := s.program(t, s.Alice)
	e := s.single(t, s.Alice.Token)
	stop := func(token, id string) {
		t.Helper()
		status := s.status(t, "DELETE", streamPath+"?operationId="+id, "",
			"X-GraphQL-Event-Stream-Token", e.ticket, "Authorization", "Bearer "+token)
		if status != 200 {
			t.Fatalf("stop of %s: %d", id, status)
		}
	}

	for id, token := range map[string]string{"session": s.Alice.Token, "reads": reads, "others": others} {
		before := s.Hub.Subscriptions()
		e.begin(t, token, id, testsite.CommitmentEvents, map[string]any{"id": s.commitment.ID})
		testsite.Eventually(t, "it follows", func() bool { return s.Hub.Subscriptions() == before+1 })
	}
	for _, step := range []struct{ token, id string }{{reads, "session"}, {reads, "others"}, {others, "reads"}} {
		stop(step.token, step.id)
	}

	// The first that ends is the first that its own token, or that of the stream, has ended.
	for _, step := range []struct{ token, id string }{
		{reads, "reads"}, {s.Alice.Token, "others"}, {s.Alice.Token, "session"},
	} {
		stop(step.token, step.id)
		if got := e.take(t, "complete").data; got != fmt.Sprintf(`{"id":%q}`, step.id) {
			t.Errorf("%s is complete, want %s", got, step.id)
		}
	}
}

// The token of a reserved stream is in the address only where it opens the stream, which it does once. No log has it,
// and no page that follows is told.
func TestSSETokenInAddress(t *testing.T) {
	log := testsite.NewKeptLog()
	s := serve(t, func(api *server.Server) { api.Logger = slog.New(slog.NewJSONHandler(log, nil)) })
	ticket := s.reserve(t)
	at := streamPath + "?token=" + ticket

	opened := s.streamed(t, "GET", at, "")
	for _, name := range []string{"Referrer-Policy", "Cache-Control"} {
		want := map[string]string{"Referrer-Policy": "no-referrer", "Cache-Control": "private, no-store"}[name]
		if got := opened.response.Header.Get(name); got != want {
			t.Errorf("%s: %s", name, got)
		}
	}

	s.wantStatuses(t, []streamCase{
		{"open again", "GET", at, "", []string{"Accept", accepted}, 409},
		{"operation", "POST", at, operation("{ __typename }", "1", nil), asJSON, 400},
		{"stop", "DELETE", at + "&operationId=1", "", nil, 400},
		{"stop with the header", "DELETE", streamPath + "?operationId=1", "",
			[]string{"X-GraphQL-Event-Stream-Token", ticket}, 200},
	})

	testsite.Eventually(t, "requests are logged", func() bool {
		return strings.Count(log.String(), streamPath) >= 6
	})
	if strings.Contains(log.String(), ticket) {
		t.Error("the log has the token")
	}
}

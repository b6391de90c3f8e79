package server_test

import (
	"fmt"
	"io"
	"net"
	"net/url"
	"runtime"
	"strings"
	"testing"
	"time"

	"ensemble/consultation/people"
	"ensemble/internal/testsite"
	"ensemble/server"
)

// streamPath is where streams are.
const streamPath = "/graphql/stream"

// streamCase is a request for a stream, or for an operation on one, and the status of its answer.
type streamCase struct {
	name, method, path, body string
	header                   []string
	status                   int
}

// wantStatuses sends requests one after the other, and wants these statuses, with an error where one says so.
func (s *served) wantStatuses(t *testing.T, cases []streamCase) {
	t.Helper()
	for _, c := range cases {
		response := s.request(t, c.method, c.path, c.body, c.header...)
		raw := testsite.Got(io.ReadAll(response.Body))(t)
		failed := strings.Contains(string(raw), `"errors":[{"message":`)
		if response.StatusCode != c.status || (c.status >= 400) != failed {
			t.Errorf("%s: %d %s, want %d", c.name, response.StatusCode, raw, c.status)
		}
		if allow := response.Header.Get("Allow"); (allow != "") != (c.status == 405) {
			t.Errorf("%s allows %q", c.name, allow)
		}
	}
}

// A request that opens no stream is refused with a status, as EventSource and graphql-sse expect.
func TestSSERefusals(t *testing.T) {
	const query = `{"query": "{ __typename }"}`
	mutation := url.Values{"query": {"mutation { signOut { endedSessions } }"}}

	serve(t, nil).wantStatuses(t, []streamCase{
		{"another media type", "POST", streamPath, query, append(asJSON, "Accept", "application/json"), 406},
		{"no JSON", "POST", streamPath, "{", append(asJSON, "Accept", accepted), 400},
		{"no query", "GET", streamPath, "", []string{"Accept", accepted}, 400},
		{"a form", "POST", streamPath, query, []string{"Content-Type", "text/plain", "Accept", accepted}, 415},
		{"another method", "PATCH", streamPath, query, append(asJSON, "Accept", accepted), 405},
		{"mutation by GET", "GET", streamPath + "?" + mutation.Encode(), "", []string{"Accept", accepted}, 405},
		{"reservation as JSON", "PUT", streamPath, "", []string{"Accept", "application/json"}, 406},
	})
}

// Of reserved streams, each is opened once, and only whoever reserved it begins and stops operations on it.
func TestSSEReservations(t *testing.T) {
	s := serve(t, func(s *server.Server) { s.Sockets.Operations = 1 })
	const query = `{"query": "{ __typename }"}`
	subscription := operation(testsite.CommitmentEvents, "1", map[string]any{"id": s.commitment.ID})
	alice := []string{"Authorization", "Bearer " + s.Alice.Token}

	token, hers := s.reserve(t), s.reserve(t, alice...)
	with := func(token string, more ...string) []string {
		return append([]string{"X-GraphQL-Event-Stream-Token", token, "Content-Type", "application/json"}, more...)
	}
	running := s.streamed(t, "GET", streamPath+"?token="+hers, "")

	s.wantStatuses(t, []streamCase{
		// Reservations and streams of others, or that nobody has.
		{"unknown token", "GET", streamPath, "", with("zib", "Accept", accepted), 404},
		{"operation on an unknown token", "POST", streamPath, subscription, with("zib"), 404},
		{"stop on an unknown token", "DELETE", streamPath + "?operationId=1", "", with("zib"), 404},
		{"stop without a token", "DELETE", streamPath + "?operationId=1", "", nil, 404},
		{"stream of somebody else", "GET", streamPath, "",
			with(token, "Accept", accepted, "Authorization", "Bearer "+s.Bob.Token), 404},
		{"operation on the stream of somebody else", "POST", streamPath, subscription,
			with(hers, "Authorization", "Bearer "+s.Bob.Token), 404},
		{"operation on her stream by nobody", "POST", streamPath, subscription, with(hers), 404},
		{"stop on the stream of somebody else", "DELETE", streamPath + "?operationId=1", "", with(hers), 404},

		// Streams that are not free, and operations that are none.
		{"stream that is open", "GET", streamPath, "", with(hers, append(alice, "Accept", accepted)...), 409},
		{"stream as JSON", "GET", streamPath, "", with(token, "Accept", "application/json"), 406},
		{"operation without an id", "POST", streamPath, query, with(token), 400},
		{"operation with a number for an id", "POST", streamPath,
			`{"query": "{ __typename }", "extensions": {"operationId": 1}}`, with(token), 400},
		{"operation that is none", "POST", streamPath, operation("{ zib }", "1", nil), with(token), 400},
		{"operation that is no JSON", "POST", streamPath, "{", with(token), 400},
		{"stop without an id", "DELETE", streamPath, "", with(token), 400},

		// Operations on her stream, and their end.
		{"operation", "POST", streamPath, subscription, with(hers, alice...), 202},
		{"the same again", "POST", streamPath, subscription, with(hers, alice...), 409},
		{"one too many", "POST", streamPath, strings.Replace(subscription, `"1"`, `"2"`, 1), with(hers, alice...), 429},
		{"stop of nothing", "DELETE", streamPath + "?operationId=9", "", with(hers, alice...), 200},
		{"stop", "DELETE", streamPath + "?operationId=1", "", with(hers, alice...), 200},
	})

	if got := running.take(t, "complete"); got.data != `{"id":"1"}` {
		t.Errorf("the end of what was stopped: %+v", got)
	}
}

// One connection carries the answers of several operations, also of those that were begun before it.
func TestSSESingleConnection(t *testing.T) {
	s := serve(t, nil)
	header := append(asJSON, "Authorization", "Bearer "+s.Alice.Token)
	token := s.reserve(t, header...)
	withToken := append(header, "X-GraphQL-Event-Stream-Token", token)

	begin := func(query, id string, variables map[string]any) {
		t.Helper()
		if status := s.status(t, "POST", streamPath, operation(query, id, variables), withToken...); status != 202 {
			t.Fatalf("operation %s: %d", id, status)
		}
	}

	begin("{ viewer { user { nickname } } }", "early", nil)

	stream := s.streamed(t, "GET", streamPath, "", withToken...)
	got := stream.take(t, "next")
	if !strings.HasPrefix(got.data, `{"id":"early","payload":{"data":{"viewer":{"user":{"nickname":"alice"}}}`) {
		t.Errorf("%+v", got)
	}
	if got := stream.take(t, "complete"); got.data != `{"id":"early"}` {
		t.Errorf("%+v", got)
	}

	at := map[string]any{"id": s.commitment.ID, "after": testsite.StreamCursor(t, s.Site, s.commitment.ID)}
	begin(testsite.CommitmentEvents, `a "quoted" id`, at)
	begin(testsite.CommentEvents, "b", at)

	comment := s.say(t, "Pour les deux")
	answered := map[string]bool{}
	for range 2 {
		got := stream.take(t, "next")
		if got.id != "" || got.happened(t).NodeID != comment.ID {
			t.Errorf("%+v", got)
		}
		answered[got.data[:16]] = true // the beginning differs: it has the operation's id
	}
	if len(answered) != 2 {
		t.Errorf("answered %v", answered)
	}

	_ = stream.response.Body.Close()
	testsite.Eventually(t, "the stream is forgotten", func() bool {
		return s.status(t, "POST", streamPath, operation("{ __typename }", "late", nil), withToken...) == 404
	})
}

// A stream costs no goroutine while nothing happens, and ends when its client goes.
func TestSSEIdle(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("sockets are parked on Linux only")
	}

	s := serve(t, nil)
	at := testsite.StreamCursor(t, s.Site, s.commitment.ID)
	idle := s.streamed(t, "GET", s.watching(at), "")
	idle.take(t, "")
	testsite.Eventually(t, "one is open", func() bool { return s.api.Metrics.Sockets.Load() == 1 })
	before := serving()

	var streams []*eventStream
	for range 50 {
		e := s.streamed(t, "GET", s.watching(at), "")
		e.take(t, "")
		streams = append(streams, e)
	}

	testsite.Eventually(t, "no goroutine is left", func() bool { return serving() <= before })
	if n := s.api.Metrics.Sockets.Load(); n != 51 {
		t.Errorf("%d are open", n)
	}

	for _, e := range streams {
		_ = e.response.Body.Close()
	}
	testsite.Eventually(t, "they are gone", func() bool {
		return s.api.Metrics.Sockets.Load() == 1 && s.Hub.Subscriptions() == 1
	})
}

// When the server stops or a session ends, a stream ends without the event complete, so its client comes back. One
// whose session has ended comes back as a visitor.
func TestSSEEnds(t *testing.T) {
	s := serve(t, nil)
	bearer := []string{"Authorization", "Bearer " + s.Alice.Token}
	broken := func(name string, e *eventStream) {
		t.Helper()
		if complete, whole := e.ends(t); complete || whole {
			t.Errorf("%s: complete %v, the whole response %v", name, complete, whole)
		}
	}

	hers, anybodys := s.streamed(t, "GET", s.watching(""), "", bearer...), s.streamed(t, "GET", s.watching(""), "")
	hers.take(t, "")
	anybodys.take(t, "")

	testsite.Got(s.SignOut(s.Alice.Ctx(t.Context()), people.SignOutInput{Everywhere: true}))(t)
	broken("signed out", hers)
	if status := s.status(t, "GET", s.watching(""), "", append(bearer, "Accept", accepted)...); status != 200 {
		t.Errorf("signed out, it comes back with %d", status)
	}

	reserved := s.reserve(t)
	s.api.Drain(t.Context(), 0)
	broken("stopping", anybodys)

	for _, c := range [][]string{
		{"GET", s.watching("")}, {"PUT", streamPath}, {"GET", "/graphql/stream?token=" + reserved},
	} {
		if status := s.status(t, c[0], c[1], ""); status != 503 {
			t.Errorf("%s %s: %d", c[0], c[1], status)
		}
	}
}

// A client that reads nothing is closed, and no work is left for it.
func TestSSEStalls(t *testing.T) {
	s := serve(t, func(s *server.Server) { s.Sockets.Stall = 50 * time.Millisecond })
	start := testsite.StreamCursor(t, s.Site, s.commitment.ID)
	for i := range 30 {
		s.say(t, strings.Repeat("lang ", 190)+fmt.Sprint(i))
	}

	var comments strings.Builder
	for i := range 40 {
		fmt.Fprintf(&comments, "c%d: comment { bodyHtml } ", i)
	}
	query := fmt.Sprintf("subscription { commitmentEvents(commitment: %q, after: %q) { ... on CommentPosted { %s } } }",
		s.commitment.ID, start, &comments)

	conn := testsite.Got(net.Dial("tcp", strings.TrimPrefix(s.url, "http://")))(t)
	t.Cleanup(func() { _ = conn.Close() })
	testsite.Must(t, conn.(*net.TCPConn).SetReadBuffer(4<<10))
	path := "/graphql/stream?" + url.Values{"query": {query}}.Encode()
	testsite.Got(fmt.Fprintf(conn, "GET %s HTTP/1.1\r\nHost: x\r\nAccept: %s\r\n\r\n", path, accepted))(t)

	testsite.Eventually(t, "it is closed", func() bool {
		return s.api.Metrics.Stalled.Load() == 1 && s.api.Metrics.Sockets.Load() == 0
	})
	testsite.Eventually(t, "no work is left", func() bool { return serving() == 0 && s.Hub.Subscriptions() == 0 })
}

// The sockets of one address are counted together, streams among them.
func TestSSEPerAddress(t *testing.T) {
	s := serve(t, func(s *server.Server) { s.Sockets.PerAddress = 2 })
	one, two := s.streamed(t, "GET", s.watching(""), ""), s.streamed(t, "GET", s.watching(""), "")
	one.take(t, "")
	two.take(t, "")

	for _, method := range []string{"GET", "PUT"} {
		if status := s.status(t, method, s.watching(""), ""); status != 429 {
			t.Errorf("%s: %d", method, status)
		}
	}

	_ = one.response.Body.Close()
	testsite.Eventually(t, "there is room again", func() bool {
		return s.status(t, "PUT", streamPath, "") == 201
	})
}

// The page of another site asks as nobody, whatever cookie the browser sends with its EventSource.
func TestSSECookie(t *testing.T) {
	s := serve(t, nil)
	path := "/graphql/stream?" + url.Values{"query": {whoAmI}}.Encode()

	for _, c := range []struct {
		name   string
		header []string
		want   string
	}{
		{"our page", []string{"Sec-Fetch-Site", "same-origin"}, `"alice"`},
		{"an old browser on our page", nil, `"alice"`},
		{"another site", []string{"Sec-Fetch-Site", "cross-site", "Origin", "https://evil.example"}, `"viewer":null`},
		{"another site in an old browser", []string{"Origin", "https://evil.example"}, `"viewer":null`},
		{"a sibling site", []string{"Sec-Fetch-Site", "same-site"}, `"viewer":null`},
		{"a sandbox", []string{"Origin", "null"}, `"viewer":null`},
	} {
		e := s.streamed(t, "GET", path, "", append(c.header, "Cookie", "ensemble_session="+s.Alice.Token)...)
		if got := e.take(t, "next").data; !strings.Contains(got, c.want) {
			t.Errorf("%s: %s", c.name, got)
		}
	}

	p := s.request(t, "OPTIONS", streamPath, "",
		"Origin", "https://app.example", "Access-Control-Request-Method", "DELETE")
	allowed := strings.ToLower(p.Header.Get("Access-Control-Allow-Headers"))
	if p.StatusCode != 204 || !strings.Contains(allowed, "last-event-id") ||
		!strings.Contains(allowed, "x-graphql-event-stream-token") ||
		p.Header.Get("Access-Control-Allow-Methods") != "GET, POST, PUT, DELETE" {
		t.Errorf("%d %v", p.StatusCode, p.Header)
	}
}

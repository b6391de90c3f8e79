package server_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"runtime"
	"strings"
	"testing"
	"time"

	"ensemble/consultation/people"
	"ensemble/internal/testsite"
	"ensemble/server"
)

// Everybody is sent the same chunk for an event, and its id is the event's cursor. HTTP/1.0 gets the same, unchunked.
func TestSSEFraming(t *testing.T) {
	s := serve(t, nil)
	at := testsite.StreamCursor(t, s.Site, s.commitment.ID)
	one, two, old := s.opened(t, "HTTP/1.1", at), s.opened(t, "HTTP/1.1", at), s.opened(t, "HTTP/1.0", at)

	s.say(t, "Un\r\nDeux")
	s.say(t, strings.Repeat("long ", 100))

	want := chunk("id: " + at + "\n\n")
	reference := s.streamed(t, "GET", s.watching(at), "")
	for range 2 {
		e := reference.take(t, "next")
		h, cursor := e.happened(t), `"extensions":{"cursor":"`+e.id+`"}`
		if h.Typename != "CommentPosted" || h.Cursor != e.id || !strings.Contains(e.data, cursor) {
			t.Errorf("the id %s is not the cursor of %s", e.id, e.data)
		}
		want += chunk("event: next\nid: " + e.id + "\ndata: " + e.data + "\n\n")
	}

	for _, r := range []*bufio.Reader{one, two} {
		if got := exactly(t, r, len(want)); got != want {
			t.Errorf("came\n%q, want\n%q", got, want)
		}
	}

	plain := testsite.Got(io.ReadAll(httputil.NewChunkedReader(strings.NewReader(want + "0\r\n\r\n"))))(t)
	if got := exactly(t, old, len(plain)); got != string(plain) {
		t.Errorf("without chunks came\n%q, want\n%q", got, plain)
	}
}

// opened opens a stream, checks its head and first chunk, and returns what follows. The first chunk says how long a
// client waits before it comes back.
func (s *served) opened(t *testing.T, protocol, after string) *bufio.Reader {
	t.Helper()
	conn := testsite.Got(net.Dial("tcp", strings.TrimPrefix(s.url, "http://")))(t)
	t.Cleanup(func() { _ = conn.Close() })
	testsite.Must(t, conn.SetDeadline(time.Now().Add(testsite.Patient)))
	testsite.Got(fmt.Fprintf(conn, "GET %s %s\r\nHost: x\r\nAccept: %s\r\n\r\n",
		s.watching(after), protocol, accepted))(t)

	r := bufio.NewReader(conn)
	response := testsite.Got(http.ReadResponse(bufio.NewReader(strings.NewReader(headOf(t, r))), nil))(t)
	chunked := response.TransferEncoding != nil
	if response.StatusCode != 200 || !response.Close || chunked != (protocol == "HTTP/1.1") ||
		response.Header.Get("X-Request-Id") == "" || response.Header.Get("Cache-Control") != "private, no-store" ||
		response.Header.Get("Access-Control-Allow-Origin") != "*" {
		t.Errorf("%s begins with %d %v", protocol, response.StatusCode, response.Header)
	}

	// How long to wait has four digits, and differs from client to client.
	first := "retry: 1000\n\n"
	if chunked {
		first = chunk(first)
	}

	got := exactly(t, r, len(first))
	if size, _, _ := strings.Cut(first, "retry"); !strings.HasPrefix(got, size+"retry: ") {
		t.Errorf("begins with %q", got)
	}

	return r
}

// headOf reads a response's status line and header fields.
func headOf(t *testing.T, r *bufio.Reader) string {
	t.Helper()
	var head strings.Builder
	for !strings.HasSuffix(head.String(), "\r\n\r\n") {
		head.WriteString(testsite.Got(r.ReadString('\n'))(t))
	}
	return head.String()
}

// chunk returns data as one chunk of a response. Source: RFC 9112 §7.1.
func chunk(data string) string { return fmt.Sprintf("%x\r\n%s\r\n", len(data), data) }

// exactly reads the next n bytes.
func exactly(t *testing.T, r io.Reader, n int) string {
	t.Helper()
	b := make([]byte, n)
	testsite.Got(io.ReadFull(r, b))(t)
	return string(b)
}

// A client that comes back goes on where it was. EventSource says where in a header, which wins over the argument.
func TestSSELastEventID(t *testing.T) {
	s := serve(t, nil)
	start := testsite.StreamCursor(t, s.Site, s.commitment.ID)
	first, second := s.say(t, "un"), s.say(t, "deux")
	events := testsite.EventsAfter(t, s.Site, s.commitment.ID, start)
	middle, end := events[0].Cursor().String(), events[1].Cursor().String()
	other := testsite.StreamCursor(t, s.Site, s.Process.ID)

	for _, c := range []struct {
		name, after, last string
		place, comment    string // what comes first
	}{
		{"by argument", start, "", start, first.ID},
		{"by header", "", start, start, first.ID},
		{"by both", start, middle, middle, second.ID},
		{"from now on", "", "", end, ""},
		{"by an empty header", middle, "", middle, second.ID},
		{"by nonsense", start, "zib", "", ""},
		{"by the cursor of another topic", start, other, "", ""},
	} {
		e := s.streamed(t, "GET", s.watching(c.after), "", "Last-Event-ID", c.last)

		// What is no cursor of this topic is refused, and the stream ends.
		if c.place == "" {
			got := e.take(t, "next")
			if got.id != "" || !strings.Contains(got.data, `"field":"after"`) || strings.Contains(got.data, `"data"`) {
				t.Errorf("%s: %+v", c.name, got)
			}
			if complete, whole := e.ends(t); !complete || !whole {
				t.Errorf("%s: complete %v, the whole response %v", c.name, complete, whole)
			}
			continue
		}

		if got := e.take(t, ""); got.id != c.place {
			t.Errorf("%s: it begins at %s, want %s", c.name, got.id, c.place)
		}

		if c.comment == "" {
			c.comment = s.say(t, "trois").ID
		}
		if got := e.take(t, "next").happened(t); got.CommentID != c.comment {
			t.Errorf("%s: first came %+v", c.name, got)
		}
		_ = e.response.Body.Close()
	}
}

// A query or mutation has one answer, and then the stream is complete. The same holds for an operation that cannot be
// executed.
func TestSSEAnswers(t *testing.T) {
	s := serve(t, nil)
	bearer := []string{"Authorization", "Bearer " + s.Alice.Token}

	for _, c := range []struct{ name, query, want string }{
		{"query", "{ viewer { user { nickname } } }", `{"data":{"viewer":{"user":{"nickname":"alice"}}}`},
		{"mutation", `mutation { addSupport(input: {commitment: "` + s.commitment.ID + `"}) { __typename } }`,
			`{"data":{"addSupport":{"__typename":"AddSupportPayload"}}`},
		{"no GraphQL", "{", `"code":"GRAPHQL_PARSE_FAILED"`},
		{"unknown field", "{ zib }", `"code":"GRAPHQL_VALIDATION_FAILED"`},
		{"unknown topic", `subscription { commitmentEvents(commitment: "commitment_none") { id } }`,
			`"code":"NOT_FOUND"`},
	} {
		body := jsonOf(t, map[string]any{"query": c.query})
		e := s.streamed(t, "POST", streamPath, body, append(asJSON, bearer...)...)
		if got := e.take(t, "next"); !strings.Contains(got.data, c.want) || strings.Contains(got.data, `"data":null`) {
			t.Errorf("%s: %s", c.name, got.data)
		}
		if complete, whole := e.ends(t); !complete || !whole {
			t.Errorf("%s: complete %v, the whole response %v", c.name, complete, whole)
		}
	}
}

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
		if got.id != "" || got.happened(t).CommentID != comment.ID {
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

// While nothing happens, a stream is kept open by an event that has only the cursor, a single connection by a comment
// line of the format.
func TestSSEKeepAlive(t *testing.T) {
	s := serve(t, func(s *server.Server) { s.Sockets.Ping = 20 * time.Millisecond })
	at := testsite.StreamCursor(t, s.Site, s.commitment.ID)
	e := s.streamed(t, "GET", s.watching(at), "")
	single := s.streamed(t, "GET", "/graphql/stream?token="+s.reserve(t), "")

	for range 5 {
		if got := e.take(t, ""); got.id != at {
			t.Errorf("it stands at %s, want %s", got.id, at)
		}
		single.take(t, "comment")
	}

	s.say(t, "Un")
	now := e.take(t, "next").id
	testsite.Eventually(t, "it stands at the new event", func() bool { return e.take(t, "").id == now })
}

// When the server stops or a session ends, a stream ends without the event complete, so its client comes back. One whose
// session has ended is then told so.
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
	if status := s.status(t, "GET", s.watching(""), "", append(bearer, "Accept", accepted)...); status != 401 {
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

// Over HTTP/2 there is no connection that we could take over: streams are refused with 505, other operations work.
func TestSSEOverHTTP2(t *testing.T) {
	s := serve(t, nil)
	h := httptest.NewUnstartedServer(s.api.Handler())
	h.EnableHTTP2 = true
	h.StartTLS()
	t.Cleanup(h.Close)

	for path, want := range map[string]int{s.watching(""): 505, "/graphql/stream?query=%7B__typename%7D": 200} {
		response := testsite.Got(h.Client().Get(h.URL + path))(t)
		_ = response.Body.Close()
		if response.ProtoMajor != 2 || response.StatusCode != want {
			t.Errorf("%s: %s %d", path, response.Proto, response.StatusCode)
		}
	}
}

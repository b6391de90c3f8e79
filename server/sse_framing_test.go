package server_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"strings"
	"testing"
	"time"

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
		if got := e.take(t, "next").happened(t); got.NodeID != c.comment {
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

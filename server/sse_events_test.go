package server_test

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"ensemble/ent"
	"ensemble/internal/testsite"
)

// sse is one event of a stream.
type sse struct{ event, id, data string }

// eventStream is the response to a request for events, read in the background.
type eventStream struct {
	response *http.Response
	events   chan sse // closed at the end of the response
	err      error    // why it ended; read it after
}

// accepted is the media type of a stream.
const accepted = "text/event-stream"

// streamed sends a request whose answer is a stream.
func (s *served) streamed(t *testing.T, method, path, body string, header ...string) *eventStream {
	t.Helper()
	response := s.request(t, method, path, body, append([]string{"Accept", accepted}, header...)...)
	if media := response.Header.Get("Content-Type"); response.StatusCode != 200 || media != accepted+"; charset=utf-8" {
		raw, _ := io.ReadAll(response.Body)
		t.Fatalf("%d %s: %s", response.StatusCode, media, raw)
	}
	e := &eventStream{response: response, events: make(chan sse, 1000)}
	go e.read()
	return e
}

// read parses events until the response ends.
func (e *eventStream) read() {
	defer close(e.events)
	var now sse

	for lines := bufio.NewReader(e.response.Body); ; {
		line, err := lines.ReadString('\n')
		if err != nil {
			e.err = err
			return
		}

		if line == "\n" {
			e.events <- now
			now = sse{}
			continue
		}

		switch name, value, _ := strings.Cut(strings.TrimSuffix(line, "\n"), ":"); name {
		case "event":
			now.event = strings.TrimPrefix(value, " ")
		case "id":
			now.id = strings.TrimPrefix(value, " ")
		case "data":
			now.data = strings.TrimPrefix(value, " ")
		case "":
			now.event = "comment"
		}
	}
}

// take waits for the next event of a kind; "" is an event without a name, which only says where the stream is. It fails
// when an event of another kind comes first.
func (e *eventStream) take(t *testing.T, kind string) sse {
	t.Helper()
	for {
		select {
		case got, open := <-e.events:
			if !open {
				t.Fatalf("the stream ended: %v", e.err)
			}
			if got.event == kind && (kind != "" || got.id != "") {
				return got
			}
			if got.event != "" && got.event != "comment" {
				t.Fatalf("came %+v, want %q", got, kind)
			}
		case <-time.After(testsite.Patient):
			t.Fatalf("no %q came", kind)
		}
	}
}

// ends waits for the end of the response. complete says that the server said that nothing more comes, whole that the
// response was not cut.
func (e *eventStream) ends(t *testing.T) (complete, whole bool) {
	t.Helper()
	for {
		select {
		case got, open := <-e.events:
			if !open {
				return complete, e.err == io.EOF
			}
			complete = complete || got.event == "complete"
		case <-time.After(testsite.Patient):
			t.Fatal("the stream does not end")
		}
	}
}

// happened returns the event in the data of a next.
func (got sse) happened(t *testing.T) testsite.Happening {
	t.Helper()
	var r struct {
		Payload *testsite.Result
		testsite.Result
	}
	testsite.Must(t, json.Unmarshal([]byte(got.data), &r))

	data := r.Data
	if r.Payload != nil {
		data = r.Payload.Data
	}

	var h testsite.Happening
	for _, field := range data {
		testsite.Must(t, json.Unmarshal(field, &h))
	}
	return h
}

// watching returns the address that streams the events of the commitment.
func (s *served) watching(after string) string {
	variables := fmt.Sprintf(`{"id": %q}`, s.commitment.ID)
	if after != "" {
		variables = fmt.Sprintf(`{"id": %q, "after": %q}`, s.commitment.ID, after)
	}
	return "/graphql/stream?" + url.Values{"query": {testsite.CommitmentEvents}, "variables": {variables}}.Encode()
}

// say has Alice comment on the commitment.
func (s *served) say(t *testing.T, body string) *ent.Comment {
	t.Helper()
	return s.Comment(t, s.Alice, s.commitment.ID, body)
}

// reserve asks for a single connection for whoever the header stands for, and returns its token.
func (s *served) reserve(t *testing.T, header ...string) string {
	t.Helper()
	response := s.request(t, "PUT", "/graphql/stream", "", header...)
	token, err := io.ReadAll(response.Body)
	testsite.Must(t, err)
	media := response.Header.Get("Content-Type")
	if response.StatusCode != 201 || !strings.HasPrefix(media, "text/plain") || len(token) < 20 {
		t.Fatalf("%d %s", response.StatusCode, token)
	}
	return string(token)
}

// operation returns the body of a request that begins an operation with this id on a single connection.
func operation(query, id string, variables map[string]any) string {
	extensions := map[string]any{"operationId": id}
	b, _ := json.Marshal(map[string]any{"query": query, "variables": variables, "extensions": extensions})
	return string(b)
}

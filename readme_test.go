package main

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gorilla/websocket"
)

var update = flag.Bool("update", false, "rewrite the answers in README.md")

// TestReadme runs the program as `make run` does and sends it the operations of the README. The answer to each must be
// what the README has below it. The last answer in the README is what the subscription receives.
func TestReadme(t *testing.T) {
	page, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}

	site := start(t)
	commitment, cursor := site.thirdCommitment(t)
	fill := strings.NewReplacer("COMMITMENT", commitment, "CURSOR", cursor)
	parts := regexp.MustCompile("(?s)```(graphql|json)\n(.*?)```").FindAllStringSubmatch(string(page), -1)
	token, operation := site.signIn(t), ""

	var events *websocket.Conn
	var answer json.RawMessage
	written := string(page)
	for _, part := range parts {
		text := fill.Replace(part[2])
		switch {
		case part[1] == "graphql" && strings.HasPrefix(text, "subscription"):
			events, operation = site.subscribe(t, text), ""
		case part[1] == "graphql":
			answer, operation = site.do(t, token, text), text
		default:
			if operation == "" || answer == nil {
				answer = next(t, events)
			}
			printed := indented(t, answer)
			shown := strings.NewReplacer(commitment, "COMMITMENT", cursor, "CURSOR").Replace(printed)
			shown = regexp.MustCompile(`"cursor": "[^"]*"`).ReplaceAllString(shown, `"cursor": "NEXT"`) + "\n"
			written = strings.Replace(written, part[0], "```json\n"+shown+"```", 1)
			if !*update && shown != part[2] {
				t.Errorf("%s\nanswers\n%s\nthe README says\n%s", operation, shown, part[2])
			}
			answer = nil
		}
	}

	if *update {
		if err := os.WriteFile("README.md", []byte(written), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// indented returns an answer as the README prints it.
func indented(t *testing.T, answer json.RawMessage) string {
	t.Helper()
	var printed bytes.Buffer
	if err := json.Indent(&printed, answer, "", "  "); err != nil {
		t.Fatal(err)
	}
	return printed.String()
}

// program is the running demo.
type program struct{ url string }

// start runs `ensemble demo` over a new SQLite file until the test ends.
func start(t *testing.T) *program {
	t.Helper()
	t.Setenv("ENSEMBLE_ADDR", "127.0.0.1:0")
	t.Setenv("ENSEMBLE_ADMIN_ADDR", "")
	t.Setenv("ENSEMBLE_DATABASE_URL", "sqlite:"+filepath.Join(t.TempDir(), "demo.db"))
	t.Setenv("ENSEMBLE_REDIS_URL", "")

	ctx, stop := context.WithCancel(context.Background())

	logs := &watched{found: make(chan string, 1)}
	ended := make(chan error, 1)
	go func() { ended <- run(ctx, []string{"demo"}, &bytes.Buffer{}, logs) }()
	t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			t.Errorf("the program ended with %v", err)
		}
	})

	select {
	case addr := <-logs.found:
		return &program{addr}
	case err := <-ended:
		ended <- err
		t.Fatalf("the program did not start: %v", err)
	case <-time.After(time.Minute):
		t.Fatal("the program does not listen")
	}
	return nil
}

// watched finds the address that the log says the program listens on.
type watched struct {
	once  sync.Once
	found chan string
}

// Write reads one line of the log. It never fails.
func (w *watched) Write(line []byte) (int, error) {
	var entry struct{ Msg, Addr string }
	if json.Unmarshal(line, &entry) == nil && entry.Msg == "listening" {
		w.once.Do(func() { w.found <- entry.Addr })
	}
	return len(line), nil
}

// do sends an operation, and returns the answer of the server to the byte.
func (p *program) do(t *testing.T, token, query string) json.RawMessage {
	t.Helper()
	body, _ := json.Marshal(map[string]string{"query": query})
	url := "http://" + p.url + "/graphql"
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url, bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}

	r.Header.Set("Content-Type", "application/json")
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}

	response, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()

	var raw json.RawMessage
	if err := json.NewDecoder(response.Body).Decode(&raw); err != nil || bytes.Contains(raw, []byte(`"errors"`)) {
		t.Fatalf("%s: %v %s", query, err, raw)
	}
	return raw
}

// signIn signs a participant of the demo in, and returns their token.
func (p *program) signIn(t *testing.T) string {
	t.Helper()
	answer := p.do(t, "", `mutation { signIn(input: {email: "participant@example.org", password: "ensemble-demo"}) { token } }`)
	return at(answer, "data", "signIn", "token").(string)
}

// thirdCommitment returns the id of the third commitment, and the cursor of its stream.
func (p *program) thirdCommitment(t *testing.T) (id, cursor string) {
	t.Helper()
	answer := p.do(t, "", `{ process(slug: "engagements-2023-2027") { commitments(first: 3) { nodes { id streamCursor } } } }`)
	third := at(answer, "data", "process", "commitments", "nodes").([]any)[2].(map[string]any)
	return third["id"].(string), third["streamCursor"].(string)
}

// at returns what an answer has at a path.
func at(answer json.RawMessage, path ...string) any {
	var value any
	_ = json.Unmarshal(answer, &value) // do has read it before, so it is JSON
	for _, key := range path {
		value = value.(map[string]any)[key]
	}
	return value
}

// subscribe opens a socket and subscribes. The cursor in the subscription makes sure that no event is missed.
func (p *program) subscribe(t *testing.T, query string) *websocket.Conn {
	t.Helper()
	dialer := websocket.Dialer{Subprotocols: []string{"graphql-transport-ws"}}
	conn, _, err := dialer.DialContext(t.Context(), "ws://"+p.url+"/graphql", nil)
	if err != nil {
		t.Fatal(err)
	}

	t.Cleanup(func() { _ = conn.Close() })
	_ = conn.SetReadDeadline(time.Now().Add(time.Minute))

	for _, message := range []any{
		map[string]any{"type": "connection_init"},
		map[string]any{"type": "subscribe", "id": "1", "payload": map[string]any{"query": query}},
	} {
		if err := conn.WriteJSON(message); err != nil {
			t.Fatal(err)
		}
	}

	var ack struct{ Type string }
	if err := conn.ReadJSON(&ack); err != nil || ack.Type != "connection_ack" {
		t.Fatalf("the server answers %q: %v", ack.Type, err)
	}
	return conn
}

// next returns the next answer of a subscription.
func next(t *testing.T, conn *websocket.Conn) json.RawMessage {
	t.Helper()
	var message struct {
		Type    string
		Payload json.RawMessage
	}
	if err := conn.ReadJSON(&message); err != nil || message.Type != "next" {
		t.Fatalf("the subscription received %q: %v", message.Type, err)
	}
	return message.Payload
}

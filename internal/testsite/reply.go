package testsite

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"ensemble/graph/generated"
)

// Reply is an HTTP answer, with its body as it came.
type Reply struct {
	Answer
	Raw string
}

// Request sends an HTTP request. header has names and values in turns. The body of an answer of /graphql must be JSON.
func (s *Logged) Request(t testing.TB, method, path, body string, header ...string) Reply {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, s.URL+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}

	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}

	response, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	raw, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}

	a := Reply{Answer: Answer{Status: response.StatusCode, Header: response.Header}, Raw: string(raw)}

	if strings.HasPrefix(path, "/graphql") && method != http.MethodOptions {
		var body struct {
			Data   json.RawMessage
			Errors []Error
		}
		if err := json.Unmarshal(raw, &body); err != nil {
			t.Fatalf("%s %s: no JSON: %s", method, path, raw)
		}
		a.Data, a.Errors = body.Data, body.Errors
	}
	return a
}

// Send sends an operation as JSON. header has more names and values in turns.
func (s *Logged) Send(t testing.TB, query string, variables map[string]any, header ...string) Reply {
	t.Helper()
	body, err := json.Marshal(map[string]any{"query": query, "variables": variables})
	if err != nil {
		t.Fatal(err)
	}
	header = append([]string{"Content-Type", "application/json"}, header...)
	return s.Request(t, http.MethodPost, "/graphql", string(body), header...)
}

// SQL runs a statement that must succeed. The rules know nothing of it.
func (s *Logged) SQL(t testing.TB, statement string, args ...any) {
	t.Helper()
	if _, err := s.Store.Write.ExecContext(context.WithoutCancel(t.Context()), statement, args...); err != nil {
		t.Fatalf("%s: %v", statement, err)
	}
}

// Only returns the single value of a query.
func Only[T any](t testing.TB, s *Logged, query string, args ...any) T {
	t.Helper()
	var v T
	if err := s.Store.Read.QueryRowContext(t.Context(), query, args...).Scan(&v); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	return v
}

// Leaks matches words that show how the server is made, or where it failed.
var Leaks = regexp.MustCompile(`(?i)\bsql|sqlite|postgres|pgx|\bent:|constraint|goroutine|runtime error|\.go:\d|panic|` +
	`SQLSTATE|context (canceled|deadline)|unmarshal|strconv|json:`)

// WantSoundErrors fails the test when an error says something that only we should know, or is a failure of ours.
func WantSoundErrors(t testing.TB, a Reply) {
	t.Helper()
	if leak := Leaks.FindString(a.Raw); leak != "" && len(a.Errors) > 0 {
		t.Errorf("the answer says %q: %.500s", leak, a.Raw)
	}
	codes := generated.NewExecutableSchema(generated.Config{}).Schema().Types["ErrorCode"]
	for _, e := range a.Errors {
		code, _ := e.Extensions["code"].(string)
		if codes.EnumValues.ForName(code) == nil || code == "INTERNAL_SERVER_ERROR" || e.Message == "" {
			t.Errorf("code %v: %.500s", e.Extensions["code"], a.Raw)
		}
	}
}

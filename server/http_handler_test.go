package server_test

import (
	"bufio"
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"maps"
	"net"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"ensemble/apitest/story"
	"ensemble/internal/testsite"
	"ensemble/server"
)

// Each request has an id: that of a proxy, when it has a form that can be logged, else a new one.
func TestRequestID(t *testing.T) {
	own := regexp.MustCompile(`^[A-Z2-7]{26}$`)
	s := serve(t, nil)
	seen := map[string]bool{}

	for _, path := range []string{"/graphql", "/healthz", "/readyz", "/", "/nothing/here"} {
		for id, keep := range map[string]bool{
			"0af7651916cd43dd8448eb211c80319c": true, "a.b_c-d8": true, "": false, "short": false,
			strings.Repeat("a", 65): false, "has a space": false,
			"<script>alert(1)</script>": false, "é12345678": false,
		} {
			got := s.request(t, "GET", path, "", "X-Request-Id", id).Header.Get("X-Request-Id")
			if keep && got != id || !keep && (!own.MatchString(got) || seen[got]) {
				t.Errorf("%s: %q became %q", path, id, got)
			}

			seen[got] = true
		}
	}
}

// loggedCase is an operation, who sends it, and fields of the line that the log has about it.
type loggedCase struct {
	id, query string
	variables map[string]any
	as        string
	want      map[string]any
}

// loggedCases lists operations that are answered and refused, from people who are signed in and not.
func loggedCases(st *story.Story) []loggedCase {
	wrong := map[string]any{"email": "carol@example.org", "password": "wrong"}
	comment := map[string]any{"subject": st.Names["commitment"], "body": testsite.Secret}

	return []loggedCase{
		{"request-1", "query Page { processes { totalCount } }", nil, "",
			map[string]any{"operation": "Page", "viewer": "", "code": "", "status": 200.0}},
		{"request-2", "{ processes { totalCount } }", nil, "alice",
			map[string]any{"operation": "", "viewer": st.Names["alice"], "code": "", "status": 200.0}},
		{"request-3", "mutation SignIn($input: SignInInput!) { signIn(input: $input) { token } }",
			map[string]any{"input": wrong}, "",
			map[string]any{"operation": "SignIn", "viewer": "", "code": "WRONG_CREDENTIALS", "status": 200.0}},
		{"request-4", "mutation Post($input: PostCommentInput!) { postComment(input: $input) { comment { body } } }",
			map[string]any{"input": comment}, "bob",
			map[string]any{"operation": "Post", "viewer": st.Names["bob"], "code": "", "status": 200.0}},
		{"request-5", "{ " + testsite.Secret + " }", nil, "bob", map[string]any{
			"operation": "", "viewer": st.Names["bob"], "code": "GRAPHQL_VALIDATION_FAILED", "status": 200.0,
		}},
	}
}

// The log has one line about each request, with what operators need and nothing that people confide.
func TestRequestLog(t *testing.T) {
	story.Each(t, func(t *testing.T, st *story.Story) {
		for _, c := range loggedCases(st) {
			st.Send(t, c.query, c.variables, append(st.Bearer(c.as), "X-Request-Id", c.id)...)

			line := st.Log.Request(t, c.id)
			for field, want := range c.want {
				if line[field] != want {
					t.Errorf("%s: %s is %v, want %v", c.id, field, line[field], want)
				}
			}
			_, timed := line["took"].(float64)
			if !timed || line["method"] != "POST" || line["path"] != "/graphql" || line["level"] != "INFO" {
				t.Errorf("%v", line)
			}
		}

		st.Send(t, "{ __typename }", nil, "Authorization", "Bearer "+testsite.Secret, "X-Request-Id", "request-6")
		if line := st.Log.Request(t, "request-6"); line["status"] != 401.0 || line["code"] != "UNAUTHENTICATED" {
			t.Errorf("%v", line)
		}

		secret := asked("query", "{ process(slug: \""+testsite.Secret+"\") { id } }")
		st.Request(t, "GET", secret, "", "X-Request-Id", "request-7")
		st.Log.Request(t, "request-7") // the end of the test looks for the word in the log

		ids := map[any]int{}
		for _, line := range st.Log.Requests(t) {
			ids[line["request"]]++
		}

		for id, n := range ids {
			if n != 1 {
				t.Errorf("%d lines about %v", n, id)
			}
		}
	})
}

// No browser takes an answer for something else than it says, whatever was asked.
func TestAnswersAreWhatTheySay(t *testing.T) {
	story.Each(t, func(t *testing.T, st *story.Story) {
		for _, asks := range []string{
			"POST /graphql", "GET /graphql", "PUT /graphql", "GET /graphql/stream", "GET /account/export", "GET /healthz",
			"GET /readyz", "GET /mails/stop?token=x", "GET /auth/nobody/start", "GET /", "GET /nothing", "DELETE /",
		} {
			method, path, _ := strings.Cut(asks, " ")
			if a := st.Request(t, method, path, ""); a.Header.Get("X-Content-Type-Options") != "nosniff" {
				t.Errorf("%s: %d with %v", asks, a.Status, a.Header)
			}
		}
	})
}

// What is asked of no page says so, too; net/http alone answers what it cannot read.
func TestOptionsOfEverything(t *testing.T) {
	st := story.OnSQLite(t)
	_, api := st.Beside(t, func(*server.Server) {})
	h := testsite.Got((&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0"))(t)
	site := api.HTTP("")
	go func() { _ = site.Serve(h) }()
	t.Cleanup(func() { _ = site.Close() })

	for asks, status := range map[string]int{
		"OPTIONS * HTTP/1.1": 400, "OPTIONS /graphql HTTP/1.1": 204, "OPTIONS / HTTP/1.1": 405, "OPTIONS /nothing HTTP/1.1": 404,
		"GET /healthz HTTP/1.1": 200, "GET /nothing HTTP/1.1": 404,
	} {
		c := testsite.Got((&net.Dialer{}).DialContext(t.Context(), "tcp", h.Addr().String()))(t)
		testsite.Got(fmt.Fprintf(c, "%s\r\nHost: example.org\r\nConnection: close\r\n\r\n", asks))(t)
		answer := testsite.Got(http.ReadResponse(bufio.NewReader(c), nil))(t)
		if answer.StatusCode != status || answer.Header.Get("X-Content-Type-Options") != "nosniff" {
			t.Errorf("%s: %d with %v", asks, answer.StatusCode, answer.Header)
		}
		_ = answer.Body.Close()
		_ = c.Close()
	}
}

// An erasure empties what the process remembers of texts: a document that was known by its hash is sent again.
func TestErasureForgetsDocuments(t *testing.T) {
	story.Each(t, func(t *testing.T, st *story.Story) {
		const query = `{ process(slug: "roadmap") { title(language: "en") } }`
		known := map[string]any{"persistedQuery": map[string]any{
			"version": 1, "sha256Hash": fmt.Sprintf("%x", sha256.Sum256([]byte(query))),
		}}
		asks := func(body map[string]any) string {
			return st.Request(t, "POST", "/graphql", jsonOf(t, body), "Content-Type", "application/json").Code()
		}
		if code := asks(map[string]any{"query": query, "extensions": known}); code != "" {
			t.Fatal(code)
		}
		if code := asks(map[string]any{"extensions": known}); code != "" {
			t.Fatalf("not known: %s", code)
		}

		erase := fmt.Sprintf(`mutation { eraseAccount(input: {password: %q}) { __typename } }`, testsite.Password)
		if a := st.Send(t, erase, nil, st.Bearer("carol")...); a.Code() != "" {
			t.Fatal(a.Raw)
		}
		if code := asks(map[string]any{"extensions": known}); code != "PERSISTED_QUERY_NOT_FOUND" {
			t.Errorf("after the erasure: %q", code)
		}
	})
}

// Many who ask at once whether the process is ready share one question to the database.
func TestReadinessIsAskedOnce(t *testing.T) {
	story.Each(t, func(t *testing.T, st *story.Story) {
		pool := st.Store.Read
		most := pool.Stats().MaxOpenConnections
		pool.SetMaxOpenConns(1)
		defer pool.SetMaxOpenConns(most)
		only := testsite.Got(pool.Conn(t.Context()))(t)
		before := pool.Stats().WaitCount

		var all sync.WaitGroup
		for range 20 {
			all.Go(func() {
				if a := st.Request(t, "GET", "/readyz", ""); a.Status != http.StatusServiceUnavailable {
					t.Errorf("while the database does not answer: %d %s", a.Status, a.Raw)
				}
			})
		}
		all.Wait()
		if n := pool.Stats().WaitCount - before; n < 1 || n > 5 { // some may have come when the first had ended
			t.Errorf("20 requests asked for a connection %d times", n)
		}
		testsite.Must(t, only.Close())
		if a := st.Request(t, "GET", "/readyz", ""); a.Status != http.StatusOK {
			t.Errorf("afterwards: %d %s", a.Status, a.Raw)
		}
	})
}

// The process lives as long as it can answer. It is ready without the broker, but not without the database.
func TestHealth(t *testing.T) {
	story.Each(t, func(t *testing.T, st *story.Story) {
		look := func(path string, status int, body string) {
			t.Helper()
			a := st.Request(t, "GET", path, "")
			if a.Status != status || strings.TrimSpace(a.Raw) != body || a.Header.Get("Cache-Control") != "no-store" {
				t.Errorf("%s: %d %s, want %d %s", path, a.Status, a.Raw, status, body)
			}
		}

		look("/healthz", 200, `{"status":"ok"}`)
		look("/readyz", 200, `{"broker":"ok","database":"ok","status":"ok"}`)

		st.Broker.Feel("dial tcp 10.0.0.7:6379: refused")
		look("/readyz", 200, `{"broker":"unreachable","database":"ok","status":"degraded"}`)
		if !strings.Contains(st.Log.String(), "10.0.0.7:6379") {
			t.Error("the log does not say what is wrong with the broker")
		}

		st.Broker.Feel("")
		testsite.Must(t, st.Store.Close())
		look("/readyz", 503, `{"broker":"ok","database":"unreachable","status":"unavailable"}`)
		look("/healthz", 200, `{"status":"ok"}`)

		a := st.Send(t, "{ processes { totalCount } }", nil, "Accept-Language", "en")
		if a.Code() != "INTERNAL_SERVER_ERROR" || testsite.Leaks.MatchString(a.Raw) ||
			!strings.Contains(a.Raw, a.Header.Get("X-Request-Id")) {
			t.Errorf("without a database: %s", a.Raw)
		}
	})
}

// A query can be sent by its hash once the server knows it.
func TestPersistedQueries(t *testing.T) {
	story.Each(t, func(t *testing.T, st *story.Story) {
		const query = `{ process(slug: "roadmap") { title(language: "en") } }`
		hash := fmt.Sprintf("%x", sha256.Sum256([]byte(query)))
		known := func(hash string) map[string]any {
			return map[string]any{"persistedQuery": map[string]any{"version": 1, "sha256Hash": hash}}
		}

		for _, c := range []struct {
			name string
			body map[string]any
			code string
		}{
			{"unknown hash", map[string]any{"extensions": known(hash)}, "PERSISTED_QUERY_NOT_FOUND"},
			{"hash of something else", map[string]any{"query": "{ __typename }", "extensions": known(hash)},
				"BAD_REQUEST"},
			{"still unknown", map[string]any{"extensions": known(hash)}, "PERSISTED_QUERY_NOT_FOUND"},
			{"query and hash", map[string]any{"query": query, "extensions": known(hash)}, ""},
			{"hash alone", map[string]any{"extensions": known(hash)}, ""},
			{"another version", map[string]any{"extensions": map[string]any{
				"persistedQuery": map[string]any{"version": 2, "sha256Hash": hash},
			}}, "BAD_REQUEST"},
			{"a number for an extension", map[string]any{
				"extensions": map[string]any{"persistedQuery": 5},
			}, "BAD_REQUEST"},
			{"another extension", map[string]any{"query": query, "extensions": map[string]any{"tracing": true}}, ""},
		} {
			a := st.Request(t, "POST", "/graphql", jsonOf(t, c.body), "Content-Type", "application/json")
			if a.Code() != c.code || a.Status != 200 ||
				c.code == "" && string(a.Data) != `{"process":{"title":"Roadmap"}}` {
				t.Errorf("%s: %d %s", c.name, a.Status, a.Raw)
			}
			testsite.WantSoundErrors(t, a)
		}

		get := st.Request(t, "GET", asked("extensions", jsonOf(t, known(hash))), "")
		if string(get.Data) != `{"process":{"title":"Roadmap"}}` {
			t.Errorf("by GET: %s", get.Raw)
		}
	})
}

// Anybody can read the schema. It is the contract, without the directives that only our library knows.
func TestIntrospection(t *testing.T) {
	s := serve(t, nil)
	var data struct {
		Schema struct {
			Directives []struct{ Name string }
			Types      []struct{ Name, Description string }
		} `json:"__schema"`
	}
	s.Must(t, "", `{ __schema { queryType { name } directives { name } types { name description } } }`, nil, &data)

	names := map[string]bool{}
	for _, d := range data.Schema.Directives {
		names[d.Name] = true
	}
	got := slices.Sorted(maps.Keys(names))
	if !slices.Equal(got, []string{"cost", "deprecated", "include", "listSize", "oneOf", "skip", "specifiedBy", "viewer"}) {
		t.Errorf("directives %v", got)
	}

	for _, typ := range data.Schema.Types {
		if typ.Description == "" && !strings.HasPrefix(typ.Name, "__") {
			t.Errorf("%s is not described", typ.Name)
		}
	}
}

// nicknameOf asks the site who the holder of this token is.
func nicknameOf(ctx context.Context, url, body, token string) (string, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, url+"/graphql", strings.NewReader(body))
	if err != nil {
		return "", err
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Authorization", "Bearer "+token)

	response, err := http.DefaultClient.Do(r)
	if err != nil {
		return "", err
	}
	defer func() { _ = response.Body.Close() }()

	var got struct {
		Data struct {
			Viewer struct{ User struct{ Nickname string } }
		}
	}
	_ = json.NewDecoder(response.Body).Decode(&got) // what is no answer has no nickname
	return got.Data.Viewer.User.Nickname, nil
}

// Many people at once are each answered for themselves.
func TestManyAtOnce(t *testing.T) {
	testsite.EachLogged(t, func(t *testing.T, s *testsite.Logged) {
		w := testsite.NewWorld(t, s.Site)
		people := map[string]*testsite.Person{
			"alice": w.Alice, "bob": w.Bob, "steering": w.Steering, "moderator": w.Moderator,
		}
		body := jsonOf(t, map[string]any{"query": whoAmI})
		answers := make(chan string, 200)

		for nickname, p := range people {
			for range 50 {
				go func() {
					got, err := nicknameOf(t.Context(), s.URL, body, p.Token)
					switch {
					case err != nil:
						answers <- err.Error()
					case got != nickname:
						answers <- fmt.Sprintf("%s is taken for %q", nickname, got)
					default:
						answers <- ""
					}
				}()
			}
		}

		for range 200 {
			if wrong := <-answers; wrong != "" {
				t.Error(wrong)
			}
		}
	})
}

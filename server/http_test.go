package server_test

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"ensemble/apitest/story"
	"ensemble/internal/testsite"
)

// asked returns the address of a GET with these parameters, given as names and values in turn.
func asked(parameters ...string) string {
	q := url.Values{}
	for i := 0; i < len(parameters); i += 2 {
		q.Set(parameters[i], parameters[i+1])
	}
	return "/graphql?" + q.Encode()
}

// jsonOf returns v as JSON.
func jsonOf(t *testing.T, v any) string {
	t.Helper()
	return string(testsite.Got(json.Marshal(v))(t))
}

// requestCase is a request by hand, and the status and the code of its answer.
type requestCase struct {
	name, method, path, body string
	header                   []string
	status                   int
	code                     string // "" when the operation is carried out
}

// good is a request that is carried out.
const good = `{"query": "{ __typename }"}`

// requestCases lists requests that are right, broken, too large, or of the wrong kind.
func requestCases(t *testing.T, st *story.Story) []requestCase {
	return slices.Concat(headCases(), bodyCases(), operationCases(t, st), addressCases())
}

// headCases lists methods and media types.
func headCases() []requestCase {
	return []requestCase{
		{"post", "POST", "/graphql", good, asJSON, 200, ""},
		{"post with a charset", "POST", "/graphql", good,
			[]string{"Content-Type", "Application/JSON; charset=utf-8"}, 200, ""},
		{"post as text", "POST", "/graphql", good, []string{"Content-Type", "text/plain"}, 415, "BAD_REQUEST"},
		{"post as form", "POST", "/graphql", "query=%7B__typename%7D",
			[]string{"Content-Type", "application/x-www-form-urlencoded"}, 415, "BAD_REQUEST"},
		{"post as file", "POST", "/graphql", good,
			[]string{"Content-Type", "multipart/form-data; boundary=x"}, 415, "BAD_REQUEST"},
		{"post as nothing", "POST", "/graphql", good, nil, 415, "BAD_REQUEST"},
		{"post as nonsense", "POST", "/graphql", good, []string{"Content-Type", "; ;"}, 415, "BAD_REQUEST"},
		{"post by a client that would rather speak HTTP/2", "POST", "/graphql", good,
			append(asJSON, "Connection", "Upgrade, HTTP2-Settings", "Upgrade", "h2c"), 200, ""},
		{"put", "PUT", "/graphql", good, asJSON, 405, "BAD_REQUEST"},
		{"delete", "DELETE", "/graphql", "", nil, 405, "BAD_REQUEST"},
	}
}

// bodyCases lists bodies that are no operation, and large ones.
func bodyCases() []requestCase {
	return []requestCase{
		{"no body", "POST", "/graphql", "", asJSON, 400, "BAD_REQUEST"},
		{"half a body", "POST", "/graphql", `{"query": "` + testsite.Secret, asJSON, 400, "BAD_REQUEST"},
		{"two bodies", "POST", "/graphql", good + good, asJSON, 400, "BAD_REQUEST"},
		{"a list", "POST", "/graphql", "[" + good + "]", asJSON, 400, "BAD_REQUEST"},
		{"a text", "POST", "/graphql", `"` + testsite.Secret + `"`, asJSON, 400, "BAD_REQUEST"},
		{"a number for a query", "POST", "/graphql", `{"query": 5}`, asJSON, 400, "BAD_REQUEST"},
		{"a list for variables", "POST", "/graphql", `{"query": "{ __typename }", "variables": []}`,
			asJSON, 400, "BAD_REQUEST"},
		{"a text for variables", "POST", "/graphql",
			`{"query": "{ __typename }", "variables": "` + testsite.Secret + `"}`, asJSON, 400, "BAD_REQUEST"},
		{"no UTF-8", "POST", "/graphql", "{\"query\": \"{ __typename }\", \"operationName\": \"\xff\"}",
			asJSON, 400, "BAD_REQUEST"},
		{"no UTF-8 in a variable", "POST", "/graphql",
			"{\"query\": \"query($v: String!) { process(slug: $v) { id } }\", " +
				"\"variables\": {\"v\": \"" + testsite.Secret + "\xc3\x28\"}}", asJSON, 400, "BAD_REQUEST"},
		{"null", "POST", "/graphql", "null", asJSON, 400, "BAD_REQUEST"},
		{"nothing asked", "POST", "/graphql", "{}", asJSON, 400, "BAD_REQUEST"},
		{"nothing asked, for a modern client", "POST", "/graphql", "{}",
			append(asJSON, "Accept", "application/graphql-response+json"), 400, "BAD_REQUEST"},

		{"a megabyte", "POST", "/graphql", good + strings.Repeat(" ", 1<<20-len(good)), asJSON, 200, ""},
		{"more than a megabyte", "POST", "/graphql", good + strings.Repeat(" ", 1<<20-len(good)+1),
			asJSON, 413, "BAD_REQUEST"},
		{"much more than a megabyte", "POST", "/graphql", strings.Repeat(testsite.Secret, 1<<19),
			asJSON, 413, "BAD_REQUEST"},
	}
}

// operationCases lists operations that are not to be chosen, or not without a stream.
func operationCases(t *testing.T, st *story.Story) []requestCase {
	return []requestCase{
		{"unknown operation", "POST", "/graphql", `{"query": "query A { __typename }", "operationName": "B"}`,
			asJSON, 200, "GRAPHQL_VALIDATION_FAILED"},
		{"one of two operations", "POST", "/graphql",
			`{"query": "query A { __typename } query B { zib: __typename }", "operationName": "B"}`, asJSON, 200, ""},
		{"subscription without a socket", "POST", "/graphql", jsonOf(t, map[string]any{
			"query": `subscription { commitmentEvents(commitment: "` + st.Names["commitment"] + `") { id } }`,
		}), asJSON, 400, "BAD_REQUEST"},
	}
}

// addressCases lists operations in the address of a GET.
func addressCases() []requestCase {
	return []requestCase{
		{"get", "GET", asked("query", "{ __typename }"), "", nil, 200, ""},
		{"get with variables", "GET",
			asked("query", "query($id: ID!) { node(id: $id) { id } }", "variables", `{"id": "x"}`), "", nil, 200, ""},
		{"get one of two operations", "GET",
			asked("query", "query A { __typename } query B { __typename }", "operationName", "A"), "", nil, 200, ""},
		{"get nothing", "GET", "/graphql", "", nil, 400, "BAD_REQUEST"},
		{"get with half variables", "GET", asked("query", "{ __typename }", "variables", "{"),
			"", nil, 400, "BAD_REQUEST"},
		{"get with a list for variables", "GET", asked("query", "{ __typename }", "variables", "[]"),
			"", nil, 400, "BAD_REQUEST"},
		{"get with half extensions", "GET", asked("query", "{ __typename }", "extensions", "{"),
			"", nil, 400, "BAD_REQUEST"},
		{"get with a bad escape", "GET", "/graphql?query=%zz", "", nil, 400, "BAD_REQUEST"},
		{"get without UTF-8", "GET", "/graphql?query=%7B+process(slug:+%22%ff%22)+%7B+id+%7D+%7D",
			"", nil, 400, "BAD_REQUEST"},
		{"get with variables that are no UTF-8", "GET",
			"/graphql?query=%7B+__typename+%7D&variables=%7B%22x%22:%22%ff%22%7D", "", nil, 400, "BAD_REQUEST"},

		// What is not asked by GET.
		{"subscription by GET", "GET",
			asked("query", `subscription { commitmentEvents(commitment: "x") { id } }`), "", nil, 400, "BAD_REQUEST"},
		{"mutation by GET", "GET", asked("query", "mutation { signOut { endedSessions } }"),
			"", nil, 405, "BAD_REQUEST"},
	}
}

// A request that cannot be carried out is answered as GraphQL answers: with a code, a status that fits, and nothing of
// what was sent. No request of these changes anything.
func TestRequests(t *testing.T) {
	story.Each(t, func(t *testing.T, st *story.Story) {
		for _, c := range requestCases(t, st) {
			t.Run(c.name, func(t *testing.T) {
				before := st.State(t)
				a := st.Request(t, c.method, c.path, c.body, c.header...)
				if a.Status != c.status || a.Code() != c.code {
					t.Errorf("status %d, code %q: %.300s", a.Status, a.Code(), a.Raw)
				}

				testsite.WantSoundErrors(t, a)
				if strings.Contains(a.Raw, testsite.Secret) {
					t.Errorf("it echoes: %.300s", a.Raw)
				}
				if media := a.Header.Get("Content-Type"); !strings.HasSuffix(media, "json; charset=utf-8") {
					t.Errorf("media type %q", media)
				}
				if allow := a.Header.Get("Allow"); (allow == "") != (a.Status != 405) {
					t.Errorf("allows %q", allow)
				}

				if st.State(t) != before {
					t.Error("something changed")
				}
			})
		}
	})
}

// An answer is of the media type that was asked for. TestAcceptedOf has more of what clients may write.
func TestMediaTypes(t *testing.T) {
	s := serve(t, nil)
	for accept, want := range map[string]string{
		"":                                  "application/json",
		"application/json":                  "application/json",
		"application/graphql-response+json": "application/graphql-response+json",
	} {
		a := s.request(t, "POST", "/graphql", `{"query": "{ __typename }"}`, append(asJSON, "Accept", accept)...)

		if got := a.Header.Get("Content-Type"); got != want+"; charset=utf-8" || a.StatusCode != 200 {
			t.Errorf("Accept %q: %d %q", accept, a.StatusCode, got)
		}
	}
}

// A client that takes no media type of ours is refused.
func TestHTTPNotAcceptable(t *testing.T) {
	s := serve(t, nil)
	for accept, want := range map[string]int{
		"text/html":               406,
		"application/json;q=0":    406,
		"*/*;q=0":                 406,
		"application/xml, text/*": 406,
		"text/event-stream":       406,
		"application/json;q=0, application/*;q=0.1": 200,
	} {
		got := s.status(t, "POST", "/graphql", `{"query": "{ __typename }"}`, append(asJSON, "Accept", accept)...)
		if got != want {
			t.Errorf("Accept %q: %d", accept, got)
		}
	}
}

// Pages of other sites may ask, but without cookies, and can read the headers that they need.
func TestCrossOrigin(t *testing.T) {
	story.Each(t, func(t *testing.T, st *story.Story) {
		a := st.Send(t, "{ __typename }", nil, "Origin", "https://app.example")
		if a.Header.Get("Access-Control-Allow-Origin") != "*" ||
			a.Header.Get("Access-Control-Allow-Credentials") != "" ||
			a.Header.Get("Access-Control-Expose-Headers") != "RateLimit, RateLimit-Policy, Retry-After, X-Request-Id" ||
			!strings.Contains(a.Header.Get("Vary"), "Origin") {
			t.Errorf("%v", a.Header)
		}

		p := st.Request(t, "OPTIONS", "/graphql", "", "Origin", "https://app.example",
			"Access-Control-Request-Method", "POST", "Access-Control-Request-Headers", "authorization,content-type")
		allowed := strings.ToLower(p.Header.Get("Access-Control-Allow-Headers"))
		if p.Status != 204 || p.Raw != "" || !strings.Contains(p.Header.Get("Access-Control-Allow-Methods"), "POST") ||
			!strings.Contains(allowed, "authorization") || !strings.Contains(allowed, "content-type") ||
			p.Header.Get("Access-Control-Allow-Credentials") != "" {
			t.Errorf("%d %v", p.Status, p.Header)
		}

		refused := st.Send(t, "{ __typename }", nil, "Origin", "https://app.example", "Authorization", "Bearer x")
		if refused.Status != 401 || refused.Header.Get("Access-Control-Allow-Origin") != "*" {
			t.Errorf("a page cannot read that it must sign in: %v", refused.Header)
		}
	})
}

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
			map[string]any{"operation": "SignIn", "viewer": "", "code": "UNAUTHENTICATED", "status": 200.0}},
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

		st.Request(t, "GET", asked("query", "{ process(slug: \""+testsite.Secret+"\") { id } }"), "",
			"X-Request-Id", "request-7")
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
	if !slices.Equal(got, []string{"deprecated", "include", "oneOf", "skip", "specifiedBy", "viewer"}) {
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

package server_test

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"ensemble/apitest/story"
	"ensemble/consultation/people"
	"ensemble/internal/testsite"
	"ensemble/server"
)

const whoAmI = `{ viewer { user { nickname } } }`

// asked is the address of a GET with parameters.
func asked(parameters ...string) string {
	q := url.Values{}
	for i := 0; i < len(parameters); i += 2 {
		q.Set(parameters[i], parameters[i+1])
	}
	return "/graphql?" + q.Encode()
}

func jsonOf(t *testing.T, v any) string {
	t.Helper()
	return string(testsite.Got(json.Marshal(v))(t))
}

// What is no GraphQL request is answered like one, with its code, a status that fits, and nothing of what was sent.
func TestRequests(t *testing.T) {
	const good = `{"query": "{ __typename }"}`
	story.Each(t, func(t *testing.T, st *story.Story) {
		for _, c := range []struct {
			name, method, path, body string
			header                   []string
			status                   int
			code                     string
		}{
			{"post", "POST", "/graphql", good, asJSON, 200, ""},
			{"post with a charset", "POST", "/graphql", good, []string{"Content-Type", "Application/JSON; charset=utf-8"}, 200, ""},
			{"post as text", "POST", "/graphql", good, []string{"Content-Type", "text/plain"}, 415, "BAD_REQUEST"},
			{"post as form", "POST", "/graphql", "query=%7B__typename%7D", []string{"Content-Type", "application/x-www-form-urlencoded"}, 415, "BAD_REQUEST"},
			{"post as file", "POST", "/graphql", good, []string{"Content-Type", "multipart/form-data; boundary=x"}, 415, "BAD_REQUEST"},
			{"post as nothing", "POST", "/graphql", good, nil, 415, "BAD_REQUEST"},
			{"post as nonsense", "POST", "/graphql", good, []string{"Content-Type", "; ;"}, 415, "BAD_REQUEST"},
			{"no body", "POST", "/graphql", "", asJSON, 400, "BAD_REQUEST"},
			{"half a body", "POST", "/graphql", `{"query": "` + testsite.Secret, asJSON, 400, "BAD_REQUEST"},
			{"two bodies", "POST", "/graphql", good + good, asJSON, 400, "BAD_REQUEST"},
			{"a list", "POST", "/graphql", "[" + good + "]", asJSON, 400, "BAD_REQUEST"},
			{"a text", "POST", "/graphql", `"` + testsite.Secret + `"`, asJSON, 400, "BAD_REQUEST"},
			{"a number for a query", "POST", "/graphql", `{"query": 5}`, asJSON, 400, "BAD_REQUEST"},
			{"a list for variables", "POST", "/graphql", `{"query": "{ __typename }", "variables": []}`, asJSON, 400, "BAD_REQUEST"},
			{"a text for variables", "POST", "/graphql", `{"query": "{ __typename }", "variables": "` + testsite.Secret + `"}`, asJSON, 400, "BAD_REQUEST"},
			{"no UTF-8", "POST", "/graphql", "{\"query\": \"{ __typename }\", \"operationName\": \"\xff\"}", asJSON, 400, "BAD_REQUEST"},
			{"no UTF-8 in a variable", "POST", "/graphql", "{\"query\": \"query($v: String!) { process(slug: $v) { id } }\", \"variables\": {\"v\": \"" + testsite.Secret + "\xc3\x28\"}}", asJSON, 400, "BAD_REQUEST"},
			{"null", "POST", "/graphql", "null", asJSON, 400, "BAD_REQUEST"},
			{"nothing asked", "POST", "/graphql", "{}", asJSON, 400, "BAD_REQUEST"},
			{"nothing asked, for a modern client", "POST", "/graphql", "{}", append(asJSON, "Accept", "application/graphql-response+json"), 400, "BAD_REQUEST"},
			{"a megabyte", "POST", "/graphql", good + strings.Repeat(" ", 1<<20-len(good)), asJSON, 200, ""},
			{"more than a megabyte", "POST", "/graphql", good + strings.Repeat(" ", 1<<20-len(good)+1), asJSON, 413, "BAD_REQUEST"},
			{"much more than a megabyte", "POST", "/graphql", strings.Repeat(testsite.Secret, 1<<19), asJSON, 413, "BAD_REQUEST"},
			{"unknown operation", "POST", "/graphql", `{"query": "query A { __typename }", "operationName": "B"}`, asJSON, 200, "GRAPHQL_VALIDATION_FAILED"},
			{"one of two operations", "POST", "/graphql", `{"query": "query A { __typename } query B { zib: __typename }", "operationName": "B"}`, asJSON, 200, ""},
			{"subscription without a socket", "POST", "/graphql", jsonOf(t, map[string]any{"query": `subscription { commitmentEvents(commitment: "` + st.Names["commitment"] + `") { id } }`}), asJSON, 400, "BAD_REQUEST"},
			{"subscription by GET", "GET", asked("query", `subscription { commitmentEvents(commitment: "x") { id } }`), "", nil, 400, "BAD_REQUEST"},
			{"get", "GET", asked("query", "{ __typename }"), "", nil, 200, ""},
			{"get with variables", "GET", asked("query", "query($id: ID!) { node(id: $id) { id } }", "variables", `{"id": "x"}`), "", nil, 200, ""},
			{"get one of two operations", "GET", asked("query", "query A { __typename } query B { __typename }", "operationName", "A"), "", nil, 200, ""},
			{"get nothing", "GET", "/graphql", "", nil, 400, "BAD_REQUEST"},
			{"get with half variables", "GET", asked("query", "{ __typename }", "variables", "{"), "", nil, 400, "BAD_REQUEST"},
			{"get with a list for variables", "GET", asked("query", "{ __typename }", "variables", "[]"), "", nil, 400, "BAD_REQUEST"},
			{"get with half extensions", "GET", asked("query", "{ __typename }", "extensions", "{"), "", nil, 400, "BAD_REQUEST"},
			{"get with a bad escape", "GET", "/graphql?query=%zz", "", nil, 400, "BAD_REQUEST"},
			{"get without UTF-8", "GET", "/graphql?query=%7B+process(slug:+%22%ff%22)+%7B+id+%7D+%7D", "", nil, 400, "BAD_REQUEST"},
			{"get with variables that are no UTF-8", "GET", "/graphql?query=%7B+__typename+%7D&variables=%7B%22x%22:%22%ff%22%7D", "", nil, 400, "BAD_REQUEST"},
			{"post by a client that would rather speak HTTP/2", "POST", "/graphql", good, append(asJSON, "Connection", "Upgrade, HTTP2-Settings", "Upgrade", "h2c"), 200, ""},
			{"mutation by GET", "GET", asked("query", "mutation { signOut { endedSessions } }"), "", nil, 405, "BAD_REQUEST"},
			{"put", "PUT", "/graphql", good, asJSON, 405, "BAD_REQUEST"},
			{"delete", "DELETE", "/graphql", "", nil, 405, "BAD_REQUEST"},
		} {
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

func TestMediaTypes(t *testing.T) {
	story.Each(t, func(t *testing.T, st *story.Story) {
		for accept, want := range map[string]string{
			"": "application/json", "*/*": "application/json", "text/html, */*;q=0.1": "application/json", "application/json": "application/json",
			"application/graphql-response+json":                         "application/graphql-response+json",
			"application/graphql-response+json, application/json;q=0.9": "application/graphql-response+json",
			"application/json, application/graphql-response+json":       "application/json",
			"; ;": "application/json",
			"application/json;q=0.5, application/graphql-response+json;q=0.6":            "application/graphql-response+json",
			"application/json; q=0.2, */*;q=0.9":                                         "application/graphql-response+json",
			"application/graphql-response+json;q=0, */*":                                 "application/json",
			"application/*, text/html;q=0.3":                                             "application/json",
			"application/graphql-response+json; charset=utf-8, application/json":         "application/graphql-response+json",
			"text/html, application/xhtml+xml, application/xml;q=0.9, */*;q=0.8":         "application/json",
			"APPLICATION/GraphQL-Response+JSON":                                          "application/graphql-response+json",
			"application/json;q=nonsense, application/graphql-response+json;q=0.1":       "application/graphql-response+json",
			"application/json;q=2, application/graphql-response+json;q=NaN, nonsense, ,": "application/json",
		} {
			a := st.Send(t, "{ __typename }", nil, "Accept", accept)
			if got := a.Header.Get("Content-Type"); got != want+"; charset=utf-8" || a.Status != 200 {
				t.Errorf("Accept %q: %q", accept, got)
			}
		}
	})
}

func TestHTTPNotAcceptable(t *testing.T) {
	s := serve(t, nil)
	for accept, want := range map[string]int{
		"text/html": 406, "application/json;q=0": 406, "*/*;q=0": 406, "application/xml, text/*": 406, "text/event-stream": 406,
		"application/json;q=0, application/*;q=0.1": 200,
	} {
		if got := s.status(t, "POST", "/graphql", `{"query": "{ __typename }"}`, append(asJSON, "Accept", accept)...); got != want {
			t.Errorf("Accept %q: %d", accept, got)
		}
	}
}

// Who sends a token that is none, or no longer, is told so before anything else; who sends none is nobody.
func TestTokens(t *testing.T) {
	story.Each(t, func(t *testing.T, st *story.Story) {
		alice := st.Bearer("alice")[1]
		for _, c := range []struct {
			name, authorization string
			status              int
		}{
			{"no token", "", 200},
			{"good token", alice, 200},
			{"good token in small letters", strings.Replace(alice, "Bearer", "bearer", 1), 200},
			{"no scheme", strings.TrimPrefix(alice, "Bearer "), 401},
			{"another scheme", "Basic YTpi", 401},
			{"nothing", "Bearer ", 401},
			{"a word", "Bearer zib", 401},
			{"half a token", alice[:len(alice)-1], 401},
			{"a token and more", alice + "x", 401},
			{"unknown token", "Bearer ens_" + strings.Repeat("A", 43), 401},
			{"long token", "Bearer ens_" + strings.Repeat("A", 10_000), 401},
		} {
			header := []string{"Authorization", c.authorization, "Accept-Language", "en"}
			if c.authorization == "" {
				header = header[2:]
			}
			a := st.Send(t, "{ __typename }", nil, header...)
			if a.Status != c.status {
				t.Errorf("%s: status %d, %s", c.name, a.Status, a.Raw)
			}
			if c.status == 401 {
				want := `{"errors":[{"message":"The session has ended. Sign in again.","extensions":{"code":"UNAUTHENTICATED"}}]}`
				if strings.TrimSpace(a.Raw) != want || a.Header.Get("WWW-Authenticate") != "Bearer" || !strings.HasPrefix(a.Header.Get("Content-Type"), "application/json") {
					t.Errorf("%s: %v %s", c.name, a.Header, a.Raw)
				}
			}
		}
		st.Clock.Advance(people.SessionLifetime - 20*time.Minute)
		if a := st.Send(t, whoAmI, nil, st.Bearer("alice")...); a.Status != 200 {
			t.Errorf("in the last minutes: %d", a.Status)
		}
		st.Clock.Advance(time.Hour)
		if a := st.Send(t, whoAmI, nil, st.Bearer("alice")...); a.Status != 401 || a.Code() != "UNAUTHENTICATED" {
			t.Errorf("expired: %d %s", a.Status, a.Raw)
		}
	})
}

// A token is worth nothing once its session is ended.
func TestSignedOutToken(t *testing.T) {
	story.Each(t, func(t *testing.T, st *story.Story) {
		st.Send(t, "mutation { signOut { endedSessions } }", nil, st.Bearer("alice")...)
		if a := st.Send(t, whoAmI, nil, st.Bearer("alice")...); a.Status != 401 {
			t.Errorf("%d %s", a.Status, a.Raw)
		}
		if a := st.Send(t, whoAmI, nil, st.Bearer("bob")...); string(a.Data) != `{"viewer":{"user":{"nickname":"bob"}}}` {
			t.Error(a.Raw)
		}
	})
}

// sessionOf is the cookie that an answer sets.
func sessionOf(t *testing.T, a testsite.Reply) *http.Cookie {
	t.Helper()
	for _, c := range (&http.Response{Header: a.Header}).Cookies() {
		if c.Name == "ensemble_session" {
			return c
		}
	}
	t.Fatalf("no cookie: %v", a.Header)
	return nil
}

func signIn(t *testing.T, s *testsite.Logged) *http.Cookie {
	t.Helper()
	return sessionOf(t, s.Send(t, story.Mutation("signIn"), map[string]any{"input": map[string]any{"email": "carol@example.org", "password": testsite.Password}}))
}

// A page of ours is signed in by a cookie that scripts cannot read; pages of others cannot use it.
func TestCookie(t *testing.T) {
	story.Each(t, func(t *testing.T, st *story.Story) {
		c := signIn(t, st.Logged)
		if !c.HttpOnly || c.SameSite != http.SameSiteLaxMode || c.Path != "/" || c.Secure || c.Domain != "" || c.MaxAge < 0 {
			t.Errorf("%+v", c)
		}
		if left := c.Expires.Sub(st.Clock.Now()); left != people.SessionLifetime {
			t.Errorf("it lasts %v", left)
		}
		cookie := "ensemble_session=" + c.Value
		own := "http://" + strings.TrimPrefix(st.URL, "http://")
		for _, h := range []struct {
			name   string
			header []string
			counts bool
		}{
			{"no page", nil, true},
			{"our page", []string{"Origin", own}, true},
			{"our page, by a modern browser", []string{"Origin", own, "Sec-Fetch-Site", "same-origin"}, true},
			{"typed address", []string{"Sec-Fetch-Site", "none"}, true},
			{"another site", []string{"Origin", "https://evil.example"}, false},
			{"another port", []string{"Origin", "http://127.0.0.1:1"}, false},
			{"a name that begins like ours", []string{"Origin", own + ".evil.example"}, false},
			{"a sandbox", []string{"Origin", "null"}, false},
			{"nonsense", []string{"Origin", "::"}, false},
			{"link from another site", []string{"Sec-Fetch-Site", "cross-site"}, false},
			{"a sibling site", []string{"Sec-Fetch-Site", "same-site"}, false},
			{"another site that claims to be ours", []string{"Origin", own, "Sec-Fetch-Site", "cross-site"}, false},
		} {
			a := st.Send(t, whoAmI, nil, append(h.header, "Cookie", cookie)...)
			if got := strings.Contains(a.Raw, "carol"); got != h.counts || a.Status != 200 {
				t.Errorf("%s: %d %s", h.name, a.Status, a.Raw)
			}
		}
		get := st.Request(t, "GET", asked("query", whoAmI), "", "Cookie", cookie)
		if !strings.Contains(get.Raw, "carol") {
			t.Errorf("by GET: %s", get.Raw)
		}
		both := st.Send(t, whoAmI, nil, append(st.Bearer("bob"), "Cookie", cookie)...)
		if !strings.Contains(both.Raw, "bob") {
			t.Errorf("a token goes before a cookie: %s", both.Raw)
		}
		for _, bad := range []string{"", "x", c.Value + "x"} {
			if a := st.Send(t, whoAmI, nil, "Cookie", "ensemble_session="+bad); string(a.Data) != `{"viewer":null}` || a.Status != 200 {
				t.Errorf("cookie %q: %d %s", bad, a.Status, a.Raw)
			}
		}
		gone := sessionOf(t, st.Send(t, "mutation { signOut { endedSessions } }", nil, "Cookie", cookie))
		if gone.MaxAge != -1 || gone.Value != "" || gone.Path != "/" {
			t.Errorf("signing out leaves %+v", gone)
		}
		if a := st.Send(t, whoAmI, nil, "Cookie", cookie); string(a.Data) != `{"viewer":null}` {
			t.Errorf("after signing out: %s", a.Raw)
		}
	})
}

// Signing up keeps a cookie too; failing to sign in keeps none.
func TestCookieOnlyForSessions(t *testing.T) {
	story.Each(t, func(t *testing.T, st *story.Story) {
		up := st.Send(t, story.Mutation("signUp"), map[string]any{"input": map[string]any{
			"email": "dora@example.org", "name": "Dora", "nickname": "dora", "password": testsite.Password,
		}})
		if a := st.Send(t, whoAmI, nil, "Cookie", "ensemble_session="+sessionOf(t, up).Value); !strings.Contains(a.Raw, "dora") {
			t.Error(a.Raw)
		}
		for _, a := range []testsite.Reply{
			st.Send(t, story.Mutation("signIn"), map[string]any{"input": map[string]any{"email": "dora@example.org", "password": "wrong"}}),
			st.Send(t, whoAmI, nil, st.Bearer("alice")...),
		} {
			if set := a.Header.Values("Set-Cookie"); len(set) > 0 {
				t.Errorf("keeps %v", set)
			}
		}
	})
}

// TestCookieLeavesTheAnswer asks over each transport: a browser is told of every session that began or ended, in this
// order, and the answer itself does not mention them.
func TestCookieLeavesTheAnswer(t *testing.T) {
	st := story.OnSQLite(t)
	query := fmt.Sprintf(`mutation { signIn(input: {email: "carol@example.org", password: %q}) { viewer { email } } signOut { endedSessions } }`, testsite.Password)
	wanted := `"extensions":{"cost":`

	for _, path := range []string{"/graphql", "/graphql/stream"} {
		request := testsite.Got(http.NewRequestWithContext(t.Context(), "POST", st.URL+path, strings.NewReader(jsonOf(t, map[string]string{"query": query}))))(t)
		request.Header.Set("Content-Type", "application/json")
		response := testsite.Got(http.DefaultClient.Do(request))(t)
		raw := string(testsite.Got(io.ReadAll(response.Body))(t))
		_ = response.Body.Close()

		if told := response.Cookies(); len(told) != 2 || told[0].Value == "" || told[1].MaxAge != -1 {
			t.Errorf("%s: cookies %v", path, told)
		}
		if !strings.Contains(raw, wanted) || strings.Contains(raw, `"sessions"`) {
			t.Errorf("%s: %s", path, raw)
		}
	}
	if got := overSocket(t, st, nil, query); !strings.Contains(got, wanted) || strings.Contains(got, `"sessions"`) {
		t.Errorf("a socket: %s", got)
	}
}

// Behind HTTPS the cookie never travels without it.
func TestSecureCookie(t *testing.T) {
	story.Each(t, func(t *testing.T, st *story.Story) {
		secure, _ := st.Beside(t, func(api *server.Server) { api.SecureCookies = true })
		st.URL = secure.URL
		if c := signIn(t, st.Logged); !c.Secure || !c.HttpOnly {
			t.Errorf("%+v", c)
		}
	})
}

// A socket that a page of another site opens is nobody's, whatever cookie the browser sends along.
func TestCookieOnSocket(t *testing.T) {
	story.Each(t, func(t *testing.T, st *story.Story) {
		cookie := "ensemble_session=" + signIn(t, st.Logged).Value
		for origin, want := range map[string]string{
			"": `"carol"`, st.URL: `"carol"`, "https://evil.example": `"viewer":null`, "null": `"viewer":null`,
		} {
			header := http.Header{"Cookie": {cookie}}
			if origin != "" {
				header.Set("Origin", origin)
			}
			if got := overSocket(t, st, header, whoAmI); !strings.Contains(got, want) {
				t.Errorf("Origin %q: %s", origin, got)
			}
		}
	})
}

// overSocket asks a query over a WebSocket and returns its answer.
func overSocket(t *testing.T, st *story.Story, header http.Header, query string) string {
	t.Helper()
	dialer := websocket.Dialer{Subprotocols: []string{"graphql-transport-ws"}, HandshakeTimeout: 10 * time.Second}
	conn, response, err := dialer.Dial("ws"+strings.TrimPrefix(st.URL, "http")+"/graphql", header)
	if err != nil {
		t.Fatal(err)
	}
	_ = response.Body.Close()
	defer func() { _ = conn.Close() }()
	testsite.Must(t, conn.WriteJSON(map[string]any{"type": "connection_init"}))
	testsite.Must(t, conn.WriteJSON(map[string]any{"id": "1", "type": "subscribe", "payload": map[string]any{"query": query}}))
	testsite.Must(t, conn.SetReadDeadline(time.Now().Add(10*time.Second)))
	for {
		_, message, err := conn.ReadMessage()
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(message), `"next"`) || strings.Contains(string(message), `"error"`) {
			return string(message)
		}
	}
}

func TestCrossOrigin(t *testing.T) {
	story.Each(t, func(t *testing.T, st *story.Story) {
		a := st.Send(t, "{ __typename }", nil, "Origin", "https://app.example")
		if a.Header.Get("Access-Control-Allow-Origin") != "*" || a.Header.Get("Access-Control-Allow-Credentials") != "" ||
			a.Header.Get("Access-Control-Expose-Headers") != "RateLimit, RateLimit-Policy, Retry-After, X-Request-Id" || !strings.Contains(a.Header.Get("Vary"), "Origin") {
			t.Errorf("%v", a.Header)
		}
		p := st.Request(t, "OPTIONS", "/graphql", "", "Origin", "https://app.example", "Access-Control-Request-Method", "POST",
			"Access-Control-Request-Headers", "authorization,content-type")
		allowed := strings.ToLower(p.Header.Get("Access-Control-Allow-Headers"))
		if p.Status != 204 || p.Raw != "" || !strings.Contains(p.Header.Get("Access-Control-Allow-Methods"), "POST") ||
			!strings.Contains(allowed, "authorization") || !strings.Contains(allowed, "content-type") || p.Header.Get("Access-Control-Allow-Credentials") != "" {
			t.Errorf("%d %v", p.Status, p.Header)
		}
		refused := st.Send(t, "{ __typename }", nil, "Origin", "https://app.example", "Authorization", "Bearer x")
		if refused.Status != 401 || refused.Header.Get("Access-Control-Allow-Origin") != "*" {
			t.Errorf("a page cannot read that it must sign in: %v", refused.Header)
		}
	})
}

// Each request has an id: a proxy's, when it is of a form that can be logged, else a new one.
func TestRequestID(t *testing.T) {
	own := regexp.MustCompile(`^[A-Z2-7]{26}$`)
	story.Each(t, func(t *testing.T, st *story.Story) {
		seen := map[string]bool{}
		for _, path := range []string{"/graphql", "/healthz", "/readyz", "/", "/nothing/here"} {
			for id, keep := range map[string]bool{
				"0af7651916cd43dd8448eb211c80319c": true, "a.b_c-d8": true, "": false, "short": false, strings.Repeat("a", 65): false,
				"has a space": false, "<script>alert(1)</script>": false, "é12345678": false,
			} {
				a := st.Request(t, "GET", path, "", "X-Request-Id", id)
				got := a.Header.Get("X-Request-Id")
				if keep && got != id || !keep && (!own.MatchString(got) || seen[got]) {
					t.Errorf("%s: %q became %q", path, id, got)
				}
				seen[got] = true
			}
		}
	})
}

// One line tells of each request what operators need, and nothing that people confide.
func TestRequestLog(t *testing.T) {
	story.Each(t, func(t *testing.T, st *story.Story) {
		for _, c := range []struct {
			id, query string
			variables map[string]any
			as        string
			want      map[string]any
		}{
			{"request-1", "query Page { processes { totalCount } }", nil, "", map[string]any{"operation": "Page", "viewer": "", "code": "", "status": 200.0}},
			{"request-2", "{ processes { totalCount } }", nil, "alice", map[string]any{"operation": "", "viewer": st.Names["alice"], "code": "", "status": 200.0}},
			{"request-3", "mutation SignIn($input: SignInInput!) { signIn(input: $input) { token } }", map[string]any{"input": map[string]any{"email": "carol@example.org", "password": "wrong"}}, "", map[string]any{"operation": "SignIn", "viewer": "", "code": "UNAUTHENTICATED", "status": 200.0}},
			{"request-4", "mutation Post($input: PostCommentInput!) { postComment(input: $input) { comment { body } } }", map[string]any{"input": map[string]any{"subject": st.Names["commitment"], "body": testsite.Secret}}, "bob", map[string]any{"operation": "Post", "viewer": st.Names["bob"], "code": "", "status": 200.0}},
			{"request-5", "{ " + testsite.Secret + " }", nil, "bob", map[string]any{"operation": "", "viewer": st.Names["bob"], "code": "GRAPHQL_VALIDATION_FAILED", "status": 200.0}},
		} {
			st.Send(t, c.query, c.variables, append(st.Bearer(c.as), "X-Request-Id", c.id)...)
			line := st.Log.Request(t, c.id)
			for field, want := range c.want {
				if line[field] != want {
					t.Errorf("%s: %s is %v, want %v", c.id, field, line[field], want)
				}
			}
			if _, ok := line["took"].(float64); !ok || line["method"] != "POST" || line["path"] != "/graphql" || line["level"] != "INFO" {
				t.Errorf("%v", line)
			}
		}
		st.Send(t, "{ __typename }", nil, "Authorization", "Bearer "+testsite.Secret, "X-Request-Id", "request-6")
		if line := st.Log.Request(t, "request-6"); line["status"] != 401.0 || line["code"] != "UNAUTHENTICATED" {
			t.Errorf("%v", line)
		}
		st.Request(t, "GET", asked("query", "{ process(slug: \""+testsite.Secret+"\") { id } }"), "", "X-Request-Id", "request-7")
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
		if a := st.Send(t, "{ processes { totalCount } }", nil, "Accept-Language", "en"); a.Code() != "INTERNAL_SERVER_ERROR" ||
			testsite.Leaks.MatchString(a.Raw) || !strings.Contains(a.Raw, a.Header.Get("X-Request-Id")) {
			t.Errorf("without a database: %s", a.Raw)
		}
	})
}

// Messages are in the first language of the request that they exist in.
func TestMessageLanguages(t *testing.T) {
	story.Each(t, func(t *testing.T, st *story.Story) {
		const english, french = "Sign in first.", "Connectez-vous d’abord."
		for header, want := range map[string]string{
			"": english, "en": english, "fr": french, "fr-CA": french, "FR": french, "de": english, "br, fr;q=0.8, en;q=0.5": french,
			"fr;q=0.1, en": english, "*": english, "nonsense!": english, "en-GB,en-US;q=0.9,en;q=0.8": english,
			"fr" + strings.Repeat(", de", 300): english, // longer than we read
		} {
			a := st.Send(t, story.Mutation("addSupport"), map[string]any{"input": map[string]any{"commitment": st.Names["commitment"]}}, "Accept-Language", header)
			if len(a.Errors) != 1 || a.Errors[0].Message != want {
				t.Errorf("%q: %s", header, a.Raw)
			}
		}
	})
}

// Official texts are in the language asked for, else in that of the request, else in the process's first.
func TestTextLanguages(t *testing.T) {
	story.Each(t, func(t *testing.T, st *story.Story) {
		for _, c := range []struct{ argument, header, want string }{
			{"", "", "Feuille de route"}, {"", "en", "Roadmap"}, {"", "en-GB", "Roadmap"}, {"", "de, en;q=0.1", "Roadmap"}, {"", "de", "Feuille de route"},
			{`(language: "en")`, "fr", "Roadmap"}, {`(language: "EN-us")`, "fr", "Roadmap"}, {`(language: "fr")`, "en", "Feuille de route"},
			{`(language: "br")`, "en", "Roadmap"}, {`(language: "br")`, "de", "Feuille de route"}, {`(language: "!")`, "en", "Roadmap"}, {`(language: "")`, "", "Feuille de route"},
		} {
			a := st.Send(t, `{ process(slug: "roadmap") { title`+c.argument+` } }`, nil, "Accept-Language", c.header)
			if string(a.Data) != `{"process":{"title":"`+c.want+`"}}` {
				t.Errorf("%s, %q: %s, want %s", c.argument, c.header, a.Raw, c.want)
			}
		}
	})
}

// Who comments writes in the language of the request, unless they say otherwise.
func TestCommentLanguages(t *testing.T) {
	story.Each(t, func(t *testing.T, st *story.Story) {
		for header, want := range map[string]string{"": "fr", "*": "fr", "br, fr": "br", "pt-br": "pt-BR"} {
			a := st.Send(t, `mutation($input: PostCommentInput!) { postComment(input: $input) { comment { language } } }`,
				map[string]any{"input": map[string]any{"subject": st.Names["commitment"], "body": testsite.Secret + header}}, append(st.Bearer("bob"), "Accept-Language", header)...)
			if !strings.Contains(a.Raw, `"language":"`+want+`"`) {
				t.Errorf("%q: %s, want %s", header, a.Raw, want)
			}
		}
		a := st.Send(t, `mutation($input: SignUpInput!) { signUp(input: $input) { viewer { language } } }`, map[string]any{"input": map[string]any{
			"email": "dora@example.org", "name": "Dora", "nickname": "dora", "password": testsite.Password,
		}}, "Accept-Language", "*")
		if !strings.Contains(a.Raw, `"language":"fr"`) {
			t.Errorf("an account of anybody: %s", a.Raw)
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
			{"hash of something else", map[string]any{"query": "{ __typename }", "extensions": known(hash)}, "BAD_REQUEST"},
			{"still unknown", map[string]any{"extensions": known(hash)}, "PERSISTED_QUERY_NOT_FOUND"},
			{"query and hash", map[string]any{"query": query, "extensions": known(hash)}, ""},
			{"hash alone", map[string]any{"extensions": known(hash)}, ""},
			{"another version", map[string]any{"extensions": map[string]any{"persistedQuery": map[string]any{"version": 2, "sha256Hash": hash}}}, "BAD_REQUEST"},
			{"a number for an extension", map[string]any{"extensions": map[string]any{"persistedQuery": 5}}, "BAD_REQUEST"},
			{"another extension", map[string]any{"query": query, "extensions": map[string]any{"tracing": true}}, ""},
		} {
			a := st.Request(t, "POST", "/graphql", jsonOf(t, c.body), "Content-Type", "application/json")
			if a.Code() != c.code || a.Status != 200 || c.code == "" && string(a.Data) != `{"process":{"title":"Roadmap"}}` {
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

// The schema can be read by anybody, and is the contract: without directives that only the library knows.
func TestIntrospection(t *testing.T) {
	story.Each(t, func(t *testing.T, st *story.Story) {
		a := st.Send(t, `{ __schema { queryType { name } directives { name } types { name description } } }`, nil)
		var data struct {
			Schema struct {
				Directives []struct{ Name string }
				Types      []struct{ Name, Description string }
			} `json:"__schema"`
		}
		testsite.Must(t, json.Unmarshal(a.Data, &data))
		names := map[string]bool{}
		for _, d := range data.Schema.Directives {
			names[d.Name] = true
		}
		if got := slices.Sorted(maps.Keys(names)); !slices.Equal(got, []string{"deprecated", "include", "oneOf", "skip", "specifiedBy", "viewer"}) {
			t.Errorf("directives %v", got)
		}
		for _, typ := range data.Schema.Types {
			if typ.Description == "" && !strings.HasPrefix(typ.Name, "__") {
				t.Errorf("%s is not described", typ.Name)
			}
		}
	})
}

// Many people at once are each answered for themselves.
func TestManyAtOnce(t *testing.T) {
	testsite.EachLogged(t, func(t *testing.T, s *testsite.Logged) {
		w := testsite.NewWorld(t, s.Site)
		people := map[string]*testsite.Person{"alice": w.Alice, "bob": w.Bob, "steering": w.Steering, "moderator": w.Moderator}
		answers := make(chan string, 200)
		for nickname, p := range people {
			for range 50 {
				go func() {
					r, _ := http.NewRequestWithContext(t.Context(), http.MethodPost, s.URL+"/graphql", strings.NewReader(jsonOf(t, map[string]any{"query": whoAmI})))
					r.Header.Set("Content-Type", "application/json")
					r.Header.Set("Authorization", "Bearer "+p.Token)
					response, err := http.DefaultClient.Do(r)
					if err != nil {
						answers <- err.Error()
						return
					}
					defer func() { _ = response.Body.Close() }()
					var got struct {
						Data struct {
							Viewer struct{ User struct{ Nickname string } }
						}
					}
					_ = json.NewDecoder(response.Body).Decode(&got)
					if got.Data.Viewer.User.Nickname != nickname {
						answers <- fmt.Sprintf("%s is taken for %q", nickname, got.Data.Viewer.User.Nickname)
						return
					}
					answers <- ""
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

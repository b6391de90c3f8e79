package server_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"ensemble/apitest/story"
	"ensemble/consultation/people"
	"ensemble/internal/testsite"
	"ensemble/server"
)

// whoAmI asks for the nickname of whoever asks.
const whoAmI = `{ viewer { user { nickname } } }`

// Whoever sends a token that is not valid, or no longer, is refused before anything else. Whoever sends none asks as
// nobody.
func TestTokens(t *testing.T) {
	const refusal = `{"errors":[{"message":"The session has ended. Sign in again.",` +
		`"extensions":{"code":"UNAUTHENTICATED"}}]}`

	story.Each(t, func(t *testing.T, st *story.Story) {
		alice := st.Bearer("alice")[1]

		for _, c := range []struct {
			name, authorization string
			status              int
		}{
			{"no token", "", 200},
			{"good token", alice, 200},
			{"good token in small letters", strings.Replace(alice, "Bearer", "bearer", 1), 200},
			{"an empty header", " ", 401},
			{"no scheme", strings.TrimPrefix(alice, "Bearer "), 401},
			{"another scheme", "Basic YTpi", 401},
			{"nothing", "Bearer ", 401},
			{"a word", "Bearer zib", 401},
			{"half a token", alice[:len(alice)-1], 401},
			{"a token and more", alice + "x", 401},
			{"unknown token", "Bearer ens_" + strings.Repeat("A", 43), 200},
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
			if c.status == 401 && (strings.TrimSpace(a.Raw) != refusal ||
				a.Header.Get("WWW-Authenticate") != "Bearer" ||
				!strings.HasPrefix(a.Header.Get("Content-Type"), "application/json")) {
				t.Errorf("%s: %v %s", c.name, a.Header, a.Raw)
			}
		}

		st.Clock.Advance(people.SessionLifetime - 20*time.Minute)
		if a := st.Send(t, whoAmI, nil, st.Bearer("alice")...); a.Status != 200 {
			t.Errorf("in the last minutes: %d", a.Status)
		}

		st.Clock.Advance(time.Hour)
		a := st.Send(t, whoAmI, nil, st.Bearer("alice")...)
		wantVisitor(t, "expired", a, "SESSION_ENDED")
	})
}

// wantVisitor wants whoAmI answered as to a visitor, who is told by a code why the credentials do not count.
func wantVisitor(t testing.TB, name string, a testsite.Reply, code string) {
	t.Helper()
	var given struct {
		Extensions struct {
			Credentials struct{ Code, Message string }
		}
	}
	if err := json.Unmarshal([]byte(a.Raw), &given); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	told := given.Extensions.Credentials
	if a.Status != 200 || string(a.Data) != `{"viewer":null}` || told.Code != code || told.Message == "" {
		t.Errorf("%s: %d %s", name, a.Status, a.Raw)
	}
}

// Whoever has a token that is not valid any more reads what everybody reads, signs out, and is refused the rest.
func TestEndedTokenReadsOn(t *testing.T) {
	story.Each(t, func(t *testing.T, st *story.Story) {
		st.Send(t, "mutation { signOut { endedSessions } }", nil, st.Bearer("alice")...)
		for _, c := range []struct{ name, document, data, code string }{
			{"what is public", `{ processes(first: 1) { nodes { slug } } }`, `"slug"`, ""},
			{"what is public, beside what is not", `{ viewer { user { id } } processes(first: 1) { totalCount } }`,
				`{"viewer":null,"processes":{"totalCount":`, ""},
			{"signing out", `mutation { signOut { endedSessions } }`, `{"signOut":{"endedSessions":0}}`, ""},
			{"signing in", `mutation { signIn(input: {email: "x@example.org", password: "wrong password"}) { token } }`,
				`{"signIn":null}`, "WRONG_CREDENTIALS"},
			{"taking part", `mutation { markNotificationsRead(input: {}) { unreadCount } }`, "", "UNAUTHENTICATED"},
			{"their own", `{ viewer { sessions { totalCount } } }`, `{"viewer":null}`, ""},
		} {
			for _, sent := range [][]string{st.Bearer("alice"), {"Cookie", "ensemble_session=" + st.Cast["alice"].Token}} {
				a := st.Send(t, c.document, nil, sent...)
				if !strings.Contains(string(a.Data), c.data) || a.Code() != c.code ||
					!strings.Contains(a.Raw, `"credentials":{"code":"SESSION_ENDED"`) {
					t.Errorf("%s: %d %s", c.name, a.Status, a.Raw)
				}
			}
		}
	})
}

// A token is worth nothing once its session has ended. Those of others are as before.
func TestSignedOutToken(t *testing.T) {
	story.Each(t, func(t *testing.T, st *story.Story) {
		st.Send(t, "mutation { signOut { endedSessions } }", nil, st.Bearer("alice")...)
		wantVisitor(t, "signed out", st.Send(t, whoAmI, nil, st.Bearer("alice")...), "SESSION_ENDED")
		if a := st.Send(t, whoAmI, nil, st.Bearer("bob")...); string(a.Data) != `{"viewer":{"user":{"nickname":"bob"}}}` {
			t.Error(a.Raw)
		}
	})
}

// sessionOf returns the session cookie that an answer sets.
func sessionOf(t *testing.T, a testsite.Reply) *http.Cookie {
	t.Helper()
	for _, c := range (&http.Response{Header: a.Header}).Cookies() {
		if c.Name == "ensemble_session" || c.Name == secureCookie {
			return c
		}
	}

	t.Fatalf("no cookie: %v", a.Header)
	return nil
}

// signIn signs Carol in and returns her cookie.
func signIn(t *testing.T, s *testsite.Logged) *http.Cookie {
	t.Helper()
	carol := map[string]any{"email": "carol@example.org", "password": testsite.Password}
	return sessionOf(t, s.Send(t, story.Mutation("signIn"), map[string]any{"input": carol}))
}

// named is an origin that the operator has named.
const named = "http://app.example.org"

// sender is what a browser says of the page that sends a request, and whether a cookie counts with it.
type sender struct {
	name   string
	header []string
	counts bool
}

// senders lists pages of ours, which is at own, and of others.
func senders(own string) []sender {
	return []sender{
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
		{"our page, behind a proxy that writes another host", []string{"Origin", "http://localhost:5173",
			"Sec-Fetch-Site", "same-origin"}, true},
		{"such a page, by a browser that does not say", []string{"Origin", "http://localhost:5173"}, false},
		{"a page that the operator has named", []string{"Origin", named, "Sec-Fetch-Site", "same-site"}, true},
		{"the same, by an older browser", []string{"Origin", named}, true},
		{"a name that begins like it", []string{"Origin", named + ".evil.example"}, false},
		{"its link, which has no Origin", []string{"Referer", named, "Sec-Fetch-Site", "same-site"}, false},
		{"another site that claims to be ours", []string{"Origin", own, "Sec-Fetch-Site", "cross-site"}, false},
	}
}

// A page of ours is signed in by a cookie that scripts cannot read. Pages of other sites cannot use it.
func TestCookie(t *testing.T) {
	story.Each(t, func(t *testing.T, st *story.Story) {
		open, _ := st.Beside(t, func(api *server.Server) { api.Origins = []string{named} })
		st.URL = open.URL
		c := signIn(t, st.Logged)
		if !c.HttpOnly || c.SameSite != http.SameSiteLaxMode || c.Path != "/" || c.Secure ||
			c.Domain != "" || c.MaxAge < 0 {
			t.Errorf("%+v", c)
		}
		if left := c.Expires.Sub(st.Clock.Now()); left != people.SessionLifetime {
			t.Errorf("it lasts %v", left)
		}

		cookie := "ensemble_session=" + c.Value
		own := "http://" + strings.TrimPrefix(st.URL, "http://")

		for _, h := range senders(own) {
			a := st.Send(t, whoAmI, nil, append(h.header, "Cookie", cookie)...)
			if h.counts && !strings.Contains(a.Raw, "carol") {
				t.Errorf("%s: %d %s", h.name, a.Status, a.Raw)
			}
			if !h.counts {
				wantVisitor(t, h.name, a, "COOKIE_IGNORED")
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

		// A cookie that is not valid is worth nothing, but hinders nobody.
		for _, bad := range []string{"", "x", c.Value + "x"} {
			a := st.Send(t, whoAmI, nil, "Cookie", "ensemble_session="+bad)
			if string(a.Data) != `{"viewer":null}` || a.Status != 200 {
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

// An answer sets the cookie when somebody signs up, and none when nobody is signed in by it.
func TestCookieOnlyForSessions(t *testing.T) {
	story.Each(t, func(t *testing.T, st *story.Story) {
		up := st.Send(t, story.Mutation("signUp"), map[string]any{"input": map[string]any{
			"email": "dora@example.org", "name": "Dora", "nickname": "dora", "password": testsite.Password,
		}})

		session := sessionOf(t, up).Value
		if a := st.Send(t, whoAmI, nil, "Cookie", "ensemble_session="+session); !strings.Contains(a.Raw, "dora") {
			t.Error(a.Raw)
		}

		for _, a := range []testsite.Reply{
			st.Send(t, story.Mutation("signIn"), map[string]any{
				"input": map[string]any{"email": "dora@example.org", "password": "wrong"},
			}),
			st.Send(t, whoAmI, nil, st.Bearer("alice")...),
		} {
			if set := a.Header.Values("Set-Cookie"); len(set) > 0 {
				t.Errorf("keeps %v", set)
			}
		}
	})
}

// A browser is given a cookie for every session that began or ended, in this order. The answer itself does not mention
// them, over any transport.
func TestCookieLeavesTheAnswer(t *testing.T) {
	st := story.OnSQLite(t)
	query := fmt.Sprintf(`mutation {
			signIn(input: {email: "carol@example.org", password: %q}) { viewer { email } } signOut { endedSessions }
		}`, testsite.Password)
	body := jsonOf(t, map[string]string{"query": query})
	wanted := `"extensions":{"cost":`

	for _, path := range []string{"/graphql", "/graphql/stream"} {
		r := testsite.Got(http.NewRequestWithContext(t.Context(), "POST", st.URL+path, strings.NewReader(body)))(t)
		r.Header.Set("Content-Type", "application/json")
		response := testsite.Got(http.DefaultClient.Do(r))(t)
		raw := string(testsite.Got(io.ReadAll(response.Body))(t))
		_ = response.Body.Close()

		if set := response.Cookies(); len(set) != 2 || set[0].Value == "" || set[1].MaxAge != -1 {
			t.Errorf("%s: cookies %v", path, set)
		}
		if !strings.Contains(raw, wanted) || strings.Contains(raw, `"sessions"`) {
			t.Errorf("%s: %s", path, raw)
		}
	}

	if got := overSocket(t, st, nil, query); !strings.Contains(got, wanted) || strings.Contains(got, `"sessions"`) {
		t.Errorf("a socket: %s", got)
	}
}

// secureCookie is the name of the session cookie behind HTTPS.
const secureCookie = "__Host-ensemble_session"

// overHTTPS has the story's site answer as one that is reached by HTTPS.
func overHTTPS(t *testing.T, st *story.Story) {
	t.Helper()
	secure, _ := st.Beside(t, func(api *server.Server) { api.SecureCookies = true })
	st.URL = secure.URL
}

// Behind HTTPS the cookie is never sent without it, and is of this host alone.
func TestSecureCookie(t *testing.T) {
	story.Each(t, func(t *testing.T, st *story.Story) {
		overHTTPS(t, st)
		c := signIn(t, st.Logged)
		if c.Name != secureCookie || !c.Secure || !c.HttpOnly || c.Path != "/" || c.Domain != "" {
			t.Errorf("%+v", c)
		}
		if a := st.Send(t, whoAmI, nil, "Cookie", secureCookie+"="+c.Value); !strings.Contains(a.Raw, "carol") {
			t.Error(a.Raw)
		}

		out := st.Send(t, "mutation { signOut { endedSessions } }", nil, "Cookie", secureCookie+"="+c.Value)
		names := map[string]int{}
		for _, c := range (&http.Response{Header: out.Header}).Cookies() {
			names[c.Name] = c.MaxAge
		}
		if names[secureCookie] != -1 || len(names) != 1 {
			t.Errorf("signing out leaves %v", names)
		}
	})
}

// Behind HTTPS a cookie without __Host- in its name, which a sibling domain can plant, counts for nobody, whatever is
// beside it, and gets no other name.
func TestPlantedCookie(t *testing.T) {
	story.Each(t, func(t *testing.T, st *story.Story) {
		overHTTPS(t, st)
		bob, carol := st.Cast["bob"].Token, signIn(t, st.Logged).Value
		planted := "ensemble_session=" + bob

		for current, want := range map[string]string{
			"": `"viewer":null`, "; " + secureCookie + "=": `"viewer":null`, "; " + secureCookie + "=x": `"viewer":null`,
			"; " + secureCookie + "=" + carol: `"carol"`, "; ensemble_session=" + carol: `"viewer":null`,
			"; __host-ensemble_session=" + carol: `"viewer":null`,
		} {
			a := st.Send(t, whoAmI, nil, "Cookie", planted+current)
			if set := a.Header.Values("Set-Cookie"); !strings.Contains(a.Raw, want) || len(set) > 0 {
				t.Errorf("beside %q: %s %v", current, a.Raw, set)
			}
			got := overSocket(t, st, http.Header{"Cookie": {planted + current}}, whoAmI)
			if !strings.Contains(got, want) {
				t.Errorf("beside %q on a socket: %s", current, got)
			}
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

// overSocket sends an operation over a WebSocket and returns its first result or error.
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
	operation := map[string]any{"id": "1", "type": "subscribe", "payload": map[string]any{"query": query}}
	testsite.Must(t, conn.WriteJSON(operation))
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

package server_test

import (
	"net/http"
	"strings"
	"testing"

	"ensemble/apitest/story"
	"ensemble/internal/testsite"
	"ensemble/server"
)

// Pages of other sites may ask, but without cookies, and can read the headers that they need.
func TestCrossOrigin(t *testing.T) {
	story.Each(t, func(t *testing.T, st *story.Story) {
		a := st.Send(t, "{ __typename }", nil, "Origin", "https://app.example")
		exposed := a.Header.Get("Access-Control-Expose-Headers")
		if a.Header.Get("Access-Control-Allow-Origin") != "*" ||
			a.Header.Get("Access-Control-Allow-Credentials") != "" ||
			!strings.Contains(exposed, "Retry-After") || !strings.Contains(exposed, "X-Request-Id") ||
			!strings.Contains(a.Header.Get("Vary"), "Origin") {
			t.Errorf("%v", a.Header)
		}

		refused := st.Send(t, "{ __typename }", nil, "Origin", "https://app.example", "Authorization", "Bearer x")
		if refused.Status != 401 || refused.Header.Get("Access-Control-Allow-Origin") != "*" {
			t.Errorf("a page cannot read that it must sign in: %v", refused.Header)
		}
	})
}

// Before a page of another site sends headers, its browser asks whether it may. The headers that tools add are allowed,
// whatever their names; what is no list of names is not repeated.
func TestPreflights(t *testing.T) {
	story.Each(t, func(t *testing.T, st *story.Story) {
		for _, c := range []struct {
			asked   string
			allowed bool
		}{
			{"authorization,content-type", true},
			{"apollographql-client-name,apollographql-client-version", true},
			{"apollo-require-preflight", true},
			{"baggage,sentry-trace,traceparent", true},
			{"x-requested-with", true},
			{"content-type, last-event-id, x-graphql-event-stream-token", true},
			{"x-\u00e9", false},
			{"a b", false},
			{"x-one,,x-two", false},
			{"<script>", false},
			{"x" + strings.Repeat(",x", 600), false},
		} {
			for _, path := range []string{"/graphql", "/graphql/stream", "/account/export", "/schema.graphql"} {
				p := st.Request(t, "OPTIONS", path, "", "Origin", "https://app.example",
					"Access-Control-Request-Method", "POST", "Access-Control-Request-Headers", c.asked)
				allowed := strings.ToLower(p.Header.Get("Access-Control-Allow-Headers"))
				if strings.HasSuffix(allowed, ", "+c.asked) != c.allowed || !strings.Contains(allowed, "authorization") {
					t.Errorf("%s: %q allows %q", path, c.asked, allowed)
				}
				if p.Status != 204 || p.Raw != "" || !strings.Contains(p.Header.Get("Access-Control-Allow-Methods"), "POST") ||
					p.Header.Get("Access-Control-Allow-Origin") != "*" ||
					p.Header.Get("Access-Control-Allow-Credentials") != "" {
					t.Errorf("%s: %d %v", path, p.Status, p.Header)
				}
			}
		}
	})
}

// Pages of origins that the operator has named use the site's cookies: over HTTP, on sockets and streams, and for what is
// stored about a person. Others do not, and a named one is never allowed to another.
func TestNamedOrigins(t *testing.T) {
	story.Each(t, func(t *testing.T, st *story.Story) {
		open, _ := st.Beside(t, func(api *server.Server) { api.Origins = []string{named, "https://other.example.org"} })
		st.URL = open.URL
		cookie := "ensemble_session=" + signIn(t, st.Logged).Value

		for origin, counts := range map[string]bool{
			named: true, "https://other.example.org": true, "http://other.example.org": false,
			named + ":81": false, "http://example.org": false, "http://evil-app.example.org": false, "null": false,
		} {
			for _, path := range []string{asked("query", whoAmI), "/account/export"} {
				a := st.Request(t, "GET", path, "", "Cookie", cookie, "Origin", origin, "Sec-Fetch-Site", "same-site")
				h := a.Header
				allowed, credentials := h.Get("Access-Control-Allow-Origin"), h.Get("Access-Control-Allow-Credentials")
				if counts && (allowed != origin || credentials != "true") || !counts && (allowed != "*" || credentials != "") {
					t.Errorf("%s, %s: %v", origin, path, h)
				}
				if got := strings.Contains(a.Raw, "carol") || a.Status == 200 && strings.HasPrefix(a.Raw, "PK"); got != counts {
					t.Errorf("%s, %s: %d %.200s", origin, path, a.Status, a.Raw)
				}
			}

			got := overSocket(t, st, http.Header{"Cookie": {cookie}, "Origin": {origin}}, whoAmI)
			if strings.Contains(got, "carol") != counts {
				t.Errorf("%s, a socket: %s", origin, got)
			}
		}
	})
}

// Browsers let no page set the headers of a handshake, nor of an EventSource: such pages say otherwise what they read.
// What they say counts; then, on sockets, the language of the account; then what the browser prefers.
func TestLanguageOfSockets(t *testing.T) {
	const un, one = "Feuille de route", "Roadmap"
	s := testsite.KeepLog(t, onSQLite(t))
	w := testsite.NewWorld(t, s.Site) // everybody's accounts are in English
	const question = "{ processes { nodes { title } } }"

	for _, h := range []struct{ name, header, init, want string }{
		{"nothing", "", ``, un},
		{"the browser", "en", ``, one},
		{"the page", "en", `"language":"fr"`, un},
		{"the page, a region", "en", `"language":"fr-CA"`, un},
		{"the page, several", "fr", `"language":"br, en;q=0.5, fr;q=0.1"`, one},
		{"null", "en", `"language":null`, one},
		{"the account", "fr", `"authorization":"Bearer ` + w.Alice.Token + `"`, one},
		{"the page, before the account", "en", `"language":"fr","authorization":"Bearer ` + w.Alice.Token + `"`, un},
	} {
		k := dialRaw(t, s.Site, transportWS, "Accept-Language: "+h.header)
		k.say(t, `{"type":"connection_init","payload":{`+h.init+`}}`)
		k.wantMessage(t, `{"type":"connection_ack"}`)
		k.say(t, `{"id":"1","type":"subscribe","payload":{"query":"`+question+`"}}`)
		if answer := k.message(t); !strings.Contains(answer, `"title":"`+h.want+`"`) {
			t.Errorf("%s: %s", h.name, answer)
		}
	}

	for _, wrong := range []string{`5`, `""`, `"français"`, `["fr"]`, `"` + strings.Repeat("fr,", 200) + `"`, `"!"`} {
		k := dialRaw(t, s.Site, transportWS)
		k.say(t, `{"type":"connection_init","payload":{"language":`+wrong+`}}`)
		k.wantClose(t, 4400)
	}

	get := asked("query", question)
	for parameter, want := range map[string]string{"": one, "&language=fr": un, "&language=br,fr": un} {
		if a := s.Request(t, "GET", get+parameter, "", "Accept-Language", "en"); !strings.Contains(a.Raw, want) {
			t.Errorf("%q: %s", parameter, a.Raw)
		}
	}
}

package server_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"ensemble/apitest/story"
	"ensemble/server"
)

// signOutEverywhere ends all sessions of the viewer.
const signOutEverywhere = "mutation { signOut(input: {everywhere: true}) { endedSessions } }"

// A page of another site has a browser send the cookie along with requests that browsers send without asking us: forms,
// links, images, plain text. None of them does anything, even where the browser does not say which page it comes from.
func TestForgedRequests(t *testing.T) {
	story.Each(t, func(t *testing.T, st *story.Story) {
		cookie := "ensemble_session=" + signIn(t, st.Logged).Value
		before := st.State(t)

		asJSONText := jsonOf(t, map[string]any{"query": signOutEverywhere})
		asForm := url.Values{"query": {signOutEverywhere}}.Encode()
		asFile := "--x\r\nContent-Disposition: form-data; name=\"operations\"\r\n\r\n" + asJSONText + "\r\n--x--\r\n"

		for _, path := range []string{"/graphql", "/graphql/stream"} {
			for _, from := range [][]string{
				nil, {"Origin", "https://evil.example"}, {"Origin", "null", "Sec-Fetch-Site", "cross-site"},
			} {
				for _, c := range []struct{ name, method, query, body, media string }{
					{"form", "POST", "", asForm, "application/x-www-form-urlencoded"},
					{"form with a file", "POST", "", asFile, "multipart/form-data; boundary=x"},
					{"form of plain text", "POST", "", asJSONText, "text/plain"},
					{"plain text that says it is JSON", "POST", "", asJSONText, "text/plain; application/json"},
					{"beacon", "POST", "", asJSONText, ""},
					{"operation in the address of a form", "POST", "?" + asForm, "",
						"application/x-www-form-urlencoded"},
					{"link", "GET", "?" + asForm, "", ""},
				} {

					header := append([]string{"Cookie", cookie, "Accept", "*/*"}, from...)
					if c.media != "" {
						header = append(header, "Content-Type", c.media)
					}

					a := st.Request(t, c.method, path+c.query, c.body, header...)
					if a.Status != 415 && a.Status != 405 {
						t.Errorf("%s to %s: %d %s", c.name, path, a.Status, a.Raw)
					}
				}
			}
		}

		if after := st.State(t); after != before {
			t.Errorf("something changed: %s became %s", before, after)
		}
	})
}

// For other requests (JSON, other methods) a browser asks us first, and our answer has it leave out the cookie. If it
// sent the cookie all the same, the request would be nobody's.
func TestCrossSiteRequests(t *testing.T) {
	story.Each(t, func(t *testing.T, st *story.Story) {
		cookie := "ensemble_session=" + signIn(t, st.Logged).Value
		before := st.State(t)

		evil := http.Header{"Cookie": {cookie}, "Origin": {"https://evil.example"}}

		for _, from := range [][]string{
			{"Origin", "https://evil.example"}, {"Sec-Fetch-Site", "cross-site"},
			{"Sec-Fetch-Site", "same-site"}, {"Origin", "null"},
		} {
			a := st.Send(t, signOutEverywhere, nil, append(from, "Cookie", cookie)...)
			if string(a.Data) != `{"signOut":{"endedSessions":0}}` {
				t.Errorf("%v: %s", from, a.Raw)
			}
			if a.Header.Get("Access-Control-Allow-Credentials") != "" {
				t.Errorf("%v: cookies are let in", from)
			}
			if got := overSocket(t, st, evil, signOutEverywhere); !strings.Contains(got, `"endedSessions":0`) {
				t.Errorf("over a socket: %s", got)
			}
		}

		if after := st.State(t); after != before {
			t.Errorf("something changed: %s became %s", before, after)
		}

		a := st.Send(t, signOutEverywhere, nil, "Cookie", cookie, "Origin", st.URL, "Sec-Fetch-Site", "same-origin")
		if !strings.Contains(a.Raw, `"endedSessions":2`) {
			t.Errorf("our own page: %s", a.Raw)
		}
	})
}

// Behind HTTPS, a page that came without TLS may have been written by anybody on the way: it is not ours.
func TestPagesWithoutTLSAreNotOurs(t *testing.T) {
	story.Each(t, func(t *testing.T, st *story.Story) {
		cookie := "__Host-ensemble_session=" + signIn(t, st.Logged).Value
		secure, _ := st.Beside(t, func(api *server.Server) { api.SecureCookies = true })
		st.URL = secure.URL

		for origin, counts := range map[string]bool{
			strings.Replace(st.URL, "http://", "https://", 1): true, st.URL: false,
		} {
			a := st.Send(t, whoAmI, nil, "Cookie", cookie, "Origin", origin)
			if strings.Contains(a.Raw, "carol") != counts {
				t.Errorf("%s: %s", origin, a.Raw)
			}
		}
	})
}

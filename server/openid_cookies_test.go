package server

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"ensemble/server/openid"
)

// Behind HTTPS, cookies on the way to a provider and back are of this host alone, and none that somebody planted under
// another name counts.
func TestOpenIDCookiesAreOfThisHost(t *testing.T) {
	state := strings.Repeat("0123456789abcdef", 2)
	for secure, prefix := range map[bool]string{true: "__Host-", false: ""} {
		w := httptest.NewRecorder()
		v := &visit{Server: &Server{SecureCookies: secure}, w: w, provider: &openid.Provider{}}
		v.provider.Name, v.r = "test", httptest.NewRequest(http.MethodGet, "/", nil)
		v.remember(attemptCookie, state, "a b;c")

		set := w.Result().Cookies()
		if len(set) != 1 || set[0].Name != prefix+"ensemble_attempt_test_0123456789abcdef" || set[0].Path != "/" ||
			set[0].Secure != secure || set[0].Domain != "" || !set[0].HttpOnly || set[0].MaxAge != 600 {
			t.Fatalf("%v", set)
		}

		v.r.AddCookie(set[0])
		if got := v.remembered(attemptCookie, state); got != "a b;c" {
			t.Errorf("%q is remembered", got)
		}

		planted := *set[0]
		planted.Name = strings.TrimPrefix(planted.Name, prefix)
		v.r = httptest.NewRequest(http.MethodGet, "/", nil)
		v.r.AddCookie(&planted)
		if got := v.remembered(attemptCookie, state); secure && got != "" {
			t.Errorf("%q was planted", got)
		}
	}
}

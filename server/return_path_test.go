package server

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
)

// An address to return to may also be on an origin that the operator has named, and on no other.
func TestReturnToNamedOrigins(t *testing.T) {
	origins := []string{"https://app.example.org", "http://localhost:5173"}
	for given, want := range map[string]bool{
		"https://app.example.org/": true, "https://app.example.org/a?b=c#d": true, "http://localhost:5173/x": true,
		"https://app.example.org": false, "https://app.example.org//evil.example": false,
		"https://app.example.org.evil.example/": false, "https://app.example.org:444/": false,
		"http://app.example.org/": false, "https://a@app.example.org/": false, "HTTPS://app.example.org/": false,
		`https://app.example.org\@evil.example/`: false, "//app.example.org/": false, "https:/app.example.org/": false,
	} {
		if to, ok := returnTo(given, origins); ok != want || ok && to != given {
			t.Errorf("%q: %q, %t", given, to, ok)
		}
	}
}

// FuzzReturnPath looks at where a browser goes that is sent to a path: it is always on this site.
func FuzzReturnPath(f *testing.F) {
	for _, given := range []string{
		"", "/", "/fr?a=b#c", "//evil.example", `/\evil.example`, "/..//evil.example", "/.//evil.example",
		"/%2F%2Fevil.example", `/%2Fevil.example"`, "https://evil.example", "/\t/evil.example", "javascript:alert(1)",
		"/é", "/%00", "/a:b@c", "/;//x", "/?//evil.example", "/#//evil.example",
	} {
		f.Add(given)
	}

	site := &url.URL{Scheme: "https", Host: "roadmap.example.org", Path: "/auth/oidc/x/callback"}
	f.Fuzz(func(t *testing.T, given string) {
		path, ok := returnTo(given, nil)
		if !ok {
			return
		}

		if again, ok := returnTo(path, nil); !ok || again != path {
			t.Errorf("%q becomes %q, then %q, %t", given, path, again, ok)
		}

		w := httptest.NewRecorder()
		r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, site.String(), nil)
		http.Redirect(w, r, path, http.StatusSeeOther)
		to := w.Header().Get("Location")

		// Browsers drop tabs and line breaks, and take a backslash for a slash, before they look for a host.
		read := strings.NewReplacer("\t", "", "\n", "", "\r", "", `\`, "/").Replace(to)
		u, err := site.Parse(read)
		if err != nil || u.Scheme != site.Scheme || u.Host != site.Host ||
			strings.HasPrefix(read, "//") || !strings.HasPrefix(read, "/") {
			t.Errorf("%q leads to %q: %v, %v", given, to, u, err)
		}
	})
}

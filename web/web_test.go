package web

import (
	"bytes"
	"compress/gzip"
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"path"
	"strings"
	"testing"
	"testing/fstest"
)

// built is a site of a few pages, as npm builds it.
var built = newSite(fstest.MapFS{
	".gitkeep":                 {},
	"index.html.gz":            pack("<h1>Home</h1>"),
	"fr.html.gz":               pack("<h1>Accueil</h1>"),
	"explorer.html.gz":         pack("<h1>Explorer</h1>"),
	"favicon.svg.gz":           pack("<svg/>"),
	"account/reset.html.gz":    pack("<h1>Reset</h1>"),
	"fr/account/reset.html.gz": pack("<h1>Nouveau</h1>"),
	"assets/home-0a1b2c.js.gz": pack("export {}"),
}, Settings{})

// Each page is served with its type, compressed for those who accept that. Only names with a hash are cached for long.
func TestPages(t *testing.T) {
	cases := []struct{ path, body, contentType, cache string }{
		{"/", "<h1>Home</h1>", "text/html; charset=utf-8", "no-cache"},
		{"/fr", "<h1>Accueil</h1>", "text/html; charset=utf-8", "no-cache"},
		{"/explorer", "<h1>Explorer</h1>", "text/html; charset=utf-8", "no-cache"},
		{"/explorer?tab=2", "<h1>Explorer</h1>", "text/html; charset=utf-8", "no-cache"},
		{"/account/reset", "<h1>Reset</h1>", "text/html; charset=utf-8", "no-cache"},
		{"/fr/account/reset", "<h1>Nouveau</h1>", "text/html; charset=utf-8", "no-cache"},
		{"/favicon.svg", "<svg/>", "image/svg+xml", "no-cache"},
		{"/assets/home-0a1b2c.js", "export {}", "text/javascript; charset=utf-8",
			"public, max-age=31536000, immutable"},
	}

	for _, c := range cases {
		for _, coding := range []string{"", "gzip"} {
			t.Run(c.path+" "+coding, func(t *testing.T) {
				answer := get(t, built, c.path, "Accept-Encoding", coding)
				body := answer.Body.Bytes()
				if coding == "gzip" {
					body = unpack(t, body)
				}

				equal(t, "status", answer.Code, http.StatusOK)
				equal(t, "body", string(body), c.body)
				equal(t, "Content-Type", answer.Header().Get("Content-Type"), c.contentType)
				equal(t, "Content-Encoding", answer.Header().Get("Content-Encoding"), coding)
				equal(t, "Cache-Control", answer.Header().Get("Cache-Control"), c.cache)
				equal(t, "Vary", answer.Header().Get("Vary"), "Accept-Encoding")
			})
		}
	}
}

// Other paths, and other ways to write the path of a page, are not found.
func TestNothingElseIsServed(t *testing.T) {
	for _, urlPath := range []string{
		"/nothing", "/fr/", "/account", "/account/", "/account/reset.html", "/account/reset/", "/index", "/index.html",
		"/explorer.html", "/assets", "/assets/", "/.gitkeep", "/favicon.svg.gz",
		"//explorer", "/assets/../explorer", "/../web.go", "/..%2fweb.go", "/assets/%2e%2e/%2e%2e/web.go", "/%00",
	} {
		equal(t, urlPath, get(t, built, urlPath).Code, http.StatusNotFound)
	}
}

// A browser that has a page is told that it has not changed, until it has.
func TestAskingAgainCostsNothing(t *testing.T) {
	etag := get(t, built, "/").Header().Get("ETag")
	answer := get(t, built, "/", "If-None-Match", etag, "Accept-Encoding", "gzip")
	equal(t, "status", answer.Code, http.StatusNotModified)
	equal(t, "body", answer.Body.String(), "")

	changed := newSite(fstest.MapFS{"index.html.gz": pack("<h1>New home</h1>")}, Settings{})
	after := get(t, changed, "/", "If-None-Match", etag, "Accept-Encoding", "gzip")
	equal(t, "status after a change", after.Code, http.StatusOK)
}

// Pages can be read, and nothing else can be done with them.
func TestMethods(t *testing.T) {
	server := httptest.NewServer(built)
	defer server.Close()

	head, err := http.Head(server.URL + "/explorer")
	if err != nil {
		t.Fatal(err)
	}
	defer head.Body.Close()
	equal(t, "HEAD", head.StatusCode, http.StatusOK)
	equal(t, "HEAD Content-Type", head.Header.Get("Content-Type"), "text/html; charset=utf-8")

	post, err := http.Post(server.URL+"/explorer", "text/plain", nil)
	if err != nil {
		t.Fatal(err)
	}
	defer post.Body.Close()
	equal(t, "POST", post.StatusCode, http.StatusMethodNotAllowed)
	equal(t, "POST Allow", post.Header.Get("Allow"), "GET, HEAD")
}

// Pages run no code but our own, and are shown in no other page. Only the explorer may have styles in its elements.
func TestPolicies(t *testing.T) {
	for _, urlPath := range []string{"/", "/explorer", "/nothing"} {
		h := get(t, built, urlPath).Header()
		policy := h.Get("Content-Security-Policy")
		for _, part := range []string{
			"default-src 'none';", "script-src 'self';", "frame-ancestors 'none'", "base-uri 'none';",
		} {
			equal(t, urlPath+" has "+part, strings.Contains(policy, part), true)
		}

		equal(t, urlPath+" allows inline styles", strings.Contains(policy, "unsafe-inline"), urlPath == "/explorer")
		equal(t, urlPath+" allows other hosts", strings.ContainsAny(policy, ".*") ||
			strings.Contains(policy, "http"), false)
		equal(t, urlPath+" nosniff", h.Get("X-Content-Type-Options"), "nosniff")
		equal(t, urlPath+" Referrer-Policy", h.Get("Referrer-Policy"), "same-origin")
	}
}

// Only a page that is sent, and not as it is stored, is unpacked.
func TestUnpacks(t *testing.T) {
	for request, want := range map[string]bool{
		"GET /explorer identity": true, "GET /explorer gzip": false, "HEAD /explorer identity": false,
		"GET /nothing identity": false, "OPTIONS / identity": false,
	} {
		words := strings.Fields(request)
		r := httptest.NewRequest(words[0], words[1], nil)
		r.Header.Set("Accept-Encoding", words[2])
		equal(t, request, built.Unpacks(r), want)
	}
}

// A site's pages have its name. What is for the demo stands on the demo's alone, and does not change what is stored.
func TestPagesOfASite(t *testing.T) {
	files := fstest.MapFS{"account/reset.html.gz": pack(`<title>Reset · Ensemble</title>` +
		`<a><img height="32"> Ensemble</a><!-- demo -->Use ensemble-demo.<!-- /demo --> Ensemble is software.`)}
	etags := map[string]bool{}
	for _, c := range []struct {
		settings Settings
		want     string
	}{
		{Settings{}, `<title>Reset · Ensemble</title><a><img height="32"> Ensemble</a> Ensemble is software.`},
		{Settings{Name: "Nous & <b>"}, `<title>Reset · Nous &amp; &lt;b&gt;</title>` +
			`<a><img height="32"> Nous &amp; &lt;b&gt;</a> Ensemble is software.`},
		{Settings{Demo: true}, `<title>Reset · Ensemble</title><a><img height="32"> Ensemble</a>` +
			`<!-- demo -->Use ensemble-demo.<!-- /demo --> Ensemble is software.`},
	} {
		answer := get(t, newSite(files, c.settings), "/account/reset")
		equal(t, "page", answer.Body.String(), c.want)
		etags[answer.Header().Get("ETag")] = true
	}
	equal(t, "each has an ETag of its own", len(etags), 3)
}

// An operator leads / elsewhere, or has nothing there.
func TestHomeElsewhere(t *testing.T) {
	elsewhere := Handler(Settings{Home: "https://app.example.org/"})
	for _, urlPath := range []string{"/", "/fr"} {
		answer := get(t, elsewhere, urlPath)
		equal(t, urlPath, answer.Code, http.StatusFound)
		equal(t, urlPath, answer.Header().Get("Location"), "https://app.example.org/")
		equal(t, urlPath+" off", get(t, Handler(Settings{NoHome: true}), urlPath).Code, http.StatusNotFound)
	}
	equal(t, "explorer off", get(t, Handler(Settings{NoExplorer: true}), "/explorer").Code, http.StatusNotFound)
}

// Before the pages are built, each says how to build them.
func TestNotBuilt(t *testing.T) {
	fresh := newSite(fstest.MapFS{".gitkeep": {}}, Settings{})
	for _, urlPath := range []string{"/", "/fr", "/explorer", "/account/confirm", "/fr/account/reset"} {
		answer := get(t, fresh, urlPath)
		equal(t, urlPath, answer.Code, http.StatusServiceUnavailable)
		equal(t, urlPath+" says what to do", strings.Contains(answer.Body.String(), "make web"), true)
	}
	equal(t, "/nothing", get(t, fresh, "/nothing").Code, http.StatusNotFound)
}

// The pages that are embedded in this very program have a type each, and are not too large. Without any, it is skipped.
func TestEmbedded(t *testing.T) {
	if _, err := fs.Stat(dist, "dist/index.html.gz"); err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal("the pages are not built: run `make web`")
		}
		t.Skip("the pages are not built: run `make web`")
	}

	total := 0
	for urlPath, page := range Handler(Settings{}) {
		f := page.(file)
		total += f.size
		if contentTypes[path.Ext(f.name)] == "" {
			t.Errorf("%s has no content type: add it to contentTypes", urlPath)
		}
	}

	const budget = 3 << 20
	if total > budget {
		t.Errorf("the pages add %d bytes to the binary, more than %d", total, budget)
	}
}

// get asks a handler for a page. headers has names and values in turns.
func get(t *testing.T, h http.Handler, target string, headers ...string) *httptest.ResponseRecorder {
	t.Helper()
	r := httptest.NewRequest(http.MethodGet, target, nil)
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}

	answer := httptest.NewRecorder()
	h.ServeHTTP(answer, r)
	return answer
}

// pack returns a compressed file.
func pack(text string) *fstest.MapFile {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	_, _ = io.WriteString(w, text) // a bytes.Buffer takes everything
	_ = w.Close()
	return &fstest.MapFile{Data: b.Bytes()}
}

// unpack returns what was compressed.
func unpack(t *testing.T, packed []byte) []byte {
	t.Helper()
	r, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// equal fails the test when got is not want.
func equal[T comparable](t *testing.T, what string, got, want T) {
	t.Helper()
	if got != want {
		t.Errorf("%s: got %v, want %v", what, got, want)
	}
}

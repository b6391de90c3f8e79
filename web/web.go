// Package web serves the pages of the site: the home page in its two languages and the GraphQL explorer.
// They are plain files, built by npm into dist and embedded here; the API itself is elsewhere.
package web

import (
	"bytes"
	"cmp"
	"compress/gzip"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"html"
	"io"
	"io/fs"
	"net/http"
	"path"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// dist is what `npm run build` made, each file in its gzip form only; in a fresh clone, a placeholder.
//
//go:embed all:dist
var dist embed.FS

// The policies allow nothing from elsewhere and no inline script. 'self' in connect-src covers WebSockets too
// (CSP level 3, all current browsers). The explorer's editor writes its own styles and embeds its fonts.
const (
	homePolicy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; " +
		"base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
	explorerPolicy = "default-src 'none'; script-src 'self'; worker-src 'self'; style-src 'self' 'unsafe-inline'; " +
		"font-src 'self' data:; img-src 'self' data:; connect-src 'self'; " +
		"base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)

// contentTypes are those of the files the build makes. The mime package is not used: it asks the system.
var contentTypes = map[string]string{
	".css":  "text/css; charset=utf-8",
	".html": "text/html; charset=utf-8",
	".js":   "text/javascript; charset=utf-8",
	".md":   "text/plain; charset=utf-8", // browsers show text, and save Markdown
	".svg":  "image/svg+xml",
	".ttf":  "font/ttf",
}

// Settings are what a site says of itself on its pages, and which of them it has.
type Settings struct {
	Name       string // of the site; empty: Ensemble
	Demo       bool   // pages tell how to sign in to the sample
	NoHome     bool   // there is no page at / and /fr
	Home       string // the address that / and /fr lead to; empty: the home page
	NoExplorer bool   // there is no page at /explorer
}

// Named returns the name of the site.
func (s Settings) Named() string { return cmp.Or(s.Name, "Ensemble") }

// Handler serves / and /fr (home), /explorer, what mails lead to (/account/…, /fr/account/…) and the files they need,
// and 404 for any other path. When the pages are not built, it says so with 503. It reads every file once: a program
// makes one Handler and uses it for all requests.
func Handler(settings Settings) Site {
	built, err := fs.Sub(dist, "dist")
	if err != nil {
		panic("embedded folder: " + err.Error())
	}

	site := newSite(built, settings)
	for _, home := range []string{"/", "/fr"} {
		switch {
		case settings.NoHome:
			delete(site, home)
		case settings.Home != "":
			site[home] = http.RedirectHandler(settings.Home, http.StatusFound) // browsers keep what is behind #
		}
	}
	if settings.NoExplorer {
		delete(site, "/explorer")
	}
	return site
}

// Site has what answers each path; no other file is ever opened.
type Site map[string]http.Handler

func newSite(dist fs.FS, settings Settings) Site {
	s := Site{}
	for _, pattern := range []string{"*.gz", "assets/*.gz", "account/*.gz", "fr/account/*.gz"} {
		names, err := fs.Glob(dist, pattern)
		if err != nil {
			panic("pattern: " + err.Error())
		}

		for _, name := range names {
			f := newFile(dist, name, settings)
			s[f.urlPath()] = f
		}
	}

	if len(s) == 0 {
		for _, path := range []string{
			"/", "/fr", "/explorer", "/account/confirm", "/account/reset", "/fr/account/confirm", "/fr/account/reset",
			"/account/invitation", "/fr/account/invitation",
		} {
			s[path] = http.HandlerFunc(notBuilt)
		}
	}
	return s
}

// Unpacks reports whether a file has to be unpacked for the answer to a request, which is more work.
func (s Site) Unpacks(r *http.Request) bool {
	_, isFile := s[r.URL.Path].(file)
	return isFile && r.Method == http.MethodGet && !AcceptsGzip(r.Header)
}

// ServeHTTP implements http.Handler.
func (s Site) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Content-Security-Policy", homePolicy)
	h.Set("Permissions-Policy", "camera=(), geolocation=(), microphone=()")
	h.Set("Referrer-Policy", "same-origin")
	h.Set("X-Content-Type-Options", "nosniff")

	page, found := s[r.URL.Path]
	switch {
	case !found:
		http.NotFound(w, r) // the server has a page of its own for it
	case r.Method != http.MethodGet && r.Method != http.MethodHead:
		h.Set("Allow", "GET, HEAD")
		http.Error(w, "Only GET and HEAD.", http.StatusMethodNotAllowed)
	default:
		page.ServeHTTP(w, r)
	}
}

// file is one gzip file of dist.
type file struct {
	dist   fs.FS
	edited []byte // a page as this site has it, as gzip
	name   string // "explorer.html", without the .gz it has in dist
	size   int    // in bytes, as gzip
	etag   string // weak, since it is the same for the unpacked form
}

func newFile(dist fs.FS, packedName string, settings Settings) file {
	packed, err := fs.ReadFile(dist, packedName)
	if err != nil {
		panic("embedded file: " + err.Error())
	}

	f := file{dist: dist, name: strings.TrimSuffix(packedName, ".gz")}
	if strings.HasSuffix(f.name, ".html") {
		packed = settings.edited(packed)
		f.edited = packed
	}
	sum := sha256.Sum256(packed)
	f.size, f.etag = len(packed), `W/"`+hex.EncodeToString(sum[:8])+`"`
	return f
}

// ofDemo is what pages say on the demo only.
var ofDemo = regexp.MustCompile(`(?s)<!-- demo -->.*?<!-- /demo -->`)

// edited returns a page as this site has it: with its name, and with what is for the demo only there.
func (s Settings) edited(packed []byte) []byte {
	r, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		panic("embedded page: " + err.Error())
	}
	page, err := io.ReadAll(r)
	if err != nil {
		panic("embedded page: " + err.Error())
	}

	if !s.Demo {
		page = ofDemo.ReplaceAll(page, nil)
	}
	name := html.EscapeString(s.Named())
	text := strings.NewReplacer(
		" · Ensemble</title>", " · "+name+"</title>", `height="32"> Ensemble</a>`, `height="32"> `+name+"</a>",
	).Replace(string(page))

	var again bytes.Buffer
	w := gzip.NewWriter(&again)
	_, _ = io.WriteString(w, text) // a buffer takes everything
	_ = w.Close()
	return again.Bytes()
}

// open returns the file, as gzip.
func (f file) open() (io.ReadSeekCloser, error) {
	if f.edited != nil {
		return readSeekNopCloser{bytes.NewReader(f.edited)}, nil
	}
	packed, err := f.dist.Open(f.name + ".gz")
	if err != nil {
		return nil, err
	}
	return packed.(io.ReadSeekCloser), nil
}

// readSeekNopCloser is a page in memory.
type readSeekNopCloser struct{ *bytes.Reader }

// Close implements io.Closer.
func (readSeekNopCloser) Close() error { return nil }

// urlPath returns "/" for index.html, "/fr" for fr.html, and "/" and the name for a file that is not a page.
func (f file) urlPath() string {
	if page, isPage := strings.CutSuffix(f.name, ".html"); isPage {
		return "/" + strings.TrimPrefix(page, "index")
	}
	return "/" + f.name
}

func (f file) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	packed, err := f.open()
	if err != nil {
		http.Error(w, "The file cannot be read.", http.StatusInternalServerError)
		return
	}
	defer packed.Close()

	h := w.Header()
	h.Set("Content-Type", contentTypes[path.Ext(f.name)])
	h.Set("Cache-Control", "no-cache") // ask each time, with the ETag
	if strings.HasPrefix(f.name, "assets/") {
		h.Set("Cache-Control", "public, max-age=31536000, immutable") // their names contain a hash
	}
	h.Set("ETag", f.etag)
	h.Set("Vary", "Accept-Encoding")
	if f.name == "explorer.html" {
		h.Set("Content-Security-Policy", explorerPolicy)
	}

	if !AcceptsGzip(r.Header) {
		if r.Method == http.MethodHead {
			return
		}
		unpacked, err := gzip.NewReader(packed)
		if err != nil {
			http.Error(w, "The file cannot be read.", http.StatusInternalServerError)
			return
		}
		_, _ = io.Copy(w, unpacked) // #nosec G110 -- our own pages; it fails only when the client has left
		return
	}
	h.Set("Content-Encoding", "gzip")
	h.Set("Content-Length", strconv.Itoa(f.size))
	http.ServeContent(w, r, f.name, time.Time{}, packed)
}

func notBuilt(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", contentTypes[".html"])
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(http.StatusServiceUnavailable)
	_, _ = io.WriteString(w, notBuiltPage) // fails only when the client has left
}

const notBuiltPage = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="color-scheme" content="light dark">
<title>Not built · Ensemble</title>
<h1>This page is not built</h1>
<p>The explorer is not built: run <code>make web</code> (needs Node 20.19 or 22.12 and newer). The API at <code>/graphql</code> works without it.
</html>
`

package server

import (
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
)

// sameOrigin reports whether a request comes from our own pages, or from no page at all. Current browsers say so with
// Sec-Fetch-Site, which no page can set and no proxy changes; it is sent by HTTPS or to this machine. Where it is
// missing, as with sockets, Origin is compared with the host that the request came for. Behind HTTPS a page that came
// without it is not ours: somebody on the way may have written it.
func (s *Server) sameOrigin(r *http.Request) bool {
	site, origin := r.Header.Get("Sec-Fetch-Site"), r.Header.Get("Origin")
	if site != "" && site != "same-origin" && site != "none" {
		return false
	}
	if origin == "" {
		return true
	}
	u, err := url.Parse(origin)
	return err == nil && (u.Scheme == "https" || !s.SecureCookies) && (site == "same-origin" || u.Host == r.Host)
}

// takesCookies reports whether the cookies of a request count: from our own pages and from those of Origins.
func (s *Server) takesCookies(r *http.Request) bool { return s.named(r) || s.sameOrigin(r) }

// named reports whether a request comes from a page of an origin that the operator has named.
func (s *Server) named(r *http.Request) bool {
	return slices.Contains(s.Origins, r.Header.Get("Origin"))
}

// fromOurPages reports whether a link or form of our own pages led here. Browsers say so with Sec-Fetch-Site; older
// ones name the page itself, which ours allow.
func fromOurPages(r *http.Request) bool {
	site := r.Header.Get("Sec-Fetch-Site")
	if site == "" {
		from, err := url.Parse(r.Referer())
		return err == nil && from.Host == r.Host
	}
	return site == "same-origin"
}

// fromNamedPage reports whether a link of a page of Origins led here: browsers name at least the origin of such a page,
// unless the page forbids it.
func (s *Server) fromNamedPage(r *http.Request) bool {
	from, err := url.Parse(r.Referer())
	return err == nil && from.Host != "" && slices.Contains(s.Origins, from.Scheme+"://"+from.Host)
}

// crossOrigin lets pages of other sites use what next answers: those of Origins with cookies or a token, all others
// with a token only, since no credentials are allowed to them, and cookieToken takes none of theirs.
func (s *Server) crossOrigin(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Access-Control-Allow-Origin", "*")
		if s.named(r) {
			h.Set("Access-Control-Allow-Origin", r.Header.Get("Origin"))
			h.Set("Access-Control-Allow-Credentials", "true")
		}
		h.Set("Access-Control-Expose-Headers",
			"Content-Disposition, RateLimit, RateLimit-Policy, Retry-After, WWW-Authenticate, X-Request-Id")

		if r.Method == http.MethodOptions {
			h.Set("Vary", "Origin, Access-Control-Request-Headers")
			h.Set("Access-Control-Allow-Methods", "GET, POST, PUT, DELETE")
			h.Set("Access-Control-Allow-Headers", allowedHeaders(r))
			h.Set("Access-Control-Max-Age", "86400")
			w.WriteHeader(http.StatusNoContent)
			return
		}

		next.ServeHTTP(w, r)
	})
}

// usualHeaders are those that we read. A preflight that asks for others as well is answered with what it asks for: tools
// and proxies add headers of their own to what apps send, and we read none of them.
const usualHeaders = "Accept-Language, Authorization, Content-Type, Last-Event-ID, " + streamToken

// maxAsked is how many bytes of names a preflight may ask for.
const maxAsked = 1 << 10

// headerNames is what browsers send: names in small letters with commas between them.
var headerNames = regexp.MustCompile(`^[!#$%&'*+\-.^_\x60|~0-9A-Za-z]+( ?, ?[!#$%&'*+\-.^_\x60|~0-9A-Za-z]+)*$`)

// allowedHeaders returns the names of the headers that a page may send: ours, and those that it asks for. What is no
// list of names, or too long, asks for nothing.
func allowedHeaders(r *http.Request) string {
	asked := strings.Join(r.Header.Values("Access-Control-Request-Headers"), ",")
	if len(asked) > maxAsked || !headerNames.MatchString(asked) {
		return usualHeaders
	}
	return usualHeaders + ", " + asked
}

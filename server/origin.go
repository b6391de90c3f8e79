package server

import (
	"net/http"
	"net/url"
)

// sameOrigin reports whether a request comes from our own pages, or from no page at all. Browsers send Sec-Fetch-Site
// or, with sockets and POST, Origin. Behind HTTPS a page that came without it is not ours: somebody on the way may have
// written it.
func (s *Server) sameOrigin(r *http.Request) bool {
	if site := r.Header.Get("Sec-Fetch-Site"); site != "" && site != "same-origin" && site != "none" {
		return false
	}
	origin := r.Header.Get("Origin")
	if origin == "" {
		return true
	}
	u, err := url.Parse(origin)
	return err == nil && u.Host == r.Host && (u.Scheme == "https" || !s.SecureCookies)
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

// crossOrigin lets pages of other sites use the API with a token. They may not use cookies: no credentials are allowed
// here, and cookieToken takes none of them.
func crossOrigin(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Access-Control-Allow-Origin", "*")
		h.Set("Access-Control-Expose-Headers", "RateLimit, RateLimit-Policy, Retry-After, X-Request-Id")

		if r.Method == http.MethodOptions {
			h.Set("Access-Control-Allow-Methods", "GET, POST, PUT, DELETE")
			h.Set("Access-Control-Allow-Headers",
				"Accept-Language, Authorization, Content-Type, Last-Event-ID, "+streamToken)
			h.Set("Access-Control-Max-Age", "86400")
			w.WriteHeader(http.StatusNoContent)
			return
		}

		next.ServeHTTP(w, r)
	})
}

package server

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"time"

	"github.com/vektah/gqlparser/v2/gqlerror"
	"golang.org/x/text/language"

	"ensemble/auth"
	"ensemble/consultation"
)

// sessionCookie holds the session token of pages. It is HttpOnly and SameSite=Lax, and only counts in requests of our
// own pages: third parties use the token.
const sessionCookie = "ensemble_session"

// identified puts the viewer and the languages of a request in its context. A bad token in the Authorization header
// is answered with 401; a bad cookie counts as none, so that pages still open.
func (s *Server) identified(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ctx := auth.WithLanguages(r.Context(), preferred(r.Header.Get("Accept-Language")))
		ctx = auth.WithDevice(ctx, deviceOf(r.UserAgent()))
		ctx = auth.WithSessionKeeper(ctx, func(token string, expires time.Time) { s.setCookie(w, token, expires) })
		viewer, err := s.viewer(ctx, r)
		if err != nil {
			s.refuse(ctx, w, err)
			return
		}
		sawViewer(ctx, viewer.UserID)
		next.ServeHTTP(w, r.WithContext(auth.WithViewer(ctx, viewer)))
	})
}

func (s *Server) viewer(ctx context.Context, r *http.Request) (auth.Viewer, error) {
	if header := r.Header.Get("Authorization"); header != "" {
		return s.bearer(ctx, header)
	}
	token := s.cookieToken(r)
	if token == "" {
		return auth.Viewer{}, nil
	}
	viewer, err := s.Consultation.Viewer(ctx, token)
	if consultation.CodeOf(err) == consultation.Unauthenticated {
		return auth.Viewer{}, nil
	}
	return viewer, err
}

// tokenOf is the token that a request shows, without a look at what it is worth.
func (s *Server) tokenOf(r *http.Request) string {
	if token, ok := auth.BearerToken(r.Header.Get("Authorization")); ok {
		return token
	}
	return s.cookieToken(r)
}

// cookieToken is the session token of a page of ours. An access token is for programs: it does not count in a cookie.
func (s *Server) cookieToken(r *http.Request) string {
	cookie, err := r.Cookie(sessionCookie)
	if err != nil || !s.sameOrigin(r) {
		return ""
	}
	if _, isSession := auth.HashToken(cookie.Value); isSession {
		return cookie.Value
	}
	return ""
}

// bearer is who an Authorization header, or its twin in connection_init, stands for.
func (s *Server) bearer(ctx context.Context, header string) (auth.Viewer, error) {
	token, ok := auth.BearerToken(header)
	if !ok {
		return auth.Viewer{}, consultation.ErrToken
	}
	return s.Consultation.Viewer(ctx, token)
}

// sameOrigin says whether a request comes from our own pages, or from no page at all. Browsers send Sec-Fetch-Site or,
// with sockets and POST, Origin. Behind HTTPS a page that came without it is not ours: somebody on the way may have written it.
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

// setCookie has a browser keep the token, or forget it when it is empty.
func (s *Server) setCookie(w http.ResponseWriter, token string, expires time.Time) {
	cookie := &http.Cookie{
		Name: sessionCookie, Value: token, Path: "/", Expires: expires,
		HttpOnly: true, SameSite: http.SameSiteLaxMode, Secure: s.SecureCookies,
	}
	if token == "" {
		cookie.MaxAge = -1
	}
	http.SetCookie(w, cookie)
}

// maxLanguages bounds how many entries of an Accept-Language header are looked at.
const maxLanguages = 10

func preferred(header string) []language.Tag {
	if len(header) > 500 {
		return nil
	}
	tags, _, err := language.ParseAcceptLanguage(header)
	if err != nil {
		return nil
	}
	return tags[:min(len(tags), maxLanguages)]
}

// refuse answers a request that does not reach GraphQL as GraphQL would.
func (s *Server) refuse(ctx context.Context, w http.ResponseWriter, err error) {
	shown := s.errors().Present(ctx, err)
	status := http.StatusInternalServerError
	switch consultation.CodeOf(err) {
	case consultation.Unauthenticated:
		status = http.StatusUnauthorized
		w.Header().Set("WWW-Authenticate", "Bearer")
	case consultation.Forbidden:
		status = http.StatusForbidden
	case consultation.RateLimited:
		status = http.StatusTooManyRequests
		retryAfter(w.Header(), gqlerror.List{shown})
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(map[string]any{"errors": []any{shown}}) // the client may be gone
}

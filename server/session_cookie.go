package server

import (
	"net/http"
	"time"

	"github.com/99designs/gqlgen/graphql"

	"ensemble/auth"
	"ensemble/consultation/people"
	"ensemble/graph"
)

// sessionCookie is the name of the cookie with the session token of pages, as hostCookie makes it. It is HttpOnly and
// SameSite=Lax, and only counts in requests of our own pages: other programs send the token.
const sessionCookie = "ensemble_session"

// hostCookie returns a cookie for every path of this host, under its name. Behind HTTPS the name begins with __Host-:
// browsers then take the cookie from this host alone, by HTTPS, so that neither a sibling domain nor somebody on the
// way can plant one.
func (s *Server) hostCookie(name, value string) *http.Cookie {
	return &http.Cookie{
		Name: s.cookieName(name), Value: value, Path: "/",
		HttpOnly: true, SameSite: http.SameSiteLaxMode, Secure: s.SecureCookies,
	}
}

// cookieName returns the name under which a cookie is kept.
func (s *Server) cookieName(name string) string {
	if s.SecureCookies {
		return "__Host-" + name
	}
	return name
}

// renamed is when the cookie has got the name that begins with __Host-, at the latest. Behind HTTPS one with the name of
// before counts for sessions that began earlier, so that the update signs nobody out, and for no others, since a sibling
// domain can plant it. No session outlasts people.SessionLifetime: 30 days later the old name counts for nobody, and all
// that knows it can go.
var renamed = time.Date(2026, time.December, 1, 0, 0, 0, 0, time.UTC)

// mayUse reports whether a session may be used by the cookie of a request, under the name that the cookie has there.
func (s *Server) mayUse(r *http.Request, session auth.Viewer) bool {
	_, old := s.sessionToken(r)
	return !old || session.ExpiresAt.Before(renamed.Add(people.SessionLifetime))
}

// sessionToken returns the token in the session cookie, "" for none. Behind HTTPS it also returns one under the name of
// before, old, but not beside the new one; whether that counts, mayUse says.
func (s *Server) sessionToken(r *http.Request) (token string, old bool) {
	cookie, err := r.Cookie(s.cookieName(sessionCookie))
	if err != nil && s.SecureCookies {
		cookie, err = r.Cookie(sessionCookie)
		old = err == nil
	}
	if err != nil {
		return "", false
	}
	return cookie.Value, old
}

// cookieToken returns the session token of a page of ours. An access token is for programs: it does not count in a
// cookie.
func (s *Server) cookieToken(r *http.Request) string {
	token, _ := s.sessionToken(r)
	if _, isSession := auth.HashToken(token); isSession && s.sameOrigin(r) {
		return token
	}
	return ""
}

// renameCookie has a browser that is signed in by a cookie with the name of before keep it under the new one as well.
// The old one stays for processes of the version of before, which may answer the next request: during an update, or
// after one that was taken back.
func (s *Server) renameCookie(w http.ResponseWriter, r *http.Request, viewer auth.Viewer) {
	if token, old := s.sessionToken(r); old && viewer.SessionID != "" && s.tokenOf(r) == token {
		s.keepToken(w, token, viewer.ExpiresAt)
	}
}

// setCookies sets and deletes the browser's cookies for the sessions that an answer names.
func (s *Server) setCookies(w http.ResponseWriter, response *graphql.Response) {
	for _, session := range graph.TakeSessions(response) {
		s.setCookie(w, session.Token, session.ExpiresAt)
	}
}

// setCookie does what keepToken does when somebody signs in or out. Behind HTTPS it deletes the cookie with the name of
// before; not one that a sibling domain planted, which nobody else can delete.
func (s *Server) setCookie(w http.ResponseWriter, token string, expires time.Time) {
	s.keepToken(w, token, expires)
	if s.SecureCookies {
		before := s.hostCookie(sessionCookie, "")
		before.Name, before.MaxAge = sessionCookie, -1
		http.SetCookie(w, before)
	}
}

// keepToken sets the browser's cookie to the token, or deletes it when the token is empty.
func (s *Server) keepToken(w http.ResponseWriter, token string, expires time.Time) {
	cookie := s.hostCookie(sessionCookie, token)
	cookie.Expires = expires
	if token == "" {
		cookie.MaxAge = -1
	}
	http.SetCookie(w, cookie)
}

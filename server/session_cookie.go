package server

import (
	"net/http"
	"time"

	"github.com/99designs/gqlgen/graphql"

	"ensemble/auth"
	"ensemble/graph"
)

// sessionCookie is the name of the cookie with the session token of pages. It is HttpOnly and SameSite=Lax, and only
// counts in requests of our own pages: other programs send the token.
const sessionCookie = "ensemble_session"

// cookieToken returns the session token of a page of ours. An access token is for programs: it does not count in a
// cookie.
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

// setCookies sets and deletes the browser's cookies for the sessions that an answer names.
func (s *Server) setCookies(w http.ResponseWriter, response *graphql.Response) {
	for _, session := range graph.TakeSessions(response) {
		s.setCookie(w, session.Token, session.ExpiresAt)
	}
}

// setCookie sets the browser's cookie to the token, or deletes it when the token is empty.
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

package server

import (
	"net/http"
	"time"

	"github.com/99designs/gqlgen/graphql"

	"ensemble/auth"
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

// sessionToken returns the token in the session cookie, "" for none.
func (s *Server) sessionToken(r *http.Request) string {
	cookie, err := r.Cookie(s.cookieName(sessionCookie))
	if err != nil {
		return ""
	}
	return cookie.Value
}

// cookieToken returns the session token of a page whose cookies count. An access token is for programs: it does not
// count in a cookie.
func (s *Server) cookieToken(r *http.Request) string {
	token := s.sessionToken(r)
	if _, isSession := auth.HashToken(token); isSession && s.takesCookies(r) {
		return token
	}
	return ""
}

// whyNoCookie returns why the cookie of a request does not count for which cookieToken has none.
func (s *Server) whyNoCookie(r *http.Request) unused {
	if _, isSession := auth.HashToken(s.sessionToken(r)); isSession {
		return cookieIgnored
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
	cookie := s.hostCookie(sessionCookie, token)
	cookie.Expires = expires
	if token == "" {
		cookie.MaxAge = -1
	}
	http.SetCookie(w, cookie)
}

package server

import (
	"net/http"
	"net/url"
	"time"
)

// Cookies on the way, each named after its state, so that two tabs do not get in each other's way.
const (
	attemptCookie  = "ensemble_attempt_"
	returnCookie   = "ensemble_return_"
	cookieLifetime = 10 * time.Minute
	stateInName    = 16 // characters of the state
)

// remember gives the browser a value in a cookie, which it sends back with the same state, to one page only.
func (v *visit) remember(kind, page, state, value string) {
	v.cookie(kind, page, state, value, int(cookieLifetime.Seconds()))
}

// remembered returns the value that belongs to a state, "" for none.
func (v *visit) remembered(kind, state string) string {
	if len(state) < stateInName {
		return ""
	}

	cookie, err := v.r.Cookie(kind + state[:stateInName])
	if err != nil {
		return ""
	}

	value, err := url.QueryUnescape(cookie.Value)
	if err != nil {
		return ""
	}

	return value
}

// forget deletes the cookie that remember set.
func (v *visit) forget(kind, page, state string) { v.cookie(kind, page, state, "", -1) }

// cookie sets a cookie that only this page of this provider is sent, for age seconds; a negative age deletes it.
// Scripts cannot read it. The state must have at least stateInName characters.
func (v *visit) cookie(kind, page, state, value string, age int) {
	http.SetCookie(v.w, &http.Cookie{
		Name: kind + state[:stateInName], Value: url.QueryEscape(value), Path: v.provider.Path(page), MaxAge: age,
		HttpOnly: true, SameSite: http.SameSiteLaxMode, Secure: v.SecureCookies,
	})
}

package server

import (
	"net/http"
	"net/url"
	"time"
)

// Cookies on the way, each named after its provider and its state, so that neither what comes from another provider nor
// another tab gets in the way.
const (
	attemptCookie  = "ensemble_attempt_"
	returnCookie   = "ensemble_return_"
	cookieLifetime = 10 * time.Minute
	stateInName    = 16 // characters of the state
)

// remember gives the browser a value in a cookie, which it sends back with the same state.
func (v *visit) remember(kind, state, value string) {
	v.cookie(kind, state, value, int(cookieLifetime.Seconds()))
}

// remembered returns the value that belongs to a state, "" for none.
func (v *visit) remembered(kind, state string) string {
	if len(state) < stateInName {
		return ""
	}

	cookie, err := v.r.Cookie(v.cookieName(v.wayCookie(kind, state)))
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
func (v *visit) forget(kind, state string) { v.cookie(kind, state, "", -1) }

// wayCookie returns the name of a cookie of this provider. The state must have at least stateInName characters.
func (v *visit) wayCookie(kind, state string) string {
	return kind + v.provider.Name + "_" + state[:stateInName]
}

// cookie sets a cookie for age seconds; a negative age deletes it. Scripts cannot read it. The state is as for
// wayCookie.
func (v *visit) cookie(kind, state, value string, age int) {
	cookie := v.hostCookie(v.wayCookie(kind, state), url.QueryEscape(value))
	cookie.MaxAge = age
	http.SetCookie(v.w, cookie)
}

package server

import (
	"net/http"
	"net/url"
	"strings"
	"time"
)

// Cookies on the way, each named after its state, so that two tabs do not get in each other's way.
const (
	attemptCookie  = "ensemble_attempt_"
	returnCookie   = "ensemble_return_"
	cookieLifetime = 10 * time.Minute
	stateInName    = 16 // characters of the state
)

// remember has the browser bring a value back with a state, to one page only.
func (v *visit) remember(kind, page, state, value string) {
	v.cookie(kind, page, state, value, int(cookieLifetime.Seconds()))
}

// remembered is the value that belongs to a state, "" for none.
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

// forget has the browser forget what it was to remember.
func (v *visit) forget(kind, page, state string) { v.cookie(kind, page, state, "", -1) }

func (v *visit) cookie(kind, page, state, value string, age int) {
	http.SetCookie(v.w, &http.Cookie{
		Name: kind + state[:stateInName], Value: url.QueryEscape(value), Path: v.provider.Path(page), MaxAge: age,
		HttpOnly: true, SameSite: http.SameSiteLaxMode, Secure: v.SecureCookies,
	})
}

// maxReturn bounds a path to return to, in bytes.
const maxReturn = 1000

// returnPath is a path of this site to go on to, "/" for none; false for whatever a browser could take for another site. It is not
// written anew: decoding and encoding could make another path of it.
func returnPath(given string) (string, bool) {
	if given == "" {
		return "/", true
	}
	u, err := url.Parse(given)
	if err != nil || len(given) > maxReturn || u.Scheme != "" || u.Host != "" || u.User != nil || u.Opaque != "" ||
		!strings.HasPrefix(given, "/") || strings.HasPrefix(given, "//") || strings.ContainsFunc(given, notInPath) {
		return "", false
	}
	return given, true
}

// notInPath are what browsers drop from addresses, or take for a slash, and what has to be encoded.
func notInPath(r rune) bool { return r <= ' ' || r == '\\' || r >= 0x7f }

// fromOurPages says whether a link or form of our own pages led here. Browsers say so with Sec-Fetch-Site; older ones name the
// page itself, which ours allow.
func fromOurPages(r *http.Request) bool {
	site := r.Header.Get("Sec-Fetch-Site")
	if site == "" {
		from, err := url.Parse(r.Referer())
		return err == nil && from.Host == r.Host
	}
	return site == "same-origin"
}

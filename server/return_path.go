package server

import (
	"net/url"
	"slices"
	"strings"
)

// maxReturn bounds an address to return to, in bytes.
const maxReturn = 1000

// returnTo returns where a browser goes on to: a path of this site, "/" for none, or an address of one of origins; false
// for whatever a browser could take for another site. It is not written anew: decoding and encoding could make another
// address of it.
func returnTo(given string, origins []string) (string, bool) {
	if given == "" {
		return "/", true
	}
	u, err := url.Parse(given)
	if err != nil || len(given) > maxReturn || u.User != nil || u.Opaque != "" || strings.ContainsFunc(given, notInPath) {
		return "", false
	}

	path := given
	if u.Host != "" {
		origin := u.Scheme + "://" + u.Host
		if !slices.Contains(origins, origin) || !strings.HasPrefix(given, origin) {
			return "", false
		}
		path = given[len(origin):]
	}
	return given, strings.HasPrefix(path, "/") && !strings.HasPrefix(path, "//")
}

// notInPath returns what browsers drop from addresses, or take for a slash, and what has to be encoded.
func notInPath(r rune) bool { return r <= ' ' || r == '\\' || r >= 0x7f }

package server

import (
	"net/url"
	"strings"
)

// maxReturn bounds a path to return to, in bytes.
const maxReturn = 1000

// returnPath returns a path of this site to go on to, "/" for none; false for whatever a browser could take for another
// site. It is not written anew: decoding and encoding could make another path of it.
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

// notInPath returns what browsers drop from addresses, or take for a slash, and what has to be encoded.
func notInPath(r rune) bool { return r <= ' ' || r == '\\' || r >= 0x7f }

package web

import (
	"net/http"
	"strings"
	"testing"
)

// A header accepts gzip when it names it, or everything, and does not give it a weight of zero.
func TestAcceptsGzip(t *testing.T) {
	cases := map[string]bool{
		"": false, "identity": false, "br": false, "gzip": true, "GZIP": true, "deflate, gzip;q=1.0, br": true,
		"gzip;q=0": false, "gzip; q=0.0": false, "gzip;q=0.5": true, "x-gzip": true, "gzip;Q=0": false,
		"*": true, "*;q=0": false, "*, gzip;q=0": false, "gzip;q=0, *": false, "*;q=0, gzip": true, "br, *;q=0.1": true,
		strings.Repeat("br, ", 300) + "gzip": false,
	}

	for header, want := range cases {
		equal(t, header, AcceptsGzip(http.Header{"Accept-Encoding": {header}}), want)
	}
	equal(t, "two headers", AcceptsGzip(http.Header{"Accept-Encoding": {"br", "gzip"}}), true)
}

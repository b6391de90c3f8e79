package main

import (
	"net/url"
	"testing"
)

func TestSiteOf(t *testing.T) {
	for typed, want := range map[string]string{
		"https://Example.org": "example.org", "https://example.org/": "example.org", "https://example.org:443": "example.org",
		"http://example.org:80/": "example.org", "http://example.org:8080": "example.org:8080", "https://example.org/Plan/": "example.org/Plan",
		"http://[::1]:8080": "[::1]:8080",
	} {
		u, err := url.Parse(typed)
		if err != nil {
			t.Fatal(err)
		}
		if got := siteOf(u); got != want {
			t.Errorf("%s is %s, want %s", typed, got, want)
		}
	}
}

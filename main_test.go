package main

import (
	"log/slog"
	"net/url"
	"strings"
	"testing"

	"ensemble/config"
	"ensemble/limit"
)

// The same site written in different ways, with or without its usual port, has the same name.
func TestSiteOf(t *testing.T) {
	for typed, want := range map[string]string{
		"https://Example.org":       "example.org",
		"https://example.org/":      "example.org",
		"https://example.org:443":   "example.org",
		"http://example.org:80/":    "example.org",
		"http://example.org:8080":   "example.org:8080",
		"https://example.org/Plan/": "example.org/Plan",
		"http://[::1]:8080":         "[::1]:8080",
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

// A list of documents that cannot be read stops the start, and the error names the setting. Without the setting there
// is no list.
func TestOpenDocuments(t *testing.T) {
	if d, err := openDocuments(""); d != nil || err != nil {
		t.Errorf("%v, %v", d, err)
	}
	if d, err := openDocuments("server/testdata/relay_manifest.json"); d == nil || err != nil {
		t.Errorf("%v, %v", d, err)
	}
	for _, file := range []string{"nowhere.json", "README.md"} {
		if _, err := openDocuments(file); err == nil || !strings.Contains(err.Error(), "ENSEMBLE_DOCUMENTS") {
			t.Errorf("%s: %v", file, err)
		}
	}
}

// Budgets are shared where a Redis is named, also when it does not answer. A name that is no URL is refused.
func TestOpenLimits(t *testing.T) {
	quiet := slog.New(slog.DiscardHandler)

	for url, shared := range map[string]bool{"": false, "redis://127.0.0.1:1": true} {
		l, err := openLimits(config.Config{
			Budgets: limit.UsualBudgets(), RedisURL: url, DatabaseURL: "sqlite:x",
		}, quiet)
		if err != nil || l.Shared() != shared {
			t.Errorf("%q: shared %v, %v", url, l.Shared(), err)
		}
		if err := l.Close(); err != nil {
			t.Error(err)
		}
	}

	if _, err := openLimits(config.Config{RedisURL: "localhost"}, quiet); err == nil {
		t.Error("an address that is none")
	}
}

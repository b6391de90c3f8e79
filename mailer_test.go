package main

import (
	"log/slog"
	"testing"

	"ensemble/config"
)

// Without a setting a site sends no mail, and the demo writes it to the log. A mistake is found before anything starts.
func TestMailer(t *testing.T) {
	logger := slog.New(slog.DiscardHandler)
	for _, c := range []struct {
		name, url string
		demo      bool
		sends, ok bool
	}{
		{"a site", "", false, false, true},
		{"the demo", "", true, true, true},
		{"by SMTP", "smtp://mail.example.org", false, true, true},
		{"into a folder", "file:" + t.TempDir(), true, true, true},
		{"a mistake", "mail.example.org", false, false, false},
	} {

		m, err := openMailer(config.Config{SMTPURL: c.url, MailFrom: "a@example.org"}, c.demo, logger)
		if (err == nil) != c.ok || c.ok && (m != nil) != c.sends {
			t.Errorf("%s: %v, %v", c.name, m, err)
		}
	}
}

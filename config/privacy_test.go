package config

import (
	"strings"
	"testing"
	"time"

	"ensemble/consultation/change"
	"ensemble/consultation/people"
)

// How long data of people is kept, and the terms of use, are read or refused.
func TestPrivacySettings(t *testing.T) {
	const day = 24 * time.Hour
	for _, c := range []struct {
		name string
		set  map[string]string
		ok   func(Config) bool // nil when they are refused
	}{
		// How long data is kept.
		{"defaults", nil, func(c Config) bool {
			return c.Keeping == change.DefaultKeeping && c.Terms == people.Terms{}
		}},
		{"all", map[string]string{
			"UNCONFIRMED_KEEP_DAYS": "2", "NOTIFICATIONS_KEEP_DAYS": "3",
			"INVITATIONS_KEEP_DAYS": "4", "MAIL_KEEP_DAYS": "5", "NICKNAME_REST_DAYS": "6",
		}, func(c Config) bool {
			return c.Keeping == change.Keeping{
				Unconfirmed: 2 * day, ReadNotifications: 3 * day, Invitations: 4 * day, Mail: 5 * day,
				Nicknames: 6 * day,
			}
		}},
		{"very long", map[string]string{"NOTIFICATIONS_KEEP_DAYS": "999999"}, func(c Config) bool {
			return c.Keeping.ReadNotifications > 0
		}},
		{"accounts for no time", map[string]string{"UNCONFIRMED_KEEP_DAYS": "0"}, nil},
		{"mail for no time", map[string]string{"MAIL_KEEP_DAYS": "0"}, nil},
		{"no number", map[string]string{"INVITATIONS_KEEP_DAYS": "a week"}, nil},

		// The terms of use.
		{"terms", map[string]string{"TERMS_VERSION": "2026-03", "TERMS_URL": "https://example.org/terms"},
			func(c Config) bool {
				return c.Terms == people.Terms{Version: "2026-03", URL: "https://example.org/terms"}
			}},
		{"terms nobody can read", map[string]string{"TERMS_VERSION": "2026-03"}, nil},
		{"terms without a version", map[string]string{"TERMS_URL": "https://example.org/terms"}, nil},
		{"terms at no address", map[string]string{"TERMS_VERSION": "1", "TERMS_URL": "javascript:alert(1)"}, nil},
		{"a long version", map[string]string{"TERMS_VERSION": strings.Repeat("1", 65),
			"TERMS_URL": "https://example.org"}, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			unset(t)
			for name, value := range c.set {
				t.Setenv("ENSEMBLE_"+name, value)
			}

			got, err := Read(false)
			if (err == nil) != (c.ok != nil) || err == nil && !c.ok(got) {
				t.Errorf("%+v %+v, %v", got.Keeping, got.Terms, err)
			}
		})
	}
}

package config

import (
	"maps"
	"os"
	"strings"
	"testing"
	"time"

	"ensemble/consultation/change"
	"ensemble/graph"
	"ensemble/limit"
)

// unset takes every setting out of the environment for the time of a test.
func unset(t *testing.T) {
	t.Helper()
	for _, name := range []string{
		"ADDR", "ADMIN_ADDR", "DATABASE_URL", "REDIS_URL", "BASE_URL", "DRAIN_SECONDS",
		"MAX_DEPTH", "MAX_COST", "LIMITS",
		"EVENTS_KEEP_DAYS", "EVENTS_KEEP_COUNT", "HTTP_STATUS", "SOCKET_COMPRESSION", "TRUSTED_PROXIES",
		"ORIGINS", "SITE_NAME", "HOME_PAGE", "EXPLORER", "LINKS",
		"SMTP_URL", "MAIL_FROM", "DIGEST_HOUR", "TIME_ZONE", "TERMS_VERSION", "TERMS_URL",
		"UNCONFIRMED_KEEP_DAYS", "NOTIFICATIONS_KEEP_DAYS", "INVITATIONS_KEEP_DAYS", "MAIL_KEEP_DAYS",
		"MAX_TOKENS", "MAX_ANSWER_KIB", "DOCUMENTS",
		"COMMENT_PACE_SECONDS", "ADDRESS_SOCKETS", "PERSON_SUBSCRIPTIONS", "PERSON_REQUESTS", "ADDRESS_REQUESTS",
		"PERSON_QUESTIONS", "ADDRESS_QUESTIONS", "PROCESS_QUESTIONS",
		"PERSON_COST", "ADDRESS_COST", "PERSON_EVENTS", "ADDRESS_EVENTS", "PERSON_WRITES", "ADDRESS_WRITES",
		"ACCOUNT_SIGN_INS", "ADDRESS_SIGN_INS", "ACCOUNT_MAILS", "ADDRESS_MAILS", "ADDRESS_PAGES", "ADDRESS_HEALTH",
		"ADDRESS_OPENINGS",
	} {
		t.Setenv("ENSEMBLE_"+name, "") // so that the value of before comes back after the test
		if err := os.Unsetenv("ENSEMBLE_" + name); err != nil {
			t.Fatal(err)
		}
	}
}

// Without any setting, Read returns the values that a small site on one machine needs.
func TestDefaults(t *testing.T) {
	unset(t)
	c, err := Read(false)
	if err != nil {
		t.Fatal(err)
	}

	if c.Addr != ":8080" || c.AdminAddr != "127.0.0.1:8081" ||
		c.DatabaseURL != "sqlite:ensemble.db" || c.RedisURL != "" ||
		c.BaseURL.String() != "http://localhost:8080" || c.DrainTime != 10*time.Second || c.Unlimited ||
		c.HTTPDraft || c.Compress || c.Proxies != nil ||
		c.KeepEvents != (change.Retention{Age: 90 * 24 * time.Hour, Count: 10_000}) ||
		c.SMTPURL != "" || c.MailFrom != `"Ensemble" <no-reply@localhost>` ||
		c.MaxTokens != graph.UsualTokens || c.MaxAnswer<<10 != graph.UsualAnswerSize || c.Documents != "" ||
		c.CommentPace != 3*time.Second || c.PerAddress != 1000 || c.PerPerson != 500 ||
		c.PersonQuestions != 100 || c.AddressQuestions != 200 || c.ProcessQuestions != 10_000 ||
		!maps.Equal(c.Budgets, limit.UsualBudgets()) ||
		c.MaxDepth != graph.UsualLimits.MaxDepth || c.MaxCost != graph.UsualLimits.MaxCost {
		t.Errorf("%+v", c)
	}
}

// given is a value of one setting, and what must be true of the Config that is read with it.
type given struct {
	name, value string
	is          func(Config) bool // nil when the value is refused
}

// check reads each setting alone.
func check(t *testing.T, settings []given) {
	for _, s := range settings {
		t.Run(s.name+"="+s.value, func(t *testing.T) {
			unset(t)
			t.Setenv("ENSEMBLE_"+s.name, s.value)
			c, err := Read(false)

			switch {
			case s.is == nil && (err == nil || !strings.Contains(err.Error(), "ENSEMBLE_"+s.name)):
				t.Errorf("%+v, %v: the error does not name the setting", c, err)
			case s.is != nil && (err != nil || !s.is(c)):
				t.Errorf("%+v, %v", c, err)
			}
		})
	}
}

// Settings of where the server is, what it stands on and what it says are read, or refused with their name.
func TestSettings(t *testing.T) {
	check(t, []given{
		// Where the server listens, and what it stands on.
		{"ADDR", "[::1]:9000", func(c Config) bool { return c.Addr == "[::1]:9000" }},
		{"ADDR", "9000", nil},
		{"ADDR", "", nil},
		{"ADMIN_ADDR", "", func(c Config) bool { return c.AdminAddr == "" }},
		{"ADMIN_ADDR", "127.0.0.1:9001", func(c Config) bool { return c.AdminAddr == "127.0.0.1:9001" }},
		{"ADMIN_ADDR", "localhost", nil},
		{"DATABASE_URL", "postgres://db/x", func(c Config) bool { return c.DatabaseURL == "postgres://db/x" }},
		{"REDIS_URL", "redis://cache", func(c Config) bool { return c.RedisURL == "redis://cache" }},

		// Where people find it, and who sends its mails.
		{"BASE_URL", "https://example.org", func(c Config) bool { return c.BaseURL.Scheme == "https" }},
		{"BASE_URL", "example.org", nil},
		{"BASE_URL", "/x", nil},
		{"BASE_URL", "http://[", nil},
		{"BASE_URL", "", nil},
		{"BASE_URL", "https://example.org:8443/x", func(c Config) bool {
			return c.MailFrom == `"Ensemble" <no-reply@example.org>`
		}},
		{"SMTP_URL", "smtps://mail.example.org",
			func(c Config) bool { return c.SMTPURL == "smtps://mail.example.org" }},
		{"MAIL_FROM", "Nîmes <a@example.org>", func(c Config) bool { return c.MailFrom == "Nîmes <a@example.org>" }},

		// What it says of itself, and which pages it has.
		{"SITE_NAME", "Numérique en commun", func(c Config) bool {
			return c.Pages.Name == "Numérique en commun" &&
				c.MailFrom == "=?utf-8?q?Num=C3=A9rique_en_commun?= <no-reply@localhost>"
		}},
		{"SITE_NAME", "", nil},
		{"SITE_NAME", "two\nlines", nil},
		{"SITE_NAME", strings.Repeat("é", 61), nil},
		{"HOME_PAGE", "off", func(c Config) bool { return c.Pages.NoHome }},
		{"HOME_PAGE", "https://app.example.org/", func(c Config) bool { return c.Pages.Home == "https://app.example.org/" }},
		{"HOME_PAGE", "/elsewhere", nil},
		{"EXPLORER", "off", func(c Config) bool { return c.Pages.NoExplorer }},
		{"EXPLORER", "no", nil},
		{"LINKS", "process=https://a.example/{slug}, user=/u/{id}", func(c Config) bool { return len(c.Links) == 2 }},

		// Connections, and their end.
		{"SOCKET_COMPRESSION", "on", func(c Config) bool { return c.Compress }},
		{"SOCKET_COMPRESSION", "yes", nil},
		{"ORIGINS", "https://app.example.org, http://localhost:5173",
			func(c Config) bool { return len(c.Origins) == 2 && c.Origins[1] == "http://localhost:5173" }},
		{"ORIGINS", "https://app.example.org/", nil},
		{"ORIGINS", "https://APP.example.org", nil},
		{"ORIGINS", "https://app.example.org:443", nil},
		{"ORIGINS", "app.example.org", nil},
		{"ORIGINS", "*", nil},
		{"ORIGINS", "null", nil},
		{"TRUSTED_PROXIES", "10.0.0.0/8, ::1",
			func(c Config) bool { return len(c.Proxies) == 2 && c.Proxies[1].Bits() == 128 }},
		{"TRUSTED_PROXIES", "proxy.example.org", nil},
		{"DRAIN_SECONDS", "0", func(c Config) bool { return c.DrainTime == 0 }},
		{"DRAIN_SECONDS", "90", func(c Config) bool { return c.DrainTime == 90*time.Second }},
		{"DRAIN_SECONDS", "-1", nil},
		{"DRAIN_SECONDS", "10s", nil},
		{"DRAIN_SECONDS", "1.5", nil},
		{"DRAIN_SECONDS", "99999999999999999999", nil},

		// The documents and events that are kept, and when mails leave.
		{"DOCUMENTS", "documents.json", func(c Config) bool { return c.Documents == "documents.json" }},
		{"EVENTS_KEEP_DAYS", "0", func(c Config) bool { return c.KeepEvents.Age == 0 }},
		{"EVENTS_KEEP_DAYS", "999999", func(c Config) bool { return c.KeepEvents.Age > 0 }},
		{"EVENTS_KEEP_DAYS", "-1", nil},
		{"EVENTS_KEEP_COUNT", "7", func(c Config) bool { return c.KeepEvents.Count == 7 }},
		{"EVENTS_KEEP_COUNT", "all", nil},
		{"DIGEST_HOUR", "23", func(c Config) bool {
			return c.Digests.Hour == 23 && c.Digests.In.String() == "Europe/Paris"
		}},
		{"DIGEST_HOUR", "24", nil},
		{"TIME_ZONE", "America/Cayenne", func(c Config) bool {
			return c.Digests.Hour == 7 && c.Digests.In.String() == "America/Cayenne"
		}},
		{"TIME_ZONE", "Mars/Olympus", nil},

		// The statuses of answers.
		{"HTTP_STATUS", "audit", func(c Config) bool { return !c.HTTPDraft }},
		{"HTTP_STATUS", "draft", func(c Config) bool { return c.HTTPDraft }},
		{"HTTP_STATUS", "", nil},
	})
}

// Settings of how much people may ask are read, or refused with their name.
func TestSettingsOfLimits(t *testing.T) {
	check(t, []given{
		// One operation.
		{"MAX_DEPTH", "1", func(c Config) bool { return c.MaxDepth == 1 }},
		{"MAX_DEPTH", "0", nil},
		{"MAX_DEPTH", "deep", nil},
		{"MAX_COST", "999999", func(c Config) bool { return c.MaxCost == 999_999 }},
		{"MAX_COST", "1000000", nil},
		{"MAX_COST", "0", nil},
		{"MAX_COST", "", nil},
		{"MAX_TOKENS", "7", func(c Config) bool { return c.MaxTokens == 7 }},
		{"MAX_TOKENS", "0", nil},

		// One person or address.
		{"COMMENT_PACE_SECONDS", "0", func(c Config) bool { return c.CommentPace == 0 }},
		{"COMMENT_PACE_SECONDS", "3s", nil},
		{"ADDRESS_SOCKETS", "7", func(c Config) bool { return c.PerAddress == 7 }},
		{"ADDRESS_SOCKETS", "0", nil},
		{"PERSON_SUBSCRIPTIONS", "7", func(c Config) bool { return c.PerPerson == 7 }},
		{"PERSON_SUBSCRIPTIONS", "", nil},
		{"PERSON_QUESTIONS", "7", func(c Config) bool { return c.PersonQuestions == 7 }},
		{"ADDRESS_QUESTIONS", "7", func(c Config) bool { return c.AddressQuestions == 7 }},
		{"PROCESS_QUESTIONS", "7", func(c Config) bool { return c.ProcessQuestions == 7 }},
		{"PROCESS_QUESTIONS", "0", nil},
		{"PERSON_WRITES", "7", func(c Config) bool {
			return c.Budgets[limit.PersonWrites] == limit.Budget{Tokens: 7, Per: time.Minute}
		}},
		{"ACCOUNT_SIGN_INS", "7", func(c Config) bool { return c.Budgets[limit.AccountSignIns].Tokens == 7 }},
		{"ADDRESS_COST", "0", nil},
		{"ADDRESS_MAILS", "many", nil},

		// All of these limits.
		{"LIMITS", "on", func(c Config) bool { return !c.Unlimited && c.Addr == ":8080" }},
		{"LIMITS", "off", func(c Config) bool { return c.Unlimited }},
		{"LIMITS", "no", nil},
		{"LIMITS", "", nil},
	})
}

// The demo, with its known passwords, is for this machine unless an address is set. A server without limits always is.
func TestLoopback(t *testing.T) {
	for _, c := range []struct {
		name, addr, limits string
		demo               bool
		want               string
	}{
		{"a site", "", "on", false, ":8080"},
		{"the demo", "", "on", true, "127.0.0.1:8080"},
		{"the demo, told otherwise", ":8080", "on", true, ":8080"},
		{"no limits", "", "off", false, "127.0.0.1:8080"},
		{"no limits, told otherwise", "0.0.0.0:9000", "off", false, "127.0.0.1:9000"},
		{"no limits, by name", "example.org:9000", "off", false, "127.0.0.1:9000"},
		{"no limits, on loopback already", "127.0.0.9:9000", "off", false, "127.0.0.9:9000"},
		{"no limits, on the other loopback", "[::1]:9000", "off", false, "[::1]:9000"},
		{"the demo without limits, told otherwise", "10.0.0.7:9000", "off", true, "127.0.0.1:9000"},
	} {
		t.Run(c.name, func(t *testing.T) {
			unset(t)
			t.Setenv("ENSEMBLE_LIMITS", c.limits)
			if c.addr != "" {
				t.Setenv("ENSEMBLE_ADDR", c.addr)
			}

			got, err := Read(c.demo)
			if err != nil || got.Addr != c.want {
				t.Errorf("listens on %q, %v, want %q", got.Addr, err, c.want)
			}
		})
	}
}

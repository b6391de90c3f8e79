// Package config reads the settings of a site, which are environment variables. Nothing else reads the environment, and
// nothing but main reads settings: what others need of them is handed to them. It opens and starts nothing.
package config

import (
	"net/netip"
	"net/url"
	"time"

	"ensemble/consultation/change"
	"ensemble/consultation/notify"
	"ensemble/consultation/people"
	"ensemble/limit"
	"ensemble/server/openid"
	"ensemble/web"
)

// Config is every setting. Settings are environment variables with the prefix ENSEMBLE_, all optional: the README has
// the table.
type Config struct {
	// Where the site listens and how it is reached: addresses.go.
	Addr      string         // ADDR: where the API listens
	AdminAddr string         // ADMIN_ADDR: where operators find profiles and metrics; empty: nowhere
	BaseURL   *url.URL       // BASE_URL: how people reach the site; decides about secure cookies
	Origins   []string       // ORIGINS: whose pages may use the site's cookies besides its own: "https://app.example.org"
	Pages     web.Settings   // SITE_NAME, HOME_PAGE, EXPLORER: the site's own pages: pages.go
	Links     []string       // LINKS: where other apps show nodes: see server.LinksOf
	Proxies   []netip.Prefix // TRUSTED_PROXIES: networks of proxies in front, whose X-Forwarded-For is believed
	DrainTime time.Duration  // DRAIN_SECONDS: how long requests under way may take when the process stops

	// The database and other services that it uses.
	DatabaseURL string // DATABASE_URL: sqlite:FILE or postgres://…
	RedisURL    string // REDIS_URL: redis://… or empty: events stay in this process

	// Mail: mail.go.
	SMTPURL  string      // SMTP_URL: smtp://…, smtps://… or file:FOLDER; empty: the site sends no mail
	MailFrom string      // MAIL_FROM: whom its mail comes from
	Digests  notify.Hour // DIGEST_HOUR, TIME_ZONE: when digests are sent

	// How operations are sent and answered.
	HTTPDraft bool   // HTTP_STATUS=draft: HTTP statuses as the newer draft of GraphQL over HTTP has them
	Compress  bool   // SOCKET_COMPRESSION=on: WebSocket messages are compressed for clients that offer it
	Documents string // DOCUMENTS: a file with the only documents that run; empty: any

	// What anybody may ask for: limits.go.
	MaxDepth    int           // MAX_DEPTH: levels of fields that an operation may have
	MaxCost     int           // MAX_COST: what an operation may cost
	MaxTokens   int           // MAX_TOKENS: words and signs that a document may have
	MaxAnswer   int           // MAX_ANSWER_KIB: kibibytes of an answer
	CommentPace time.Duration // COMMENT_PACE_SECONDS: between two comments of one person; 0: none
	PerAddress  int           // ADDRESS_SOCKETS: sockets from one network address
	PerPerson   int           // PERSON_SUBSCRIPTIONS: of one person at the same time

	PersonQuestions  int // PERSON_QUESTIONS: different subscriptions of one person
	AddressQuestions int // ADDRESS_QUESTIONS: different subscriptions of the visitors at one network address
	ProcessQuestions int // PROCESS_QUESTIONS: different subscriptions in one process of the program

	Budgets   map[string]limit.Budget // PERSON_REQUESTS and so on: see limit.Usual
	Unlimited bool                    // LIMITS=off: no budgets, and no caps on sockets and what they do, for load tests

	// How long data is stored, and what people accept: privacy.go.
	KeepEvents change.Retention // EVENTS_KEEP_DAYS, EVENTS_KEEP_COUNT: what the event log keeps; 0: everything
	Keeping    change.Keeping   // …_KEEP_DAYS: for how long data about people is kept
	Terms      people.Terms     // TERMS_VERSION, TERMS_URL: what people accept before they take part

	// Providers to sign in with: openid.go.
	OpenID []openid.Settings // OIDC_<NAME>_…
}

// Read reads the environment. The demo listens on loopback unless a setting says otherwise, since its passwords are
// known. An error names the first setting that is wrong, and never its value where that may contain a password.
func Read(demo bool) (Config, error) {
	var c Config
	groups := []func() error{
		func() error { return c.readAddresses(demo) },
		func() error { return c.readPages(demo) },
		c.readStores,
		c.readMail, // after the addresses and pages: mail comes from the host of the site, by its name
		c.readTransport,
		c.readLimits, // after the addresses: without limits they are on loopback
		c.readPrivacy,
		func() error { return c.readOpenID(demo) },
	}

	for _, read := range groups {
		if err := read(); err != nil {
			return c, err
		}
	}

	return c, nil
}

// readStores reads where the database is, and Redis.
func (c *Config) readStores() error {
	c.DatabaseURL = setting("DATABASE_URL", "sqlite:ensemble.db")
	c.RedisURL = setting("REDIS_URL", "")
	return nil
}

// readTransport reads how operations are sent and answered.
func (c *Config) readTransport() (err error) {
	c.Documents = setting("DOCUMENTS", "")
	if c.HTTPDraft, err = choice("HTTP_STATUS", "audit", "draft"); err != nil {
		return err
	}
	c.Compress, err = choice("SOCKET_COMPRESSION", "off", "on")
	return err
}

// Package config reads the settings of a site, which are environment variables. Nothing else reads the environment, and nothing
// but main reads settings: what others need of them is handed to them. It opens and starts nothing.
package config

import (
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"os"
	"strconv"
	"strings"
	"time"
	_ "time/tzdata" // of time zones, where the system has none

	"ensemble/consultation"
	"ensemble/limit"
	"ensemble/server/openid"
)

// Config is every setting. Settings are environment variables with the prefix ENSEMBLE_, all optional: the
// README has the table.
type Config struct {
	Addr        string         // ADDR: where the API listens
	AdminAddr   string         // ADMIN_ADDR: profiles and the like; empty: nowhere
	DatabaseURL string         // DATABASE_URL: sqlite:FILE or postgres://…
	RedisURL    string         // REDIS_URL: redis://… or empty: events stay in this process
	BaseURL     *url.URL       // BASE_URL: how people reach the site; decides about secure cookies
	SMTPURL     string         // SMTP_URL: smtp://…, smtps://… or file:FOLDER; empty: the site sends no mail
	MailFrom    string         // MAIL_FROM: whom its mail comes from
	DrainTime   time.Duration  // DRAIN_SECONDS: how long requests under way may take when the process stops
	MaxDepth    int            // MAX_DEPTH: levels of fields that an operation may have
	MaxCost     int            // MAX_COST: what an operation may cost
	HTTPDraft   bool           // HTTP_STATUS=draft: HTTP statuses as the newer draft of GraphQL over HTTP has them
	Compress    bool           // SOCKET_COMPRESSION=on: WebSocket messages are compressed for clients that offer it
	Proxies     []netip.Prefix // TRUSTED_PROXIES: networks of proxies in front, whose X-Forwarded-For is believed
	MaxTokens   int            // MAX_TOKENS: words and signs that a document may have
	Documents   string         // DOCUMENTS: a file with the only documents that run; empty: any
	CommentPace time.Duration  // COMMENT_PACE_SECONDS: between two comments of one person; 0: none
	PerAddress  int            // ADDRESS_SOCKETS: sockets from one network address
	PerPerson   int            // PERSON_SUBSCRIPTIONS: of one person at the same time
	Unlimited   bool           // LIMITS=off: no budgets, and no caps on sockets and what they do, for load tests

	Budgets map[string]limit.Budget // PERSON_REQUESTS and so on: see limit.Usual

	OpenID []openid.Settings // OIDC_<NAME>_…: providers to sign in with

	Digests    consultation.Hour      // DIGEST_HOUR, TIME_ZONE: when digests are sent
	Keeping    consultation.Keeping   // …_KEEP_DAYS: what is kept of people
	Terms      consultation.Terms     // TERMS_VERSION, TERMS_URL: what people accept before they take part
	KeepEvents consultation.Retention // EVENTS_KEEP_DAYS, EVENTS_KEEP_COUNT: what the event log keeps; 0: everything
}

// maxKeepDays is as long as a time.Duration holds, nearly.
const maxKeepDays = 100_000

// Read reads the environment. The demo listens on loopback unless told otherwise: its passwords are known.
func Read(demo bool) (Config, error) {
	addr := ":8080"
	if demo {
		addr = "127.0.0.1:8080"
	}
	c := Config{
		Addr:        setting("ADDR", addr),
		AdminAddr:   setting("ADMIN_ADDR", "127.0.0.1:8081"),
		DatabaseURL: setting("DATABASE_URL", "sqlite:ensemble.db"),
		RedisURL:    setting("REDIS_URL", ""),
		SMTPURL:     setting("SMTP_URL", ""),
		Documents:   setting("DOCUMENTS", ""),
	}
	var err error
	if c.BaseURL, err = url.Parse(setting("BASE_URL", "http://localhost:8080")); err != nil || c.BaseURL.Host == "" {
		return c, fmt.Errorf("ENSEMBLE_BASE_URL: not an absolute URL")
	}
	c.MailFrom = setting("MAIL_FROM", "Ensemble <no-reply@"+c.BaseURL.Hostname()+">")
	var seconds, days, count, pace int
	if c.Digests, err = digestHour(); err != nil {
		return c, err
	}
	for _, n := range []struct {
		to               *int
		name             string
		otherwise, least int
	}{
		{&seconds, "DRAIN_SECONDS", 10, 0},
		{&c.MaxDepth, "MAX_DEPTH", 12, 1},
		{&c.MaxCost, "MAX_COST", 3000, 1},
		{&c.MaxTokens, "MAX_TOKENS", 5000, 1},
		{&pace, "COMMENT_PACE_SECONDS", 3, 0},
		{&c.PerAddress, "ADDRESS_SOCKETS", 1000, 1},
		{&c.PerPerson, "PERSON_SUBSCRIPTIONS", 500, 1},
		{&days, "EVENTS_KEEP_DAYS", 90, 0},
		{&count, "EVENTS_KEEP_COUNT", 10_000, 0},
	} {
		if *n.to, err = number(n.name, n.otherwise, n.least); err != nil {
			return c, err
		}
	}
	if c.Budgets, err = budgets(); err != nil {
		return c, err
	}
	c.DrainTime, c.CommentPace = time.Duration(seconds)*time.Second, time.Duration(pace)*time.Second
	c.KeepEvents = consultation.Retention{Age: time.Duration(min(days, maxKeepDays)) * 24 * time.Hour, Count: int64(count)}
	for _, choice := range []struct {
		to         *bool
		name       string
		otherwise  string
		whenChosen string
	}{
		{&c.HTTPDraft, "HTTP_STATUS", "audit", "draft"},
		{&c.Compress, "SOCKET_COMPRESSION", "off", "on"},
		{&c.Unlimited, "LIMITS", "on", "off"},
	} {
		value := setting(choice.name, choice.otherwise)
		if *choice.to = value == choice.whenChosen; !*choice.to && value != choice.otherwise {
			return c, fmt.Errorf("ENSEMBLE_%s: neither %s nor %s", choice.name, choice.otherwise, choice.whenChosen)
		}
	}
	if c.Keeping, err = keeping(); err != nil {
		return c, err
	}
	if c.Terms, err = terms(); err != nil {
		return c, err
	}
	if c.Proxies, err = networks("TRUSTED_PROXIES"); err != nil {
		return c, err
	}
	if c.OpenID, err = openIDProviders(settings("OIDC_"), demo); err != nil {
		return c, err
	}
	if _, _, err := net.SplitHostPort(c.Addr); err != nil {
		return c, fmt.Errorf("ENSEMBLE_ADDR: %w", err)
	}
	if c.AdminAddr != "" {
		if _, _, err := net.SplitHostPort(c.AdminAddr); err != nil {
			return c, fmt.Errorf("ENSEMBLE_ADMIN_ADDR: %w", err)
		}
	}
	if c.Unlimited {
		c.Addr = onLoopback(c.Addr)
	}
	return c, nil
}

// digestHour is the hour of the day at which digests are sent, and where.
func digestHour() (consultation.Hour, error) {
	hour, err := number("DIGEST_HOUR", 7, 0)
	if err != nil || hour > 23 {
		return consultation.Hour{}, fmt.Errorf("ENSEMBLE_DIGEST_HOUR: not an hour from 0 to 23")
	}
	in, err := time.LoadLocation(setting("TIME_ZONE", "Europe/Paris"))
	if err != nil {
		return consultation.Hour{}, fmt.Errorf("ENSEMBLE_TIME_ZONE: not the name of a time zone, such as Europe/Paris")
	}
	return consultation.Hour{Hour: hour, In: in}, nil
}

// budgets reads how much each holds.
func budgets() (map[string]limit.Budget, error) {
	all := map[string]limit.Budget{}
	for _, b := range limit.Usual {
		tokens, err := number(b.Setting, b.Tokens, 1)
		if err != nil {
			return nil, err
		}
		all[b.Name] = limit.Budget{Tokens: tokens, Per: b.Per}
	}
	return all, nil
}

// networks reads addresses and networks, such as 10.0.0.0/8, with commas between them.
func networks(name string) ([]netip.Prefix, error) {
	var all []netip.Prefix
	for _, given := range strings.FieldsFunc(setting(name, ""), func(r rune) bool { return r == ',' || r == ' ' }) {
		network, err := netip.ParsePrefix(given)
		if err != nil {
			address, err := netip.ParseAddr(given)
			if err != nil {
				return nil, fmt.Errorf("ENSEMBLE_%s: %q is neither an address nor a network", name, given)
			}
			network = netip.PrefixFrom(address, address.BitLen())
		}
		all = append(all, network)
	}
	return all, nil
}

// onLoopback is the same port, for this machine only.
func onLoopback(addr string) string {
	host, port, _ := net.SplitHostPort(addr) // it was read before
	if ip := net.ParseIP(host); ip != nil && ip.IsLoopback() {
		return addr
	}
	return net.JoinHostPort("127.0.0.1", port)
}

// setting is an environment variable, or what holds when it is not set.
func setting(name, otherwise string) string {
	if value, ok := os.LookupEnv("ENSEMBLE_" + name); ok {
		return value
	}
	return otherwise
}

// settings are all environment variables whose names begin with ENSEMBLE_ and the prefix, without both.
func settings(prefix string) map[string]string {
	all := map[string]string{}
	for _, variable := range os.Environ() {
		name, value, _ := strings.Cut(variable, "=")
		if name, ok := strings.CutPrefix(name, "ENSEMBLE_"+prefix); ok {
			all[name] = value
		}
	}
	return all
}

// number is a setting that is a whole number, at least least and below a million.
func number(name string, otherwise, least int) (int, error) {
	n, err := strconv.Atoi(setting(name, strconv.Itoa(otherwise)))
	if err != nil || n < least || n >= 1_000_000 {
		return 0, fmt.Errorf("ENSEMBLE_%s: not a whole number from %d to 999999", name, least)
	}
	return n, nil
}

package server_test

import (
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"ensemble/consultation/people"
	"ensemble/ent"
	"ensemble/internal/testsite"
	"ensemble/server"
	"ensemble/server/openid"
)

// entrance is a site that people enter through a provider.
type entrance struct {
	*testsite.World
	t        *testing.T
	url      string
	provider *provider
	known    *openid.Provider
	logs     *testsite.KeptLog
}

// enter serves a site that trusts two providers, "test" and "other". The site has not asked "test" for its description
// yet. change may alter the settings of both.
func enter(t *testing.T, change func(*openid.Settings)) *entrance {
	t.Helper()
	s := testsite.New(t, "sqlite:"+filepath.Join(t.TempDir(), "openid.db"))
	e := &entrance{
		World: testsite.NewWorld(t, s), t: t, provider: newProvider(t, s.Clock.Now), logs: testsite.NewKeptLog(),
	}

	settings := openid.Settings{
		Name: "test", Label: "Test & Co", Issuer: e.provider.URL, ClientID: clientID, ClientSecret: clientSecret,
		Scopes: []string{"openid", "email"}, TrustEmail: true, KeepIDToken: true, Private: true,
	}
	if change != nil {
		change(&settings)
	}

	other := settings
	other.Name, other.Label = "other", "Other"

	h := httptest.NewUnstartedServer(nil)
	e.url = "http://" + h.Listener.Addr().String()
	logger := slog.New(slog.NewJSONHandler(e.logs, nil))
	providers := openid.New(testsite.Got(url.Parse(e.url))(t), []openid.Settings{settings, other}, s.Clock.Now, logger)
	e.known = providers.Named("test")

	if settings.Private {
		testsite.Must(t, providers.Named("other").Discover(t.Context()))
	}
	s.Providers = providers.Public()

	api := s.NewServer(func(api *server.Server) {
		api.Logger, api.OpenID, api.Origins = logger, providers, []string{named}
	})
	h.Config.Handler = api.Handler()
	h.Start()
	t.Cleanup(func() { h.Close(); api.Close() })
	return e

}

// open does as enter, and asks the provider "test" for its description.
func open(t *testing.T, change func(*openid.Settings)) *entrance {
	t.Helper()
	e := enter(t, change)
	e.discover()
	return e
}

// discover asks the provider "test" for its description.
func (e *entrance) discover() {
	e.t.Helper()
	testsite.Must(e.t, e.known.Discover(e.t.Context()))
}

// browser keeps cookies. It follows a redirection only when a test asks it to.
type browser struct {
	*http.Client
	e *entrance
}

// browser returns a new browser, in which nobody is signed in.
func (e *entrance) browser() *browser {
	stay := func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &browser{&http.Client{Jar: jar{}, CheckRedirect: stay}, e}
}

// jar keeps cookies by name. The clock of the site is not that of the machine, so their ends do not count here.
type jar map[string]*http.Cookie

// SetCookies implements http.CookieJar.
func (j jar) SetCookies(_ *url.URL, cookies []*http.Cookie) {
	for _, c := range cookies {
		if delete(j, c.Name); c.MaxAge >= 0 {
			j[c.Name] = c
		}
	}
}

// Cookies implements http.CookieJar.
func (j jar) Cookies(u *url.URL) (all []*http.Cookie) {
	for _, c := range j {
		if strings.HasPrefix(u.Path, c.Path) {
			all = append(all, c)
		}
	}
	return all
}

// sight is what a browser was answered.
type sight struct {
	status   int
	location string
	header   http.Header
	body     string
}

// code returns the code that stands on the page of a refusal, or "" when the page has none.
func (s sight) code() string {
	found := regexp.MustCompile(`<code>([a-z_]+) `).FindStringSubmatch(s.body)
	if found == nil {
		return ""
	}
	return found[1]
}

// get asks for an address, or for a path of the site.
func (b *browser) get(address string, header ...string) sight {
	b.e.t.Helper()
	if strings.HasPrefix(address, "/") {
		address = b.e.url + address
	}

	r := testsite.Got(http.NewRequestWithContext(b.e.t.Context(), http.MethodGet, address, nil))(b.e.t)
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}

	a := testsite.Got(b.Do(r))(b.e.t)
	defer func() { _ = a.Body.Close() }()
	return sight{a.StatusCode, a.Header.Get("Location"), a.Header, string(testsite.Got(io.ReadAll(a.Body))(b.e.t))}
}

// back goes to the provider and returns the address to which the provider sends the browser back.
func (b *browser) back(start string) string {
	b.e.t.Helper()
	to := b.get(start, fromHere...)
	if to.status != http.StatusSeeOther {
		b.e.t.Fatalf("%s answers %d %s", start, to.status, to.code())
	}
	return b.get(to.location).location
}

// signsIn goes all the way: to the provider, and back to the site.
func (b *browser) signsIn(start string) sight {
	b.e.t.Helper()
	return b.get(b.back(start), fromElsewhere...)
}

// viewer returns who is signed in by the browser's cookie, or nil for nobody.
func (b *browser) viewer() *ent.User {
	b.e.t.Helper()
	v, err := b.e.Viewer(b.e.t.Context(), b.token())
	if errors.Is(err, people.ErrToken) {
		return nil
	}
	testsite.Must(b.e.t, err)
	return testsite.Got(b.e.Read.User.Get(b.e.t.Context(), v.UserID))(b.e.t)
}

// token returns the token in the browser's cookie, or "".
func (b *browser) token() string {
	if c := b.Jar.(jar)["ensemble_session"]; c != nil {
		return c.Value
	}
	return ""
}

// as signs a person of the world in and returns the same browser.
func (b *browser) as(p *testsite.Person) *browser {
	cookie := &http.Cookie{Name: "ensemble_session", Value: p.Token, Path: "/"}
	b.Jar.SetCookies(testsite.Got(url.Parse(b.e.url))(b.e.t), []*http.Cookie{cookie})
	return b
}

// refused fails unless a is the page of this refusal, repeats nothing that the provider said, and left nobody signed
// in.
func (b *browser) refused(name string, a sight, status int, code string) {
	b.e.t.Helper()
	if a.status != status || a.code() != code {
		b.e.t.Errorf("%s: %d %q, want %d %q", name, a.status, a.code(), status, code)
	}
	if strings.Contains(a.body, hidden) || strings.Contains(b.e.logs.String(), hidden) {
		b.e.t.Errorf("%s: it shows or logs what the provider said", name)
	}
	if u := b.viewer(); u != nil {
		b.e.t.Errorf("%s: %s is signed in", name, u.Name)
	}
}

const (
	startPath    = "/auth/oidc/test/start"
	callbackPath = "/auth/oidc/test/callback"
	logoutPath   = "/auth/oidc/test/logout"
)

var (
	fromHere      = []string{"Sec-Fetch-Site", "same-origin"}
	fromElsewhere = []string{"Sec-Fetch-Site", "cross-site"}
)

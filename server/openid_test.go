package server_test

import (
	"encoding/base64"
	"encoding/json"
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
	"time"

	jose "github.com/go-jose/go-jose/v4"

	"ensemble/consultation/people"
	"ensemble/ent"
	"ensemble/internal/testsite"
	"ensemble/server"
	"ensemble/server/openid"
	"ensemble/server/outbound"
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

func enter(t *testing.T, change func(*openid.Settings)) *entrance {
	t.Helper()
	s := testsite.New(t, "sqlite:"+filepath.Join(t.TempDir(), "openid.db"))
	e := &entrance{World: testsite.NewWorld(t, s), t: t, provider: newProvider(t, s.Clock.Now), logs: testsite.NewKeptLog()}
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
	api := s.NewServer(func(api *server.Server) { api.Logger, api.OpenID = logger, providers })
	h.Config.Handler = api.Handler()
	h.Start()
	t.Cleanup(func() { h.Close(); api.Close() })
	return e
}

// open is enter, with a provider that has answered.
func open(t *testing.T, change func(*openid.Settings)) *entrance {
	t.Helper()
	e := enter(t, change)
	e.discover()
	return e
}

func (e *entrance) discover() {
	e.t.Helper()
	testsite.Must(e.t, e.known.Discover(e.t.Context()))
}

// browser keeps cookies, and goes where it is sent when it is told to.
type browser struct {
	*http.Client
	e *entrance
}

func (e *entrance) browser() *browser {
	return &browser{&http.Client{Jar: jar{}, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}, e}
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

// code is that of a page that says what did not work.
func (s sight) code() string {
	found := regexp.MustCompile(`<code>([a-z_]+) `).FindStringSubmatch(s.body)
	if found == nil {
		return ""
	}
	return found[1]
}

// get goes to an address, or a path of the site.
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

const (
	startPath    = "/auth/oidc/test/start"
	callbackPath = "/auth/oidc/test/callback"
	logoutPath   = "/auth/oidc/test/logout"
)

var (
	fromHere      = []string{"Sec-Fetch-Site", "same-origin"}
	fromElsewhere = []string{"Sec-Fetch-Site", "cross-site"}
)

// back goes to the provider and returns the address that it sends the browser back to.
func (b *browser) back(start string) string {
	b.e.t.Helper()
	to := b.get(start, fromHere...)
	if to.status != http.StatusSeeOther {
		b.e.t.Fatalf("%s answers %d %s", start, to.status, to.code())
	}
	return b.get(to.location).location
}

// signsIn goes all the way.
func (b *browser) signsIn(start string) sight {
	b.e.t.Helper()
	return b.get(b.back(start), fromElsewhere...)
}

// viewer is who the browser's cookie stands for; nil for nobody.
func (b *browser) viewer() *ent.User {
	b.e.t.Helper()
	v, err := b.e.Viewer(b.e.t.Context(), b.token())
	if errors.Is(err, people.ErrToken) {
		return nil
	}
	testsite.Must(b.e.t, err)
	return testsite.Got(b.e.Read.User.Get(b.e.t.Context(), v.UserID))(b.e.t)
}

func (b *browser) token() string {
	if c := b.Jar.(jar)["ensemble_session"]; c != nil {
		return c.Value
	}
	return ""
}

// as signs a person of the world in.
func (b *browser) as(p *testsite.Person) *browser {
	b.Jar.SetCookies(testsite.Got(url.Parse(b.e.url))(b.e.t), []*http.Cookie{{Name: "ensemble_session", Value: p.Token, Path: "/"}})
	return b
}

// refused asks for the page of a refusal, which tells nothing that the provider said, and that nobody is signed in.
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

func TestOpenIDSignIn(t *testing.T) {
	e := open(t, nil)
	b := e.browser()
	to := b.get(startPath + "?return=/fr%3Fa%3Db")
	q := testsite.Got(url.Parse(to.location))(t).Query()
	if !strings.HasPrefix(to.location, e.provider.URL+"/authorize?") || q.Get("response_type") != "code" || q.Get("client_id") != clientID ||
		q.Get("scope") != "openid email" || q.Get("redirect_uri") != e.url+callbackPath || q.Get("code_challenge_method") != "S256" ||
		len(q.Get("state")) != 64 || len(q.Get("nonce")) != 64 || q.Has("acr_values") {
		t.Errorf("it goes to %s", to.location)
	}
	cookie := to.header.Get("Set-Cookie")
	for _, part := range []string{"; Path=" + callbackPath, "; Max-Age=600", "; HttpOnly", "; SameSite=Lax"} {
		if !strings.Contains(cookie, part) {
			t.Errorf("the cookie %s lacks %s", cookie, part)
		}
	}
	if strings.Contains(to.location, strings.SplitN(strings.SplitN(cookie, "=", 2)[1], ";", 2)[0]) {
		t.Error("the secret of the cookie is in the address")
	}
	came := b.get(b.get(to.location).location, fromElsewhere...)
	if came.status != http.StatusSeeOther || came.location != "/fr?a=b" || came.header.Get("Cache-Control") != "private, no-store" {
		t.Errorf("back is %d %s", came.status, came.location)
	}
	u := b.viewer()
	if u == nil || u.Name != "Jeanne Dupont" || *u.Email != "jeanne@example.org" || u.EmailConfirmedAt == nil || u.Language != "fr" || *u.Nickname != "jeanne-dupont" {
		t.Fatalf("signed in is %+v", u)
	}
	again := e.browser()
	again.signsIn(startPath)
	if v := again.viewer(); v == nil || v.ID != u.ID || again.token() == b.token() {
		t.Errorf("the second time it is %+v", v)
	}
	if n := testsite.Got(e.Read.SignInAttempt.Query().Count(t.Context()))(t); n != 0 {
		t.Errorf("%d attempts are left", n)
	}
}

// What FranceConnect and ProConnect need: no PKCE, a level, a secret in the body, userinfo as a signed JWT, other claims.
func TestOpenIDAsInFrance(t *testing.T) {
	e := enter(t, func(s *openid.Settings) { s.NoPKCE, s.ACRValues = true, "eidas1" })
	p := e.provider
	p.is(func() {
		p.metadata = map[string]any{"token_endpoint_auth_methods_supported": []string{"client_secret_post"}}
		p.claims = map[string]any{"sub": "b7", "acr": "eidas1"}
		p.userInfo = map[string]any{
			"sub": "b7", "given_name": "Angela Claire", "usual_name": "Dubois", "email": "angela@beta.gouv.fr", "siret": "13002526500013",
			"iss": p.URL, "aud": clientID,
		}
		p.lies.userInfo = func(w http.ResponseWriter, claims map[string]any) {
			w.Header().Set("Content-Type", "application/jwt")
			_, _ = io.WriteString(w, p.signed(claims))
		}
	})
	e.discover()
	b := e.browser()
	q := testsite.Got(url.Parse(b.get(startPath).location))(t).Query()
	if q.Has("code_challenge") || q.Get("acr_values") != "eidas1" {
		t.Errorf("asked is %v", q)
	}
	b.signsIn(startPath)
	if u := b.viewer(); u == nil || u.Name != "Angela Claire Dubois" || *u.Email != "angela@beta.gouv.fr" || u.EmailConfirmedAt != nil {
		t.Errorf("signed in is %+v", u)
	}
}

// What does not hold signs nobody in, and the same person, when all is right again, comes in.
func TestOpenIDTokensThatDoNotHold(t *testing.T) {
	e := open(t, nil)
	set := func(claim string, value any) lies { return lies{idToken: func(c map[string]any) { c[claim] = value }} }
	other := testsite.Got(url.Parse("https://other.example"))(t).String()
	for _, c := range []struct {
		name string
		lies lies
		code string
	}{
		{"another nonce", set("nonce", "0"), "token"},
		{"no nonce", lies{idToken: func(c map[string]any) { delete(c, "nonce") }}, "token"},
		{"expired", set("exp", e.Now().Add(-time.Second).Unix()), "token"},
		{"without an end", lies{idToken: func(c map[string]any) { delete(c, "exp") }}, "token"},
		{"not valid yet", set("nbf", e.Now().Add(time.Hour).Unix()), "token"},
		{"for another site", set("aud", "another"), "token"},
		{"for nobody", lies{idToken: func(c map[string]any) { delete(c, "aud") }}, "token"},
		{"for us, made for another", set("azp", "another"), "token"},
		{"of another issuer", set("iss", other), "token"},
		{"with another access token", set("at_hash", "AAAAAAAAAAAAAAAAAAAAAA"), "token"},
		{"without a subject", set("sub", ""), "claims"},
		{"not signed", lies{sign: func(p *provider, claims map[string]any) string {
			payload, _ := json.Marshal(claims)
			encode := base64.RawURLEncoding.EncodeToString
			return encode([]byte(`{"alg":"none"}`)) + "." + encode(payload) + "."
		}}, "token"},
		{"signed with our secret", lies{sign: func(p *provider, claims map[string]any) string {
			return sign(t, jose.HS256, []byte(clientSecret+strings.Repeat(" ", 32)), claims)
		}}, "token"},
		{"signed with the public key for a secret", lies{sign: func(p *provider, claims map[string]any) string {
			return sign(t, jose.HS256, testsite.Got(json.Marshal(p.keys[0].Public()))(t), claims)
		}}, "token"},
		{"signed with another key", lies{sign: func(p *provider, claims map[string]any) string {
			return sign(t, jose.RS256, jose.JSONWebKey{Key: signingKeys()[1], KeyID: "key-0"}, claims)
		}}, "token"},
		{"signed with a key nobody knows", lies{sign: func(p *provider, claims map[string]any) string {
			return sign(t, jose.RS256, jose.JSONWebKey{Key: signingKeys()[1], KeyID: "key-9"}, claims)
		}}, "token"},
		{"changed", lies{sign: func(p *provider, claims map[string]any) string {
			parts := strings.Split(p.signed(claims), ".")
			return parts[0] + "." + base64.RawURLEncoding.EncodeToString([]byte(`{"sub":"root"}`)) + "." + parts[2]
		}}, "token"},
		{"no token at all", lies{token: func(w http.ResponseWriter, a map[string]any) { delete(a, "id_token"); answerJSON(w, a) }}, "token"},
		{"nonsense for a token", lies{token: func(w http.ResponseWriter, a map[string]any) { a["id_token"] = "a.b.c"; answerJSON(w, a) }}, "token"},
		{"an error for tokens", lies{token: func(w http.ResponseWriter, _ map[string]any) { http.Error(w, hidden, http.StatusInternalServerError) }}, "exchange"},
		{"a page for tokens", lies{token: func(w http.ResponseWriter, _ map[string]any) { _, _ = io.WriteString(w, "<p>"+hidden) }}, "exchange"},
		{"endless tokens", lies{token: func(w http.ResponseWriter, _ map[string]any) { _, _ = w.Write(make([]byte, 3<<20)) }}, "exchange"},
		{"tokens elsewhere", lies{token: func(w http.ResponseWriter, _ map[string]any) {
			w.Header().Set("Location", other)
			w.WriteHeader(http.StatusTemporaryRedirect)
		}}, "exchange"},
		{"another code", lies{authorize: func(a url.Values) { a.Set("code", "x") }}, "exchange"},
		{"no code", lies{authorize: func(a url.Values) { a.Del("code") }}, "exchange"},
		{"another issuer in the address", lies{authorize: func(a url.Values) { a.Set("iss", other) }}, "exchange"},
		{"an error", lies{authorize: func(a url.Values) { a.Set("error", "server_error"); a.Set("error_description", hidden) }}, "provider"},
	} {
		t.Run(c.name, func(t *testing.T) {
			e.t = t
			b := e.browser()
			e.provider.is(func() { e.provider.lies = c.lies })
			status := http.StatusBadGateway
			if c.code == "claims" {
				status = http.StatusForbidden
			}
			b.refused(c.name, b.signsIn(startPath), status, c.code)
		})
	}
	e.t = t
	e.provider.is(func() {
		e.provider.lies = lies{authorize: func(a url.Values) { a.Set("error", "access_denied"); a.Del("code") }}
	})
	b := e.browser()
	b.refused("denied", b.signsIn(startPath), http.StatusForbidden, "denied")
	e.provider.is(func() { e.provider.lies = lies{} })
	if a := b.signsIn(startPath); a.status != http.StatusSeeOther || b.viewer() == nil {
		t.Errorf("when all is right: %d %s", a.status, a.code())
	}
}

func TestOpenIDUserInfoThatDoesNotHold(t *testing.T) {
	e := enter(t, nil)
	p := e.provider
	p.is(func() { p.userInfo = map[string]any{"sub": "a5f0", "name": "Jeanne D."} })
	e.discover()
	as := func(media string, body func(claims map[string]any) string) lies {
		return lies{userInfo: func(w http.ResponseWriter, claims map[string]any) {
			w.Header().Set("Content-Type", media)
			_, _ = io.WriteString(w, body(claims))
		}}
	}
	signed := func(more map[string]any) lies {
		return as("application/jwt", func(map[string]any) string { return p.signed(more) })
	}
	for name, l := range map[string]lies{
		"an error":             {userInfo: func(w http.ResponseWriter, _ map[string]any) { http.Error(w, hidden, http.StatusForbidden) }},
		"nonsense":             as("application/json", func(map[string]any) string { return hidden }),
		"of somebody else":     as("application/json", func(map[string]any) string { return `{"sub": "root", "email": "admin@example.org"}` }),
		"of nobody":            as("application/json", func(map[string]any) string { return `{"email": "admin@example.org", "email_verified": true}` }),
		"of another type":      as("application/json", func(map[string]any) string { return `{"sub": "a5f0", "name": 5}` }),
		"signed for another":   signed(map[string]any{"sub": "a5f0", "aud": "another"}),
		"signed by another":    signed(map[string]any{"sub": "a5f0", "iss": "https://other.example"}),
		"signed with no key":   as("application/jwt", func(c map[string]any) string { return sign(t, jose.RS256, signingKeys()[1], c) }),
		"signed with a secret": as("application/jwt", func(c map[string]any) string { return sign(t, jose.HS256, make([]byte, 32), c) }),
	} {
		p.is(func() { p.lies = l })
		b := e.browser()
		b.refused(name, b.signsIn(startPath), http.StatusBadGateway, "userinfo")
	}
	p.is(func() { p.lies = lies{} })
	b := e.browser()
	b.signsIn(startPath)
	if u := b.viewer(); u == nil || u.Name != "Jeanne D." || *u.Email != "jeanne@example.org" || u.EmailConfirmedAt == nil {
		t.Errorf("signed in is %+v", u)
	}
}

// A provider that says who it is in the answer must say so always.
func TestOpenIDMixUp(t *testing.T) {
	e := enter(t, nil)
	e.provider.is(func() { e.provider.metadata = map[string]any{"authorization_response_iss_parameter_supported": true} })
	e.discover()
	b := e.browser()
	b.refused("it does not", b.signsIn(startPath), http.StatusBadGateway, "exchange")
	e.provider.is(func() { e.provider.lies.authorize = func(a url.Values) { a.Set("iss", e.provider.URL) } })
	b.signsIn(startPath)
	if b.viewer() == nil {
		t.Error("it does, and nobody is signed in")
	}
}

// Who comes back must be who went, with the same browser, to the same provider, once, and soon.
func TestOpenIDWaysBack(t *testing.T) {
	e := open(t, nil)
	const bad = http.StatusBadRequest
	b := e.browser()
	first := b.back(startPath)
	wrong := strings.Replace(first, "state=", "state=0", 1)
	b.refused("another state", b.get(wrong), bad, "attempt")
	b.refused("another state of the same browser", b.get(first[:len(first)-1]+"_"), bad, "attempt")
	b.refused("no state", b.get(callbackPath+"?code=x"), bad, "attempt")
	b.refused("nothing", b.get(callbackPath), bad, "attempt")
	b.refused("half a state", b.get(callbackPath+"?state=abc"), bad, "attempt")
	b.refused("an unasked error", b.get(callbackPath+"?error=access_denied"), bad, "attempt")
	stranger := e.browser()
	stranger.refused("another browser", stranger.get(first), bad, "attempt")
	stranger.back(startPath)
	stranger.refused("another browser that went, too", stranger.get(first), bad, "attempt")
	b.refused("at another provider", b.get(strings.Replace(first, "/test/", "/other/", 1)), bad, "attempt")
	if a := b.get(first); a.status != http.StatusSeeOther || b.viewer() == nil {
		t.Fatalf("all that did no harm to the right one: %d %s", a.status, a.code())
	}
	again := e.browser()
	again.refused("a second time, elsewhere", again.get(first), bad, "attempt")
	if a := b.get(first); a.status != bad || a.code() != "attempt" {
		t.Errorf("a second time: %d %s", a.status, a.code())
	}
	late := e.browser()
	address := late.back(startPath)
	e.Clock.Advance(10 * time.Minute)
	late.refused("too late", late.get(address), bad, "attempt")
	// The cookie is put back, as a thief could who has a copy.
	thief := e.browser()
	address = thief.back(startPath)
	at := testsite.Got(url.Parse(address))(t)
	copied := thief.Jar.Cookies(at)
	thief.get(address)
	thief.Jar = jar{}
	thief.Jar.SetCookies(at, copied)
	thief.refused("replayed with its cookie", thief.get(address), bad, "attempt")
}

// What was begun in one process is finished in another, and two tabs do not get in each other's way.
func TestOpenIDTwoTabs(t *testing.T) {
	e := open(t, nil)
	b := e.browser()
	one, two := b.back(startPath+"?return=/one"), b.back(startPath+"?return=/two")
	if a := b.get(two); a.location != "/two" {
		t.Errorf("the second tab goes to %q %s", a.location, a.code())
	}
	if a := b.get(one); a.location != "/one" {
		t.Errorf("the first tab goes to %q %s", a.location, a.code())
	}
}

func TestOpenIDKeysRotate(t *testing.T) {
	e := open(t, nil)
	for range 3 {
		b := e.browser()
		b.signsIn(startPath)
		if b.viewer() == nil {
			t.Fatal("nobody is signed in")
		}
		e.provider.is(e.provider.rotate)
	}
}

// A provider that does not answer, or not as itself, or with addresses that are none, is not used.
func TestOpenIDDiscovery(t *testing.T) {
	e := enter(t, nil)
	b := e.browser()
	unavailable := func(name string) {
		t.Helper()
		a := b.get(startPath)
		b.refused(name, a, http.StatusServiceUnavailable, "unavailable")
		if a := b.get("/readyz"); a.status != http.StatusOK {
			t.Errorf("%s: the site is not ready: %d", name, a.status)
		}
	}
	unavailable("not asked yet")
	for name, change := range map[string]func(map[string]any){
		"another issuer":               func(m map[string]any) { m["issuer"] = e.provider.URL + "/" },
		"a script to go to":            func(m map[string]any) { m["authorization_endpoint"] = "javascript:alert(1)//" },
		"a script to sign out":         func(m map[string]any) { m["end_session_endpoint"] = "javascript:alert(1)//" },
		"a file for keys":              func(m map[string]any) { m["jwks_uri"] = "file:///etc/passwd" },
		"no address for tokens":        func(m map[string]any) { delete(m, "token_endpoint") },
		"a path for userinfo":          func(m map[string]any) { m["userinfo_endpoint"] = "/userinfo" },
		"a document that is no object": func(m map[string]any) { m["issuer"] = []int{1} },
		"a document that is too long":  func(m map[string]any) { m["x"] = strings.Repeat("x", 2<<20) },
	} {
		e.provider.is(func() { e.provider.lies.metadata = change })
		if err := e.known.Discover(t.Context()); err == nil {
			t.Errorf("%s is used", name)
		}
		unavailable(name)
	}
	e.provider.is(func() { e.provider.lies = lies{} })
	e.discover()
	e.provider.is(func() { e.provider.lies.metadata = func(m map[string]any) { m["issuer"] = "x" } })
	if e.known.Discover(t.Context()) == nil {
		t.Error("another issuer is used")
	}
	b.signsIn(startPath) // with what was known before
	if b.viewer() == nil {
		t.Error("it is forgotten when it does not answer")
	}
}

// A provider that points inside is not asked.
func TestOpenIDPointsInside(t *testing.T) {
	e := enter(t, func(s *openid.Settings) { s.Private = false })
	e.provider.is(func() { e.provider.seen = nil })
	if err := e.known.Discover(t.Context()); !errors.Is(err, outbound.ErrScheme) {
		t.Errorf("http: %v", err)
	}
	for _, issuer := range []string{
		strings.Replace(e.provider.URL, "http:", "https:", 1), "https://localhost:1", "https://[::1]:1", "https://10.0.0.1", "https://169.254.169.254",
		"https://[::ffff:169.254.169.254]",
	} {
		p := openid.New(testsite.Got(url.Parse(e.url))(t), []openid.Settings{{Name: "inside", Issuer: issuer}}, e.Now, e.Logger).Named("inside")
		if err := p.Discover(t.Context()); !errors.Is(err, outbound.ErrAddress) {
			t.Errorf("%s: %v", issuer, err)
		}
	}
	e.provider.is(func() {
		if len(e.provider.seen) > 0 {
			t.Errorf("asked was %v", e.provider.seen)
		}
	})
}

func TestOpenIDStartsHere(t *testing.T) {
	e := open(t, nil)
	b := e.browser()
	for _, c := range []struct {
		name, path string
		header     []string
		status     int
		code       string
	}{
		{"by hand", startPath, []string{"Sec-Fetch-Site", "none"}, 303, ""},
		{"a program", startPath, nil, 303, ""},
		{"another site", startPath, fromElsewhere, 403, "cross_site"},
		{"another site of the same domain", startPath, []string{"Sec-Fetch-Site", "same-site"}, 403, "cross_site"},
		{"a form of another site", startPath, []string{"Origin", "https://evil.example"}, 403, "cross_site"},
		{"no such provider", "/auth/oidc/none/start", nil, 404, "unknown_provider"},
		{"back from no such provider", "/auth/oidc/none/callback", nil, 404, "unknown_provider"},
		{"linking, signed out", startPath + "?link=1", fromHere, 401, "signed_out"},
	} {
		if a := b.get(c.path, c.header...); a.status != c.status || a.code() != c.code {
			t.Errorf("%s: %d %q", c.name, a.status, a.code())
		}
	}
	alice := e.browser().as(e.Alice)
	for name, header := range map[string][]string{
		"another site": fromElsewhere, "by hand": {"Sec-Fetch-Site", "none"}, "an old browser, from nowhere": nil,
		"an old browser, from elsewhere": {"Referer", "https://evil.example/" + e.url},
	} {
		for _, path := range []string{startPath + "?link=1", logoutPath} {
			if a := alice.get(path, header...); a.status != http.StatusForbidden || a.code() != "cross_site" {
				t.Errorf("%s, %s: %d %q", path, name, a.status, a.code())
			}
		}
	}
	if alice.viewer() == nil {
		t.Error("another site signed alice out")
	}
	if a := alice.get(startPath+"?link=1", "Referer", e.url+"/explorer"); a.status != http.StatusSeeOther {
		t.Errorf("an old browser, from here: %d %q", a.status, a.code())
	}
}

// Whoever has a session that is not theirs, or a token of a program, links nothing: that takes who has just signed in.
func TestOpenIDLinksForWhoIsThere(t *testing.T) {
	e := open(t, nil)
	program, _, err := e.CreateAccessToken(e.Alice.Ctx(t.Context()), people.CreateAccessTokenInput{Name: "x", ExpiresAt: e.Now().Add(48 * time.Hour)})
	testsite.Must(t, err)
	refused := func(name string, p *testsite.Person, status int, code string) {
		t.Helper()
		a := e.browser().as(p).get(startPath+"?link=1", fromHere...)
		if a.status != status || a.code() != code || strings.Contains(a.body, startPath) {
			t.Errorf("%s: %d %q %s", name, a.status, a.code(), a.body)
		}
		if n := testsite.Got(e.Read.SignInAttempt.Query().Count(t.Context()))(t); n != 0 {
			t.Errorf("%s: %d attempts", name, n)
		}
	}
	refused("a program", &testsite.Person{Token: program}, http.StatusUnauthorized, "signed_out")
	e.Clock.Advance(15 * time.Minute)
	refused("a quarter of an hour later", e.Alice, http.StatusForbidden, "sign_in_again")
	if a := e.browser().as(e.Alice).get(startPath, fromHere...); a.status != http.StatusSeeOther {
		t.Errorf("signing in anew: %d %q", a.status, a.code())
	}
	alice := e.browser().as(testsite.SignInAgain(t, e.World, e.Alice))
	address := alice.back(startPath + "?link=1&return=/explorer")
	e.Clock.Advance(9 * time.Minute)
	if a := alice.get(address, fromElsewhere...); a.location != "/explorer" {
		t.Errorf("who has just signed in goes to %q %s", a.location, a.code())
	}
	if n := testsite.Got(e.Read.Identity.Query().Count(t.Context()))(t); n != 1 {
		t.Errorf("%d identities", n)
	}
}

func TestOpenIDGoesNowhereElse(t *testing.T) {
	e := open(t, nil)
	b := e.browser()
	for _, given := range []string{
		"//evil.example", "///evil.example", `/\evil.example`, `\\evil.example`, `/\/evil.example`, "https://evil.example", "https:evil.example",
		"javascript:alert(1)", "evil.example", "/\tx", "\t//evil.example", " //evil.example", "/\n/evil.example", "/x\r\nSet-Cookie: a=b",
		"/é", "/\x00", "/%zz", "?x", "#x", "data:text/html,x", e.url + "/fr", "/" + strings.Repeat("a", 1000),
	} {
		for _, path := range []string{startPath, logoutPath} {
			if a := b.get(path+"?return="+url.QueryEscape(given), fromHere...); a.status != http.StatusBadRequest || a.code() != "return" {
				t.Errorf("%s to %q: %d %q %s", path, given, a.status, a.code(), a.location)
			}
		}
	}
	for _, given := range []string{"", "/", "/fr", "/a/b?c=d#e", "/explorer?x=//evil.example", "/%2F/x", "/?next=https://evil.example"} {
		want := given
		if given == "" {
			want = "/"
		}
		if a := b.signsIn(startPath + "?return=" + url.QueryEscape(given)); a.location != want {
			t.Errorf("%q becomes %q", given, a.location)
		}
	}
}

// Accounts are linked by hand, or by an address both sides are sure of; see also consultation.
func TestOpenIDLinks(t *testing.T) {
	e := open(t, nil)
	is := func(subject, email string, verified bool) {
		e.provider.is(func() {
			e.provider.claims = map[string]any{"sub": subject, "email": email, "email_verified": verified, "name": "Mallory"}
		})
	}
	is("m1", "alice@example.org", true)
	b := e.browser()
	b.refused("the address of somebody who has not confirmed it", b.signsIn(startPath), http.StatusConflict, "address_taken")
	testsite.Must(t, e.Write.User.UpdateOneID(e.Bob.ID).SetEmailConfirmedAt(e.Now()).Exec(t.Context()))
	is("m2", "bob@example.org", false)
	b.refused("the address of somebody, not verified", b.signsIn(startPath), http.StatusConflict, "address_taken")
	is("m3", "bob@example.org", true)
	if b.signsIn(startPath); b.viewer() == nil || b.viewer().ID != e.Bob.ID {
		t.Errorf("bob is %+v", b.viewer())
	}

	alice := e.browser().as(e.Alice)
	is("a1", "", false)
	if a := alice.signsIn(startPath + "?link=1&return=/explorer"); a.location != "/explorer" || alice.viewer().ID != e.Alice.ID {
		t.Errorf("alice goes to %q %s", a.location, a.code())
	}
	fresh := e.browser()
	if fresh.signsIn(startPath); fresh.viewer() == nil || fresh.viewer().ID != e.Alice.ID {
		t.Errorf("who comes as alice is %+v", fresh.viewer())
	}
	is("m3", "", false)
	if a := alice.signsIn(startPath + "?link=1"); a.code() != "identity_taken" {
		t.Errorf("bob's identity is linked to alice: %d %q", a.status, a.code())
	}
	is("a2", "", false)
	address := alice.back(startPath + "?link=1")
	alice.as(e.Bob)
	if a := alice.get(address, fromElsewhere...); a.code() != "other_person" {
		t.Errorf("bob finishes what alice began: %d %q", a.status, a.code())
	}
	address = alice.back(startPath + "?link=1")
	alice.Jar.SetCookies(testsite.Got(url.Parse(e.url))(t), []*http.Cookie{{Name: "ensemble_session", Value: "", Path: "/", MaxAge: -1}})
	if a := alice.get(address, fromElsewhere...); a.code() != "signed_out" {
		t.Errorf("nobody finishes what bob began: %d %q", a.status, a.code())
	}
}

func TestOpenIDSignOut(t *testing.T) {
	e := open(t, nil)
	b := e.browser()
	b.signsIn(startPath)
	token := b.token()
	a := b.get(logoutPath+"?return=/fr", fromHere...)
	q := testsite.Got(url.Parse(a.location))(t).Query()
	if !strings.HasPrefix(a.location, e.provider.URL+"/end?") || strings.Count(q.Get("id_token_hint"), ".") != 2 || q.Has("client_id") ||
		q.Get("post_logout_redirect_uri") != e.url+"/auth/oidc/test/signed-out" || len(q.Get("state")) != 64 {
		t.Errorf("it goes to %s", a.location)
	}
	if _, err := e.Viewer(t.Context(), token); !errors.Is(err, people.ErrToken) || b.token() != "" {
		t.Errorf("the session goes on: %v", err)
	}
	for _, c := range []struct{ name, query, to string }{
		{"another state", "?state=" + strings.Repeat("0", 64), "/"}, {"none", "", "/"},
		{"the state", "?state=" + q.Get("state"), "/fr"}, {"again", "?state=" + q.Get("state"), "/"},
	} {
		if a := b.get("/auth/oidc/test/signed-out"+c.query, fromElsewhere...); a.location != c.to {
			t.Errorf("%s: on to %s", c.name, a.location)
		}
	}
	a = b.get(logoutPath, fromHere...) // signed out here, maybe not there
	if q := testsite.Got(url.Parse(a.location))(t).Query(); q.Has("id_token_hint") || q.Get("client_id") != clientID {
		t.Errorf("without a session it goes to %s", a.location)
	}
	e.provider.is(func() { e.provider.lies.metadata = func(m map[string]any) { delete(m, "end_session_endpoint") } })
	e.discover()
	if a := b.get(logoutPath+"?return=/fr", fromHere...); a.location != "/fr" {
		t.Errorf("a provider without sign-out: on to %s", a.location)
	}
}

// The page speaks the reader's language, and its style is the one its policy allows.
func TestOpenIDPage(t *testing.T) {
	e := open(t, nil)
	b := e.browser()
	for language, want := range map[string][]string{
		"fr":    {`<html lang="fr">`, "<h1>Cela n’a pas fonctionné</h1>", "Se connecter avec Test &amp; Co", `href="/fr"`},
		"en":    {`<html lang="en">`, "<h1>This did not work</h1>", "Sign in with Test &amp; Co", `href="/"`},
		"de,fr": {`<html lang="fr">`},
	} {
		a := b.get(callbackPath+"?state=<script>&error_description="+url.QueryEscape(hidden), "Accept-Language", language)
		for _, part := range want {
			if !strings.Contains(a.body, part) {
				t.Errorf("%s: no %s in %s", language, part, a.body)
			}
		}
		style := regexp.MustCompile(`(?s)<style>(.*)</style>`).FindStringSubmatch(a.body)[1]
		policy := a.header.Get("Content-Security-Policy")
		if !strings.Contains(policy, server.StyleHash(style)) || strings.Contains(a.body, "<script") || a.header.Get("Referrer-Policy") != "no-referrer" {
			t.Errorf("%s: the policy is %s", language, policy)
		}
	}
}

package server_test

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	jose "github.com/go-jose/go-jose/v4"

	"ensemble/internal/testsite"
	"ensemble/server/openid"
	"ensemble/server/outbound"
)

// Whoever signs in with a provider is sent there, comes back once, and is the same person the next time.
func TestOpenIDSignIn(t *testing.T) {
	e := open(t, nil)
	b := e.browser()
	to := b.get(startPath + "?return=/fr%3Fa%3Db")

	q := testsite.Got(url.Parse(to.location))(t).Query()
	if !strings.HasPrefix(to.location, e.provider.URL+"/authorize?") ||
		q.Get("response_type") != "code" || q.Get("client_id") != clientID || q.Get("scope") != "openid email" ||
		q.Get("redirect_uri") != e.url+callbackPath || q.Get("code_challenge_method") != "S256" ||
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
	if came.status != http.StatusSeeOther || came.location != "/fr?a=b" ||
		came.header.Get("Cache-Control") != "private, no-store" {
		t.Errorf("back is %d %s", came.status, came.location)
	}

	u := b.viewer()
	if u == nil || u.Name != "Jeanne Dupont" || *u.Email != "jeanne@example.org" || u.EmailConfirmedAt == nil ||
		u.Language != "fr" || *u.Nickname != "jeanne-dupont" {
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

// A provider may be as FranceConnect and ProConnect are: without PKCE, with a level of assurance, with the secret in
// the body, with userinfo as a signed JWT, and with names in other claims.
func TestOpenIDAsInFrance(t *testing.T) {
	e := enter(t, func(s *openid.Settings) { s.NoPKCE, s.ACRValues = true, "eidas1" })
	p := e.provider
	p.is(func() {
		p.metadata = map[string]any{"token_endpoint_auth_methods_supported": []string{"client_secret_post"}}
		p.claims = map[string]any{"sub": "b7", "acr": "eidas1"}
		p.userInfo = map[string]any{
			"sub": "b7", "given_name": "Angela Claire", "usual_name": "Dubois", "email": "angela@beta.gouv.fr",
			"siret": "13002526500013", "iss": p.URL, "aud": clientID,
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
	u := b.viewer()
	if u == nil || u.Name != "Angela Claire Dubois" || *u.Email != "angela@beta.gouv.fr" || u.EmailConfirmedAt != nil {
		t.Errorf("signed in is %+v", u)
	}
}

// badAnswer is what a provider answers wrongly during one sign-in, and the code of the page on which that sign-in ends.
type badAnswer struct {
	name string
	lies lies
	code string
}

// otherIssuer is a provider that nobody asked.
const otherIssuer = "https://other.example"

// badAnswers lists the answers that sign nobody in: tokens that do not hold, tokens that do not come, and errors.
func badAnswers(t *testing.T, e *entrance) []badAnswer {
	return slices.Concat(badClaims(e), badSignatures(t), badExchanges(), badWaysBack())
}

// badClaims lists ID tokens that are signed well, and say what is not so.
func badClaims(e *entrance) []badAnswer {
	set := func(claim string, value any) lies { return lies{idToken: func(c map[string]any) { c[claim] = value }} }

	return []badAnswer{
		{"another nonce", set("nonce", "0"), "token"},
		{"no nonce", lies{idToken: func(c map[string]any) { delete(c, "nonce") }}, "token"},
		{"expired", set("exp", e.Now().Add(-time.Second).Unix()), "token"},
		{"without an end", lies{idToken: func(c map[string]any) { delete(c, "exp") }}, "token"},
		{"not valid yet", set("nbf", e.Now().Add(time.Hour).Unix()), "token"},
		{"for another site", set("aud", "another"), "token"},
		{"for nobody", lies{idToken: func(c map[string]any) { delete(c, "aud") }}, "token"},
		{"for us, made for another", set("azp", "another"), "token"},
		{"of another issuer", set("iss", otherIssuer), "token"},
		{"with another access token", set("at_hash", "AAAAAAAAAAAAAAAAAAAAAA"), "token"},
		{"without a subject", set("sub", ""), "claims"},
	}
}

// badSignatures lists ID tokens that somebody else than the provider could have made.
func badSignatures(t *testing.T) []badAnswer {
	return []badAnswer{
		// With a key that anybody has.
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

		// With a key that is not the provider's, or not at all.
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
	}
}

// badExchanges lists what comes instead of tokens.
func badExchanges() []badAnswer {
	return []badAnswer{
		// An answer without an ID token.
		{"no token at all", lies{token: func(w http.ResponseWriter, a map[string]any) {
			delete(a, "id_token")
			answerJSON(w, a)
		}}, "token"},
		{"nonsense for a token", lies{token: func(w http.ResponseWriter, a map[string]any) {
			a["id_token"] = "a.b.c"
			answerJSON(w, a)
		}}, "token"},

		// No token for the code.
		{"an error for tokens", lies{token: func(w http.ResponseWriter, _ map[string]any) {
			http.Error(w, hidden, http.StatusInternalServerError)
		}}, "exchange"},
		{"a page for tokens", lies{token: func(w http.ResponseWriter, _ map[string]any) {
			_, _ = io.WriteString(w, "<p>"+hidden)
		}}, "exchange"},
		{"endless tokens", lies{token: func(w http.ResponseWriter, _ map[string]any) {
			_, _ = w.Write(make([]byte, 3<<20))
		}}, "exchange"},
		{"tokens elsewhere", lies{token: func(w http.ResponseWriter, _ map[string]any) {
			w.Header().Set("Location", otherIssuer)
			w.WriteHeader(http.StatusTemporaryRedirect)
		}}, "exchange"},
	}
}

// badWaysBack lists addresses that the provider sends the browser back to.
func badWaysBack() []badAnswer {
	return []badAnswer{
		{"another code", lies{authorize: func(a url.Values) { a.Set("code", "x") }}, "exchange"},
		{"no code", lies{authorize: func(a url.Values) { a.Del("code") }}, "exchange"},
		{"another issuer in the address",
			lies{authorize: func(a url.Values) { a.Set("iss", otherIssuer) }}, "exchange"},
		{"an error", lies{authorize: func(a url.Values) {
			a.Set("error", "server_error")
			a.Set("error_description", hidden)
		}}, "provider"},
	}
}

// A bad answer signs nobody in; when all is right again, the same person comes in.
func TestOpenIDTokensThatDoNotHold(t *testing.T) {
	e := open(t, nil)

	for _, c := range badAnswers(t, e) {
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

	// Who refuses at the provider is told so, and can try again at once.
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

// Userinfo that does not hold signs nobody in. When it is right, its name counts more than that of the ID token.
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
		"an error": {userInfo: func(w http.ResponseWriter, _ map[string]any) {
			http.Error(w, hidden, http.StatusForbidden)
		}},
		"nonsense": as("application/json", func(map[string]any) string { return hidden }),
		"of somebody else": as("application/json", func(map[string]any) string {
			return `{"sub": "root", "email": "admin@example.org"}`
		}),
		"of nobody": as("application/json", func(map[string]any) string {
			return `{"email": "admin@example.org", "email_verified": true}`
		}),
		"of another type": as("application/json",
			func(map[string]any) string { return `{"sub": "a5f0", "name": 5}` }),
		"signed for another": signed(map[string]any{"sub": "a5f0", "aud": "another"}),
		"signed by another":  signed(map[string]any{"sub": "a5f0", "iss": "https://other.example"}),
		"signed with no key": as("application/jwt", func(c map[string]any) string {
			return sign(t, jose.RS256, signingKeys()[1], c)
		}),
		"signed with a secret": as("application/jwt", func(c map[string]any) string {
			return sign(t, jose.HS256, make([]byte, 32), c)
		}),
	} {
		p.is(func() { p.lies = l })
		b := e.browser()
		b.refused(name, b.signsIn(startPath), http.StatusBadGateway, "userinfo")
	}

	p.is(func() { p.lies = lies{} })
	b := e.browser()
	b.signsIn(startPath)
	if u := b.viewer(); u == nil || u.Name != "Jeanne D." || *u.Email != "jeanne@example.org" ||
		u.EmailConfirmedAt == nil {
		t.Errorf("signed in is %+v", u)
	}
}

// A provider that promises to name itself in every answer is refused when an answer does not.
func TestOpenIDMixUp(t *testing.T) {
	e := enter(t, nil)
	e.provider.is(func() {
		e.provider.metadata = map[string]any{"authorization_response_iss_parameter_supported": true}
	})
	e.discover()

	b := e.browser()
	b.refused("it does not", b.signsIn(startPath), http.StatusBadGateway, "exchange")

	e.provider.is(func() { e.provider.lies.authorize = func(a url.Values) { a.Set("iss", e.provider.URL) } })
	b.signsIn(startPath)
	if b.viewer() == nil {
		t.Error("it does, and nobody is signed in")
	}
}

// Whoever comes back must be the one who went: with the same browser, to the same provider, once, and within 10
// minutes.
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

	// A thief who has a copy of the cookie puts it back.
	thief := e.browser()
	address = thief.back(startPath)
	at := testsite.Got(url.Parse(address))(t)
	copied := thief.Jar.Cookies(at)
	thief.get(address)
	thief.Jar = jar{}
	thief.Jar.SetCookies(at, copied)
	thief.refused("replayed with its cookie", thief.get(address), bad, "attempt")
}

// Two tabs of one browser sign in at the same time and do not get in each other's way.
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

// A provider that changes its key between two sign-ins signs people in all the same.
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

// A provider is not used before it has answered, nor when its description names another issuer, holds addresses that
// are none, or is too long. What was known of it before is still used.
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

	// Once it has been right, a wrong description changes nothing.
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

// A provider whose addresses lie inside our network is not asked.
func TestOpenIDPointsInside(t *testing.T) {
	e := enter(t, func(s *openid.Settings) { s.Private = false })
	e.provider.is(func() { e.provider.seen = nil })
	if err := e.known.Discover(t.Context()); !errors.Is(err, outbound.ErrScheme) {
		t.Errorf("http: %v", err)
	}

	for _, issuer := range []string{
		strings.Replace(e.provider.URL, "http:", "https:", 1),
		"https://localhost:1", "https://[::1]:1", "https://10.0.0.1", "https://169.254.169.254",
		"https://[::ffff:169.254.169.254]",
	} {
		settings := []openid.Settings{{Name: "inside", Issuer: issuer}}
		p := openid.New(testsite.Got(url.Parse(e.url))(t), settings, e.Now, e.Logger).Named("inside")
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

// A sign-in can be begun by hand or from this site; a link and a sign-out only from this site, which an old browser
// names as the referrer.
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
		"another site":                   fromElsewhere,
		"by hand":                        {"Sec-Fetch-Site", "none"},
		"an old browser, from nowhere":   nil,
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

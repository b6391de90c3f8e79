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
		"of another type": as("application/json", func(map[string]any) string {
			return `{"sub": "a5f0", "name": 5}`
		}),
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

	u := b.viewer()
	if u == nil || u.Name != "Jeanne D." || *u.Email != "jeanne@example.org" || u.EmailConfirmedAt == nil {
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

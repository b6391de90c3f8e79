package server_test

import (
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"ensemble/internal/testsite"
	"ensemble/server/openid"
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
	for _, part := range []string{"; Path=/;", "; Max-Age=600", "; HttpOnly", "; SameSite=Lax"} {
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

package server_test

import (
	"errors"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"ensemble/consultation/people"
	"ensemble/internal/testsite"
	"ensemble/server"
)

// Only somebody who has just signed in can link an account: no program, and nobody whose session is old.
func TestOpenIDLinksForWhoIsThere(t *testing.T) {
	e := open(t, nil)
	access := people.CreateAccessTokenInput{Name: "x", ExpiresAt: e.Now().Add(48 * time.Hour)}
	program, _, err := e.CreateAccessToken(e.Alice.Ctx(t.Context()), access)
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

// An app on an origin that the operator has named leads people to a provider and gets them back signed in; no other
// origin's page can.
func TestOpenIDFromNamedOrigins(t *testing.T) {
	e := open(t, nil)
	back := "?return=" + url.QueryEscape(named+"/welcome?a=b")
	from := func(origin string) []string { return []string{"Sec-Fetch-Site", "cross-site", "Referer", origin + "/"} }

	b := e.browser()
	for name, header := range map[string][]string{
		"another origin": from("https://evil.example"), "a name that begins alike": from(named + ".evil.example"),
		"a page that hides itself": fromElsewhere,
	} {
		for _, path := range []string{startPath, logoutPath} {
			if a := b.get(path+back, header...); a.status != http.StatusForbidden || a.location != "" {
				t.Errorf("%s, %s: %d %q", name, path, a.status, a.location)
			}
		}
	}

	away := b.get(startPath+back, from(named)...)
	if away.status != http.StatusSeeOther {
		t.Fatalf("%d %s", away.status, away.body)
	}
	if a := b.signsIn(startPath + back); a.location != named+"/welcome?a=b" || b.viewer() == nil {
		t.Errorf("comes back to %q", a.location)
	}
}

// The page on which a visit ends is one of this site: an address that leads elsewhere, or nowhere, is refused.
func TestOpenIDGoesNowhereElse(t *testing.T) {
	e := open(t, nil)
	b := e.browser()

	for _, given := range []string{
		"//evil.example", "///evil.example", `/\evil.example`, `\\evil.example`, `/\/evil.example`,
		"https://evil.example", "https:evil.example", "javascript:alert(1)", "evil.example",
		"/\tx", "\t//evil.example", " //evil.example", "/\n/evil.example", "/x\r\nSet-Cookie: a=b",
		"/é", "/\x00", "/%zz", "?x", "#x", "data:text/html,x", e.url + "/fr", "/" + strings.Repeat("a", 1000),
	} {
		for _, path := range []string{startPath, logoutPath} {
			a := b.get(path+"?return="+url.QueryEscape(given), fromHere...)
			if a.status != http.StatusBadRequest || a.code() != "return" {
				t.Errorf("%s to %q: %d %q %s", path, given, a.status, a.code(), a.location)
			}
		}
	}

	for _, given := range []string{
		"", "/", "/fr", "/a/b?c=d#e", "/explorer?x=//evil.example", "/%2F/x", "/?next=https://evil.example",
	} {
		want := given
		if given == "" {
			want = "/"
		}
		if a := b.signsIn(startPath + "?return=" + url.QueryEscape(given)); a.location != want {
			t.Errorf("%q becomes %q", given, a.location)
		}
	}
}

// Accounts are linked by hand, or by an address that both sides have confirmed. The tests of consultation/people have
// the other cases.
func TestOpenIDLinks(t *testing.T) {
	e := open(t, nil)
	is := func(subject, email string, verified bool) {
		e.provider.is(func() {
			e.provider.claims = map[string]any{
				"sub": subject, "email": email, "email_verified": verified, "name": "Mallory",
			}
		})
	}

	// An address links only when the provider and the site are both sure of it.
	is("m1", "alice@example.org", true)
	b := e.browser()
	b.refused("the address of somebody who has not confirmed it",
		b.signsIn(startPath), http.StatusConflict, "address_taken")

	testsite.Must(t, e.Write.User.UpdateOneID(e.Bob.ID).SetEmailConfirmedAt(e.Now()).Exec(t.Context()))
	is("m2", "bob@example.org", false)
	b.refused("the address of somebody, not verified", b.signsIn(startPath), http.StatusConflict, "address_taken")

	is("m3", "bob@example.org", true)
	if b.signsIn(startPath); b.viewer() == nil || b.viewer().ID != e.Bob.ID {
		t.Errorf("bob is %+v", b.viewer())
	}

	// Who is signed in links an identity by hand, and can enter with it from then on.
	alice := e.browser().as(e.Alice)
	is("a1", "", false)
	linked := alice.signsIn(startPath + "?link=1&return=/explorer")
	if linked.location != "/explorer" || alice.viewer().ID != e.Alice.ID {
		t.Errorf("alice goes to %q %s", linked.location, linked.code())
	}

	fresh := e.browser()
	if fresh.signsIn(startPath); fresh.viewer() == nil || fresh.viewer().ID != e.Alice.ID {
		t.Errorf("who comes as alice is %+v", fresh.viewer())
	}

	// An identity of somebody else is not linked, and who goes must be who comes back.
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
	gone := &http.Cookie{Name: "ensemble_session", Value: "", Path: "/", MaxAge: -1}
	alice.Jar.SetCookies(testsite.Got(url.Parse(e.url))(t), []*http.Cookie{gone})
	if a := alice.get(address, fromElsewhere...); a.code() != "signed_out" {
		t.Errorf("nobody finishes what bob began: %d %q", a.status, a.code())
	}
}

// Whoever signs out here is sent to the provider to sign out there, and comes back once to the page they asked for.
func TestOpenIDSignOut(t *testing.T) {
	e := open(t, nil)
	b := e.browser()
	b.signsIn(startPath)
	token := b.token()

	a := b.get(logoutPath+"?return=/fr", fromHere...)
	q := testsite.Got(url.Parse(a.location))(t).Query()
	if !strings.HasPrefix(a.location, e.provider.URL+"/end?") ||
		strings.Count(q.Get("id_token_hint"), ".") != 2 || q.Has("client_id") ||
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

	// Whoever is signed out here is maybe not signed out there.
	a = b.get(logoutPath, fromHere...)
	if q := testsite.Got(url.Parse(a.location))(t).Query(); q.Has("id_token_hint") || q.Get("client_id") != clientID {
		t.Errorf("without a session it goes to %s", a.location)
	}

	e.provider.is(func() { e.provider.lies.metadata = func(m map[string]any) { delete(m, "end_session_endpoint") } })
	e.discover()
	if a := b.get(logoutPath+"?return=/fr", fromHere...); a.location != "/fr" {
		t.Errorf("a provider without sign-out: on to %s", a.location)
	}
}

// The page of a refusal is in the reader's language, repeats nothing of the address, and has only the style that its
// policy allows.
func TestOpenIDPage(t *testing.T) {
	e := open(t, nil)
	b := e.browser()

	for language, want := range map[string][]string{
		"fr": {
			`<html lang="fr">`, "<h1>Cela n’a pas fonctionné</h1>", "Se connecter avec Test &amp; Co", `href="/fr"`,
		},
		"en":    {`<html lang="en">`, "<h1>This did not work</h1>", "Sign in with Test &amp; Co", `href="/"`},
		"de,fr": {`<html lang="fr">`},
	} {
		address := callbackPath + "?state=<script>&error_description=" + url.QueryEscape(hidden)
		a := b.get(address, "Accept-Language", language)
		for _, part := range want {
			if !strings.Contains(a.body, part) {
				t.Errorf("%s: no %s in %s", language, part, a.body)
			}
		}

		style := regexp.MustCompile(`(?s)<style>(.*)</style>`).FindStringSubmatch(a.body)[1]
		policy := a.header.Get("Content-Security-Policy")
		if !strings.Contains(policy, server.StyleHash(style)) || strings.Contains(a.body, "<script") ||
			a.header.Get("Referrer-Policy") != "no-referrer" {
			t.Errorf("%s: the policy is %s", language, policy)
		}
	}
}

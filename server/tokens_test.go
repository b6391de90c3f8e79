package server_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"ensemble/apitest/story"
	"ensemble/internal/testsite"
)

const makeToken = `mutation($input: CreateAccessTokenInput!) { createAccessToken(input: $input) { token accessToken { id } } }`

// newToken makes an access token of somebody, over HTTP. Everybody has a password then: their sessions are too old to
// make one without.
func newToken(t testing.TB, s *testsite.Site, session string, scopes ...string) (token, id string) {
	t.Helper()
	testsite.Got(s.Store.Write.ExecContext(t.Context(), "UPDATE users SET password_hash = (SELECT password_hash FROM users WHERE nickname = 'carol')"))(t)
	var made struct {
		CreateAccessToken struct {
			Token       string
			AccessToken struct{ ID string }
		}
	}
	s.Must(t, session, makeToken, map[string]any{"input": map[string]any{
		"name": "Tableau de bord", "scopes": append([]string{}, scopes...), "expiresAt": s.Now().Add(48 * time.Hour), "password": testsite.Password,
	}}, &made)
	return made.CreateAccessToken.Token, made.CreateAccessToken.AccessToken.ID
}

// A program does what its token is for, as long as it is good; a token of somebody else is of no use.
func TestAccessTokensOverHTTP(t *testing.T) {
	story.Each(t, func(t *testing.T, st *story.Story) {
		alice := st.Cast["alice"].Token
		reads, id := newToken(t, st.Site, alice)
		takesPart, _ := newToken(t, st.Site, alice, "PARTICIPATE")
		comment := func(token string) testsite.Answer {
			return st.Do(t, token, "mutation($input: PostCommentInput!) { postComment(input: $input) { comment { author { id } } } }",
				map[string]any{"input": map[string]any{"subject": st.Names["commitment"], "body": "Oui."}})
		}
		if a := comment(takesPart); a.Code() != "" || !strings.Contains(string(a.Data), st.Names["alice"]) {
			t.Errorf("%s %+v", a.Data, a.Errors)
		}
		before := st.State(t)
		if a := comment(reads); a.Code() != "FORBIDDEN" {
			t.Errorf("a token for reading writes: %s", a.Data)
		}
		for _, mutation := range []string{
			`signOut { endedSessions }`, `createAccessToken(input: {name: "x", scopes: [ADMIN], expiresAt: "2026-06-01T00:00:00Z"}) { token }`,
			`signIn(input: {email: "carol@example.org", password: "` + testsite.Password + `"}) { token }`,
			`changePassword(input: {currentPassword: "` + testsite.Password + `", newPassword: "another password"}) { endedSessions }`,
			`requestEmailChange(input: {email: "x@example.org", password: "` + testsite.Password + `"}) { email }`,
			`updateAccount(input: {name: "X"}) { viewer { email } }`, `revokeAccessToken(input: {accessToken: "` + id + `"}) { revokedAccessTokenId }`,
		} {
			if a := st.Do(t, takesPart, "mutation { "+mutation+" }", nil); a.Code() != "FORBIDDEN" {
				t.Errorf("%s: %s %+v", mutation, a.Data, a.Errors)
			}
		}
		for _, list := range []string{"sessions { totalCount }", "accessTokens { totalCount }", "identities { id }"} {
			if a := st.Do(t, takesPart, "{ viewer { "+list+" } }", nil); a.Code() != "FORBIDDEN" {
				t.Errorf("%s: %s", list, a.Data)
			}
		}
		if a := st.Do(t, st.Cast["bob"].Token, `mutation { revokeAccessToken(input: {accessToken: "`+id+`"}) { revokedAccessTokenId } }`, nil); a.Code() != "NOT_FOUND" {
			t.Errorf("bob revokes it: %s", a.Data)
		}
		if st.State(t) != before {
			t.Error("something changed")
		}
		st.Must(t, alice, `mutation { revokeAccessToken(input: {accessToken: "`+id+`"}) { revokedAccessTokenId } }`, nil, nil)
		if a := st.Do(t, reads, whoAmI, nil); a.Status != 401 || a.Code() != "UNAUTHENTICATED" {
			t.Errorf("revoked: %d %s", a.Status, a.Data)
		}
		st.Clock.Advance(48 * time.Hour)
		if a := st.Do(t, takesPart, whoAmI, nil); a.Status != 401 || a.Code() != "UNAUTHENTICATED" {
			t.Errorf("expired: %d %s", a.Status, a.Data)
		}
	})
}

// An access token in the cookie of a browser is nobody's: the cookie is for sessions.
func TestAccessTokenInCookie(t *testing.T) {
	story.Each(t, func(t *testing.T, st *story.Story) {
		token, _ := newToken(t, st.Site, st.Cast["alice"].Token, "PARTICIPATE")
		if a := st.Send(t, whoAmI, nil, "Cookie", "ensemble_session="+token); string(a.Data) != `{"viewer":null}` {
			t.Error(a.Raw)
		}
		if got := overSocket(t, st, http.Header{"Cookie": {"ensemble_session=" + token}}, whoAmI); !strings.Contains(got, `"viewer":null`) {
			t.Error(got)
		}
	})
}

// A session that is ended elsewhere ends its sockets, and a stolen token is of no use after.
func TestEndedSession(t *testing.T) {
	story.Each(t, func(t *testing.T, st *story.Story) {
		const signInAsCarol = `mutation { signIn(input: {email: "carol@example.org", password: "` + testsite.Password + `"}) { token } }`
		firefox := []string{"User-Agent", "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"}
		var stolen struct{ SignIn struct{ Token string } }
		testsite.Must(t, json.Unmarshal(st.Send(t, signInAsCarol, nil, firefox...).Data, &stolen))
		k := testsite.Dial(t, st.Site, stolen.SignIn.Token)
		var page struct {
			Viewer struct {
				Sessions struct {
					Nodes []struct {
						ID, Device string
						IsCurrent  bool
					}
				}
			}
		}
		carol := st.Cast["carol"].Token
		st.Must(t, carol, "{ viewer { sessions { nodes { id device isCurrent } } } }", nil, &page)
		nodes := page.Viewer.Sessions.Nodes
		if len(nodes) != 2 || nodes[0].Device != "Firefox, Linux" || nodes[0].IsCurrent || !nodes[1].IsCurrent {
			t.Fatalf("%+v", nodes)
		}
		st.Must(t, carol, `mutation { endSession(input: {session: "`+nodes[0].ID+`"}) { endedSessionId } }`, nil, nil)
		if code := k.CloseCode(t); code != 4403 {
			t.Errorf("the socket is closed with %d", code)
		}
		if a := st.Do(t, stolen.SignIn.Token, whoAmI, nil); a.Status != 401 {
			t.Errorf("%d %s", a.Status, a.Data)
		}
		own := st.Send(t, `mutation { endSession(input: {session: "`+nodes[1].ID+`"}) { endedSessionId } }`, nil, "Cookie", "ensemble_session="+carol)
		if gone := sessionOf(t, own); gone.MaxAge != -1 || gone.Value != "" {
			t.Errorf("ending the current one leaves %+v", gone)
		}
	})
}

// Sockets of a program end when its token is revoked, and when its time is over.
func TestAccessTokenEndsItsSockets(t *testing.T) {
	story.Each(t, func(t *testing.T, st *story.Story) {
		alice := st.Cast["alice"].Token
		revoked, id := newToken(t, st.Site, alice)
		k := testsite.Dial(t, st.Site, revoked)
		kept, other := newToken(t, st.Site, alice)
		beside := testsite.Dial(t, st.Site, kept)
		st.Must(t, alice, `mutation { revokeAccessToken(input: {accessToken: "`+id+`"}) { revokedAccessTokenId } }`, nil, nil)
		if code := k.CloseCode(t); code != 4403 {
			t.Errorf("the socket is closed with %d", code)
		}
		beside.Subscribe(t, "1", "query { viewer { user { nickname } } }", nil)
		beside.Expect(t, "next")

		st.SQL(t, "UPDATE access_tokens SET expires_at = $1 WHERE id = $2", st.Now().Add(200*time.Millisecond), other)
		if code := testsite.Dial(t, st.Site, kept).CloseCode(t); code != 4403 {
			t.Errorf("at its end the socket is closed with %d", code)
		}
	})
}

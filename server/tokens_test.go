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

// makeToken makes an access token. Only its answer ever contains the token itself.
const makeToken = `mutation($input: CreateAccessTokenInput!) {
	createAccessToken(input: $input) { token accessToken { id } }
}`

// newToken makes an access token for whoever has this session, over HTTP. It gives everybody Carol's password first,
// because the sessions are too old to make a token without one.
func newToken(t testing.TB, s *testsite.Site, session string, scopes ...string) (token, id string) {
	t.Helper()
	testsite.Got(s.Store.Write.ExecContext(t.Context(),
		"UPDATE users SET password_hash = (SELECT password_hash FROM users WHERE nickname = 'carol')"))(t)

	var made struct {
		CreateAccessToken struct {
			Token       string
			AccessToken struct{ ID string }
		}
	}

	s.Must(t, session, makeToken, map[string]any{"input": map[string]any{
		"name": "Tableau de bord", "scopes": append([]string{}, scopes...),
		"expiresAt": s.Now().Add(48 * time.Hour), "password": testsite.Password,
	}}, &made)

	return made.CreateAccessToken.Token, made.CreateAccessToken.AccessToken.ID
}

// notForPrograms lists mutations that need a person who has signed in. id is that of an access token.
func notForPrograms(id string) []string {
	return []string{
		`signOut { endedSessions }`,
		`createAccessToken(input: {name: "x", scopes: [ADMIN], expiresAt: "2026-06-01T00:00:00Z"}) { token }`,
		`signIn(input: {email: "carol@example.org", password: "` + testsite.Password + `"}) { token }`,
		`changePassword(input: {currentPassword: "` + testsite.Password + `", newPassword: "another password"}) {
			endedSessions
		}`,
		`requestEmailChange(input: {email: "x@example.org", password: "` + testsite.Password + `"}) { email }`,
		`updateAccount(input: {name: "X"}) { viewer { email } }`,
		`revokeAccessToken(input: {accessToken: "` + id + `"}) { revokedAccessTokenId }`,
	}
}

// A program may do what its token is for, for as long as the token is valid. Only its owner can revoke it.
func TestAccessTokensOverHTTP(t *testing.T) {
	story.Each(t, func(t *testing.T, st *story.Story) {
		alice := st.Cast["alice"].Token
		reads, id := newToken(t, st.Site, alice)
		takesPart, _ := newToken(t, st.Site, alice, "PARTICIPATE")

		comment := func(token string) testsite.Answer {
			return st.Do(t, token,
				"mutation($input: PostCommentInput!) { postComment(input: $input) { comment { author { id } } } }",
				map[string]any{"input": map[string]any{"subject": st.Names["commitment"], "body": "Oui."}})
		}

		if a := comment(takesPart); a.Code() != "" || !strings.Contains(string(a.Data), st.Names["alice"]) {
			t.Errorf("a token for taking part cannot comment: %s %+v", a.Data, a.Errors)
		}

		// What needs more than its scope, or a person, is refused and changes nothing.
		before := st.State(t)
		if a := comment(reads); a.Code() != "FORBIDDEN" {
			t.Errorf("a token for reading writes: %s", a.Data)
		}
		for _, mutation := range notForPrograms(id) {
			if a := st.Do(t, takesPart, "mutation { "+mutation+" }", nil); a.Code() != "FORBIDDEN" {
				t.Errorf("a program may do %s: %s %+v", mutation, a.Data, a.Errors)
			}
		}

		for _, list := range []string{"sessions { totalCount }", "accessTokens { totalCount }", "identities { id }"} {
			if a := st.Do(t, takesPart, "{ viewer { "+list+" } }", nil); a.Code() != "FORBIDDEN" {
				t.Errorf("a program reads %s: %s", list, a.Data)
			}
		}

		revoke := `mutation { revokeAccessToken(input: {accessToken: "` + id + `"}) { revokedAccessTokenId } }`
		if a := st.Do(t, st.Cast["bob"].Token, revoke, nil); a.Code() != "NOT_FOUND" {
			t.Errorf("bob revokes it: %s", a.Data)
		}

		if st.State(t) != before {
			t.Error("a refused mutation changed something")
		}

		// Its owner revokes it; the other one expires.
		st.Must(t, alice, revoke, nil, nil)
		wantVisitor(t, "revoked", st.Send(t, whoAmI, nil, "Authorization", "Bearer "+reads), "SESSION_ENDED")

		st.Clock.Advance(48 * time.Hour)
		wantVisitor(t, "expired", st.Send(t, whoAmI, nil, "Authorization", "Bearer "+takesPart), "SESSION_ENDED")
	})
}

// An access token in a browser's cookie signs nobody in: the cookie is for sessions.
func TestAccessTokenInCookie(t *testing.T) {
	story.Each(t, func(t *testing.T, st *story.Story) {
		token, _ := newToken(t, st.Site, st.Cast["alice"].Token, "PARTICIPATE")
		if a := st.Send(t, whoAmI, nil, "Cookie", "ensemble_session="+token); string(a.Data) != `{"viewer":null}` {
			t.Errorf("the cookie signs in: %s", a.Raw)
		}
		header := http.Header{"Cookie": {"ensemble_session=" + token}}
		if got := overSocket(t, st, header, whoAmI); !strings.Contains(got, `"viewer":null`) {
			t.Errorf("the cookie signs in over a socket: %s", got)
		}
	})
}

// A session that is ended from elsewhere ends its sockets, and its token is of no use any more.
func TestEndedSession(t *testing.T) {
	story.Each(t, func(t *testing.T, st *story.Story) {
		const signInAsCarol = `mutation {
			signIn(input: {email: "carol@example.org", password: "` + testsite.Password + `"}) { token }
		}`
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
			t.Fatalf("the sessions are %+v", nodes)
		}

		st.Must(t, carol, `mutation { endSession(input: {session: "`+nodes[0].ID+`"}) { endedSessionId } }`, nil, nil)
		if code := k.CloseCode(t); code != 4403 {
			t.Errorf("the socket is closed with %d", code)
		}
		wantVisitor(t, "the ended session", st.Send(t, whoAmI, nil, "Authorization", "Bearer "+stolen.SignIn.Token), "SESSION_ENDED")

		end := `mutation { endSession(input: {session: "` + nodes[1].ID + `"}) { endedSessionId } }`
		own := st.Send(t, end, nil, "Cookie", "ensemble_session="+carol)
		if gone := sessionOf(t, own); gone.MaxAge != -1 || gone.Value != "" {
			t.Errorf("ending the current one leaves %+v", gone)
		}
	})
}

// The sockets of a program end when its token is revoked, and when the token's time is over. Those of another token
// stay.
func TestAccessTokenEndsItsSockets(t *testing.T) {
	story.Each(t, func(t *testing.T, st *story.Story) {
		alice := st.Cast["alice"].Token
		revoked, revokedID := newToken(t, st.Site, alice)
		k := testsite.Dial(t, st.Site, revoked)

		kept, keptID := newToken(t, st.Site, alice)
		beside := testsite.Dial(t, st.Site, kept)

		revoke := `mutation { revokeAccessToken(input: {accessToken: "` + revokedID + `"}) { revokedAccessTokenId } }`
		st.Must(t, alice, revoke, nil, nil)
		if code := k.CloseCode(t); code != 4403 {
			t.Errorf("the socket is closed with %d", code)
		}
		beside.Subscribe(t, "1", "query { viewer { user { nickname } } }", nil)
		beside.Expect(t, "next")

		st.SQL(t, "UPDATE access_tokens SET expires_at = $1 WHERE id = $2", st.Now().Add(200*time.Millisecond), keptID)
		if code := testsite.Dial(t, st.Site, kept).CloseCode(t); code != 4403 {
			t.Errorf("at its end the socket is closed with %d", code)
		}
	})
}

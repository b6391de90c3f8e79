package server_test

import (
	"fmt"
	"testing"
	"time"

	"ensemble/auth"
	"ensemble/consultation/people"
	"ensemble/internal/testsite"
)

// ofAlice are rows that are Alice's.
const ofAlice = "user_id = (SELECT id FROM users WHERE nickname = 'alice')"

func (w *lists) sessionOfAlice(string) string {
	_, key := w.next()
	hash, _ := auth.HashToken(auth.NewToken())
	return done(w.Write.Session.Create().SetID(w.NewID("session")).SetUserID(w.Alice.ID).SetTokenHash(hash).
		SetCreatedAt(w.at(key)).SetExpiresAt(w.Now().Add(time.Hour)).Save(w.t.Context()))(w.t).ID
}

func (w *lists) accessTokenOfAlice(string) string {
	_, key := w.next()
	hash, _ := auth.AccessToken.Hash(auth.AccessToken.New())
	return done(w.Write.AccessToken.Create().SetID(w.NewID("accesstoken")).SetUserID(w.Alice.ID).SetName("x").SetTokenHash(hash).
		SetScopes("read").SetCreatedAt(w.at(key)).SetExpiresAt(w.Now().Add(time.Hour)).Save(w.t.Context()))(w.t).ID
}

// anew is a person who has just signed in again.
func anew(t testing.TB, w *testsite.World, p *testsite.Person) *testsite.Person {
	t.Helper()
	token := auth.NewToken()
	hash, _ := auth.HashToken(token)
	ok(t, w.Write.Session.Create().SetID(w.NewID("session")).SetUserID(p.ID).SetTokenHash(hash).SetCreatedAt(w.Now()).
		SetExpiresAt(w.Now().Add(people.SessionLifetime)).Exec(t.Context()))
	return w.As(&people.Session{Token: token, Viewer: auth.Viewer{UserID: p.ID}})
}

// programs act for some people.
func (c *crowd) programs() {
	for i, p := range c.people {
		p = anew(c.t, c.World, p)
		for n := range i % 4 {
			_, _, err := c.CreateAccessToken(c.as(p), people.CreateAccessTokenInput{
				Name: fmt.Sprintf("Programme %d", n), Scopes: []string{"participate", "admin"}[:n%3], ExpiresAt: c.Now().Add(48 * time.Hour),
			})
			c.do(err)
			c.pass()
		}
		_, err := c.SignOut(c.as(p), false)
		c.do(err) // the one they have stays the current one
	}
}

package lists_test

import (
	"time"

	"ensemble/auth"
	"ensemble/internal/testsite"
)

// ofAlice is the condition that a row is Alice's.
const ofAlice = "user_id = (SELECT id FROM users WHERE nickname = 'alice')"

// sessionOfAlice adds a session.
func (w *lists) sessionOfAlice(string) string {
	_, key := w.next()
	hash, _ := auth.HashToken(auth.NewToken())
	return testsite.Got(w.Write.Session.Create().SetID(w.NewID("session")).SetUserID(w.Alice.ID).SetTokenHash(hash).
		SetCreatedAt(w.at(key)).SetExpiresAt(w.Now().Add(time.Hour)).Save(w.t.Context()))(w.t).ID
}

// accessTokenOfAlice adds an access token that has not expired.
func (w *lists) accessTokenOfAlice(string) string {
	_, key := w.next()
	hash, _ := auth.AccessToken.Hash(auth.AccessToken.New())
	return testsite.Got(w.Write.AccessToken.Create().
		SetID(w.NewID("accesstoken")).
		SetUserID(w.Alice.ID).
		SetName("x").
		SetTokenHash(hash).
		SetScopes("read").
		SetCreatedAt(w.at(key)).
		SetExpiresAt(w.Now().Add(time.Hour)).
		Save(w.t.Context()))(w.t).ID
}

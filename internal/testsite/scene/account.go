package scene

import (
	"testing"

	"ensemble/consultation/people"
	"ensemble/internal/testsite"
)

// Password is the password of new accounts.
const Password = "correct horse battery"

// NewAccount returns what somebody fills in to sign up.
func NewAccount() people.SignUpInput {
	return people.SignUpInput{
		Email: "Jeanne.Dupont@Example.ORG", Name: " Jeanne\tDupont ", Nickname: "Jeanne_D", Password: Password,
	}
}

// Trusted and Untrusted are two providers: what the first says about addresses is believed.
const Trusted, Untrusted = "https://id.example.org", "https://login.example.net"

// Confirmed makes the address of p a confirmed one.
func (w *World) Confirmed(t *testing.T, p *testsite.Person) {
	t.Helper()
	testsite.Must(t, w.Write.User.UpdateOneID(p.ID).SetEmailConfirmedAt(w.Now()).Exec(t.Context()))
}

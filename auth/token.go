package auth

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"strings"
)

// Kind is what a token is for. It begins every token, so that people and secret scanners recognise a leaked one.
type Kind string

// The kinds of token.
const (
	SessionToken Kind = "ens_" // of somebody who has signed in
	AccessToken  Kind = "enp_" // of a program that acts for somebody
	MailedToken  Kind = "enm_" // in a link that was mailed
)

// New makes an opaque token with 256 random bits.
func (k Kind) New() string {
	b := make([]byte, 32)
	_, _ = rand.Read(b) // never fails: crypto/rand stops the program instead
	return string(k) + base64.RawURLEncoding.EncodeToString(b)
}

// Hash returns what is stored of a token. A fast hash is enough: the token cannot be guessed. It returns
// false for what is no token of this kind.
func (k Kind) Hash(token string) ([]byte, bool) {
	random, ok := strings.CutPrefix(token, string(k))
	if !ok {
		return nil, false
	}
	if b, err := base64.RawURLEncoding.Strict().DecodeString(random); err != nil || len(b) != 32 || len(random) != 43 {
		return nil, false // line breaks, which the decoder skips, make it longer
	}
	sum := sha256.Sum256([]byte(token))
	return sum[:], true
}

// NewToken makes the token of a session.
func NewToken() string { return SessionToken.New() }

// HashToken returns what is stored of the token of a session, and false for what is no such token.
func HashToken(token string) ([]byte, bool) { return SessionToken.Hash(token) }

// IsToken reports whether this has the form of a token, of either kind.
func IsToken(token string) bool {
	_, isAccess := AccessToken.Hash(token)
	_, isSession := SessionToken.Hash(token)
	return isAccess || isSession
}

// BearerToken returns the token of an Authorization header, "Bearer …" in any case; ok is false for another header.
func BearerToken(header string) (token string, ok bool) {
	scheme, token, ok := strings.Cut(strings.TrimSpace(header), " ")
	return strings.TrimSpace(token), ok && strings.EqualFold(scheme, "Bearer")
}

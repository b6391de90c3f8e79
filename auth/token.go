package auth

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"strings"
)

// tokenPrefix lets people and secret scanners recognise a leaked token.
const tokenPrefix = "ens_"

// NewToken makes an opaque token with 256 random bits.
func NewToken() string {
	b := make([]byte, 32)
	_, _ = rand.Read(b) // never fails: crypto/rand stops the program instead
	return tokenPrefix + base64.RawURLEncoding.EncodeToString(b)
}

// HashToken is what is stored of a token. A fast hash is enough: the token cannot be guessed. It returns
// false for what is no token of ours.
func HashToken(token string) ([]byte, bool) {
	random, ok := strings.CutPrefix(token, tokenPrefix)
	if !ok {
		return nil, false
	}
	if b, err := base64.RawURLEncoding.Strict().DecodeString(random); err != nil || len(b) != 32 || len(random) != 43 {
		return nil, false // line breaks, which the decoder skips, make it longer
	}
	sum := sha256.Sum256([]byte(token))
	return sum[:], true
}

// BearerToken reads "Bearer …" as in an Authorization header; the scheme's case does not count.
func BearerToken(header string) (token string, ok bool) {
	scheme, token, ok := strings.Cut(strings.TrimSpace(header), " ")
	return strings.TrimSpace(token), ok && strings.EqualFold(scheme, "Bearer")
}

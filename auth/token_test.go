package auth

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"strings"
	"testing"
)

func TestTokens(t *testing.T) {
	seen := map[string]bool{}
	for range 100 {
		token := NewToken()
		hash, ok := HashToken(token)
		want := sha256.Sum256([]byte(token))
		if !ok || !bytes.Equal(hash, want[:]) || len(token) != 47 || seen[token] {
			t.Fatalf("%q, %t", token, ok)
		}
		seen[token] = true
	}
}

func TestWhatIsNoToken(t *testing.T) {
	good := NewToken()
	random := func(n int) string { return tokenPrefix + base64.RawURLEncoding.EncodeToString(make([]byte, n)) }
	for _, token := range []string{
		"", tokenPrefix, "x", good[1:], strings.ToUpper(good), good[:len(good)-1], good + "A", good + "=", good + "\n", " " + good,
		random(31), random(33), strings.TrimPrefix(good, tokenPrefix), "ENS_" + good[4:],
		tokenPrefix + strings.Repeat("A", 42) + "B", // bits beyond the last byte: another spelling of the same
	} {
		if hash, ok := HashToken(token); ok || hash != nil {
			t.Errorf("%q is taken for a token", token)
		}
	}
}

func TestBearerToken(t *testing.T) {
	for header, want := range map[string]string{
		"Bearer x": "x", "bearer x": "x", "BEARER x": "x", " Bearer  x ": "x", "Bearer x y": "x y", "Bearer ": "-", "Bearer": "-",
		"": "-", "Basic x": "-", "x": "-", "Bearerx": "-",
	} {
		token, ok := BearerToken(header)
		if ok != (want != "-") || ok && token != want {
			t.Errorf("%q: %q, %t, want %q", header, token, ok, want)
		}
	}
}

// Whatever strangers send as a token: no panic, and only our own spelling is one.
func FuzzHashToken(f *testing.F) {
	f.Add("")
	f.Add(NewToken())
	f.Add("Bearer " + NewToken())
	f.Add(tokenPrefix + strings.Repeat("A", 43))
	f.Fuzz(func(t *testing.T, s string) {
		if bearer, ok := BearerToken(s); ok && len(bearer) > len(s) {
			t.Errorf("%q holds %q", s, bearer)
		}
		hash, ok := HashToken(s)
		if !ok {
			return
		}
		b, err := base64.RawURLEncoding.DecodeString(strings.TrimPrefix(s, tokenPrefix))
		if err != nil || len(hash) != sha256.Size || tokenPrefix+base64.RawURLEncoding.EncodeToString(b) != s {
			t.Errorf("%q is taken for a token", s)
		}
	})
}

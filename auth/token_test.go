package auth

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"strings"
	"testing"
)

var kinds = []Kind{SessionToken, AccessToken, MailedToken}

// A token is never the same twice, and only its own kind hashes it.
func TestTokens(t *testing.T) {
	seen := map[string]bool{}
	for i := range 99 {
		kind := kinds[i%len(kinds)]
		token := kind.New()
		hash, ok := kind.Hash(token)
		want := sha256.Sum256([]byte(token))

		if !ok || !bytes.Equal(hash, want[:]) || len(token) != 47 || seen[token] {
			t.Fatalf("%q, %t", token, ok)
		}

		seen[token] = true
		for _, other := range kinds {
			if _, ok := other.Hash(token); ok != (other == kind) {
				t.Errorf("%s takes %s: %t", other, token, ok)
			}
		}
	}
}

// A text that is not written exactly as a token is, is none.
func TestWhatIsNoToken(t *testing.T) {
	good := NewToken()
	const prefix = string(SessionToken)
	random := func(n int) string { return prefix + base64.RawURLEncoding.EncodeToString(make([]byte, n)) }

	for _, token := range []string{
		"", prefix, "x", good[1:], strings.ToUpper(good), good[:len(good)-1], good + "A",
		good + "=", good + "\n", " " + good,
		random(31), random(33), strings.TrimPrefix(good, prefix), "ENS_" + good[4:],
		prefix + strings.Repeat("A", 42) + "B", // it has bits beyond the last byte: another way to write the same
	} {
		if hash, ok := HashToken(token); ok || hash != nil {
			t.Errorf("%q is taken for a token", token)
		}
	}
}

// The token of a header comes after the word Bearer, in any case. "-" stands for none.
func TestBearerToken(t *testing.T) {
	for header, want := range map[string]string{
		"Bearer x": "x", "bearer x": "x", "BEARER x": "x", " Bearer  x ": "x", "Bearer x y": "x y",
		"Bearer ": "-", "Bearer": "-", "": "-", "Basic x": "-", "x": "-", "Bearerx": "-",
	} {
		token, ok := BearerToken(header)
		if ok != (want != "-") || ok && token != want {
			t.Errorf("%q: %q, %t, want %q", header, token, ok, want)
		}
	}
}

// Whatever strangers send as a token, nothing panics. What is taken for one is written as we write it, and has one
// kind.
func FuzzHashToken(f *testing.F) {
	f.Add("")
	f.Add("Bearer " + NewToken())
	for _, kind := range kinds {
		f.Add(kind.New())
		f.Add(string(kind) + strings.Repeat("A", 43))
		f.Add(string(kind) + string(kind) + strings.Repeat("A", 39))
	}

	f.Fuzz(func(t *testing.T, s string) {
		if bearer, ok := BearerToken(s); ok && len(bearer) > len(s) {
			t.Errorf("%q holds %q", s, bearer)
		}

		taken := 0
		for _, kind := range kinds {
			hash, ok := kind.Hash(s)
			if !ok {
				continue
			}

			taken++
			b, err := base64.RawURLEncoding.DecodeString(strings.TrimPrefix(s, string(kind)))
			if err != nil || len(hash) != sha256.Size || string(kind)+base64.RawURLEncoding.EncodeToString(b) != s {
				t.Errorf("%q is taken for a token", s)
			}
		}

		if taken > 1 {
			t.Errorf("%q is of %d kinds", s, taken)
		}
	})
}

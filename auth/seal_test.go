package auth

import (
	"bytes"
	"testing"
)

// What is sealed under a token comes back with that token alone, unchanged, and looks different each time.
func TestSeal(t *testing.T) {
	mine, theirs := NewToken(), NewToken()

	for _, secret := range []string{"", "an id token"} {
		sealed, err := Seal(mine, []byte(secret))
		if err != nil || secret != "" && bytes.Contains(sealed, []byte(secret)) {
			t.Fatalf("%q is sealed as %q, %v", secret, sealed, err)
		}

		again, _ := Seal(mine, []byte(secret))
		if bytes.Equal(sealed, again) {
			t.Error("sealed twice, it looks the same")
		}

		if open, err := Unseal(mine, sealed); err != nil || string(open) != secret {
			t.Errorf("%q comes back as %q, %v", secret, open, err)
		}

		for name, try := range map[string]struct {
			token  string
			sealed []byte
		}{
			"another token": {theirs, sealed}, "cut": {mine, sealed[:len(sealed)-1]}, "nothing": {mine, nil},
			"changed": {mine, append(bytes.Clone(sealed[:len(sealed)-1]), sealed[len(sealed)-1]^1)},
		} {
			if open, err := Unseal(try.token, try.sealed); err == nil {
				t.Errorf("%s: %q", name, open)
			}
		}
	}
}

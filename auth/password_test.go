package auth

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"ensemble/fair"
)

// A password is stored as an Argon2id hash with a salt of its own, and each check costs one hash, also when there is no
// account.
func TestPasswords(t *testing.T) {
	p, ctx := NewPasswords(), t.Context()
	hash := func(password string) string {
		stored, err := p.Hash(ctx, password)
		if err != nil {
			t.Fatal(err)
		}
		return stored
	}

	stored := hash("correct horse")
	if !strings.HasPrefix(stored, "$argon2id$v=19$m=19456,t=2,p=1$") || strings.Contains(stored, "horse") ||
		stored == hash("correct horse") {
		t.Errorf("%q", stored)
	}

	for _, c := range []struct {
		password, stored string
		ok               bool
	}{
		{"correct horse", stored, true},
		{"Correct horse", stored, false},
		{"", stored, false},
		{"correct horse ", stored, false},

		// Without an account the password is compared with a decoy, and is never right.
		{"correct horse", "", false},
		{"", "", false},
	} {
		before := p.Derived()
		ok, err := p.Check(ctx, c.password, c.stored)
		if ok != c.ok || err != nil || p.Derived() != before+1 {
			t.Errorf("%q against %q: %t, %v, %d hashed", c.password, c.stored, ok, err, p.Derived()-before)
		}
	}

	for _, broken := range []string{
		"x", stored[:len(stored)-1], stored + "A",
		strings.Replace(stored, "t=2", "t=1", 1), strings.Replace(stored, "argon2id", "argon2ix", 1),
		stored[:40] + "!" + stored[41:], stored[:len(stored)-1] + "!",
	} {
		if ok, err := p.Check(ctx, "correct horse", broken); ok || !errors.Is(err, errHash) {
			t.Errorf("%q: %t, %v", broken, ok, err)
		}
	}
}

// Somebody who waits for a turn to hash gives up when their context ends.
func TestPasswordsTakeTurns(t *testing.T) {
	p := NewPasswords()
	done := func() {}
	for n := range maxHashing {
		var err error
		if done, err = p.turns.Take(fair.As(t.Context(), "", fmt.Sprint(n))); err != nil {
			t.Fatal(err)
		}
	}

	ctx, stop := context.WithCancel(t.Context())
	stop()

	if _, err := p.Hash(ctx, "x"); !errors.Is(err, context.Canceled) {
		t.Errorf("Hash: %v", err)
	}
	if ok, err := p.Check(ctx, "x", ""); ok || !errors.Is(err, context.Canceled) {
		t.Errorf("Check: %t, %v", ok, err)
	}

	done()
	if _, err := p.Hash(t.Context(), "x"); err != nil {
		t.Errorf("with a turn: %v", err)
	}
}

// One address has a share of the turns: another one need not wait for all that it sends.
func TestPasswordsOfAnAddressTakeTurns(t *testing.T) {
	p := NewWeakPasswords()
	for range p.turns.Address {
		if _, err := p.turns.Take(fair.As(t.Context(), "", "192.0.2.1")); err != nil {
			t.Fatal(err)
		}
	}

	late, cancel := context.WithTimeout(fair.As(t.Context(), "", "192.0.2.1"), time.Millisecond)
	defer cancel()
	if _, err := p.Hash(late, "x"); !errors.Is(err, fair.ErrBusy) {
		t.Errorf("more than the share: %v", err)
	}
	if _, err := p.Hash(fair.As(t.Context(), "", "192.0.2.2"), "x"); err != nil {
		t.Errorf("another address: %v", err)
	}
}

// Weak hashes are for tests: a program never takes one for right.
func TestWeakPasswords(t *testing.T) {
	weak, strong := NewWeakPasswords(), NewPasswords()
	stored, err := weak.Hash(t.Context(), "correct horse")
	if err != nil {
		t.Fatal(err)
	}
	if ok, err := weak.Check(t.Context(), "correct horse", stored); !ok || err != nil {
		t.Errorf("its own: %t, %v", ok, err)
	}
	if ok, err := strong.Check(t.Context(), "correct horse", stored); ok || !errors.Is(err, errHash) {
		t.Errorf("a program takes it: %t, %v", ok, err)
	}
}

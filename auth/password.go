package auth

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"runtime"
	"sync/atomic"

	"golang.org/x/crypto/argon2"

	"ensemble/fair"
)

// cost is how much work argon2id is for one password.
type cost struct {
	memoryKiB, passes uint32
}

// strong is 19 MiB and 2 passes with 1 lane. Source: OWASP Password Storage Cheat Sheet.
var strong = cost{memoryKiB: 19 * 1024, passes: 2}

// weakest is the least that argon2id takes, some microseconds.
var weakest = cost{memoryKiB: 8, passes: 1}

const (
	argonLanes    = 1
	argonKeyBytes = 32
)

// maxHashing bounds how many passwords are hashed at once, so that many sign-ins take 4 × 19 MiB and not all memory; the
// others take turns. Half of these are one address's at most, and no more than there are processors.
const maxHashing = 4

// Passwords hashes and checks passwords. Safe for concurrent use.
type Passwords struct {
	cost    cost
	turns   *fair.Queue
	decoy   string
	derived atomic.Int64
}

// Derived returns how many times a password was hashed, which is nearly all the work of signing up or in.
func (p *Passwords) Derived() int64 { return p.derived.Load() }

// NewPasswords makes the place where passwords are hashed; a program needs one.
func NewPasswords() *Passwords { return newPasswords(strong) }

// NewWeakPasswords does what NewPasswords does, for tests: its hashes cost nothing and protect nobody, and no program
// takes them.
func NewWeakPasswords() *Passwords { return newPasswords(weakest) }

func newPasswords(c cost) *Passwords {
	salt := make([]byte, 16)
	one := min(maxHashing/2, runtime.GOMAXPROCS(0))
	return &Passwords{
		cost:  c,
		turns: fair.New(fair.Shares{Turns: maxHashing, Address: one, Caller: one}),
		decoy: c.encode(salt, make([]byte, argonKeyBytes)),
	}
}

// Hash returns the PHC string to store. It waits for its turn, or until ctx ends.
func (p *Passwords) Hash(ctx context.Context, password string) (string, error) {
	salt := make([]byte, 16)
	_, _ = rand.Read(salt) // never fails
	key, err := p.derive(ctx, password, salt)
	return p.cost.encode(salt, key), err
}

// Check reports whether stored was made from password. It takes the same time when stored is
// empty (no such account, or one without a password), so that time reveals to nobody which accounts exist.
func (p *Passwords) Check(ctx context.Context, password, stored string) (bool, error) {
	compared := stored
	if compared == "" {
		compared = p.decoy
	}
	salt, want, err := p.cost.decode(compared)
	if err != nil {
		return false, err
	}
	key, err := p.derive(ctx, password, salt)
	return err == nil && subtle.ConstantTimeCompare(key, want) == 1 && stored != "", err
}

func (p *Passwords) derive(ctx context.Context, password string, salt []byte) ([]byte, error) {
	done, err := p.turns.Take(ctx)
	if err != nil {
		return nil, err
	}
	defer done()
	p.derived.Add(1)
	return argon2.IDKey([]byte(password), salt, p.cost.passes, p.cost.memoryKiB, argonLanes, argonKeyBytes), nil
}

const phcFormat = "$argon2id$v=%d$m=%d,t=%d,p=%d$"

func (c cost) encode(salt, key []byte) string {
	b64 := base64.RawStdEncoding
	return fmt.Sprintf(phcFormat, argon2.Version, c.memoryKiB, c.passes, argonLanes) +
		b64.EncodeToString(salt) + "$" + b64.EncodeToString(key)
}

var errHash = errors.New("auth: not a password hash of ours")

// decode reads what encode wrote; other parameters would need their own derivation and are refused.
func (c cost) decode(stored string) (salt, key []byte, err error) {
	prefix := fmt.Sprintf(phcFormat, argon2.Version, c.memoryKiB, c.passes, argonLanes)
	if len(stored) != len(prefix)+22+1+43 || stored[:len(prefix)] != prefix {
		return nil, nil, errHash
	}

	rest := stored[len(prefix):]
	if salt, err = base64.RawStdEncoding.DecodeString(rest[:22]); err != nil {
		return nil, nil, errHash
	}

	if key, err = base64.RawStdEncoding.DecodeString(rest[23:]); err != nil {
		return nil, nil, errHash
	}

	return salt, key, nil
}

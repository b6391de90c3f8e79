// Package limit says how much anybody may do in a while: budgets that fill again evenly, shared between processes
// through Redis where there is one. It knows nothing of HTTP or of the consultation, and is no queue: whoever has used
// up a budget is refused, with the time until there is enough again.
package limit

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"log/slog"
	"time"

	"github.com/redis/go-redis/v9"
	"golang.org/x/crypto/scrypt"
)

// Balance is what came of asking a budget for something.
type Balance struct {
	OK     bool
	Left   int           // what can still be had at once
	Wait   time.Duration // until as much can be had, when it was refused
	FullIn time.Duration // until the whole budget is there again
	Budget Budget        // zero where there is no limit
}

// Limits are the budgets of everybody. Those in this process always count, so that nobody gets more from it than the
// whole of a budget; while Redis answers, its budgets decide as well. Limits are safe for concurrent use. A nil *Limits
// allows everything.
type Limits struct {
	budgets map[string]Budget
	key     []byte // of the hash that replaces the name of whoever a budget belongs to
	local   *local
	shared  *shared // nil without Redis
}

// New makes the limits of one process.
func New(budgets map[string]Budget) *Limits {
	return &Limits{budgets: budgets, key: []byte(rand.Text()), local: newLocal(time.Now, maxBuckets)}
}

// Share puts the budgets into Redis, too: processes with the same secret share them. The caller closes them with Close.
func (l *Limits) Share(options *redis.UniversalOptions, secret string, logger *slog.Logger) error {
	// The hash is slow on purpose: the secret may be one that people chose.
	key, err := scrypt.Key([]byte(secret), []byte("ensemble limits"), 1<<15, 8, 1, 32)
	if err != nil {
		return err
	}

	l.key, l.shared = key, newShared(options, logger)
	return nil
}

// Close ends the connections to Redis.
func (l *Limits) Close() error {
	if l == nil || l.shared == nil {
		return nil
	}
	return l.shared.client.Close()
}

// Shared reports whether other processes know at the moment what is spent here.
func (l *Limits) Shared() bool { return l != nil && l.shared != nil && l.shared.isUp() }

// Take takes n from the budget of that name that belongs to who; ok is false when there is not enough, and wait says
// when there will be. It never fails: without Redis this process decides.
func (l *Limits) Take(ctx context.Context, name, who string, n int) (wait time.Duration, ok bool) {
	b := l.Spend(ctx, name, who, n)
	return b.Wait, b.OK
}

// Spend does what Take does, and returns what is left. More than the whole budget counts as the whole. It panics on a
// name without a budget.
func (l *Limits) Spend(ctx context.Context, name, who string, n int) Balance {
	if l == nil {
		return Balance{OK: true}
	}
	budget := l.Budget(name)
	n = min(n, budget.Tokens)
	key := l.keyOf(name, who)

	// Take from our own bucket first: nobody gets more from this process than a whole budget, whatever Redis says.
	mine := l.local.take(key, budget, n)
	if !mine.OK || l.shared == nil {
		return mine
	}

	ours, err := l.shared.take(ctx, key, budget, n)
	if err != nil {
		return mine
	}
	if !ours.OK {
		l.local.giveBack(key, budget, n)
	}

	return ours
}

// Has reports whether anything is left of the budget of that name that belongs to who. It is for what is counted
// afterwards, with Owe, and too often to ask Redis each time: both know what this process has counted.
func (l *Limits) Has(name, who string) bool {
	return l == nil || l.local.take(l.keyOf(name, who), l.Budget(name), 0).Left > 0
}

// Owe takes n from a budget, and at most the whole of it, however little is left: until that has come back there is
// nothing.
func (l *Limits) Owe(name, who string, n int) {
	if l != nil && n > 0 {
		budget := l.Budget(name)
		l.local.owe(l.keyOf(name, who), budget, min(n, budget.Tokens))
	}
}

// Budget returns the budget of that name, which must be there.
func (l *Limits) Budget(name string) Budget {
	budget, known := l.budgets[name]
	if !known {
		panic("limit: there is no budget " + name)
	}
	return budget
}

// keyOf returns the name of a bucket. It does not reveal whose bucket it is, since that may be an e-mail or a network
// address. A Cluster chooses the node by what is between the braces.
func (l *Limits) keyOf(name, who string) string {
	h := hmac.New(sha256.New, l.key)
	h.Write([]byte(who))
	return "ensemble:" + name + ":{" + base64.RawURLEncoding.EncodeToString(h.Sum(nil)[:16]) + "}"
}

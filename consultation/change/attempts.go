package change

import (
	"context"
	"strings"
	"time"

	"ensemble/auth"
	"ensemble/consultation/refusal"
)

// Limits bound how often strangers may try something.
type Limits interface {
	// Take takes n from the budget of that name that belongs to who. When too little is left, ok is false, and wait
	// says how long to wait before the next try.
	Take(ctx context.Context, budget, who string, n int) (wait time.Duration, ok bool)
}

// Attempts names the two budgets of something that strangers can repeat: per account, known or not, and per network
// address.
type Attempts struct{ Account, Address string }

// TakeAttempt takes one attempt from the budget of the caller's network address, and one from that of an account, which
// is named by its e-mail address. It is called before any other work, and reveals nothing about the account. Without
// Limits it does nothing. Errors: RATE_LIMITED.
func (s *DB) TakeAttempt(ctx context.Context, what Attempts, email string) error {
	if s.Limits == nil {
		return nil
	}

	// The address comes first: whoever has used up its budget takes nothing from the accounts of others.
	for _, budget := range []struct{ name, who string }{
		{what.Address, auth.AddressFrom(ctx)},
		{what.Account, strings.ToLower(strings.TrimSpace(email))},
	} {
		if budget.who == "" {
			continue // the command line has no address
		}
		if wait, ok := s.Limits.Take(ctx, budget.name, budget.who, 1); !ok {
			return refusal.TooOften(budget.name, wait)
		}
	}
	return nil
}

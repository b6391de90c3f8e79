package change

import (
	"context"
	"strings"
	"time"

	"ensemble/auth"
	"ensemble/consultation/refusal"
)

// Limits bound how often strangers may try something. Take takes n from the budget of that name that belongs to who, or
// says how long to wait.
type Limits interface {
	Take(ctx context.Context, budget, who string, n int) (wait time.Duration, ok bool)
}

// attempts are what strangers may try only so often: for one account, known or not, and from one network address.
type attempts struct{ account, address string }

var (
	SignIns      = attempts{"accountSignIns", "addressSignIns"} // passwords tried
	MailRequests = attempts{"accountMails", "addressMails"}     // messages asked for: of sign-up, of a password reset
)

// MayTry takes one attempt from the budgets of an account, named by its e-mail address, and of whoever asks. It comes before
// any work, and tells nothing about the account. Errors: RATE_LIMITED.
func (s *DB) MayTry(ctx context.Context, what attempts, email string) error {
	if s.Limits == nil {
		return nil
	}
	for _, budget := range []struct{ name, who string }{
		{what.address, auth.AddressFrom(ctx)},
		{what.account, strings.ToLower(strings.TrimSpace(email))},
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

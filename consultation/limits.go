package consultation

import (
	"context"
	"strings"
	"time"

	"ensemble/auth"
)

// Limits bound how often strangers may try something. Take takes n from the budget of that name that belongs to who, or
// says how long to wait.
type Limits interface {
	Take(ctx context.Context, budget, who string, n int) (wait time.Duration, ok bool)
}

// attempts are what strangers may try only so often: for one account, known or not, and from one network address.
type attempts struct{ account, address string }

var (
	signIns = attempts{"accountSignIns", "addressSignIns"} // passwords tried
	mails   = attempts{"accountMails", "addressMails"}     // messages asked for: of sign-up, of a password reset
)

// mayTry takes one attempt from the budgets of an account, named by its e-mail address, and of whoever asks. It comes before
// any work, and tells nothing about the account. Errors: RATE_LIMITED.
func (s *Service) mayTry(ctx context.Context, what attempts, email string) error {
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
			return TooOften(budget.name, wait)
		}
	}
	return nil
}

// TooOften refuses because a limit is met, until some time has passed.
func TooOften(limit string, wait time.Duration) *Error {
	seconds := max(1, int((wait+time.Second-1)/time.Second))
	e := refuse(RateLimited, "Too much in a short time: come back in %d seconds.", seconds)
	e.Details = map[string]any{"limit": limit, "retryAfter": seconds}
	return e
}

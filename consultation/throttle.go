package consultation

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"strings"
)

// Throttle counts tries to prove who somebody is. act is the mutation; key stands for an e-mail address, "" for none, and is
// counted apart from where the request comes from. It refuses with RATE_LIMITED. nil: nothing is counted.
type Throttle func(ctx context.Context, act, key string) error

// throttle asks whether somebody may try to prove who they are now, before any work is done. What is counted apart is the
// e-mail address, known or not, by a hash; acts without one are counted by where the request comes from only. It is the
// same for addresses that have an account and for those that have none.
func (s *Service) throttle(ctx context.Context, act, address string) error {
	if s.Throttle == nil {
		return nil
	}
	return s.Throttle(ctx, act, throttleKey(address))
}

func throttleKey(address string) string {
	if address == "" {
		return ""
	}
	sum := sha256.Sum256([]byte("address " + strings.ToLower(address)))
	return base64.RawURLEncoding.EncodeToString(sum[:16])
}

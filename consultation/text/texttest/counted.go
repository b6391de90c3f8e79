package texttest

import "context"

// Counted is a context that counts how often it is looked at, and is canceled once that was Most times.
type Counted struct {
	context.Context
	Looks, Most int
}

// Err implements context.Context.
func (c *Counted) Err() error {
	if c.Looks++; c.Looks > c.Most {
		return context.Canceled
	}
	return nil
}

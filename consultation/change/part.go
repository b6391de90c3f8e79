package change

import "context"

// Part is a part of the rules, which embeds DB. Its commands get a view of the transaction of their own kind, V: the
// transaction together with the part.
type Part[V any] interface {
	// In is that of the DB.
	In(ctx context.Context, change func(ctx context.Context, tx *Tx) error) error
	// On returns the view of a transaction, which another part may have begun.
	On(tx *Tx) V
}

// In does what DB.In does, with the part's view of the transaction. Errors: those of change; those of DB.In.
func In[V any](ctx context.Context, s Part[V], change func(ctx context.Context, tx V) error) error {
	return s.In(ctx, func(ctx context.Context, tx *Tx) error { return change(ctx, s.On(tx)) })
}

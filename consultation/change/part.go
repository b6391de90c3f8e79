package change

import "context"

// Part is a part of the rules, which embeds DB. Its commands get a view of the transaction of their own kind, V: the
// transaction together with the part.
type Part[V any] interface {
	// On returns the view of a transaction, which another part may have begun.
	On(tx *Tx) V
	kernel() *DB
}

// kernel makes what embeds DB a Part.
func (s *DB) kernel() *DB { return s }

// In does what DB.In does, with the part's view of the transaction.
func In[V any](ctx context.Context, s Part[V], change func(ctx context.Context, tx V) error) error {
	return s.kernel().In(ctx, func(ctx context.Context, tx *Tx) error { return change(ctx, s.On(tx)) })
}

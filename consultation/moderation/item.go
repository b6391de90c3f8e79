package moderation

import (
	"context"
	"fmt"
	"time"

	"ensemble/consultation/change"
	"ensemble/consultation/refusal"
)

// Item is what people report and moderators hide: a row of a kind that was registered with Moderates. A commitment is
// not an Item: the steering body answers for its words, and withdraws it. Nor are the names of people and
// organizations: they belong to the site and to no process, so no moderators could decide on them.
//
// An Item is a snapshot, taken when it was locked. Hide, Restore and Publish take the transaction that locked it, and
// do not change what its other methods return.
type Item interface {
	ID() string            // of the row, whose kind (KindOf) is the one that was registered
	Kind() string          // as the tables and the schema spell it: "COMMENT"
	Author() string        // who wrote it, and may appeal
	Organization() *string // in whose name it is, nil for the author's own
	Process() string       // whose moderators decide on it
	About() string         // the node to which a notification of a decision leads the author

	// IsDraft reports whether only its author knows of it: nobody can report it or decide on it. A held item is no
	// draft.
	IsDraft() bool

	// IsPublic reports whether everybody can read it.
	IsPublic() bool

	// Removed refuses, with how it was removed, what cannot be read although everybody sees that something was here.
	// It returns nil for what can be read, and for what others must not know of.
	Removed() error

	// Removal returns how it is withheld from readers.
	Removal() Removal

	// ChangedAt returns when its author last changed what others could read; nil for never.
	ChangedAt() *time.Time

	// Hide takes what everybody could read away from all but its author and the moderators, and announces that in
	// nobody's name.
	Hide(ctx context.Context, tx *change.Tx) error

	// Restore makes the item visible again after Hide, and announces that in nobody's name.
	Restore(ctx context.Context, tx *change.Tx) error

	// Publish posts what was held as if its author wrote it now, with the same event as for any new item.
	// Errors: CLOSED where nothing new may be posted any more; CONFLICT when what it answers is gone.
	Publish(ctx context.Context, tx *change.Tx) error
}

// Removal says how an item is withheld from readers; the zero Removal means that it is not.
type Removal struct {
	Deleted bool // its author did that
	Held    bool // it waits for a moderator, or was refused: it was never published
	Hidden  bool // moderators or reports took it away
}

// LockItem reads the row that an id of its kind names, also a draft, and stops others from changing it until the
// transaction ends.
// Errors: NOT_FOUND on field.
type LockItem func(ctx context.Context, tx *change.Tx, field, id string) (Item, error)

// Moderates registers a kind of node, as ids spell it, that can be reported and hidden. It is called once for each
// kind, before anything is served, and panics the second time.
func (s *Moderation) Moderates(kind string, lock LockItem) {
	if s.items == nil {
		s.items = map[string]LockItem{}
	}
	if s.items[kind] != nil {
		panic(fmt.Sprintf("moderation: %s is registered twice as a kind of item", kind))
	}
	s.items[kind] = lock
}

// lockItem locks what people and moderators can do something to.
// Errors: NOT_FOUND on field for ids of other kinds, for what does not exist, and for drafts.
func (tx *tx) lockItem(ctx context.Context, field, id string) (Item, error) {
	i, err := tx.anyItem(ctx, field, id)
	if err == nil && i.IsDraft() {
		return nil, refusal.Missing(field)
	}
	return i, err
}

// anyItem does what lockItem does, and locks drafts as well.
func (tx *tx) anyItem(ctx context.Context, field, id string) (Item, error) {
	kind, _ := change.KindOf(id)
	lock, known := tx.items[kind]
	if !known {
		return nil, refusal.Missing(field)
	}
	return lock(ctx, tx.Tx, field, id)
}

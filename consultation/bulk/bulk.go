// Package bulk writes many rows at once that no rule has made one by one: a sample, or what was written elsewhere. It
// asks no permission and checks no text: the caller answers for what the rows say. What follows from the rows is made
// here, as the rules would have left it: the counters, the numbers of events, and the entries of the search index.
// Afterwards the rules go on from there.
//
// Nobody is told of what is written, neither subscribers nor those whom it concerns: it happened in the past.
package bulk

import (
	"context"

	"ensemble/consultation/change"
	"ensemble/consultation/search"
)

// Write runs make in a transaction, stores the rows that it returns (nil: none), and commits: all of them or, on an
// error, nothing. Then it brings the search index in order; when that fails, the rows stay, and the job that fills
// the index goes on. make may look in tx whether the database is as it should be. progress is called with how far it is.
//
// Counters are counted from the rows, whatever they were before. So the rows have to be complete: a thread with all its
// comments, comments with their votes, a commitment with its supports, amendments and comments, and a process with its
// commitments.
// Errors: those of make, and those of the database.
func Write(ctx context.Context, db *change.DB, index *search.Index, progress Progress,
	make func(ctx context.Context, tx *change.Tx) (*Rows, error),
) error {
	err := db.In(ctx, func(ctx context.Context, tx *change.Tx) error {
		rows, err := make(ctx, tx)
		if err != nil || rows == nil {
			return err
		}

		rows.count()
		return rows.store(ctx, tx, progress)
	})
	if err != nil {
		return err
	}
	return index.FillSearch(ctx)
}

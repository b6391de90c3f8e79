// Package search finds what everybody may read by its words. Nouns register what of them is found; the rows decide, in
// the same statement, whether it may be seen. The package words decides what a word is.
package search

import (
	"runtime"
	"time"

	"ensemble/consultation/change"
	"ensemble/fair"
)

// Index is what texts are found by.
type Index struct {
	*change.DB
	SearchTime  time.Duration // how long one statement of a search may take
	SearchTurns *fair.Queue   // of these statements
	registry    registry
}

// New makes an Index in which no kind of node is registered, and adds the job that brings it in order.
func New(db *change.DB) *Index {
	s := &Index{DB: db, SearchTime: searchTime, SearchTurns: fair.New(shares(db))}
	s.registry = newRegistry(s)
	s.Jobs.Add(orderIndex, change.PruneEvery, s.orderIndex())
	return s
}

// shares returns how many statements of searches run at once. They are work for processors: ours on SQLite, where more
// would only be in each other's way, and else those of the database's machine.
func shares(db *change.DB) fair.Shares {
	turns := max(2, runtime.GOMAXPROCS(0))
	if db.OnPostgres() {
		turns = max(8, turns)
	}
	return fair.Shares{Turns: turns, Address: turns / 2, Caller: turns / 2}
}

// Package search finds what everybody may read by its words. Nouns register what of them is found; the rows decide, in the same
// statement, whether that may be seen. What words are is in the package words.
package search

import (
	"time"

	"ensemble/consultation/change"
)

// Index is what texts are found by.
type Index struct {
	*change.DB
	SearchTime time.Duration // how long one statement of a search may take
	registry   registry
}

// New makes an Index in which nothing is registered.
func New(db *change.DB) *Index {
	s := &Index{DB: db, SearchTime: searchTime}
	s.registry = newRegistry(s)
	s.Jobs.Add(orderIndex, change.PruneEvery, s.orderIndex())
	return s
}

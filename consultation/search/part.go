// Package search finds what everybody may read by its words. Nouns register what of them is found; the rows decide, in
// the same statement, whether it may be seen. The package words decides what a word is.
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

// New makes an Index in which no kind of node is registered, and adds the job that brings it in order.
func New(db *change.DB) *Index {
	s := &Index{DB: db, SearchTime: searchTime}
	s.registry = newRegistry(s)
	s.Jobs.Add(orderIndex, change.PruneEvery, s.orderIndex())
	return s
}

// Package public says what everybody may see of each noun: the scopes that reads start from, who is named as the author
// of something, which position the streams have reached, and which topics anybody may listen to. All other code asks
// this package: a second place that decides what is visible would be wrong one day.
package public

import "ensemble/consultation/change"

// Scopes are what everybody may see. Parts register their kinds of node and of topic before anything is served.
type Scopes struct {
	*change.DB
	nodes  nodeKinds
	topics topics
}

// New makes Scopes without any kind.
func New(db *change.DB) *Scopes { return &Scopes{DB: db, nodes: nodeKinds{}, topics: newTopics()} }

// Package crowd is many subscribers in one process: raw sockets, one goroutine, one read buffer for all, so that a
// crowd costs less than the server it watches. It counts what arrives, and what does not, for each subscriber.
package crowd

import "fmt"

// Plan says who the crowd is.
type Plan struct {
	Addr   string   // of the server
	Source string   // the loopback address to connect from: each has some 28,000 ports
	Count  int      // subscribers
	Topics []string // subscriber i watches topic i modulo their number
	Events int      // how many events each will get: those numbered from 0 to Events-1
	Tokens []string // subscriber i is who token i stands for; none: nobody is signed in
	SameID bool     // all use one operation id, as servers need that write the same bytes to all
}

// Order is what a crowd is asked. One answer follows each.
type Order struct {
	Do      string  // connect, state, drop, resume or report
	Commits []int64 // for report: when event i was committed, in ns since 1970
}

// State is how far a crowd is. Times are in ns since 1970.
type State struct {
	Subscribed int
	Probed     int // subscribers that have received a probe
	Probes     int // received by all
	Deliveries int // events received, repetitions included
	Bytes      int // of their frames
	Last       int64
	Closed     int    // sockets that the server closed, or that failed
	Trouble    string // the first thing that should not have happened
}

// Report is what arrived.
type Report struct {
	State
	Lost, Repeated, Disordered, Resets int
	Latencies                          []int32 // µs from commit to first receipt, one for each event
}

// A marker opens the text of each comment that the bench posts, and says which one it is.
const (
	ProbeMark = 'p' // before a measurement: to see that a subscription is open
	EventMark = 'e'
	markHead  = `"body":"#`
	digits    = 8
)

// Marker returns how the comment with this number begins.
func Marker(kind byte, number int) string { return fmt.Sprintf("#%c%0*d ", kind, digits, number) }

// Query is what all subscribe to.
const Query = `subscription($commitment: ID!, $after: EventCursor) {
  commitmentEvents(commitment: $commitment, after: $after) {
    __typename cursor
    ... on CommentPosted { comment { id body createdAt author { name } } }
  }
}`

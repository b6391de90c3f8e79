package live

import "context"

// StateOK is the State of a Broker that hears what it publishes.
const StateOK = "ok"

// Broker carries events between processes, as hints: fast, and nothing more. An event may be lost, come twice,
// late, or out of order; what the Log holds decides. A Broker does promise that what it delivers was published,
// that Publish never waits for the network, and that it says when something may have been lost.
type Broker interface {
	// Publish sends e to every process that runs this Broker, this one included. An error means that e will
	// not be sent. No error does not mean that it arrives.
	Publish(ctx context.Context, e Event) error

	// Run delivers to receive what any process publishes, until ctx ends; it then returns nil, and calls
	// neither function again. It calls onGap once it can hear, and again whenever it can hear after a time
	// when it perhaps could not: "you may have missed something". Both functions must return quickly and may
	// be called from several goroutines at once. A broker that is out of reach is not an error: Run keeps trying.
	Run(ctx context.Context, receive func(Event), onGap func()) error

	// State is StateOK, or says in a few words for operators why events come late.
	State() string
}

// listener is what one Run calls.
type listener struct {
	receive func(Event)
	onGap   func()
}

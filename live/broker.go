package live

import "context"

// StateOK is the State of a Broker that hears what it publishes.
const StateOK = "ok"

// Broker carries events between processes, and reports of who watches, as hints: fast, and nothing more. An event may
// be lost, come twice, late, or out of order; what is in the Log decides. A Broker does promise that what it delivers
// was published, that Publish never waits for the network, and that it says when something may have been lost.
type Broker interface {
	// Publish sends e to every process that runs this Broker, this one included. An error means that e will
	// not be sent. No error does not mean that it arrives.
	Publish(ctx context.Context, e Event) error

	// Report sends r to every process, as Publish sends an event.
	Report(ctx context.Context, r Headcount) error

	// Run calls the functions of to with what any process publishes and reports, until ctx ends. Then it returns nil,
	// and calls none of them again. A broker that is out of reach is not an error: Run tries again and again.
	Run(ctx context.Context, to Listener) error

	// State is StateOK, or says in a few words for operators why events come late.
	State() string
}

// Listener is what a Broker calls. Its functions must return quickly and may be called from several goroutines at once.
type Listener struct {
	Event  func(Event)
	Report func(Headcount)
	// Gap is called once the Broker can hear, and again whenever it can hear after a time when it perhaps could
	// not: "you may have missed something".
	Gap func()
}

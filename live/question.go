package live

import (
	"context"
	"errors"
)

// ErrRefused means that a question may not be asked any more, by anybody. A Renderer returns it, or wraps it.
var ErrRefused = errors.New("live: this may no longer be watched")

// Question is what subscribers want to know about the events of a topic, or about its pulses: the newest state, at most
// every 250 ms. Those who ask the same share its answers.
type Question struct {
	Topic  string
	Pulse  bool
	Within string          // the topic that those who ask are counted as watching: itself, or what it belongs to; or none
	Key    string          // of everything but these that makes an answer differ
	Open   func() Renderer // makes a Renderer of this question; it depends on nobody who asks it
	Asked  any             // what Subscription.Asked is to return; those who ask the same may be given each other's

	Purse Purse // what may be asked, and what pays for it; nil: nobody counts. It is the same for all who ask the same
	Payer Payer // who pays in the name of this subscriber
	Cost  int   // of each answer
	Moved bool  // a subscription was let in before with another question, and is not refused now
}

// Renderer makes the answers to one question. It is used by one goroutine at a time.
type Renderer interface {
	// Render returns the answer to each event, in order, nil for an event that the question skips. Answers are shared
	// and stay in memory: they must not be changed afterwards. After an error, Render is called again a second later;
	// but if the error is ErrRefused, the group ends, and all its subscribers get the error.
	Render(ctx context.Context, events []Event) ([][]byte, error)
}

// Answer is an event and what it means to one question.
type Answer struct {
	Event   Event
	Payload []byte        // nil when there is nothing to send, and only the position changes
	Packed  func() []byte // Payload as PackWith would have it, made once for everybody when somebody wants it; else nil
}

// Sink takes what is for one subscriber: it writes to a socket. Its methods are called by several goroutines, at the
// same time too, and must not wait for a reader.
type Sink interface {
	// Wake says that there may be answers: take them with Next and Advance, at once or when there is room.
	Wake()
	// End says that nothing comes any more: err is ErrRefused, ErrStopped, or wraps one of them; or ErrAllQuestions,
	// when the question has given way to another one. The subscription has left.
	End(err error)
}

package server

import (
	"errors"
	"fmt"
	"time"

	"ensemble/consultation/refusal"
	"ensemble/server/wsframe"
)

// What clients say over a WebSocket is paid for by its size before it is decoded, since decoding is most of the work
// that a message can make: a socket pays a request for each 8 KiB, as a request over HTTP does.

const (
	portion   = 8 << 10          // bytes that count as a request, and as a message
	frameSize = 256              // bytes that a frame counts as besides its payload: reading an empty one is work, too
	paceTime  = 10 * time.Second // over how long messages are counted
)

// portions returns how many requests so many bytes count as, besides the one that they came with.
func portions(bytes int) int { return bytes / portion }

// pace counts what a client says.
type pace struct {
	since time.Time
	count int // messages and portions
	bytes int // that are not a whole portion yet
}

// add counts a frame with so many bytes, and returns how many portions it has filled.
func (p *pace) add(bytes int) int {
	p.bytes += frameSize + bytes
	full := portions(p.bytes)
	p.bytes -= full * portion
	return full
}

// allows counts n messages and reports whether there were not more than so many per second.
func (p *pace) allows(now time.Time, n, perSecond int) bool {
	if now.Sub(p.since) > paceTime {
		p.since, p.count = now, 0
	}
	p.count += n
	return p.count <= perSecond*int(paceTime/time.Second)
}

// charge counts one frame, which is the last one of so many messages, none or one, that have so many bytes. It returns
// an error when the client says too much.
func (c *webSocket) charge(messages, bytes int) error {
	c.heard()

	full := c.pace.add(bytes)
	if !c.pace.allows(time.Now(), messages+full, c.server.Sockets.Messages) {
		c.metrics.limited("socketMessages")
		return &wsframe.Violation{Code: closeTooManyMessages, Reason: "Too many messages"}
	}

	if full == 0 {
		return nil
	}

	ctx := c.context()
	err := c.server.pay(ctx, requests, full)
	if refused, ok := errors.AsType[*refusal.Error](err); ok {
		c.server.errors().Present(ctx, err) // counts it
		return &wsframe.Violation{
			Code:   closeTooManyMessages,
			Reason: fmt.Sprintf("%s: come back in %d s", refused.Details["limit"], refused.Details["retryAfter"]),
		}
	}
	return err
}

package server

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"time"

	"ensemble/consultation/refusal"
	"ensemble/server/wsframe"
)

// What clients say over a WebSocket is paid for by its size before it is decoded, since decoding is most of the work
// that a message can make: a socket pays a request for each 8 KiB, as a request over HTTP does. Frames are paid as they
// come, and a compressed message once more for what it has grown by.

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

// add counts so many bytes, and returns how many portions they have filled.
func (p *pace) add(bytes int) int {
	p.bytes += bytes
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

// again returns when messages are counted anew.
func (p *pace) again() time.Time { return p.since.Add(paceTime) }

// charge counts so many messages, none or one, and bytes. It returns an error when the client says too much.
func (c *webSocket) charge(messages, bytes int) error {
	c.heard()

	full := c.pace.add(bytes)
	if now := time.Now(); !c.pace.allows(now, messages+full, c.server.Sockets.Messages) {
		c.metrics.limited("socketMessages")
		most := fmt.Sprintf("%d a second", c.server.Sockets.Messages)
		return tooMuch("socketMessages", most, seconds(c.pace.again().Sub(now)))
	}

	if full == 0 {
		return nil
	}
	runtime.Gosched() // one client may say much without a break
	return c.take(c.context(), full)
}

// take takes n requests from the budgets of whoever is on the socket.
func (c *webSocket) take(ctx context.Context, n int) error {
	err := c.server.pay(ctx, requests, n)
	refused, ok := errors.AsType[*refusal.Error](err)
	if !ok {
		return err
	}

	c.server.errors().Present(ctx, err) // counts it
	name, _ := refused.Details["limit"].(string)
	wait, _ := refused.Details["retryAfter"].(int)
	budget := c.server.Limits.Budget(name)
	return tooMuch(name, fmt.Sprintf("%d in %d s", budget.Tokens, seconds(budget.Per)), wait)
}

// tooMuch closes the socket of a client that has said more than the limit of this name allows.
func tooMuch(limit, most string, wait int) *wsframe.Violation {
	return &wsframe.Violation{
		Code: closeTooManyMessages, Reason: fmt.Sprintf("%s: more than %s; come back in %d s", limit, most, wait),
	}
}

// unpacked returns what a message says, uncompressed. How much that is, and costs beyond what came, is known only
// afterwards: so it is uncompressed while anything is left to pay with, and what cannot be paid is owed.
func (c *webSocket) unpacked(m wsframe.Frame) ([]byte, error) {
	if !m.IsPacked() {
		return m.Payload, nil
	}

	ctx := c.context()
	if !c.server.hasLeft(ctx, requests) {
		if err := c.take(ctx, 1); err != nil {
			return nil, err
		}
	}

	text, err := m.Unpacked(maxMessage)
	grown := max(0, len(text)-len(m.Payload))
	if err == nil {
		err = c.charge(0, grown)
	}
	if err != nil {
		c.server.owe(ctx, requests, portions(grown))
	}
	return text, err
}

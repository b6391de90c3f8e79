package server

import (
	"testing"

	"github.com/vektah/gqlparser/v2/gqlerror"
)

// A subscription was admitted again, with another stream. When the stream it had before is refused, it goes on with the
// new one.
func TestOperationMovedOn(t *testing.T) {
	c := &webSocket{}
	c.protocol, c.sending = c, true // to nobody
	op := newOperation(&c.connection, "1", nil)
	c.operations = []*operation{op}

	before, now := &stream{op: op, socket: &c.socket}, &stream{op: op, socket: &c.socket}
	op.stream = now

	before.End(&refused{gqlerror.List{gqlerror.Errorf("no")}})
	if op.admitted() != now || op.over || len(c.operations) != 1 || len(c.rest) > 0 {
		t.Errorf("%q was said", c.rest)
	}
}

package crowd

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"time"
)

// poll is how long the crowd looks at sockets before it looks for orders.
const poll = 20 * time.Millisecond

// Serve reads a plan and then orders, each a line of JSON, and writes an answer to each order, until in ends.
func Serve(in io.Reader, out io.Writer) error {
	decoder, answers := json.NewDecoder(bufio.NewReader(in)), json.NewEncoder(out)
	var plan Plan
	if err := decoder.Decode(&plan); err != nil {
		return err
	}

	c, err := gather(plan)
	if err != nil {
		return err
	}

	// Read orders beside the sockets: reading may wait.
	orders := make(chan Order)
	go func() {
		defer close(orders)

		for {
			var o Order
			if decoder.Decode(&o) != nil {
				return // the runner has gone
			}
			orders <- o
		}
	}()

	for {
		select {
		case o, more := <-orders:
			if !more {
				return nil
			}
			answer, err := c.obey(o)
			if err == nil {
				err = answers.Encode(answer)
			}
			if err != nil {
				return err
			}
		default:
			if err := c.look(poll); err != nil {
				return err
			}
		}
	}
}

// obey carries out an order and returns what is answered.
func (c *crowd) obey(o Order) (any, error) {
	switch o.Do {
	case "connect", "resume":
		return &c.state, c.connect()
	case "drop":
		c.drop()
		return &c.state, nil
	case "state":
		return &c.state, nil
	case "report":
		return c.report(o.Commits), nil
	}
	return nil, fmt.Errorf("crowd: unknown order %q", o.Do)
}

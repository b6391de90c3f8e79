package crowd

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"
)

var (
	bodyStart   = []byte(markHead)
	cursorStart = []byte(`"cursor":"`)
)

// message handles one message of graphql-transport-ws. Events are found without parsing.
func (c *crowd) message(s *subscriber, m []byte, size int) error {
	if at := bytes.Index(m, bodyStart); at >= 0 && len(m) > at+len(bodyStart)+1+digits {
		mark := m[at+len(bodyStart):]
		number, err := strconv.Atoi(string(mark[1 : 1+digits]))
		if err != nil || !bytes.Contains(m, []byte(s.id)) {
			return fmt.Errorf("not a message for %s: %s", s.id, m)
		}
		if mark[0] == ProbeMark {
			c.probe(s)
			return nil
		}
		return c.event(s, number, m, size)
	}

	return c.other(s, m)
}

// probe counts an event that comes before the measurement.
func (c *crowd) probe(s *subscriber) {
	c.state.Probes++
	if !s.probed {
		s.probed = true
		c.state.Probed++
	}
}

// event counts an event of the measurement, and whether it comes again or too late.
func (c *crowd) event(s *subscriber, number int, m []byte, size int) error {
	if number >= c.plan.Events {
		return fmt.Errorf("event %d of %d", number, c.plan.Events)
	}

	c.state.Deliveries++
	c.state.Bytes += size
	c.state.Last = c.now

	word, bit := number/64, uint64(1)<<(number%64)
	switch {
	case s.seen[word]&bit != 0:
		c.repeated++
		return nil
	case number < s.next:
		c.disordered++
	default:
		s.next = number + 1
	}

	s.seen[word] |= bit
	c.samples = append(c.samples, sample{number, c.now})
	c.remember(s, number, m)

	return nil
}

// remember keeps the cursor of an event, once for all who watch its topic.
func (c *crowd) remember(s *subscriber, number int, m []byte) {
	topic := c.plan.Topics[s.topic]
	known := c.cursors[topic]
	if known == nil {
		known = make([]string, c.plan.Events)
		c.cursors[topic] = known
	}

	if known[number] != "" {
		return
	}

	if at := bytes.Index(m, cursorStart); at >= 0 {
		cursor, _, _ := bytes.Cut(m[at+len(cursorStart):], []byte(`"`))
		known[number] = string(cursor)
	}
}

// other handles what is no event of ours.
func (c *crowd) other(s *subscriber, raw []byte) error {
	var m struct {
		Type    string
		Payload struct{ Data, Errors json.RawMessage }
	}
	_ = json.Unmarshal(raw, &m) // an error's payload is a list: its type is read all the same

	switch m.Type {
	case "connection_ack":
		return c.subscribe(s)
	case "ping":
		return c.say(s, opText, []byte(`{"type":"pong"}`))
	case "pong":
		return nil
	case "next":
		if bytes.Contains(raw, []byte(`"Reset"`)) {
			c.resets++
			return nil
		}
	}

	c.trouble(fmt.Sprintf("an unexpected message: %s", raw))
	return nil
}

// greetingOf returns the first message of whoever a token stands for.
func greetingOf(token string) string {
	if token == "" {
		return `{"type":"connection_init"}`
	}
	return `{"type":"connection_init","payload":{"authorization":"Bearer ` + token + `"}}`
}

// subscribe asks for the events after the last one received, or from now on.
func (c *crowd) subscribe(s *subscriber) error {
	topic := c.plan.Topics[s.topic]
	variables := map[string]any{"commitment": topic, "after": nil}
	if s.next > 0 {
		variables["after"] = c.cursors[topic][s.next-1]
	}

	raw, err := json.Marshal(map[string]any{
		"type": "subscribe", "id": s.id, "payload": map[string]any{"query": Query, "variables": variables},
	})
	if err != nil {
		return err
	}

	s.stage = subscribed
	c.state.Subscribed++
	return c.say(s, opText, raw)
}

package crowd

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"time"

	"github.com/google/uuid"
)

// Bounds of connecting.
const (
	atOnce      = 500 // handshakes under way
	connectTime = 5 * time.Minute
	retryPause  = 20 * time.Millisecond // while the server starts
	readSize    = 256 << 10
)

// stage is how far a subscriber's socket is.
type stage uint8

const (
	absent stage = iota
	upgrading
	greeting // connection_init is sent
	subscribed
	closed // by the server
)

// subscriber is one socket with one subscription.
type subscriber struct {
	fd     int
	stage  stage
	probed bool
	topic  int
	id     string
	token  string
	seen   []uint64 // a bit per event
	next   int      // one more than the highest event seen
	rest   []byte   // the beginning of a frame whose end has not come yet
}

// sample is one event, received for the first time by one subscriber.
type sample struct {
	event int
	at    int64 // ns since 1970
}

type crowd struct {
	plan         Plan
	server, from netip.AddrPort
	poller       *poller
	subscribers  []subscriber
	byFD         map[int]*subscriber
	buffer       []byte
	now          int64 // when the sockets at hand were found readable
	cursors      map[string][]string

	state                        State
	repeated, disordered, resets int
	samples                      []sample
}

func gather(p Plan) (*crowd, error) {
	server, err := netip.ParseAddrPort(p.Addr)
	if err != nil {
		return nil, err
	}
	from, err := netip.ParseAddr(p.Source)
	if err != nil {
		return nil, err
	}

	c := &crowd{
		plan: p, server: server, from: netip.AddrPortFrom(from, 0),
		subscribers: make([]subscriber, p.Count), byFD: make(map[int]*subscriber, p.Count),
		buffer: make([]byte, readSize), cursors: map[string][]string{},
		samples: make([]sample, 0, p.Count*p.Events),
	}

	one := uuid.NewString()

	for i := range c.subscribers {
		id := one
		if !p.SameID {
			id = uuid.NewString()
		}

		token := ""
		if len(p.Tokens) > 0 {
			token = p.Tokens[i]
		}

		c.subscribers[i] = subscriber{
			token: token, topic: i % len(p.Topics), id: id, seen: make([]uint64, (p.Events+63)/64),
		}
	}

	c.poller, err = newPoller()
	return c, err
}

// connect opens a socket for every subscriber that has none, and returns when all have sent their subscription. Those
// that have received events go on behind the last one.
func (c *crowd) connect() error {
	late := time.Now().Add(connectTime)
	opened, before := 0, c.state.Subscribed

	for i := range c.subscribers {
		s := &c.subscribers[i]
		if s.stage != absent {
			continue
		}

		for opened+before-c.state.Subscribed-c.state.Closed >= atOnce && time.Now().Before(late) {
			if err := c.look(poll); err != nil {
				return err
			}
		}

		if err := c.open(s, late); err != nil {
			return err
		}
		opened++
	}

	// All have begun. Wait until each is answered, or has lost its connection.
	for c.state.Subscribed < len(c.subscribers)-c.state.Closed {
		if time.Now().After(late) {
			return fmt.Errorf("crowd: %d of %d sockets are open after %s", c.state.Subscribed,
				len(c.subscribers), connectTime)
		}
		if err := c.look(poll); err != nil {
			return err
		}
	}

	return nil
}

// open connects s and asks for a WebSocket.
func (c *crowd) open(s *subscriber, late time.Time) (err error) {
	for {
		if s.fd, err = dial(c.from, c.server); err == nil {
			break
		}
		if !refused(err) || time.Now().After(late) {
			return fmt.Errorf("crowd: connect to %s: %w", c.server, err)
		}
		time.Sleep(retryPause)
	}

	c.byFD[s.fd], s.stage = s, upgrading
	upgrade := "GET /graphql HTTP/1.1\r\nHost: " + c.plan.Addr +
		"\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n" +
		"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ZW5zZW1ibGVlbnNlbWJsZQ==\r\n" +
		"Sec-WebSocket-Protocol: graphql-transport-ws\r\n\r\n"
	if err := c.write(s, []byte(upgrade)); err != nil {
		return err
	}

	return c.poller.add(s.fd)
}

// look reads what has come, waiting for it for some time.
func (c *crowd) look(wait time.Duration) error {
	ready, err := c.poller.wait(wait)
	if err != nil {
		return err
	}
	for _, fd := range ready {
		if s := c.byFD[fd]; s != nil {
			c.take(s)
		}
	}
	return nil
}

// take reads one socket, as much as fits in the buffer; what is left makes it ready again.
func (c *crowd) take(s *subscriber) {
	n, err := read(s.fd, c.buffer)
	c.now = time.Now().UnixNano()

	switch {
	case errors.Is(err, errAgain):
		return
	case err != nil || n == 0:
		c.lose(s, fmt.Errorf("the server cut the connection (%v)", err))
		return
	}

	data := c.buffer[:n]
	if len(s.rest) > 0 {
		data = append(s.rest, data...)
	}

	left, err := c.frames(s, data)
	if err != nil {
		c.lose(s, err)
		return
	}

	s.rest = append([]byte(nil), left...) // nil when nothing is left
}

// write sends a message. A client's messages are few and short: one that does not fit in the socket is an error.
func (c *crowd) write(s *subscriber, b []byte) error {
	n, err := write(s.fd, b)
	if err == nil && n < len(b) {
		err = errors.New("the server does not read")
	}
	return err
}

// lose gives up a socket for good.
func (c *crowd) lose(s *subscriber, why error) {
	c.trouble(why.Error())
	if s.stage == subscribed {
		c.state.Subscribed--
	}
	c.state.Closed++
	c.hangUp(s)
	s.stage = closed
}

// drop cuts all sockets, so that resume can open them again.
func (c *crowd) drop() {
	for i := range c.subscribers {
		if s := &c.subscribers[i]; s.stage != absent {
			if s.stage != closed {
				c.hangUp(s)
			}
			s.stage = absent
		}
	}
	c.state.Subscribed, c.state.Closed, c.state.Trouble = 0, 0, ""
}

func (c *crowd) hangUp(s *subscriber) {
	delete(c.byFD, s.fd)
	cut(s.fd)
	s.fd, s.rest = 0, nil
}

func (c *crowd) trouble(what string) {
	if c.state.Trouble == "" {
		c.state.Trouble = what
	}
}

// refused reports whether the server may be there in a moment.
func refused(err error) bool {
	return errors.Is(err, errRefused) || errors.Is(err, net.ErrClosed)
}

package server_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"ensemble/consultation/roadmap"
	"ensemble/ent"
	"ensemble/internal/testsite"
	"ensemble/live"
	"ensemble/server"
)

// tally counts what clients got. lost, repeated and disordered must stay 0.
type tally struct{ clients, events, lost, repeated, disordered int }

// see counts the event with the number seq, which came to a client that had come as far as at. It returns how far the
// client has come then.
func (c *tally) see(at, seq int64) int64 {
	c.events++
	switch {
	case seq == at:
		c.repeated++
	case seq < at:
		c.disordered++
	default:
		c.lost += int(seq - at - 1)
	}
	return max(at, seq)
}

// check fails unless every event came once and in order.
func (c *tally) check(t testing.TB) {
	t.Helper()
	t.Logf("clients %d, events %d, lost %d, repeated %d, out of order %d",
		c.clients, c.events, c.lost, c.repeated, c.disordered)
	if c.lost+c.repeated+c.disordered > 0 || c.events == 0 {
		t.Error("that is not every event once and in order")
	}
}

// large asks for the text of a comment 20 times over: an event has some 40 KB then.
var large = `subscription($id: ID!, $after: EventCursor) { ` +
	`commentEvents(subject: $id, after: $after) { cursor ... on CommentPosted { ` +
	func() (copies string) {
		for i := range 20 {
			copies += fmt.Sprintf("c%d: comment { body } ", i)
		}
		return copies
	}() + `} } }`

// long1000 is the text of a comment: 1000 runes, and twice as many bytes.
var long1000 = strings.Repeat("é", 1000)

// follow reads the events of one subscription up to number last. The client has had those up to number at.
func (k *rawSocket) follow(t testing.TB, c *tally, at, last int64) {
	t.Helper()
	for c.clients++; at < last; {
		at = c.see(at, seqOf(t, k.message(t)))
	}
}

// seqOf returns the number of the event in a message. It looks only at the end, because some messages are large.
func seqOf(t testing.TB, message string) int64 {
	t.Helper()
	_, last, found := strings.Cut(message[max(0, len(message)-200):], `"extensions":{"cursor":"`)
	cursor, _, _ := strings.Cut(last, `"`)
	at, err := live.ParseCursor(cursor)
	if err != nil || !found {
		t.Fatalf("%.200s came", message)
	}
	return at.Seq
}

// asks returns the message that subscribes from a cursor on.
func asks(query, id, after string) string {
	payload, _ := json.Marshal(map[string]any{"query": query, "variables": map[string]any{"id": id, "after": after}})
	return `{"id":"1","type":"subscribe","payload":` + string(payload) + `}`
}

// lazy opens a socket, subscribes, and does not read. The kernel takes only little for the client.
func lazy(t testing.TB, s *testsite.Site, message string) *rawSocket {
	t.Helper()
	k := greeted(t, s)
	k.buffer(256 << 10) // with far less the loopback crawls: its packets have 64 KB
	k.say(t, message)
	return k
}

// buffer sets how many bytes the kernel takes for the client.
func (k *rawSocket) buffer(bytes int) {
	if tcp, ok := k.conn.(*net.TCPConn); ok {
		_ = tcp.SetReadBuffer(bytes) // the kernel may have another limit
	}
}

// gathering is a commitment with a thread that people watch.
type gathering struct {
	*testsite.World
	on    *ent.Commitment
	start string
	from  int64
}

// newGathering returns a new commitment. from is the number of its last event, and start the cursor there.
func newGathering(t testing.TB, s *testsite.Site) *gathering {
	t.Helper()
	w := testsite.NewWorld(t, s)
	c := w.Commitment(t, "Un", "Texte.")
	return &gathering{w, c, testsite.StreamCursor(t, s, c.ID), testsite.Head(t, s, c.ID)}
}

// post writes n comments of 1000 runes each.
func (c *gathering) post(ctx context.Context, n int) error {
	for range n {
		if _, err := c.PostComment(ctx, roadmap.PostCommentInput{Subject: c.on.ID, Body: long1000}); err != nil {
			return err
		}
	}
	return nil
}

// heap returns how many bytes are in use, after a collection.
func heap() int64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

// Clients stop reading. They cost little for as long as they are there, hold up nobody, and find everything when they
// read on.
func TestFaultStoppedReaders(t *testing.T) {
	s := onSQLite(t)
	c := newGathering(t, s)
	patientSite, api := beside(t, s, server.SocketSettings{Stall: time.Hour})

	var stopped, reading []*rawSocket
	const crowded, events = 30, 60
	for range crowded {
		stopped = append(stopped, lazy(t, patientSite, asks(large, c.on.ID, c.start)))
	}
	for range 5 {
		k := greeted(t, patientSite)
		k.say(t, asks(large, c.on.ID, c.start))
		reading = append(reading, k)
	}
	testsite.Eventually(t, "all watch", func() bool { return s.Hub.Subscriptions() == crowded+5 })

	before := heap()
	bob := c.Bob.Ctx(t.Context())
	posted := testsite.InBackground(func() error { return c.post(bob, events) })

	var all tally
	for _, k := range reading {
		k.follow(t, &all, c.from, c.from+events)
	}
	<-posted.Done
	testsite.Must(t, posted.Err)

	testsite.Eventually(t, "those who do not read lag", func() bool { return api.Metrics.Lagging.Load() == crowded })

	// What a reader costs is what the heap has grown by, without the answers that the hub has for everybody.
	after := heap()
	each := (after - before - s.Hub.Bytes()) / crowded
	t.Logf("a reader that stands still holds %d KB of heap", each>>10)
	if each > 128<<10 {
		t.Errorf("%d bytes", each)
	}

	if rings := s.Hub.Bytes(); rings > 4<<20 {
		t.Errorf("%d bytes of answers are kept", rings)
	}

	for _, k := range stopped {
		k.follow(t, &all, c.from, c.from+events)
	}
	all.check(t)
	testsite.Eventually(t, "nobody lags", func() bool { return api.Metrics.Lagging.Load() == 0 })

	if n := api.Metrics.Stalled.Load(); n != 0 {
		t.Errorf("%d were closed", n)
	}
}

// Sockets of clients that take nothing for too long are closed. The clients come back with their last cursor and have
// missed nothing.
func TestFaultStandingStill(t *testing.T) {
	s := onSQLite(t)
	c := newGathering(t, s)
	quick, api := beside(t, s, server.SocketSettings{Stall: 200 * time.Millisecond})

	const crowded, events = 20, 40
	var stopped []*rawSocket
	for range crowded {
		stopped = append(stopped, lazy(t, quick, asks(large, c.on.ID, c.start)))
	}
	reading := greeted(t, quick)
	reading.say(t, asks(testsite.CommentEvents, c.on.ID, c.start))
	testsite.Eventually(t, "all watch", func() bool { return s.Hub.Subscriptions() == crowded+1 })

	testsite.Must(t, c.post(c.Bob.Ctx(t.Context()), events))
	var all tally
	reading.follow(t, &all, c.from, c.from+events)

	testsite.Eventually(t, "they are closed", func() bool {
		return api.Metrics.Stalled.Load() == crowded && api.Metrics.Sockets.Load() == 1
	})
	testsite.Eventually(t, "they are forgotten", func() bool {
		return s.Hub.Subscriptions() == 1 && api.Metrics.Lagging.Load() == 0
	})

	for _, k := range stopped {
		at := c.from
		// First comes what was sent before the end.
		for {
			opcode, payload, err := k.next()
			if err != nil || opcode != textData {
				break
			}
			if string(payload) != pingMessage { // on a busy machine the test takes as long as one takes to come
				at = all.see(at, seqOf(t, string(payload)))
			}
		}
		_ = k.conn.Close()

		again := greeted(t, quick)
		again.say(t, asks(large, c.on.ID, cursorAt(t, s, c.on.ID, at)))
		again.follow(t, &all, at, c.from+events)
	}

	all.check(t)
}

// cursorAt returns the place after the event with this number.
func cursorAt(t testing.TB, s *testsite.Site, topic string, seq int64) string {
	t.Helper()
	return testsite.Got(s.Events(t.Context(), topic, seq-1, 1))(t)[0].Cursor().String()
}

// A client reads one byte at a time, for a while. Nobody else waits, and its events are whole all the same.
func TestFaultByteByByte(t *testing.T) {
	s := onSQLite(t)
	c := newGathering(t, s)
	slow := lazy(t, s, asks(large, c.on.ID, c.start))
	reading := greeted(t, s)
	reading.say(t, asks(testsite.CommentEvents, c.on.ID, c.start))

	bob := c.Bob.Ctx(t.Context())
	posted := testsite.InBackground(func() error { return c.post(bob, 40) })

	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	var read []byte
	for !posted.Over() || len(read) < 500 {
		<-tick.C
		b := testsite.Got(slow.in.ReadByte())(t)
		read = append(read, b)
	}

	var all tally
	reading.follow(t, &all, c.from, c.from+40)
	testsite.Must(t, posted.Err)

	// What was read byte by byte is read again as events.
	slow.in = bufio.NewReader(io.MultiReader(bytes.NewReader(read), slow.in))
	slow.follow(t, &all, c.from, c.from+40)
	all.check(t)
}

// A client takes a byte now and then, which opens no room in its kernel. It counts as one that takes nothing, is cut,
// and finds all the rest when it comes back.
func TestFaultTrickle(t *testing.T) {
	s := onSQLite(t)
	c := newGathering(t, s)
	quick, api := beside(t, s, server.SocketSettings{Stall: 200 * time.Millisecond})
	slow := lazy(t, quick, asks(large, c.on.ID, c.start))
	testsite.Eventually(t, "it watches", func() bool { return s.Hub.Subscriptions() == 1 })

	const events = 40
	bob := c.Bob.Ctx(t.Context())
	posted := testsite.InBackground(func() error { return c.post(bob, events) })

	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()

	var read []byte
	for b := make([]byte, 1); api.Metrics.Stalled.Load() == 0; <-tick.C {
		if n, err := slow.conn.Read(b); err == nil {
			read = append(read, b[:n]...)
		}
	}

	<-posted.Done
	testsite.Must(t, posted.Err)

	// What was read byte by byte is read again as events, in the order in which it came.
	before := testsite.Got(slow.in.Peek(slow.in.Buffered()))(t)
	slow.in = bufio.NewReader(io.MultiReader(bytes.NewReader(bytes.Clone(before)), bytes.NewReader(read), slow.conn))

	var all tally
	at := c.from
	for {
		opcode, payload, err := slow.next()
		if err != nil || opcode != textData {
			break
		}
		if string(payload) != pingMessage {
			at = all.see(at, seqOf(t, string(payload)))
		}
	}

	t.Logf("cut after %d bytes one by one; %d events had come", len(read), at-c.from)
	if len(read) < 5 || at == c.from || at == c.from+events {
		t.Errorf("cut after %d bytes and %d events: too early or too late to tell", len(read), at-c.from)
	}

	again := greeted(t, quick)
	again.say(t, asks(large, c.on.ID, cursorAt(t, s, c.on.ID, at)))
	again.follow(t, &all, at, c.from+events)
	all.check(t)
}

// Clients send anything at all, whole or cut short. Others notice nothing.
func TestFaultRubbish(t *testing.T) {
	const seed = 7
	s := onSQLite(t)
	c := newGathering(t, s)
	own, api := beside(t, s, server.SocketSettings{})

	reading := greeted(t, own)
	reading.say(t, asks(testsite.CommentEvents, c.on.ID, c.start))
	bob, random := c.Bob.Ctx(t.Context()), rand.New(rand.NewPCG(seed, 0))
	whole := string(frameOf(fin|textData, []byte(asks(testsite.CommentEvents, c.on.ID, c.start))))

	for i := range 60 {
		k := greeted(t, own)
		rubbish := make([]byte, 1+random.IntN(2000))
		for j := range rubbish {
			rubbish[j] = byte(random.Uint32())
		}

		switch i % 4 {
		case 0:
			k.write(rubbish)
		case 1: // cut in the middle of a frame, and gone
			k.write([]byte(whole[:1+random.IntN(len(whole)-1)]))
		case 2: // the same, without goodbye
			k.write([]byte(whole[:1+random.IntN(len(whole)-1)]))
			if tcp, ok := k.conn.(*net.TCPConn); ok {
				_ = tcp.SetLinger(0)
			}
		case 3: // good frames of rubbish
			k.frame(fin|textData, string(rubbish))
			k.frame(fin|binaryData, string(rubbish))
		}

		testsite.Must(t, c.post(bob, 1))
		testsite.Must(t, k.conn.Close())
	}

	var all tally
	reading.follow(t, &all, c.from, c.from+60)
	all.check(t)

	testsite.Eventually(t, "they are gone", func() bool {
		return api.Metrics.Sockets.Load() == 1 && s.Hub.Subscriptions() == 1
	})
	testsite.Eventually(t, "nothing is done for them", func() bool { return serving() == 0 })
}

// A client asks much and reads nothing. The answers that wait for it are bounded, and then its socket is cut.
func TestFaultQuestionsUnread(t *testing.T) {
	s := onSQLite(t)
	own, api := beside(t, s, server.SocketSettings{Stall: time.Hour, Messages: 1 << 20})
	k := lazy(t, own, `{"type":"ping"}`)

	before := heap()
	introspection := simple("N", `{ __schema { types {
		name description fields { name description args { name description type { name } } type { name } }
	} } }`)
	for i := 0; api.Metrics.Sockets.Load() > 0 && i < 10_000; i++ {
		question := strings.Replace(introspection, `"N"`, strconv.Quote(strconv.Itoa(i)), 1)
		k.write(frameOf(fin|textData, []byte(question)))
	}

	testsite.Eventually(t, "the socket is cut",
		func() bool { return api.Metrics.Sockets.Load() == 0 && serving() == 0 })
	if grown := heap() - before; grown > 16<<20 {
		t.Errorf("%d bytes are held", grown)
	}
}

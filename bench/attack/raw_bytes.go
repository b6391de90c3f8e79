package main

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"strings"
	"time"
)

// rawBytes are attacks by bytes that cost something before anybody knows what they ask.
func rawBytes() []attack {
	large, small := pingOf(95_000), pingOf(300)
	deep := []byte(`{"query":"{ __typename }","variables":{"v":` + strings.Repeat("[", 400_000) + strings.Repeat("]", 400_000) + "}}")

	return []attack{
		{name: "bytes/pings", atOnce: 8, about: "pings of 95,000 keys, 50 a second and socket", try: pings(large, false)},
		{name: "bytes/packed pings", atOnce: 8, about: "the same, compressed", try: pings(large, true)},
		{name: "bytes/small pings", atOnce: 16, about: "pings as large as they may be, 50 a second and socket",
			try: pings(small, false)},
		{name: "bytes/messages", atOnce: 8, about: "messages of a megabyte", try: pings(
			[]byte(`{"type":"subscribe","id":"1","payload":{"query":"# `+strings.Repeat("a", megabyte)+`"}}`), false)},
		{name: "bytes/deep", atOnce: 8, about: "variables that are 400,000 levels deep",
			try: func(ctx context.Context, c *caller, _ int) { c.post(ctx, "/graphql", "", deep) }},
		{name: "bytes/empty frames", atOnce: 8, about: "messages in endless empty fragments", try: fragments(nil)},
		{name: "bytes/short frames", atOnce: 8, about: "messages in fragments of a letter", try: fragments([]byte("a"))},
		{name: "bytes/paths", atOnce: 16, about: "pages, files and paths that lead nowhere", try: paths},
		{name: "bytes/log lines", atOnce: 16, about: "paths and names of 20 kB, to fill the log", try: logLines},
		{name: "bytes/slow", atOnce: 500, most: 500, about: "500 requests that come byte by byte", try: slowly},
	}
}

// pingOf returns a ping with so many keys in its payload.
func pingOf(keys int) []byte {
	b := bytes.NewBufferString(`{"type":"ping","payload":{`)
	for i := range keys {
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(b, `"k%d":1`, i)
	}
	b.WriteString("}}")
	return b.Bytes()
}

// pings says the same over a socket 50 times a second.
func pings(message []byte, packed bool) func(context.Context, *caller, int) {
	return func(ctx context.Context, c *caller, _ int) {
		conn := c.socket(ctx, "", packed)
		if conn == nil {
			return
		}
		defer conn.close()
		c.whileListening(ctx, conn, func() {
			for sleep(ctx, 20*time.Millisecond) == nil && conn.write(message) == nil {
			}
		})
	}
}

// fragments sends a message that does not end, in as many frames as fit through the socket.
func fragments(payload []byte) func(context.Context, *caller, int) {
	frame := func(first byte) []byte {
		return append([]byte{first, 0x80 | byte(len(payload)), 0, 0, 0, 0}, payload...)
	}
	const text, more = 1, 0

	return func(ctx context.Context, c *caller, _ int) {
		conn := c.socket(ctx, "", false)
		if conn == nil {
			return
		}
		defer conn.close()
		c.whileListening(ctx, conn, func() {
			many := bytes.Repeat(frame(more), 5000)
			_, err := conn.NetConn().Write(frame(text))
			for err == nil {
				_, err = conn.NetConn().Write(many)
			}
		})
	}
}

// paths asks for something that is no operation.
func paths(ctx context.Context, c *caller, n int) {
	c.fetch(ctx, pick([]string{"/", "/explorer", "/graphql", "/auth/none", fmt.Sprintf("/nothing/%d", n)}, n))
}

// fetch sends a GET.
func (c *caller) fetch(ctx context.Context, path string) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+c.server+path, nil)
	if err != nil {
		panic("bench/attack: " + err.Error())
	}
	c.do(r)
}

// logLines sends what would fill a log that wrote it all down.
func logLines(ctx context.Context, c *caller, n int) {
	long := strings.Repeat("x", 20_000)
	if n%2 == 0 {
		c.fetch(ctx, "/"+long)
		return
	}
	c.ask(ctx, "", question{Query: "query " + long + " { __typename }"})
}

// slowly sends a request byte by byte.
func slowly(ctx context.Context, c *caller, _ int) {
	conn, err := c.dial(ctx)
	if err != nil {
		return
	}
	defer func() { _ = conn.Close() }()
	if _, err := fmt.Fprint(conn, "POST /graphql HTTP/1.1\r\nHost: bench\r\nContent-Length: 100000\r\n\r\n"); err != nil {
		return
	}
	for sleep(ctx, 200*time.Millisecond) == nil {
		if _, err := conn.Write([]byte(" ")); err != nil {
			c.count("cut")
			return
		}
	}
}

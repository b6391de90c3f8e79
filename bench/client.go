package main

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"net"
	"net/http"
)

// client is one connection that stays open, with one request under way at most.
type client struct {
	conn net.Conn
	in   *bufio.Reader
	body bytes.Buffer
}

func dial(ctx context.Context, addr string) (*client, error) {
	conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", addr)
	if err != nil {
		return nil, err
	}
	return &client{conn: conn, in: bufio.NewReaderSize(conn, 16<<10)}, nil
}

// do sends a request and returns the body of the answer, which the next do overwrites.
func (c *client) do(request []byte) ([]byte, error) {
	if _, err := c.conn.Write(request); err != nil {
		return nil, err
	}

	response, err := http.ReadResponse(c.in, nil)
	if err != nil {
		return nil, err
	}
	defer func() { _ = response.Body.Close() }()

	c.body.Reset()
	if _, err := c.body.ReadFrom(response.Body); err != nil {
		return nil, err
	}

	if response.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("%s: %s", response.Status, c.body.Bytes())
	}

	return c.body.Bytes(), nil
}

// must is do for requests that are not refused: GraphQL puts errors before data.
func (c *client) must(request []byte) error {
	body, err := c.do(request)
	if err == nil && !bytes.HasPrefix(body, []byte(`{"data":{`)) {
		err = fmt.Errorf("refused: %s", body)
	}
	return err
}

package server

import (
	"bytes"
	"compress/flate"
	"encoding/binary"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"

	"github.com/gorilla/websocket"
)

// Compression of WebSocket messages, without memory from one to the next. Source: RFC 7692.

// offersDeflate says whether the client of a handshake would have messages compressed, as we and gorilla do it: with the
// usual window.
func offersDeflate(r *http.Request) bool {
	offers := strings.Join(r.Header.Values("Sec-Websocket-Extensions"), ",")
	if strings.Contains(strings.ToLower(offers), "server_max_window_bits") {
		return false
	}
	return slices.ContainsFunc(strings.Split(offers, ","), func(extension string) bool {
		name, _, _ := strings.Cut(extension, ";")
		return strings.TrimSpace(name) == "permessage-deflate"
	})
}

var deflaters = sync.Pool{New: func() any {
	w, err := flate.NewWriter(nil, flate.DefaultCompression)
	if err != nil {
		panic("server: no such level of compression: " + err.Error())
	}
	return w
}}

// Deflate compresses a part of a message, for live.PackWith. It ends on a whole byte, so that other parts can come before and behind.
func Deflate(part []byte) []byte {
	var out bytes.Buffer
	w := deflaters.Get().(*flate.Writer)
	defer deflaters.Put(w)
	w.Reset(&out)
	_, _ = w.Write(part) // a buffer takes everything
	_ = w.Flush()
	return out.Bytes()
}

// appendPacked adds the frame of an answer whose payload was compressed once for everybody. What is different for each
// subscriber is put before and behind it as it is, in blocks of their own; a last, empty block ends the message.
func appendPacked(b, head, packed, end []byte) []byte {
	at := len(b)
	b = appendFrame(b, frameText, storedBlock(len(head)), head, packed, storedBlock(len(end)), end, []byte{0})
	b[at] |= framePacked
	return b
}

// storedBlock begins a block of at most 65,535 bytes that are not compressed. Source: RFC 1951 §3.2.4.
func storedBlock(length int) []byte {
	b := binary.LittleEndian.AppendUint16([]byte{0}, uint16(length))
	return binary.LittleEndian.AppendUint16(b, ^uint16(length))
}

// inflate undoes the compression of a client's message, of at most so many bytes.
func inflate(packed []byte, limit int) ([]byte, error) {
	const end = "\x00\x00\xff\xff\x01\x00\x00\xff\xff" // what the sender leaves out, and the end
	r := flate.NewReader(io.MultiReader(bytes.NewReader(packed), strings.NewReader(end)))
	message, err := io.ReadAll(io.LimitReader(r, int64(limit)+1))
	switch {
	case err != nil:
		return nil, &violation{websocket.CloseInvalidFramePayloadData, "Not compressed as agreed"}
	case len(message) > limit:
		return nil, errTooBig
	}
	return message, nil
}

package wsframe

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

// Messages are compressed without memory from one to the next. Source: RFC 7692.

// OffersDeflate reports whether the client of a handshake would have messages compressed as they are here: with the
// usual window.
func OffersDeflate(r *http.Request) bool {
	offers := strings.Join(r.Header.Values("Sec-Websocket-Extensions"), ",")
	if strings.Contains(strings.ToLower(offers), "server_max_window_bits") {
		return false
	}
	return slices.ContainsFunc(strings.Split(offers, ","), func(extension string) bool {
		name, _, _ := strings.Cut(extension, ";")
		return strings.TrimSpace(name) == "permessage-deflate"
	})
}

// deflaters are used again and again: each has hundreds of kilobytes.
var deflaters = sync.Pool{New: func() any {
	w, err := flate.NewWriter(nil, flate.DefaultCompression)
	if err != nil {
		panic("wsframe: no such level of compression: " + err.Error())
	}
	return w
}}

// Deflate compresses a part of a message. The result ends on a whole byte, so that other parts can come before it and
// behind it: see AppendPacked.
func Deflate(part []byte) []byte {
	var out bytes.Buffer
	w := deflaters.Get().(*flate.Writer)
	defer deflaters.Put(w)

	w.Reset(&out)
	_, _ = w.Write(part) // a buffer takes everything
	_ = w.Flush()
	return out.Bytes()
}

// AppendPacked adds to b the frame of a text message whose middle was compressed by Deflate, once for everybody who is
// sent it. What is different for each of them is put before and behind it as it is, in blocks of their own; a last,
// empty block ends the message.
func AppendPacked(b, head, deflated, end []byte) []byte {
	at := len(b)
	b = Append(b, Text, storedBlock(len(head)), head, deflated, storedBlock(len(end)), end, []byte{0})
	b[at] |= bitPacked
	return b
}

// storedBlock returns the beginning of a block of at most 65,535 bytes that are not compressed. Source: RFC 1951
// §3.2.4.
func storedBlock(length int) []byte {
	b := binary.LittleEndian.AppendUint16([]byte{0}, uint16(length))
	return binary.LittleEndian.AppendUint16(b, ^uint16(length))
}

// inflaters are used again and again: each has tens of kilobytes.
var inflaters = sync.Pool{New: func() any { return flate.NewReader(nil) }}

// A message may have maxRatio times as many bytes as were sent for it, and freely more. JSON that people and programs
// write is compressed ten to twenty times; the format allows a thousand, so that who sends little could have much read.
const (
	maxRatio = 100
	freely   = 64 << 10
)

// inflate undoes the compression of a client's message, of at most limit bytes. With an error it returns what came of it
// until then. Errors: a *Violation.
func inflate(deflated []byte, limit int) ([]byte, error) {
	const end = "\x00\x00\xff\xff\x01\x00\x00\xff\xff" // what the sender leaves out, and the end
	r := inflaters.Get().(io.ReadCloser)
	defer inflaters.Put(r)

	packed := io.MultiReader(bytes.NewReader(deflated), strings.NewReader(end))
	if err := r.(flate.Resetter).Reset(packed, nil); err != nil {
		return nil, err
	}

	limit = min(limit, freely+maxRatio*len(deflated))
	message, err := io.ReadAll(io.LimitReader(r, int64(limit)+1))
	switch {
	case err != nil:
		return message, &Violation{websocket.CloseInvalidFramePayloadData, "Not compressed as agreed"}
	case len(message) > limit:
		return message, errTooBig
	}
	return message, nil
}

package server

import (
	"bytes"
	"compress/gzip"
	"io"
	"net/http"
	"sync"

	"ensemble/web"
)

// packFrom is from how many bytes on an answer is compressed: a smaller one fits a packet or two in any case.
const packFrom = 1 << 10

// packers are those of answers; each has most of a megabyte.
var packers = sync.Pool{New: func() any {
	packer, err := gzip.NewWriterLevel(nil, gzip.BestSpeed)
	if err != nil {
		panic("server: " + err.Error())
	}
	return packer
}}

// packed compresses the body of an answer, if the client accepts that, and says so in its header. Compressing a large one
// takes its turn, and it goes out as it is when that does not come.
func (s *Server) packed(header http.Header, r *http.Request, body []byte) []byte {
	if len(body) < packFrom || !web.AcceptsGzip(r.Header) {
		return body
	}
	done, err := s.turnForBytes(r.Context(), len(body))
	if err != nil {
		return body
	}
	defer done()

	var packed bytes.Buffer
	packer := packers.Get().(*gzip.Writer)
	packer.Reset(&packed)
	_, _ = packer.Write(body) // a buffer takes everything
	_ = packer.Close()
	packer.Reset(io.Discard) // lets go of the buffer
	packers.Put(packer)

	header.Set("Content-Encoding", "gzip")
	return packed.Bytes()
}

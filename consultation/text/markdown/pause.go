package markdown

import (
	"context"
	"io"

	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/text"

	"ensemble/heavy"
)

// signsBetween is how many signs are read between two pauses. A sign that begins a link takes up to 40 µs.
const signsBetween = 25

// pauser is a parser that finds nothing. Goldmark asks it wherever something may begin, and it pauses there now and
// then: see heavy.Pause.
type pauser struct{}

// signs is what a text has read so far, for pauser.
type signs struct {
	ctx  context.Context
	read int
}

var signsRead = parser.NewContextKey()

// pausing has the parser pause, and stop when ctx ends.
func pausing(ctx context.Context) parser.ParseOption {
	pc := parser.NewContext()
	pc.Set(signsRead, &signs{ctx: ctx})
	return parser.WithContext(pc)
}

// Trigger implements parser.InlineParser. These are the signs that other parsers ask for; a space also stands for the
// beginning of a line.
func (pauser) Trigger() []byte { return []byte(" !(*.:<@[]_`~") }

// Parse implements parser.InlineParser.
func (pauser) Parse(_ ast.Node, _ text.Reader, pc parser.Context) ast.Node {
	s := pc.Get(signsRead).(*signs)
	if s.read++; s.read%signsBetween == 0 {
		heavy.Pause(s.ctx)
	}
	return nil
}

// pausingWriter pauses before each write; goldmark writes 4 KiB at once.
type pausingWriter struct {
	ctx context.Context
	io.Writer
}

func (w pausingWriter) Write(p []byte) (int, error) {
	heavy.Pause(w.ctx)
	return w.Writer.Write(p)
}

// pausingReader pauses before each read, and reads 4 KiB at most.
type pausingReader struct {
	ctx context.Context
	io.Reader
}

func (r pausingReader) Read(p []byte) (int, error) {
	heavy.Pause(r.ctx)
	return r.Reader.Read(p[:min(len(p), 4<<10)])
}

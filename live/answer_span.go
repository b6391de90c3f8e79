package live

import (
	"slices"
	"time"
)

// position is a Cursor without its topic.
type position struct {
	seq   int64
	nonce uint64
}

func (c Cursor) position() position { return position{c.Seq, c.Nonce} }

// span is a chain of answers in memory that begins after a position. It is never changed once others can see it.
type span struct {
	from    position
	answers []Answer
	bytes   int
	made    time.Time // when the newest answer was
}

// end returns the position after the last answer, or where the span begins when it has none.
func (s *span) end() position {
	if n := len(s.answers); n > 0 {
		return s.answers[n-1].Event.Cursor().position()
	}
	return s.from
}

// after returns what follows at; ok says whether at is a place in the span, its end included.
func (s *span) after(at position) (answers []Answer, ok bool) {
	if at == s.from {
		return s.answers, true
	}
	if len(s.answers) == 0 || isReset(*s) {
		return nil, at == s.end()
	}

	i := at.seq - s.answers[0].Event.Seq // the answer that at is the place of
	if i < 0 || i >= int64(len(s.answers)) || s.answers[i].Event.Nonce != at.nonce {
		return nil, false
	}
	return s.answers[i+1:], true
}

func isReset(s span) bool { return len(s.answers) > 0 && s.answers[0].Event.Type == Reset }

// with returns the span with more answers. Beyond so many bytes or so many answers it drops many at once, the oldest
// first.
func (s *span) with(more []Answer, bytes, number int) *span {
	grown := &span{from: s.from, answers: append(s.answers, more...), bytes: s.bytes + bytesOf(more), made: time.Now()}
	if grown.bytes <= bytes && len(grown.answers) <= 2*number {
		return grown
	}

	// Drop from the front until half of the bytes, and the usual number, are left. What was just added stays.
	drop, old := 0, len(grown.answers)-len(more)
	for ; drop < old && (grown.bytes > bytes/2 || len(grown.answers)-drop > number); drop++ {
		grown.bytes -= len(grown.answers[drop].Payload)
	}

	if drop > 0 {
		grown.from = grown.answers[drop-1].Event.Cursor().position()
		grown.answers = slices.Clone(grown.answers[drop:])
	}

	return grown
}

func bytesOf(answers []Answer) (n int) {
	for _, a := range answers {
		n += len(a.Payload)
	}
	return n
}

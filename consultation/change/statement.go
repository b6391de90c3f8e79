package change

import (
	"strconv"
	"strings"
)

// Statement is SQL that is put together from pieces with their arguments. The arguments get their numbers ($1, $2 …)
// only when the whole is there, so that one statement can be put into another. Nothing in the text is replaced,
// whatever it quotes.
type Statement struct {
	pieces []piece
}

// piece is some text and the arguments that come after it.
type piece struct {
	text string
	args []any
}

// SQL begins a statement with some text and the arguments that come right after it, with commas between them.
func SQL(text string, args ...any) *Statement { return new(Statement).Add(text, args...) }

// Add appends text and the arguments that come right after it, with commas between them. It returns q.
// The text is the program's own: what people wrote is always an argument.
func (q *Statement) Add(text string, args ...any) *Statement {
	q.pieces = append(q.pieces, piece{text, args})
	return q
}

// Put appends another statement, whose arguments are numbered anew. It returns q.
func (q *Statement) Put(other *Statement) *Statement {
	q.pieces = append(q.pieces, other.pieces...)
	return q
}

// Values appends a VALUES clause of these rows. It returns q.
func (q *Statement) Values(rows [][]any) *Statement {
	for i, row := range rows {
		before := "), ("
		if i == 0 {
			before = "VALUES ("
		}
		q.Add(before, row...)
	}
	return q.Add(")")
}

// Query returns the text, with the numbers of the arguments in it, and the arguments in that order.
func (q *Statement) Query() (text string, args []any) {
	var b strings.Builder
	for _, p := range q.pieces {
		b.WriteString(p.text)
		for i, arg := range p.args {
			if i > 0 {
				b.WriteString(", ")
			}

			args = append(args, arg)
			b.WriteString("$" + strconv.Itoa(len(args)))
		}
	}
	return b.String(), args
}

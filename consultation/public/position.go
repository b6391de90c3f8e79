package public

import (
	"context"
	"fmt"

	"entgo.io/ent/dialect/sql"

	"ensemble/consultation/change"
	"ensemble/ent"
	"ensemble/ent/topic"
	"ensemble/live"
)

// withPosition adds the position of the row's topic to the statement that reads the row, so that the position is read
// before anything under the row: see StreamCursor.
func withPosition(s *sql.Selector) {
	for _, column := range []string{topic.FieldSeq, topic.FieldNonce} {
		heads := sql.Table(topic.Table)
		head := sql.Dialect(s.Dialect()).Select(heads.C(column)).From(heads)
		head.Where(sql.ColumnsEQ(heads.C(topic.FieldID), s.C("id")))
		s.AppendSelectExprAs(sql.ExprFunc(func(b *sql.Builder) {
			b.WriteString("COALESCE").
				Wrap(func(b *sql.Builder) { b.Wrap(func(b *sql.Builder) { b.Join(head) }).WriteString(", 0") })
		}), "stream_"+column) // 0: before the first event
	}
}

// valued is a row that was read with more columns than its own.
type valued interface {
	change.Node
	Value(name string) (ent.Value, error)
}

// positioned is a row that can take the position that its stream has reached.
type positioned interface {
	valued
	SetValue(name string, v ent.Value)
}

// AtHead returns a row, which a change has returned, with the position of its stream. That is the one in heads, which
// the change has made, so that nothing is read again: the change has locked the row, and it is as it was then. When the
// change has announced nothing on the row's topic, the row is the one that read reads, with its position.
func AtHead[T positioned](ctx context.Context, row T, heads map[string]live.Cursor,
	read func(ctx context.Context, id string) (T, error),
) (T, error) {
	head, announced := heads[row.NodeID()]
	if !announced {
		return read(ctx, row.NodeID())
	}

	row.SetValue("stream_seq", head.Seq)
	row.SetValue("stream_nonce", int64(head.Nonce))
	return row, nil
}

// OnceAtHead does what change.Once does for a change that returns a row with a stream. The row has the position of its
// stream; read must return it with that position, too.
func OnceAtHead[T interface {
	change.Made[T]
	positioned
}, V any](
	ctx context.Context, s change.Part[V], in change.Input, read func(ctx context.Context, id string) (T, error),
	do func(ctx context.Context, tx V) (T, error),
) (T, error) {
	row, heads, err := change.OnceWithHeads(ctx, s, in, read, do)
	if err != nil {
		var none T
		return none, err
	}
	if heads == nil {
		return row, nil // it was done before, and read has just read the row
	}
	return AtHead(ctx, row, heads, read)
}

// StreamCursor returns where the stream of a process or commitment stood when its row was read. Whatever is read under
// the row is as new or newer, so whoever follows the events after the cursor misses nothing. It returns an error when
// the row was read without the position: see AllProcesses.
func StreamCursor(row valued) (live.Cursor, error) {
	seq, err := row.Value("stream_seq")
	if err != nil {
		return live.Cursor{}, fmt.Errorf("row of %s was read without its stream's position: %w", row.NodeID(), err)
	}
	nonce, err := row.Value("stream_nonce")
	if err != nil {
		return live.Cursor{}, err
	}

	return live.Cursor{Topic: row.NodeID(), Seq: seq.(int64), Nonce: uint64(nonce.(int64))}, nil
}

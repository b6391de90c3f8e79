package consultation

import (
	"fmt"

	"entgo.io/ent/dialect/sql"

	"ensemble/ent"
	"ensemble/ent/topic"
	"ensemble/live"
)

// withPosition reads the topic's position in the statement that reads the row, before anything under it: see
// StreamCursor.
func withPosition(s *sql.Selector) {
	for _, column := range []string{topic.FieldSeq, topic.FieldNonce} {
		heads := sql.Table(topic.Table)
		head := sql.Dialect(s.Dialect()).Select(heads.C(column)).From(heads)
		head.Where(sql.ColumnsEQ(heads.C(topic.FieldID), s.C("id")))
		s.AppendSelectExprAs(sql.ExprFunc(func(b *sql.Builder) {
			b.WriteString("COALESCE").Wrap(func(b *sql.Builder) { b.Wrap(func(b *sql.Builder) { b.Join(head) }).WriteString(", 0") })
		}), "stream_"+column) // 0: before the first event
	}
}

// valued is a row that was read with more columns than its own.
type valued interface {
	node
	Value(name string) (ent.Value, error)
}

// StreamCursor is where the stream of a process or commitment stood when its row was read: whatever is read under
// the row is as new or newer, so that events after the cursor miss nothing.
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

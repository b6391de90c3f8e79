package testsite

import (
	"testing"

	"ensemble/live"
)

// These are the subscriptions. They ask for what Happening has.
const (
	Seen = `{ __typename id cursor
		... on CommentPosted { nodeId subjectId comment { id body } }
		... on CommentEdited { nodeId subjectId comment { id body } }
		... on CommentRemoved { nodeId subjectId comment { id body } }
		... on VoteChanged { nodeId subjectId comment { id body } } }`
	ProcessEvents = `subscription($id: ID!, $after: EventCursor) { ` +
		`processEvents(process: $id, after: $after) { __typename id cursor } }`
	CommitmentEvents = `subscription($id: ID!, $after: EventCursor) { ` +
		`commitmentEvents(commitment: $id, after: $after) ` + Seen + ` }`
	CommentEvents = `subscription($id: ID!, $after: EventCursor) { ` +
		`commentEvents(subject: $id, after: $after) ` + Seen + ` }`
	AmendmentEvents = `subscription($id: ID!, $after: EventCursor) { ` +
		`amendmentEvents(commitment: $id, after: $after) { __typename id cursor } }`
)

// Watch subscribes on a socket of its own. after is a cursor, or "" to begin now.
func Watch(t testing.TB, s *Site, query, id, after string) *Socket {
	t.Helper()
	k := Dial(t, s, "")
	variables := map[string]any{"id": id}
	if after != "" {
		variables["after"] = after
	}
	k.Subscribe(t, "1", query, variables)
	return k
}

// StreamCursor returns the cursor of the stream of a process or commitment, as a page has it.
func StreamCursor(t testing.TB, s *Site, id string) string {
	t.Helper()
	var at struct{ Node struct{ StreamCursor string } }
	s.Must(t, "", `query($id: ID!) { node(id: $id) { ... on Process { streamCursor } ... on Commitment { streamCursor } } }`,
		map[string]any{"id": id}, &at)
	return at.Node.StreamCursor
}

// EventsAfter returns the events that the log has of a topic after a cursor.
func EventsAfter(t testing.TB, s *Site, topic, after string) []live.Event {
	t.Helper()
	at, err := live.ParseCursor(after)
	if err != nil {
		t.Fatal(err)
	}
	events, err := s.Events(t.Context(), topic, at.Seq, 10_000)
	if err != nil {
		t.Fatal(err)
	}
	return events
}

// Head returns the number of the topic's newest event.
func Head(t testing.TB, s *Site, topic string) int64 {
	t.Helper()
	heads, err := s.Heads(t.Context(), []string{topic})
	Must(t, err)
	return heads[topic].Seq
}

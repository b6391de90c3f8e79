package testsite

import (
	"testing"

	"ensemble/live"
)

// The subscriptions, asked for what Happening holds.
const (
	Seen = `{ __typename id cursor
		... on CommentPosted { commentId subjectId comment { id body } }
		... on CommentEdited { commentId subjectId comment { id body } }
		... on CommentRemoved { commentId subjectId comment { id body } }
		... on VoteChanged { commentId subjectId comment { id body } } }`
	ProcessEvents    = `subscription($id: ID!, $after: EventCursor) { processEvents(process: $id, after: $after) { __typename id cursor } }`
	CommitmentEvents = `subscription($id: ID!, $after: EventCursor) { commitmentEvents(commitment: $id, after: $after) ` + Seen + ` }`
	CommentEvents    = `subscription($id: ID!, $after: EventCursor) { comments(subject: $id, after: $after) ` + Seen + ` }`
	AmendmentEvents  = `subscription($id: ID!, $after: EventCursor) { amendments(commitment: $id, after: $after) { __typename id cursor } }`
)

// Watch subscribes over a socket of its own; after is a cursor, or "" for from now on.
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

// StreamCursor is where the stream of a process or commitment stands, as a page says.
func StreamCursor(t testing.TB, s *Site, id string) string {
	t.Helper()
	var at struct{ Node struct{ StreamCursor string } }
	s.Must(t, "", `query($id: ID!) { node(id: $id) { ... on Process { streamCursor } ... on Commitment { streamCursor } } }`,
		map[string]any{"id": id}, &at)
	return at.Node.StreamCursor
}

// EventsAfter is what the log holds of a topic behind a cursor.
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

// Head is the number of the topic's newest event.
func Head(t testing.TB, s *Site, topic string) int64 {
	t.Helper()
	heads, err := s.Heads(t.Context(), []string{topic})
	Must(t, err)
	return heads[topic].Seq
}

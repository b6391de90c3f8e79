package live_test

import (
	"testing"

	"ensemble/internal/testenv"
	"ensemble/internal/testsite"
)

// Who posts a comment under an id of their own finds that id in the event, in the answer, and in that to a retry; nobody
// posts another under it.
func TestChosenIDComesInEvents(t *testing.T) {
	testsite.Each(t, func(t *testing.T, s *testsite.Site) {
		w := testsite.NewWorld(t, s)
		c := w.Commitment(t, "Un comité", "Texte.")
		k := testsite.Watch(t, s, testsite.CommitmentEvents, c.ID, testsite.StreamCursor(t, s, c.ID))

		id := testenv.IDAt("comment", w.Now())
		post := func(token, key string) testsite.Answer {
			return s.Do(t, token, `mutation($input: PostCommentInput!) { postComment(input: $input) { comment { id } } }`,
				map[string]any{"input": map[string]any{"id": id, "subject": c.ID, "body": "Oui.", "idempotencyKey": key}})
		}
		answered := `{"postComment":{"comment":{"id":"` + id + `"}}}`

		if a := post(w.Alice.Token, "one"); string(a.Data) != answered {
			t.Errorf("%s, %v", a.Data, a.Errors)
		}
		if e := k.Event(t); e.NodeID != id || e.Comment.ID != id {
			t.Errorf("the event is about %s, want %s", e.NodeID, id)
		}
		if a := post(w.Alice.Token, "one"); string(a.Data) != answered {
			t.Errorf("a retry: %s, %v", a.Data, a.Errors)
		}
		if a := post(w.Bob.Token, "two"); a.Code() != "CONFLICT" || a.Field() != "id" {
			t.Errorf("another comment: %s, %v", a.Data, a.Errors)
		}
		k.WantQuiet(t)
	})
}
